#include "lines.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace sluice::bench {

Lines::Lines(const asio::any_io_executor& executor, int descriptor)
    : socket_{executor, asio::local::stream_protocol{}, descriptor} {}

asio::awaitable<void> Lines::send(nlohmann::json message) {
  const auto line = message.dump() + '\n';
  co_await asio::async_write(socket_, asio::buffer(line), asio::use_awaitable);
}

asio::awaitable<nlohmann::json> Lines::receive() {
  const auto size = co_await asio::async_read_until(socket_, asio::dynamic_buffer(buffer_), '\n', asio::use_awaitable);
  auto message = nlohmann::json::parse(buffer_.substr(0, size));
  buffer_.erase(0, size);
  co_return message;
}

}  // namespace sluice::bench
