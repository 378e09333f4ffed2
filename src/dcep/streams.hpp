#pragma once
// Streams: which SCTP stream belongs to which channel, and how far its closing has come.   RFC 8831 §6.7
//
// A stream may be used again only when both directions have been reset. The table grows to the highest stream used.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/strong.hpp"

namespace sluice::dcep {

struct Channel;
enum class Side : std::uint8_t { even, odd };  // DTLS client: even streams, server: odd. RFC 8832 §6

enum class StreamState : std::uint8_t {
  unused,
  in_use,
  peer_reset,      // the peer's direction is reset, ours not yet asked for
  resetting,       // ours is asked for
  awaiting_peer,   // ours is reset, the peer's not yet
  awaiting_reset,  // the peer's is reset, ours is asked for
};

enum class StreamStep : std::uint8_t { reset_asked, outgoing_reset, incoming_reset };

struct Stream {
  StreamState state = StreamState::unused;
  Channel* channel = nullptr;  // none: what came on it was refused
};

class Streams {
 public:
  /// Streams from `count` on do not exist.
  void limit(std::uint16_t count) noexcept { count_ = count; }
  bool exists(StreamId stream) const noexcept { return raw(stream) < count_; }

  Stream find(StreamId) const noexcept;
  std::optional<StreamId> lowest_unused(Side) const noexcept;
  void take(StreamId, Channel*);
  void release(StreamId) noexcept;
  /// Moves the stream; a step its state does not know changes nothing. Returns whether it moved.
  bool advance(StreamId, StreamStep) noexcept;

 private:
  std::vector<Stream> streams_;
  std::uint16_t count_ = 65535;  // stream 65535 is reserved, RFC 8832 §6
};

}  // namespace sluice::dcep
