#pragma once
// What the peer says on standard output: one JSON object per line.
#include <nlohmann/json.hpp>
#include <string_view>

namespace peer {

void emit(const nlohmann::json& event);
void fail(std::string_view where, std::string_view message);

/// CLOCK_MONOTONIC in seconds, which other processes of this machine can compare.
double monotonic_seconds();

/// CPU time and memory of this process.
nlohmann::json rusage_event();

}  // namespace peer
