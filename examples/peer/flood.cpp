#include "peer/flood.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "peer/events.hpp"

namespace peer {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Plan {
  std::size_t size;
  std::uint64_t bytes;  // 0: no limit
  double seconds;       // 0: no limit
  std::size_t high;
  std::size_t low;
  double rate;  // bytes per second; 0: as fast as they are taken
};

Plan plan_of(const nlohmann::json& command) {
  return {.size = command.value("size", std::size_t{16384}),
          .bytes = command.value("bytes", std::uint64_t{0}),
          .seconds = command.value("seconds", 0.0),
          .high = command.value("high", std::size_t{4 << 20}),
          .low = command.value("low", std::size_t{1 << 20}),
          .rate = command.value("rate", 0.0)};
}

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> payload(size);
  for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>(i * 7);
  return payload;
}

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

void emit_low(const sluice::DataChannel& channel) { emit({{"type", "low"}, {"label", channel.label()}}); }

void emit_done(const sluice::DataChannel& channel, const Plan& plan, std::uint64_t messages, double elapsed) {
  emit({{"type", "flood-done"},
        {"label", channel.label()},
        {"bytes", messages * plan.size},
        {"messages", messages},
        {"elapsed", elapsed}});
}

}  // namespace

asio::awaitable<void> flood(sluice::DataChannel channel, nlohmann::json command) {
  const auto plan = plan_of(command);
  const auto payload = pattern(plan.size);
  const auto wanted = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
  channel.set_buffered_amount_low_threshold(plan.low);
  channel.on_buffered_amount_low([channel, wanted] {
    emit_low(channel);
    wanted->cancel();
  });

  const auto begin = Clock::now();
  std::uint64_t messages = 0;
  const auto goes_on = [&] {
    return channel.state() == sluice::DataChannelState::open &&
           (plan.bytes == 0 || messages * plan.size < plan.bytes) &&
           (plan.seconds == 0 || seconds_since(begin) < plan.seconds);
  };
  const auto due = [&] {  // when the next message is
    const auto offset = plan.rate > 0 ? static_cast<double>(messages * plan.size) / plan.rate : 0;
    return begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{offset});
  };
  while (goes_on()) {
    if (Clock::now() < due()) {
      wanted->expires_at(due());
      co_await wanted->async_wait(asio::as_tuple(asio::use_awaitable));
    } else if (channel.buffered_amount() > plan.high) {
      wanted->expires_after(200ms);
      co_await wanted->async_wait(asio::as_tuple(asio::use_awaitable));
    } else if (const auto error = channel.send(payload)) {
      fail("flood", error.message());
      break;
    } else {
      ++messages;
    }
  }
  channel.on_buffered_amount_low(nullptr);
  for (int wait = 0;
       channel.buffered_amount() > 0 && channel.state() == sluice::DataChannelState::open && wait < 10'000; ++wait) {
    wanted->expires_after(1ms);
    co_await wanted->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  emit_done(channel, plan, messages, seconds_since(begin));
}

}  // namespace peer
