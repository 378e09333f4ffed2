#pragma once
// Scheduler: which queued message leaves next. Round robin among the channels, one message each.   RFC 8260 §3.2
//
// The message next() showed is in hand: it is neither dropped nor overtaken before take() or put_back(). While a large
// message waits for room, small ones of other channels go before it, as many as make a few packets.
#include <optional>
#include <vector>

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
  /// There is no room for the message in hand. True: a small one may go before it, and is next.
  bool put_back() noexcept;
  /// Removes the message in hand; none if it is not there any more.
  std::optional<Removed> take();
  /// Removes one message whose lifetime has ended.
  std::optional<Removed> drop_expired(TimePoint now);
  /// Drops what the channel has queued, except for a message in hand.
  void discard(Channel&);
  /// Forgets the channel, together with a message in hand, and gives back what it had queued.
  Fifo<Queued> withdraw(Channel&);

 private:
  static constexpr std::size_t small = 1024;           // messages that share packets
  static constexpr std::size_t overtaking = 8 * 1024;  // bytes that may go before one message

  bool holds(const Channel& channel) const noexcept { return in_hand_ && next_ == &channel; }
  bool may_overtake(const Channel&) const noexcept;
  void forget(const Channel&);

  std::vector<Channel*> waiting_;  // those that have a message, in the order of their turns
  Channel* next_ = nullptr;        // none: the first of them
  bool in_hand_ = false;           // its first message
  std::size_t overtaken_ = 0;      // bytes that went before the first message of the first
};

}  // namespace sluice::dcep
