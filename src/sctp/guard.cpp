#include "sctp/guard.hpp"

#include <algorithm>
#include <utility>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "sctp/chunks.hpp"

namespace sluice::sctp {
namespace {

constexpr std::size_t common_header = 12;  // RFC 9260 §3.1
constexpr std::size_t chunk_header = 4;    // RFC 9260 §3.2
constexpr unsigned most_inits = 64;        // in one set-up; with their timer no honest peer sends more

constexpr unsigned most_deferrals = 8;  // then usrsctp may judge

// RFC 9260 §1.6: serial numbers
bool reached(std::uint32_t awaited, std::uint32_t acknowledged) { return acknowledged - awaited < 0x80000000U; }

// RFC 9260 §3.2: the two highest bits say whether the rest of the packet may be read when the type is unknown.
bool may_be_skipped(ChunkType type) { return (static_cast<std::uint8_t>(type) & 0x80) != 0; }

}  // namespace

struct Guard::Chunk {
  ChunkType type;
  ByteView header;  // of the packet
  MutableBytes value;
  std::uint32_t verification_tag;
  bool first;
  bool last;
};

Verdict Guard::inspect(MutableBytes packet) {
  Reader in{packet};
  const auto source = in.u16();
  const auto destination = in.u16();
  const auto tag = in.u32();
  in.skip(4);  // checksum
  if (!in.ok() || in.remaining() == 0) return Verdict::drop;
  if (source != ports_.remote || destination != ports_.local) return Verdict::drop;

  const auto before = neutralised_;
  for (bool first = true; in.remaining() != 0; first = false) {
    const auto offset = packet.size() - in.remaining();
    const ChunkType type{in.u8()};
    in.skip(1);  // flags
    const auto length = in.u16();
    if (length < chunk_header) return Verdict::drop;
    const auto value = in.bytes(length - chunk_header);
    in.skip(std::min<std::size_t>(-length & 3U, in.remaining()));  // §3.2: padding, which is not in the length
    if (!in.ok()) return Verdict::drop;
    const auto in_place = packet.subspan(offset + chunk_header, value.size());
    switch (judge({type, packet.first(common_header), in_place, tag, first, in.remaining() == 0})) {
      case Judgement::keep:
        break;
      case Judgement::refuse:
        return Verdict::drop;
      case Judgement::set_aside:
        packet[offset] = static_cast<std::byte>(ChunkType::pad);
        break;
      case Judgement::blank:
        packet[offset] = static_cast<std::byte>(ChunkType::pad);
        ++neutralised_;
        break;
    }
  }
  return neutralised_ == before ? Verdict::accept : Verdict::neutralised;
}

Guard::Judgement Guard::judge(const Chunk& chunk) {
  const auto keep_if = [](bool condition) { return condition ? Judgement::keep : Judgement::refuse; };
  if (chunk.type == ChunkType::init || chunk.type == ChunkType::init_ack) return judge_init(chunk);
  if (chunk.verification_tag == 0) return Judgement::refuse;  // RFC 9260 §8.5.1: INIT only
  if (!well_formed(chunk.type, chunk.value)) return Judgement::refuse;
  switch (chunk.type) {
    case ChunkType::init:
    case ChunkType::init_ack:
      return Judgement::refuse;
    case ChunkType::cookie_echo:
      return judge_cookie(chunk);
    case ChunkType::data:
    case ChunkType::forward_tsn:
      return keep_if(!interleaving_);  // RFC 8260 §2.2.1: one kind or the other
    case ChunkType::i_data:
    case ChunkType::i_forward_tsn:
      return keep_if(interleaving_);
    case ChunkType::abort:
    case ChunkType::error:
      neutralised_ += blank_causes(chunk.value);
      return Judgement::keep;
    case ChunkType::sack:
    case ChunkType::shutdown:
    case ChunkType::shutdown_ack:
    case ChunkType::shutdown_complete:
    case ChunkType::cookie_ack:
      return Judgement::keep;
    case ChunkType::pad:
      if (const auto limit = read_packet_limit(chunk.value)) probes_.limit = limit;
      return Judgement::keep;
    case ChunkType::heartbeat:
    case ChunkType::heartbeat_ack:
      return judge_heartbeat(chunk);
    case ChunkType::re_config:
      return judge_re_config(chunk);
    case ChunkType::ecne:
    case ChunkType::cwr:
    case ChunkType::auth:
    case ChunkType::nr_sack:
    case ChunkType::asconf_ack:
    case ChunkType::packet_dropped:
    case ChunkType::asconf:
      return Judgement::blank;
  }
  return may_be_skipped(chunk.type) ? Judgement::blank : Judgement::refuse;
}

// RFC 9260 §3.3.2, §5.1: alone in its packet; an INIT has the verification tag 0 and an INIT ACK has not. After the
// set-up either would be a restart (§5.2.4), which over DTLS nobody needs: a new association has a new session.
Guard::Judgement Guard::judge_init(const Chunk& chunk) {
  if (established_ || !chunk.first || !chunk.last || ++inits_ > most_inits) return Judgement::refuse;
  if ((chunk.type == ChunkType::init) != (chunk.verification_tag == 0)) return Judgement::refuse;
  const auto parameters = inspect_init(chunk.type, chunk.value);
  if (!parameters.well_formed) return Judgement::refuse;
  interleaving_ = parameters.interleaving;
  acknowledged_ = parameters.initial_tsn - 1;
  neutralised_ += parameters.neutralised;
  return Judgement::keep;
}

// RFC 9260 §5.1: first in its packet. Once up, only a repetition of the cookie that brought us up is answered again.
// Another one is blanked, because the data behind it is good.
Guard::Judgement Guard::judge_cookie(const Chunk& chunk) {
  if (!chunk.first) return Judgement::refuse;
  if (established_) return std::ranges::equal(chunk.value, cookie_) ? Judgement::keep : Judgement::blank;
  cookie_.assign(chunk.value.begin(), chunk.value.end());
  return Judgement::keep;
}

// RFC 6525 §5.2.2 answers "in progress" and waits; the peer repeats the request meanwhile, with the same effect.
Guard::Judgement Guard::judge_re_config(const Chunk& chunk) {
  const auto awaited = awaited_tsn(chunk.value);
  if (!awaited || reached(*awaited, acknowledged_)) return Judgement::keep;
  deferrals_ = !deferred_.empty() && awaited_ == *awaited ? deferrals_ + 1 : 1;
  if (deferrals_ > most_deferrals) return Judgement::keep;
  awaited_ = *awaited;
  deferred_.assign(chunk.header.begin(), chunk.header.end());
  Writer out{deferred_};
  out.u8(static_cast<std::uint8_t>(chunk.type));
  out.u8(0);
  out.u16(static_cast<std::uint16_t>(chunk_header + chunk.value.size()));
  out.bytes(chunk.value);
  out.zeros(-chunk.value.size() & 3U);
  return Judgement::blank;
}

Guard::Judgement Guard::judge_heartbeat(const Chunk& chunk) {
  const auto info = read_probe_info(chunk.value);
  if (!info) return Judgement::keep;
  (chunk.type == ChunkType::heartbeat ? probes_.asked : probes_.answered) = info;
  return Judgement::set_aside;
}

std::optional<Bytes> Guard::take_deferred() {
  if (deferred_.empty() || !reached(awaited_, acknowledged_)) return std::nullopt;
  return std::exchange(deferred_, {});
}

}  // namespace sluice::sctp
