#pragma once
// The measurements of sluice-bench. Each runs with the library's default settings.
#include <cstddef>
#include <nlohmann/json.hpp>

namespace sluice::bench {

/// Time from the constructor to `open` at both ends, one connection after the other, both ends in this process.
nlohmann::json measure_setup(std::size_t connections);

/// Sends messages of one size from this process to another one for some seconds; bytes and CPU of both.
nlohmann::json measure_throughput(std::size_t message_size, double seconds);
/// The other process.
void serve_throughput(int descriptor);

}  // namespace sluice::bench
