// A message there and back, one after another; alone, or beside a channel that is always full.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bulk.hpp"
#include "meter.hpp"
#include "session.hpp"

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr std::size_t message_size = 64;
constexpr std::size_t bulk_size = 256 * 1024;
constexpr std::size_t warm_up = 200;  // rounds that are not counted

// The first end's side of the game: each answer starts the next round.
class Game {
 public:
  Game(DataChannel channel, std::size_t rounds, asio::steady_timer& finished)
      : channel_{std::move(channel)}, rounds_{rounds + warm_up}, finished_{&finished} {
    times_.reserve(rounds_);
  }

  void serve() {
    sent_ = Clock::now();
    if (channel_.send(message_)) finished_->cancel();
  }
  void handle_answer() {
    times_.push_back(Microseconds{Clock::now() - sent_}.count());
    if (times_.size() == rounds_) {
      finished_->cancel();
    } else {
      serve();
    }
  }
  nlohmann::json figures() {
    times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(std::min(warm_up, times_.size() - 1)));
    const auto p50 = percentile(times_, 0.5);
    const auto p99 = percentile(times_, 0.99);
    return {{"p50_us", p50}, {"p99_us", p99}, {"rounds", times_.size()}};
  }

 private:
  DataChannel channel_;
  std::size_t rounds_;
  asio::steady_timer* finished_;
  const std::vector<std::byte> message_ = std::vector<std::byte>(message_size, std::byte{1});
  std::vector<double> times_{};
  Clock::time_point sent_{};
};

}  // namespace

asio::awaitable<nlohmann::json> ping(Signaling& signaling, const nlohmann::json& parameters) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer finished{executor, asio::steady_timer::time_point::max()};
  PeerConnection connection{executor, loopback_configuration()};
  auto channel = connection.create_data_channel("ping");
  DataChannel bulk;
  if (parameters.value("bulk", false)) bulk = connection.create_data_channel("bulk");
  Game game{channel, parameters["rounds"].get<std::size_t>(), finished};
  co_await signaling.offer(connection);
  co_await channel.async_wait_open(asio::use_awaitable);
  co_await signaling.receive();  // the other end is there
  if (bulk != DataChannel{}) asio::co_spawn(connection.get_executor(), pump(bulk, bulk_size), asio::detached);
  channel.on_message([&](const Message&) { game.handle_answer(); });
  asio::post(connection.get_executor(), [&] { game.serve(); });
  co_await finished.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return game.figures();
}

asio::awaitable<nlohmann::json> pong(Signaling& signaling, const nlohmann::json& parameters) {
  PeerConnection connection{co_await asio::this_coro::executor, loopback_configuration()};
  co_await signaling.answer(connection);
  std::vector<DataChannel> channels;
  const std::size_t expected = parameters.value("bulk", false) ? 2 : 1;
  while (channels.size() != expected) {
    auto channel = co_await connection.async_accept_data_channel(asio::use_awaitable);
    if (channel.label() == "ping") {
      channel.on_message([channel](const Message& message) { static_cast<void>(channel.send(message.bytes())); });
    } else {
      channel.on_message([](const Message&) {});
    }
    channels.push_back(std::move(channel));
  }
  auto ready = nlohmann::json::object();
  co_await signaling.send(std::move(ready));
  co_await signaling.receive();
  co_return nlohmann::json{};
}

}  // namespace sluice::bench
