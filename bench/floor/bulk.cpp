#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "floor/association.hpp"
#include "floor/programs.hpp"
#include "process.hpp"

namespace sluice::floor {
namespace {

using bench::cpu_seconds;

struct Counts {
  double bytes = 0;
  double messages = 0;
  double cpu = 0;
};

asio::awaitable<void> wait(double seconds) {
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>{seconds});
  asio::steady_timer timer{co_await asio::this_coro::executor, time};
  co_await timer.async_wait(asio::use_awaitable);
}

json port_message(std::uint16_t port) { return {{"port", port}}; }
json report(const Counts& counts, double seconds) {
  return {{"bytes", counts.bytes}, {"messages", counts.messages}, {"cpu", counts.cpu}, {"seconds", seconds}};
}

json figures(double cpu, const json& received) {
  const auto bytes = received["bytes"].get<double>();
  const auto messages = received["messages"].get<double>();
  const auto seconds = received["seconds"].get<double>();
  const auto all_cpu = cpu + received["cpu"].get<double>();
  return {{"megabytes_per_second", bytes / seconds / 1e6},
          {"megabits_per_second", bytes / seconds * 8e-6},
          {"messages_per_second", messages / seconds},
          {"cpu_seconds_per_gigabyte", all_cpu / (bytes / 1e9)},
          {"cpu_microseconds_per_message", all_cpu * 1e6 / messages}};
}

std::size_t packet_size(const json& parameters) { return parameters.value("packet", std::size_t{1200}); }

asio::awaitable<void> connect(Lines& lines, Association& association) {
  auto own = port_message(association.port());
  co_await lines.send(std::move(own));
  const auto other = co_await lines.receive();
  association.connect(other["port"].get<std::uint16_t>());
}

}  // namespace

asio::awaitable<json> send_bulk(Lines& lines, const json& parameters) {
  Association association{co_await asio::this_coro::executor, packet_size(parameters)};
  co_await connect(lines, association);
  association.send_for_ever(parameters["size"].get<std::size_t>());  // usrsctp takes it before it is connected
  co_await lines.receive();                                          // the window opens
  const auto cpu = cpu_seconds();
  const auto received = co_await lines.receive();
  co_return figures(cpu_seconds() - cpu, received);
}

asio::awaitable<json> receive_bulk(Lines& lines, const json& parameters) {
  Counts counts;
  Association association{co_await asio::this_coro::executor, packet_size(parameters)};
  association.on_part = [&](std::size_t bytes, bool last) {
    counts.bytes += static_cast<double>(bytes);
    counts.messages += last ? 1 : 0;
  };
  co_await connect(lines, association);
  while (counts.bytes == 0) co_await wait(0.001);
  co_await wait(parameters.value("warm_up", 0.2));
  auto opening = json::object();
  co_await lines.send(std::move(opening));
  counts = {.cpu = cpu_seconds()};
  const auto start = std::chrono::steady_clock::now();
  co_await wait(parameters.value("window", 1.0));
  counts.cpu = cpu_seconds() - counts.cpu;
  const auto seconds = std::chrono::duration<double>{std::chrono::steady_clock::now() - start}.count();
  auto message = report(counts, seconds);
  co_await lines.send(message);
  co_return message;
}

}  // namespace sluice::floor
