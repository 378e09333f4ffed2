#pragma once
// Signaling between the two ends of a measurement: lines of JSON over a pair of connected stream sockets.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/streambuf.hpp>
#include <nlohmann/json.hpp>
#include <sluice/sluice.hpp>

namespace sluice::bench {

class Signaling {
 public:
  explicit Signaling(asio::local::stream_protocol::socket socket) : socket_{std::move(socket)} {}

  asio::awaitable<void> send(nlohmann::json message);
  asio::awaitable<nlohmann::json> receive();

  /// Offers, and completes when the answer is applied. Candidates travel inside the descriptions.
  asio::awaitable<void> offer(PeerConnection&);
  asio::awaitable<void> answer(PeerConnection&);

 private:
  asio::awaitable<void> send_description(PeerConnection&);

  asio::local::stream_protocol::socket socket_;
  asio::streambuf buffer_;
};

}  // namespace sluice::bench
