#pragma once
// Scheduler: which queued message leaves next. Round robin among the channels, one message each.   RFC 8260 §3.2
//
// The message next() showed is in hand: it is neither dropped nor overtaken before take().
#include <deque>

#include "base/time.hpp"
#include "dcep/channel.hpp"

namespace sluice::dcep {

class Scheduler {
 public:
  // What left a queue, and how many bytes of the application that was.
  struct Removed {
    Channel* channel;
    std::size_t bytes;
  };

  bool empty() const noexcept { return waiting_.empty(); }
  TimePoint next_expiry() const noexcept;

  void push(Channel&, Queued);
  /// The channel whose first message is next, or none.
  Channel* next() noexcept;
  /// Removes the message in hand; none if it is not there any more.
  std::optional<Removed> take();
  /// Removes one message whose lifetime has ended.
  std::optional<Removed> drop_expired(TimePoint now);
  /// Drops what the channel has queued, except for a message in hand.
  void discard(Channel&);
  /// Forgets the channel, together with a message in hand.
  void remove(Channel&);

 private:
  bool holds(const Channel& channel) const noexcept { return in_hand_ && waiting_.front() == &channel; }

  std::deque<Channel*> waiting_;  // those that have a message, in the order of their turns
  bool in_hand_ = false;          // the first message of the first of them
};

}  // namespace sluice::dcep
