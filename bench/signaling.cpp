#include "signaling.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <istream>

namespace sluice::bench {

asio::awaitable<void> Signaling::send(nlohmann::json message) {
  const auto line = message.dump() + '\n';
  co_await asio::async_write(socket_, asio::buffer(line), asio::use_awaitable);
}

asio::awaitable<nlohmann::json> Signaling::receive() {
  co_await asio::async_read_until(socket_, buffer_, '\n', asio::use_awaitable);
  std::istream input{&buffer_};
  std::string line;
  std::getline(input, line);
  co_return nlohmann::json::parse(line);
}

asio::awaitable<void> Signaling::send_description(PeerConnection& connection) {
  co_await connection.async_set_local_description(asio::use_awaitable);
  for (bool more = true; more;) {  // not while (co_await ...): GCC 12 destroys the temporary twice
    const auto candidate = co_await connection.async_next_ice_candidate(asio::use_awaitable);
    more = candidate.has_value();
  }
  co_await send(nlohmann::json::parse(to_json(*connection.local_description())));
}

asio::awaitable<void> Signaling::offer(PeerConnection& connection) {
  co_await send_description(connection);
  const auto answer = co_await receive();
  co_await connection.async_set_remote_description(session_description_from_json(answer.dump()).value(),
                                                   asio::use_awaitable);
}

asio::awaitable<void> Signaling::answer(PeerConnection& connection) {
  const auto offer = co_await receive();
  co_await connection.async_set_remote_description(session_description_from_json(offer.dump()).value(),
                                                   asio::use_awaitable);
  co_await send_description(connection);
}

}  // namespace sluice::bench
