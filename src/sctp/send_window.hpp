#pragma once
// SendWindow: how many bytes of messages may be inside usrsctp at a time.
//
// They are in flight or fly next, in their order: more of them than the path carries in a round trip only makes every
// later message wait, and overflows the queues on the way. Twice that amount lets the congestion window double in every
// round trip, as slow start does (RFC 9260 §7.2.1), and bridges the repair of a loss. Delivery rate and round trip are
// estimated the way of draft-ietf-ccwg-bbr: the best of either that was seen lately, one sample at a time.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/time.hpp"

namespace sluice::sctp {

// What a packet that leaves now leaves with.
struct Departure {
  TimePoint time{};
  std::uint64_t delivered = 0;  // bytes that the peer had acknowledged by then
  TimePoint delivered_at{};     // when the last of them were
  bool busy = false;            // the path had enough to do, so that the rate is the path's and not the application's
};

class SendWindow {
 public:
  SendWindow(std::size_t most, std::size_t first) noexcept : most_{most}, first_{std::min(most, first)} {}

  /// What left like that was acknowledged now, and `delivered` bytes are by now.
  void handle_acknowledged(TimePoint now, const Departure&, std::uint64_t delivered);
  /// Packets were lost for want of room: what the path carries without a queue is the limit then, which rises by 1/64
  /// in each round trip.
  void handle_congestion() noexcept;
  /// A small message waits behind the large ones of another stream. More are expected, so there is less before them.
  void note_follower(TimePoint now) noexcept { followed_at_ = now; }
  /// Another path: nothing is known of it.
  void reset() noexcept { *this = SendWindow{most_, first_}; }

  std::size_t size() const noexcept { return size_; }
  std::size_t most() const noexcept { return most_; }
  /// The last round trip seen had one in it, of ours or of others.
  bool queue() const noexcept { return queue_; }

  static constexpr std::size_t least = 32 * 1024;  // enough packets for a fast retransmission

 private:
  static constexpr double gain = 2;
  static constexpr double growth = 1.25;  // draft-ietf-ccwg-bbr §5.3.1.2: less is the end of the start
  static constexpr Duration slack = std::chrono::microseconds{150};  // what hosts take beyond the path
  static constexpr Duration least_slack = slack / 2;                 // where small messages follow
  static constexpr Duration follower_lifetime = std::chrono::seconds{1};
  static constexpr Duration round_trip_lifetime = std::chrono::seconds{10};
  static constexpr int rate_lifetime = 10;  // round trips, twice

  void note_round_trip(TimePoint now, Duration, const Departure&);
  void note_rate(TimePoint now, double rate, bool busy);
  double carried() const noexcept;
  void resize();

  std::size_t most_;
  std::size_t first_;
  std::size_t size_ = first_;
  Duration round_trip_ = Duration::max();  // the least
  TimePoint round_trip_seen_{};
  double rate_ = 0;  // bytes per nanosecond, the highest of this period
  double last_rate_ = 0;
  TimePoint period_began_{};
  double bound_ = std::numeric_limits<double>::infinity();  // bytes, since congestion
  TimePoint followed_at_ = TimePoint::min();
  bool followed_ = false;
  bool starting_ = true;  // every round trip shows a higher rate
  bool queue_ = false;
  bool draining_ = false;  // so that a round trip can be seen without our own queue in it
  TimePoint draining_since_{};
};

}  // namespace sluice::sctp
