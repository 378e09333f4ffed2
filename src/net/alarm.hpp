#pragma once
// Alarm: the one timer of a connection.
//
// A deadline later than the armed one does not touch the timer: it fires early once and its owner, to whom early is
// harmless, sets it again. So a steady flow of packets costs no system call for timers.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "base/time.hpp"

namespace sluice::net {

class Alarm {
 public:
  explicit Alarm(boost::asio::any_io_executor executor) : timer_{std::move(executor)} {}

  /// Whether it will ring at `deadline` or before.
  bool covers(TimePoint deadline) const noexcept { return armed_for_ <= deadline; }

  /// Rings once at `deadline`, instead of what was set before. The handler must keep this object alive; it is dropped
  /// uncalled when the alarm is set again or cancelled.
  template <class Handler>
  void set(TimePoint deadline, Handler handler) {
    armed_for_ = deadline;
    timer_.expires_at(deadline);
    timer_.async_wait([this, generation = ++generation_, handler = std::move(handler)](auto error) mutable {
      if (error || generation != generation_) return;
      armed_for_ = never;
      handler();
    });
  }

  void cancel() {
    ++generation_;
    armed_for_ = never;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  TimePoint armed_for_ = never;
  std::uint64_t generation_ = 0;
};

}  // namespace sluice::net
