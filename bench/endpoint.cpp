#include "endpoint.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "process.hpp"

namespace sluice::bench {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds patience{5};  // less than async_close() takes at most
constexpr int messages = 3;

}  // namespace

Endpoint::Endpoint(const asio::any_io_executor& executor)
    : connection_{std::make_shared<PeerConnection>(executor, loopback_configuration())}, limit_{executor} {}

// From now on. Whoever waits for the connection then is told that it is closed.
void Endpoint::limit() {
  limit_.expires_after(patience);
  limit_.async_wait([weak = std::weak_ptr{connection_}](error_code error) {
    const auto connection = weak.lock();
    if (!error && connection) connection->close();
  });
}

asio::awaitable<bool> Endpoint::offer(Signaling& signaling) {
  limit();
  channel_ = connection_->create_data_channel("soak");
  co_await signaling.offer(*connection_);
  const auto [error] = co_await channel_.async_wait_open(as_result);
  limit_.cancel();
  co_return !error;
}

asio::awaitable<bool> Endpoint::answer(Signaling& signaling) {
  limit();
  co_await signaling.answer(*connection_);
  auto [error, channel] = co_await connection_->async_accept_data_channel(as_result);
  channel_ = std::move(channel);
  limit_.cancel();
  co_return !error;
}

asio::awaitable<bool> Endpoint::talk() {
  limit();
  bool good = true;
  for (int i = 0; i != messages && good; ++i) {
    const auto text = "message " + std::to_string(i);
    good = !channel_.send(text);
    if (!good) break;
    const auto [error, answer] = co_await channel_.async_receive(as_result);
    good = !error && answer.text() == text;
  }
  limit_.cancel();
  co_return good;
}

void Endpoint::echo() {
  channel_.on_message(
      [channel = channel_](const Message& message) { static_cast<void>(channel.send(message.text())); });
}

asio::awaitable<bool> Endpoint::close() {
  limit();
  const auto [error] = co_await connection_->async_close(as_result);
  const bool in_time = limit_.cancel() != 0;
  co_return in_time && !error;
}

asio::awaitable<bool> Endpoint::wait_closed() {
  limit();
  co_await channel_.async_wait_closed(as_result);
  const bool in_time = limit_.cancel() != 0;
  co_return in_time;
}

asio::awaitable<double> warm_up(Signaling& signaling, bool offering) {
  {
    Endpoint endpoint{co_await asio::this_coro::executor};
    const bool open = offering ? co_await endpoint.offer(signaling) : co_await endpoint.answer(signaling);
    if (!open) throw std::runtime_error{"the first connection did not open"};
    const bool closed = offering ? co_await endpoint.close() : co_await endpoint.wait_closed();
    if (!closed) throw std::runtime_error{"the first connection did not close"};
  }
  co_return co_await count_descriptors();
}

asio::awaitable<double> count_descriptors() {
  asio::steady_timer timer{co_await asio::this_coro::executor, std::chrono::seconds{1}};
  co_await timer.async_wait(asio::use_awaitable);  // sockets close on their connections' strands
  co_return static_cast<double>(descriptor_count());
}

}  // namespace sluice::bench
