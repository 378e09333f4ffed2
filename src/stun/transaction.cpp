#include "stun/transaction.hpp"

#include <cassert>

namespace sluice::stun {

Transaction::Transaction(TimePoint now, const TransactionId& id, Retransmission schedule)
    : id_{id}, schedule_{schedule}, started_{now}, interval_{schedule.rto} {
  assert(schedule.max_sends > 0 && schedule.rto > Duration::zero());
  wait_from(now);
}

Transaction::Step Transaction::handle_timeout(TimePoint now) {
  if (now < deadline_) return Step::wait;
  if (sent_ == schedule_.max_sends) {
    deadline_ = never;
    return Step::timed_out;
  }
  ++sent_;
  interval_ *= 2;
  wait_from(now);
  return Step::resend;
}

std::optional<Duration> Transaction::round_trip(TimePoint now) const noexcept {
  if (sent_ > 1) return std::nullopt;
  return now - started_;
}

void Transaction::wait_from(TimePoint now) {
  const bool last = sent_ == schedule_.max_sends;
  deadline_ = now + (last ? schedule_.rto * schedule_.last_wait : interval_);
}

}  // namespace sluice::stun
