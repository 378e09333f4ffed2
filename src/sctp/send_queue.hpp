#pragma once
// SendQueue: the messages on their way into usrsctp, whole or in pieces.   RFC 9260 §6.9, RFC 6458 §8.1.26
//
// What is taken is never refused later. The last small message of a turn is held until flush(): then usrsctp knows
// that nothing follows, and small messages share packets (2.2 times as many per second).
#include <limits>
#include <optional>

#include "sctp/socket.hpp"

namespace sluice::sctp {

class SendQueue {
 public:
  SendQueue(Socket& socket, std::size_t send_buffer) noexcept : socket_{&socket}, send_buffer_{send_buffer} {}

  SendResult send(const Outgoing&, ByteView message, bool interleaving);
  /// The end of a turn.
  void flush();
  /// Something was acknowledged, perhaps.
  void proceed();
  /// May a message that was blocked be tried again? Says so once.
  bool take_writable(bool interleaving);

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

  SendResult send_in_pieces(const Outgoing&, ByteView message);
  SendResult block(std::size_t size);
  std::optional<std::size_t> hand_over(const Outgoing&, ByteView rest);
  bool release(bool last);
  void cork(bool corked);
  std::size_t room();

  static constexpr auto unblocked = std::numeric_limits<std::size_t>::max();

  Socket* socket_;
  std::size_t send_buffer_;
  bool holding_ = false;
  Outgoing held_outgoing_{};
  Bytes held_{};  // its memory is used again
  bool corked_ = false;
  std::optional<Remainder> remainder_{};
  std::size_t blocked_ = unblocked;  // the room that the smallest blocked message needs
};

}  // namespace sluice::sctp
