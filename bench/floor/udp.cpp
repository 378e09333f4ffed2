#include <algorithm>
#include <array>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <vector>

#include "floor/programs.hpp"

namespace sluice::floor {
namespace {

using udp = asio::ip::udp;
using Clock = std::chrono::steady_clock;

constexpr std::size_t size = 64;
constexpr std::size_t warm_up = 200;

json port_message(std::uint16_t port) { return {{"port", port}}; }

json figures(std::vector<double> times) {
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  return {{"p50_us", at(0.5)}, {"p99_us", at(0.99)}};
}

asio::awaitable<void> connect(Lines& lines, udp::socket& socket) {
  auto own = port_message(socket.local_endpoint().port());
  co_await lines.send(std::move(own));
  const auto other = co_await lines.receive();
  socket.connect({asio::ip::address_v4::loopback(), other["port"].get<std::uint16_t>()});
  socket.non_blocking(true);
}

udp::socket make_socket(const asio::any_io_executor& executor) {
  return {executor, udp::endpoint{asio::ip::address_v4::loopback(), 0}};
}

}  // namespace

asio::awaitable<json> ping(Lines& lines, const json& parameters) {
  auto socket = make_socket(co_await asio::this_coro::executor);
  co_await connect(lines, socket);
  std::array<std::byte, size> message{};
  std::vector<double> times;
  co_await lines.receive();  // the other end is connected
  const auto rounds = parameters["rounds"].get<std::size_t>();
  for (std::size_t i = 0; i != rounds + warm_up; ++i) {
    const auto start = Clock::now();
    co_await socket.async_send(asio::buffer(message), asio::use_awaitable);
    co_await socket.async_receive(asio::buffer(message), asio::use_awaitable);
    if (i >= warm_up) times.push_back(std::chrono::duration<double, std::micro>{Clock::now() - start}.count());
  }
  message[0] = std::byte{1};
  co_await socket.async_send(asio::buffer(message), asio::use_awaitable);
  co_return figures(std::move(times));
}

asio::awaitable<json> pong(Lines& lines, const json&) {
  auto socket = make_socket(co_await asio::this_coro::executor);
  co_await connect(lines, socket);
  std::array<std::byte, size> message{};
  auto ready = json::object();
  co_await lines.send(std::move(ready));
  for (;;) {
    co_await socket.async_receive(asio::buffer(message), asio::use_awaitable);
    if (message[0] != std::byte{0}) co_return json{};
    co_await socket.async_send(asio::buffer(message), asio::use_awaitable);
  }
}

}  // namespace sluice::floor
