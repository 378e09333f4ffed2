// Many connections that say nothing: what each of them costs in memory, CPU and threads.
//
// One after another, so that the memory of handshakes at the same time is not in the figures. Half of the endpoints
// are in each process; the figures are of the answering one, which is always a fresh one: in a process that has held
// connections before the memory is there already.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "process.hpp"
#include "session.hpp"

namespace sluice::bench {
namespace {

asio::awaitable<void> wait(double seconds) {
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>{seconds});
  asio::steady_timer timer{co_await asio::this_coro::executor, time};
  co_await timer.async_wait(asio::use_awaitable);
}

struct Endpoint {
  PeerConnection connection;
  DataChannel channel{};
};

asio::awaitable<void> offer(Signaling& signaling, std::vector<Endpoint>& endpoints) {
  const auto executor = co_await asio::this_coro::executor;
  auto& endpoint = endpoints.emplace_back(Endpoint{PeerConnection{executor, loopback_configuration()}});
  endpoint.channel = endpoint.connection.create_data_channel("idle");
  co_await signaling.offer(endpoint.connection);
  co_await endpoint.channel.async_wait_open(asio::use_awaitable);
  co_await signaling.receive();  // open there as well
}

asio::awaitable<void> answer(Signaling& signaling, std::vector<Endpoint>& endpoints) {
  const auto executor = co_await asio::this_coro::executor;
  auto& endpoint = endpoints.emplace_back(Endpoint{PeerConnection{executor, loopback_configuration()}});
  co_await signaling.answer(endpoint.connection);
  endpoint.channel = co_await endpoint.connection.async_accept_data_channel(asio::use_awaitable);
  auto open = nlohmann::json::object();
  co_await signaling.send(std::move(open));
}

nlohmann::json report(std::size_t count, std::size_t before, std::size_t after, double cpu, double seconds,
                      std::size_t threads) {
  const auto kibibytes = (static_cast<double>(after) - static_cast<double>(before)) / 1024;
  return {{"kib_per_endpoint", kibibytes / static_cast<double>(count)},
          {"idle_cpu_percent", cpu / seconds * 100},
          {"idle_cpu_us_per_endpoint_second", cpu / seconds * 1e6 / static_cast<double>(count)},
          {"threads", threads}};
}

}  // namespace

asio::awaitable<nlohmann::json> hold_connections(Signaling& signaling, const nlohmann::json& parameters) {
  const auto count = parameters["connections"].get<std::size_t>() + 1;
  std::vector<Endpoint> endpoints;
  endpoints.reserve(count);
  while (endpoints.size() != count) co_await offer(signaling, endpoints);
  co_return co_await signaling.receive();
}

asio::awaitable<nlohmann::json> share_connections(Signaling& signaling, const nlohmann::json& parameters) {
  const auto count = parameters["connections"].get<std::size_t>();
  const auto idle = parameters.value("idle", 3.0);
  std::vector<Endpoint> endpoints;
  endpoints.reserve(count + 1);
  co_await answer(signaling, endpoints);  // what every process pays once
  const auto before = resident_bytes();
  for (std::size_t i = 0; i != count; ++i) co_await answer(signaling, endpoints);
  co_await wait(3);  // DTLS gives its buffers back
  const auto cpu = cpu_seconds();
  co_await wait(idle);
  const auto spent = cpu_seconds() - cpu;
  auto figures = report(count, before, resident_bytes(), spent, idle, thread_count());
  co_await signaling.send(figures);
  co_await signaling.receive();
  co_return figures;
}

}  // namespace sluice::bench
