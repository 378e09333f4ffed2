#pragma once
// SendQueue: the messages on their way into usrsctp, whole or in pieces.   RFC 9260 §6.9, RFC 6458 §8.1.26
//
// What is taken is never refused later. The last small message of a turn is held until flush(): then usrsctp knows
// that nothing follows, and small messages share packets (2.2 times as many per second).
#include <algorithm>
#include <limits>
#include <optional>

#include "sctp/chunks.hpp"
#include "sctp/loss_episode.hpp"
#include "sctp/send_window.hpp"
#include "sctp/socket.hpp"

namespace sluice::sctp {

class SendQueue {
 public:
  SendQueue(Socket& socket, SendWindow window, CongestionControl control) noexcept
      : socket_{&socket}, window_{window}, control_{control} {}

  SendResult send(const Outgoing&, ByteView message, bool interleaving);
  /// The end of a turn.
  void flush();
  /// After usrsctp has seen it.
  void handle_acknowledged(TimePoint now, const Acknowledgement&);
  void handle_retransmission_timeout();
  /// What was known of the path is of another one.
  void handle_path_changed() noexcept { window_.reset(); }
  /// usrsctp may have given up messages meanwhile, RFC 3758.
  void look();
  /// There is room again, perhaps.
  void proceed();
  /// May a message that was blocked be tried again? Says so once.
  bool take_writable(bool interleaving);

  /// What leaves now leaves like this.
  Departure departure(TimePoint now) const noexcept;
  bool empty() const noexcept { return !holding_ && !remainder_; }
  bool concerns(StreamId) const noexcept;
  void clear();

 private:
  // The end of a message that usrsctp has taken the beginning of.
  struct Remainder {
    Outgoing outgoing;
    Bytes message;
    std::size_t sent;
  };

  // What SACKs say, RFC 9260 §3.3.4. What is reported beyond a gap is neither in flight nor released by usrsctp, which
  // counts bytes, and the report TSNs.
  struct Arrived {
    std::optional<std::uint32_t> cumulative_tsn{};
    std::uint64_t released = 0;  // bytes up to it
    double chunk = 0;            // bytes of one, on average
    std::size_t reported = 0;    // bytes beyond a gap, by that average
    std::uint32_t beyond = 0;    // chunks beyond a gap
  };

  SendResult send_in_pieces(const Outgoing&, ByteView message);
  SendResult block(std::size_t size);
  std::optional<std::size_t> hand_over(const Outgoing&, ByteView rest);
  bool release(bool last);
  void cork(bool corked);
  std::size_t room() const noexcept;
  std::size_t largest_whole() const noexcept { return window_.size() / 3; }  // larger messages go in pieces ...
  std::size_t piece() const noexcept { return window_.size() / 8; }          // ... of this size
  bool has_room(std::size_t);
  void count(std::size_t bytes) noexcept;
  void note_arrived(const Acknowledgement&);
  void control_congestion(const Acknowledgement&, const Socket::Sent&);

  static constexpr auto unblocked = std::numeric_limits<std::size_t>::max();

  Socket* socket_;
  SendWindow window_;
  CongestionControl control_;
  LossEpisode losses_{};
  std::uint64_t taken_ = 0;  // bytes that usrsctp has taken so far
  std::size_t inside_ = 0;   // of them, and not acknowledged when we looked
  TimePoint acknowledged_at_{};
  Arrived arrived_{};
  std::uint64_t delivered_ = 0;     // bytes that have arrived, acknowledged or reported
  std::optional<StreamId> bulk_{};  // whose message was the last large one
  bool saturated_ = false;          // when the last turn ended, the application had more than there was room for
  bool holding_ = false;
  Outgoing held_outgoing_{};
  Bytes held_{};  // its memory is used again
  bool corked_ = false;
  std::optional<Remainder> remainder_{};
  std::size_t blocked_ = unblocked;  // the room that the smallest blocked message needs
};

}  // namespace sluice::sctp
