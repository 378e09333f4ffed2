#include "signaling.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::bench {

asio::awaitable<void> Signaling::send(nlohmann::json message) {
  if (delay_.count() > 0) {
    asio::steady_timer timer{co_await asio::this_coro::executor, delay_};
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_await lines_.send(std::move(message));
}

asio::awaitable<void> Signaling::offer(PeerConnection& connection) {
  auto offer = co_await describe(connection);
  co_await send(std::move(offer));
  auto answer = co_await receive();
  co_await apply(connection, std::move(answer));
}

asio::awaitable<std::chrono::steady_clock::time_point> Signaling::answer(PeerConnection& connection) {
  auto offer = co_await receive();
  co_await apply(connection, std::move(offer));
  auto answer = co_await describe(connection);
  const auto made = std::chrono::steady_clock::now();
  co_await send(std::move(answer));
  co_return made;
}

asio::awaitable<nlohmann::json> Signaling::describe(PeerConnection& connection) {
  co_await connection.async_set_local_description(asio::use_awaitable);
  for (bool more = true; more;) {  // not while (co_await ...): GCC 12 destroys the temporary twice
    const auto candidate = co_await connection.async_next_ice_candidate(asio::use_awaitable);
    more = candidate.has_value();
  }
  auto description = *connection.local_description();
  if (outgoing_) description.sdp = outgoing_(std::move(description.sdp));
  co_return nlohmann::json::parse(to_json(description));
}

asio::awaitable<void> Signaling::apply(PeerConnection& connection, nlohmann::json text) {
  auto description = session_description_from_json(text.dump()).value();
  if (incoming_) description.sdp = incoming_(std::move(description.sdp));
  co_await connection.async_set_remote_description(std::move(description), asio::use_awaitable);
}

Configuration loopback_configuration() {
  Configuration configuration;
  configuration.network.addresses = {"127.0.0.1"};
  configuration.network.tcp_candidates = TcpCandidates::none;  // the emulator is a path of UDP
  configuration.network.max_datagram_size = 1200;  // as every peer and path takes, whatever loopback would
  return configuration;
}

}  // namespace sluice::bench
