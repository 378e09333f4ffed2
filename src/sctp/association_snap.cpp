// SNAP: an association set up by signaling, without its handshake.   draft-hancke-tsvwg-snap-00
//
// Each side signals its INIT chunk. usrsctp makes ours by beginning to connect, and comes up by a handshake with
// itself: it is given the INIT of the peer, and its own answer to that is played back. Not one packet of it leaves.
#include <algorithm>
#include <cassert>
#include <utility>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "sctp/association.hpp"
#include "sctp/chunks.hpp"

namespace sluice::sctp {
namespace {

constexpr std::uint16_t protocol_violation = 13;  // RFC 9260 §3.3.10.13
constexpr std::size_t chunk_header = 4;           // RFC 9260 §3.2

// Its checksum is nobody's concern: the packet goes nowhere.
Bytes packet_of(std::uint16_t source, std::uint16_t destination, std::uint32_t verification_tag, ByteView chunk) {
  Bytes packet;
  Writer out{packet};
  out.u16(source);
  out.u16(destination);
  out.u32(verification_tag);
  out.u32(0);
  out.bytes(chunk);
  out.zeros(-chunk.size() & 3U);
  return packet;
}

Bytes cookie_echo(ByteView cookie) {  // RFC 9260 §3.3.11
  Bytes chunk;
  Writer out{chunk};
  out.u8(static_cast<std::uint8_t>(ChunkType::cookie_echo));
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(chunk_header + cookie.size()));
  out.bytes(cookie);
  return chunk;
}

}  // namespace

ByteView Association::prepare() {
  if (state_ != State::idle || !socket_.is_open()) return init_;
  state_ = State::prepared;
  socket_.connect(options_.remote_port);
  while (const auto packet = attachment_.outbox.pop()) {
    if (const auto chunk = first_chunk(ChunkType::init, *packet)) init_.assign(chunk->begin(), chunk->end());
  }
  stack_->detach(attachment_);  // usrsctp repeats the INIT, to nobody
  assert(consistent());
  return init_;
}

void Association::connect(TimePoint now, ByteView init_of_peer) {
  if (state_ != State::prepared) return;
  stack_->resume(attachment_);
  state_ = State::connecting;
  attachment_.readable = true;
  if (!play_handshake(now, init_of_peer)) {
    return fail(protocol_violation, "the peer's a=sctp-init is no INIT chunk for this association; negotiate again");
  }
  for (auto& packet : std::exchange(early_, {})) input(now, packet);
  proceed();
  assert(consistent());
}

bool Association::play_handshake(TimePoint now, ByteView init_of_peer) {
  auto init = packet_of(options_.remote_port, options_.port, 0, init_of_peer);
  if (!first_chunk(ChunkType::init, init)) return false;
  input(now, init);
  Bytes cookie;
  while (const auto packet = attachment_.outbox.pop()) {
    const auto answer = first_chunk(ChunkType::init_ack, *packet);
    if (answer) cookie = cookie_echo(state_cookie_of(answer->subspan(chunk_header)));
  }
  if (cookie.empty()) return false;
  Reader ours{init_};
  ours.skip(chunk_header);
  auto echo = packet_of(options_.remote_port, options_.port, ours.u32(), cookie);
  input(now, echo);
  attachment_.outbox.clear();  // COOKIE ACK
  return set_up_;
}

}  // namespace sluice::sctp
