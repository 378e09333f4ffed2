#pragma once
// Lines of JSON between two ends, over a pair of connected stream sockets.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace sluice::bench {

namespace asio = boost::asio;

class Lines {
 public:
  Lines(const asio::any_io_executor&, int descriptor);

  asio::awaitable<void> send(nlohmann::json message);
  asio::awaitable<nlohmann::json> receive();

 private:
  asio::local::stream_protocol::socket socket_;
  std::string buffer_{};  // what has been read beyond the last line
};

}  // namespace sluice::bench
