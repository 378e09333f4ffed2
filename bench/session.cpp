#include "session.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <optional>
#include <stdexcept>
#include <vector>

#include "emulator.hpp"
#include "process.hpp"

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto patience = std::chrono::minutes{2};  // beyond what a measurement is to take

constexpr std::array scenarios{
    Scenario{"bulk", send_bulk, receive_bulk},
    Scenario{"latency", ping, pong},
    Scenario{"handshakes", connect_often, accept_often},
    Scenario{"connections", hold_connections, share_connections},
    Scenario{"first-message", say_first, hear_first},
    Scenario{"soak", send_long, receive_long},
    Scenario{"churn", replace_connections, follow_replacements},
};

// Outside the coroutines: GCC 12 cannot keep an initializer_list in a coroutine's frame.
nlohmann::json task(std::string_view scenario, const nlohmann::json& parameters) {
  return {{"scenario", scenario}, {"parameters", parameters}};
}

std::chrono::microseconds signaling_delay(const nlohmann::json& parameters) {
  const std::chrono::duration<double, std::milli> delay{parameters.value("signaling_delay", 0.0)};
  return std::chrono::duration_cast<std::chrono::microseconds>(delay);
}

Clock::time_point deadline(const nlohmann::json& parameters = nlohmann::json::object()) {
  const std::chrono::duration<double> seconds{parameters.value("seconds", 0.0)};
  return Clock::now() + patience + std::chrono::duration_cast<Clock::duration>(seconds);
}

asio::awaitable<void> follow(Signaling& signaling, Clock::time_point& end) {
  const auto what = co_await signaling.receive();
  const auto parameters = what["parameters"];
  end = deadline(parameters);
  if (what["scenario"] == "emulator") co_return co_await emulate(signaling, parameters);
  signaling.set_delay(signaling_delay(parameters));
  co_await find_scenario(what["scenario"].get<std::string>()).second(signaling, parameters);
}

// The second end stays until the first one has what it wants.
asio::awaitable<nlohmann::json> lead(const Scenario& scenario, Signaling& signaling, const nlohmann::json& parameters) {
  auto figures = co_await scenario.first(signaling, parameters);
  auto bye = nlohmann::json::object();
  co_await signaling.send(std::move(bye));
  co_return figures;
}

asio::awaitable<void> follow(const Scenario& scenario, Signaling& signaling, const nlohmann::json& parameters) {
  co_await scenario.second(signaling, parameters);
}

// A thread and a pair of ends for each loop. Their CPU is that of the process, so each has counted that of all.
nlohmann::json run_on_loops(const Scenario& scenario, nlohmann::json parameters) {
  const auto count = parameters["loops"].get<std::size_t>();
  parameters.erase("loops");
  parameters["processes"] = 1;
  std::vector<std::future<nlohmann::json>> pairs(count);
  for (auto& pair : pairs) {
    pair = std::async(std::launch::async, [&] { return run(scenario, parameters); });
  }
  double rate = 0;
  double gigabytes_per_cpu_second = 0;
  for (auto& pair : pairs) {
    const auto figures = pair.get();
    rate += figures["megabytes_per_second"].get<double>();
    gigabytes_per_cpu_second += 1 / figures["cpu_seconds_per_gigabyte"].get<double>();
  }
  return {{"megabytes_per_second", rate}, {"cpu_seconds_per_gigabyte", 1 / gigabytes_per_cpu_second}};
}

// Whoever throws stops both.
template <class Result>
Result finish(asio::io_context& io, std::future<Result>& first, const Clock::time_point& end) {
  while (first.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
    io.run_one_for(std::chrono::seconds{1});
    if (Clock::now() > end) throw std::runtime_error{"a measurement came to a standstill"};
  }
  return first.get();
}

}  // namespace

const Scenario& find_scenario(std::string_view name) {
  for (const auto& each : scenarios) {
    if (each.name == name) return each;
  }
  throw std::invalid_argument{"no scenario " + std::string{name}};
}

nlohmann::json run(const Scenario& scenario, const nlohmann::json& parameters) {
  if (parameters.contains("loops")) return run_on_loops(scenario, parameters);
  std::optional<Emulator> emulator;  // before the descriptors that it need not inherit
  if (parameters.contains("path")) emulator.emplace(parameters["path"]);
  const auto end = deadline(parameters);
  const auto [near, far] = connected_descriptors();
  asio::io_context io;
  Signaling first{Lines{io.get_executor(), near}};
  if (emulator) emulator->attach(first);
  if (parameters.value("processes", 2) == 1) {
    Signaling second{Lines{io.get_executor(), far}};
    auto serving = asio::co_spawn(io, follow(scenario, second, parameters), asio::use_future);
    auto leading = asio::co_spawn(io, lead(scenario, first, parameters), asio::use_future);
    auto figures = finish(io, leading, end);
    finish(io, serving, end);
    return figures;
  }
  Child child{far};
  auto leading = asio::co_spawn(
      io,
      [&]() -> asio::awaitable<nlohmann::json> {
        auto what = task(scenario.name, parameters);
        co_await first.send(std::move(what));
        first.set_delay(signaling_delay(parameters));
        co_return co_await lead(scenario, first, parameters);
      },
      asio::use_future);
  auto figures = finish(io, leading, end);
  child.join();
  return figures;
}

void serve(int descriptor) {
  asio::io_context io;
  Signaling signaling{Lines{io.get_executor(), descriptor}};
  auto end = deadline();
  auto serving = asio::co_spawn(io, follow(signaling, end), asio::use_future);
  finish(io, serving, end);
}

}  // namespace sluice::bench
