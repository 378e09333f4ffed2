// As much as possible in one direction: throughput by size and reliability, small messages per second, goodput of
// paths.
//
// The receiver opens a window of time after the first message and what may warm up; both ends count bytes and CPU in
// that window only, so that neither set-up nor the last acknowledgements are in the figures.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bulk.hpp"
#include "meter.hpp"
#include "process.hpp"
#include "session.hpp"

namespace sluice::bench {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t high_water = 1 * 1024 * 1024;
constexpr std::size_t low_water = 512 * 1024;
constexpr int turn = 256;  // messages that are sent in one turn of the strand, at most

Configuration configuration(const nlohmann::json& parameters) {
  auto result = loopback_configuration();
  result.network.max_datagram_size = parameters.value("max_datagram", result.network.max_datagram_size);
  const auto size = parameters.value("size", std::size_t{0});
  result.limits.max_message_size = std::max(result.limits.max_message_size, size);
  return result;
}

DataChannelInit channel_init(const nlohmann::json& parameters) {
  DataChannelInit init;
  init.ordered = parameters.value("ordered", true);
  if (parameters.contains("max_retransmits")) init.max_retransmits = parameters["max_retransmits"].get<std::uint16_t>();
  return init;
}

asio::awaitable<void> wait(double seconds) {
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>{seconds});
  asio::steady_timer timer{co_await asio::this_coro::executor, time};
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> pump_awaiting(DataChannel channel, std::size_t size) {
  const std::vector<std::byte> message(size, std::byte{0x5a});
  for (;;) {
    const auto [error] = co_await channel.async_send(message, as_result);
    if (error) co_return;
  }
}

asio::awaitable<void> read_awaiting(DataChannel channel, Meter& meter) {
  for (;;) {
    const auto [error, message] = co_await channel.async_receive(as_result);
    if (error) co_return;
    meter.count(message.size());
  }
}

nlohmann::json sender_report(double cpu, const nlohmann::json& received, bool one_process) {
  const auto bytes = received["bytes"].get<double>();
  const auto seconds = received["seconds"].get<double>();
  const auto other_cpu = one_process ? 0.0 : received["cpu"].get<double>();
  return {{"megabytes_per_second", bytes / seconds / 1e6},
          {"megabits_per_second", bytes / seconds * 8e-6},
          {"messages_per_second", received["messages"].get<double>() / seconds},
          {"cpu_seconds_per_gigabyte", (cpu + other_cpu) / (bytes / 1e9)},
          {"cpu_microseconds_per_message", (cpu + other_cpu) * 1e6 / received["messages"].get<double>()},
          {"sender_cpu_share", cpu / seconds},
          {"receiver_cpu_share", other_cpu / seconds},
          {"longest_stall_ms", received["longest_gap"].get<double>() * 1e3}};
}

}  // namespace

asio::awaitable<void> pump(DataChannel channel, std::size_t size) {
  const std::vector<std::byte> message(size, std::byte{0x5a});
  channel.set_buffered_amount_low_threshold(low_water);
  for (;;) {
    for (int i = 0; i != turn && channel.buffered_amount() + size <= high_water; ++i) {
      if (channel.send(message)) co_return;
    }
    if (channel.buffered_amount() <= low_water) {
      co_await asio::post(asio::use_awaitable);
    } else if (const auto [error] = co_await channel.async_wait_buffered_amount_low(as_result); error) {
      co_return;
    }
  }
}

asio::awaitable<nlohmann::json> send_bulk(Signaling& signaling, const nlohmann::json& parameters) {
  PeerConnection connection{co_await asio::this_coro::executor, configuration(parameters)};
  auto channel = connection.create_data_channel("bulk", channel_init(parameters));
  co_await signaling.offer(connection);
  co_await channel.async_wait_open(asio::use_awaitable);
  const auto size = parameters["size"].get<std::size_t>();
  if (parameters.value("style", "turns") == "await") {
    asio::co_spawn(co_await asio::this_coro::executor, pump_awaiting(channel, size), asio::detached);
  } else {
    asio::co_spawn(connection.get_executor(), pump(channel, size), asio::detached);
  }
  co_await signaling.receive();  // the window opens
  const auto cpu = cpu_seconds();
  const auto received = co_await signaling.receive();
  const auto spent = cpu_seconds() - cpu;
  co_return sender_report(spent, received, parameters.value("processes", 2) == 1);
}

asio::awaitable<nlohmann::json> receive_bulk(Signaling& signaling, const nlohmann::json& parameters) {
  Meter meter;
  PeerConnection connection{co_await asio::this_coro::executor, configuration(parameters)};
  co_await signaling.answer(connection);
  auto channel = co_await connection.async_accept_data_channel(asio::use_awaitable);
  if (parameters.value("style", "turns") == "await") {
    asio::co_spawn(co_await asio::this_coro::executor, read_awaiting(channel, meter), asio::detached);
  } else {
    channel.on_message([&](const Message& message) { meter.count(message.size()); });
  }
  while (!meter.started()) co_await wait(0.001);
  co_await wait(parameters.value("warm_up", 0.2));
  auto opening = nlohmann::json::object();
  co_await signaling.send(std::move(opening));
  meter.restart();
  co_await wait(parameters.value("window", 1.0));
  auto reading = meter.reading();
  co_await signaling.send(reading);
  co_await signaling.receive();
  co_return reading;
}

}  // namespace sluice::bench
