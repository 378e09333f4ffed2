// How long after the answer was made does the offerer's first message arrive? In round trips of an emulated path.
//
// Signaling takes as long as the path: half a round trip for each message.
#include <boost/asio/use_awaitable.hpp>

#include "session.hpp"

namespace sluice::bench {
namespace {

nlohmann::json report(std::chrono::steady_clock::duration taken) {
  return {{"milliseconds", std::chrono::duration<double, std::milli>{taken}.count()}};
}

}  // namespace

asio::awaitable<nlohmann::json> say_first(Signaling& signaling, const nlohmann::json& parameters) {
  PeerConnection connection{co_await asio::this_coro::executor, loopback_configuration()};
  auto channel = connection.create_data_channel("first");
  co_await signaling.offer(connection);
  co_await channel.async_send("first", asio::use_awaitable);  // need not wait for `open`
  auto figures = co_await signaling.receive();
  figures["round_trips"] = figures["milliseconds"].get<double>() / parameters["round_trip"].get<double>();
  co_return figures;
}

asio::awaitable<nlohmann::json> hear_first(Signaling& signaling, const nlohmann::json&) {
  PeerConnection connection{co_await asio::this_coro::executor, loopback_configuration()};
  const auto answered = co_await signaling.answer(connection);
  auto channel = co_await connection.async_accept_data_channel(asio::use_awaitable);
  co_await channel.async_receive(asio::use_awaitable);
  auto figures = report(std::chrono::steady_clock::now() - answered);
  co_await signaling.send(std::move(figures));
  co_await signaling.receive();
  co_return nlohmann::json{};
}

}  // namespace sluice::bench
