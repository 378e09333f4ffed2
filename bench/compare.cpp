#include "compare.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <optional>
#include <stdexcept>

#include "emulator.hpp"
#include "process.hpp"

namespace sluice::bench {
namespace {

constexpr auto patience = std::chrono::minutes{1};

nlohmann::json task(const char* role, const nlohmann::json& parameters) {
  return {{"role", role}, {"parameters", parameters}};
}

// One end in a process of its own, and the lines to it.
struct End {
  End(asio::io_context& io, const std::string& program) : End{io, program, connected_descriptors()} {}

  Child process;
  Lines lines;

 private:
  End(asio::io_context& io, const std::string& program, std::pair<int, int> descriptors)
      : process{descriptors.second, {"node", program, std::to_string(descriptors.second)}},
        lines{io.get_executor(), descriptors.first} {}
};

asio::awaitable<nlohmann::json> relay(Lines& first, Lines& second, std::optional<Emulator>& emulator,
                                      const nlohmann::json& parameters) {
  auto sending = task("first", parameters);
  co_await first.send(std::move(sending));
  auto receiving = task("second", parameters);
  co_await second.send(std::move(receiving));
  auto offer = co_await first.receive();
  if (emulator) offer["sdp"] = emulator->outgoing(offer["sdp"].get<std::string>());
  co_await second.send(std::move(offer));
  auto answer = co_await second.receive();
  if (emulator) answer["sdp"] = emulator->incoming(answer["sdp"].get<std::string>());
  co_await first.send(std::move(answer));
  co_await second.receive();  // the window opens
  co_return co_await second.receive();
}

nlohmann::json transfer(const std::string& program, const nlohmann::json& parameters) {
  std::optional<Emulator> emulator;  // before the descriptors that it need not inherit
  if (parameters.contains("path")) emulator.emplace(parameters["path"]);
  asio::io_context io;
  End first{io, program};
  End second{io, program};
  auto reading = asio::co_spawn(io, relay(first.lines, second.lines, emulator, parameters), asio::use_future);
  io.run_for(patience);
  if (reading.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
    throw std::runtime_error{"the comparison came to a standstill"};
  }
  return reading.get();
}

}  // namespace

nlohmann::json compare(const std::string& program, const nlohmann::json& parameters) {
  const auto reading = transfer(program, parameters);
  return {{"megabits_per_second", reading["bytes"].get<double>() / reading["seconds"].get<double>() * 8e-6},
          {"longest_stall_ms", reading["longest_gap"].get<double>() * 1e3}};
}

}  // namespace sluice::bench
