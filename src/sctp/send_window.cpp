#include "sctp/send_window.hpp"

namespace sluice::sctp {
namespace {

constexpr auto shortest = std::chrono::microseconds{1};
constexpr auto shortest_queue = std::chrono::milliseconds{4};  // RFC 9406 §4.3: MIN_RTT_THRESH
constexpr double rise = 64;
constexpr auto shortest_period = std::chrono::milliseconds{100};

double nanoseconds(Duration duration) { return std::chrono::duration<double, std::nano>(duration).count(); }

}  // namespace

void SendWindow::handle_acknowledged(TimePoint now, const Departure& departure, std::uint64_t delivered) {
  note_round_trip(now, std::max<Duration>(now - departure.time, shortest), departure);
  // Since the acknowledgement before, and not since the departure: many may come at once.
  const auto elapsed = std::max<Duration>(now - departure.delivered_at, shortest);
  bound_ += bound_ / rise;
  followed_ = followed_at_ != TimePoint::min() && now - followed_at_ < follower_lifetime;
  note_rate(now, static_cast<double>(delivered - departure.delivered) / nanoseconds(elapsed), departure.busy);
  resize();
}

// The least grows old, since routes change. A busy path shows no other while our own queue stands in it: half of what
// it carries, for a round trip or two, lets that drain.
void SendWindow::note_round_trip(TimePoint now, Duration round_trip, const Departure& departure) {
  queue_ = round_trip - std::max<Duration>(round_trip / 8, shortest_queue) > round_trip_;
  if (queue_) starting_ = false;
  const bool old = now - round_trip_seen_ > round_trip_lifetime;
  const bool drained = draining_ && departure.time - draining_since_ > 2 * round_trip_ + slack;
  const bool alone = !departure.busy || drained;
  if (round_trip <= round_trip_ || (old && alone)) {
    round_trip_ = round_trip;
    round_trip_seen_ = now;
    draining_ = false;
  } else if (old && !draining_) {
    draining_ = true;
    draining_since_ = now;
  }
}

// What the application did not fill says how fast the path is at least.
void SendWindow::note_rate(TimePoint now, double rate, bool busy) {
  if (busy && rate < growth * std::max(rate_, last_rate_)) starting_ = false;
  const auto period = std::max<Duration>(rate_lifetime * round_trip_, shortest_period);
  if (busy && !draining_ && now - period_began_ > period) {
    last_rate_ = rate_;
    rate_ = rate;
    period_began_ = now;
  }
  rate_ = std::max(rate_, rate);
}

void SendWindow::handle_congestion() noexcept {
  if (round_trip_ == Duration::max()) return;
  starting_ = false;
  bound_ = carried();
  resize();
}

double SendWindow::carried() const noexcept { return std::max(rate_, last_rate_) * nanoseconds(round_trip_); }

void SendWindow::resize() {
  const auto rate = std::max(rate_, last_rate_);
  const auto free =
      draining_ ? carried() / gain : gain * carried() + rate * nanoseconds(followed_ ? least_slack : slack);
  const auto wanted = std::min(free, bound_);
  // What a round trip carries is known when the next one is over, too late for doubling in each.
  const auto smallest = starting_ ? std::max(first_, least) : least;
  size_ = std::max(smallest, static_cast<std::size_t>(std::min(wanted, static_cast<double>(most_))));
}

}  // namespace sluice::sctp
