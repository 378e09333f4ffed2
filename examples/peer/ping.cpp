#include "peer/ping.hpp"

#include <algorithm>
#include <numeric>

#include "peer/events.hpp"

namespace peer {

using namespace std::chrono_literals;

Ping::Ping(sluice::DataChannel channel, boost::asio::any_io_executor executor, const nlohmann::json& command)
    : channel_{std::move(channel)},
      watchdog_{std::move(executor)},
      payload_(command.value("size", std::size_t{64})),
      count_{std::max(command.value("count", std::size_t{1000}), std::size_t{1})} {
  times_.reserve(count_);
}

void Ping::start() {
  send_next();
  watch();
}

void Ping::send_next() {
  sent_ = Clock::now();
  if (const auto error = channel_.send(payload_)) {
    fail("ping", error.message());
    finish();
  }
}

bool Ping::echo_received() {
  times_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent_).count());
  if (times_.size() < count_) {
    send_next();
  } else {
    finish();
  }
  return !finished_;
}

void Ping::watch() {
  watchdog_.expires_after(1s);
  watchdog_.async_wait([self = shared_from_this()](sluice::error_code error) {
    if (error || self->finished_) return;
    if (Clock::now() - self->sent_ < 10s) return self->watch();
    fail("ping", "no echo within 10 s");
    self->finish();
  });
}

void Ping::finish() {
  if (std::exchange(finished_, true)) return;
  watchdog_.cancel();
  if (times_.empty()) times_.push_back(0);
  std::ranges::sort(times_);
  const auto at = [&](double share) {
    return times_[static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1))];
  };
  const auto mean = std::accumulate(times_.begin(), times_.end(), 0.0) / static_cast<double>(times_.size());
  emit({{"type", "pong"},
        {"label", channel_.label()},
        {"count", times_.size()},
        {"min_us", times_.front()},
        {"p50_us", at(.5)},
        {"p90_us", at(.9)},
        {"p99_us", at(.99)},
        {"max_us", times_.back()},
        {"mean_us", mean}});
}

}  // namespace peer
