#include "sctp/probe.hpp"

#include <algorithm>
#include <cassert>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "sctp/chunks.hpp"
#include "sctp/crc32c.hpp"

namespace sluice::sctp {
namespace {

constexpr std::uint64_t magic = 0x736c756963650001;  // "sluice", version 1
constexpr std::uint16_t heartbeat_info = 1;          // RFC 9260 §3.3.5
constexpr std::uint16_t info_length = 24;            // parameter header, magic, id, size
constexpr std::uint16_t chunk_header = 4;            // RFC 9260 §3.2
constexpr std::size_t common_header = 12;            // RFC 9260 §3.1

static_assert(smallest_probe == common_header + chunk_header + info_length);

void write_chunk_header(Writer& out, ChunkType type, std::size_t value) {
  out.u8(static_cast<std::uint8_t>(type));
  out.u8(0);  // flags
  out.u16(static_cast<std::uint16_t>(chunk_header + value));
}

void write_info(Writer& out, const PacketAddress& address, ChunkType type, const ProbeInfo& info) {
  out.u16(address.source);
  out.u16(address.destination);
  out.u32(address.verification_tag);
  out.u32(0);  // checksum
  write_chunk_header(out, type, info_length);
  out.u16(heartbeat_info);
  out.u16(info_length);
  out.u64(magic);
  out.u64(info.id);
  out.u32(info.size);
}

// With its padding, RFC 9260 §3.2; nothing if there is none, or no whole one.
ByteView next_chunk(ByteView rest) {
  Reader in{rest};
  in.skip(2);  // type, flags
  const std::size_t length = in.u16();
  if (!in.ok() || length < chunk_header || length > rest.size()) return {};
  return rest.first(std::min(length + (-length & 3U), rest.size()));
}

}  // namespace

Bytes make_probe(const PacketAddress& address, const ProbeInfo& info) {
  assert(info.size >= smallest_probe && info.size % 4 == 0);
  Bytes packet;
  packet.reserve(info.size);
  Writer out{packet};
  write_info(out, address, ChunkType::heartbeat, info);
  if (const auto rest = info.size - smallest_probe; rest != 0) {
    write_chunk_header(out, ChunkType::pad, rest - chunk_header);
    out.zeros(rest - chunk_header);
  }
  seal(packet);
  return packet;
}

Bytes make_probe_answer(const PacketAddress& address, const ProbeInfo& info, std::uint32_t limit) {
  Bytes packet;
  Writer out{packet};
  write_info(out, address, ChunkType::heartbeat_ack, info);
  write_chunk_header(out, ChunkType::pad, sizeof magic + sizeof limit);
  out.u64(magic);
  out.u32(limit);
  seal(packet);
  return packet;
}

std::optional<ProbeInfo> read_probe_info(ByteView value) {
  Reader in{value};
  const auto type = in.u16();
  const auto length = in.u16();
  const auto mark = in.u64();
  ProbeInfo info{in.u64(), in.u32()};
  const bool ours = in.ok() && in.remaining() == 0 && type == heartbeat_info && length == info_length && mark == magic;
  return ours ? std::optional{info} : std::nullopt;
}

std::optional<std::uint32_t> read_packet_limit(ByteView value) {
  Reader in{value};
  const auto mark = in.u64();
  const auto limit = in.u32();
  return in.ok() && in.remaining() == 0 && mark == magic ? std::optional{limit} : std::nullopt;
}

void split_packet(ByteView packet, std::size_t size, Outbox& parts) {
  const auto header = packet.first(common_header);
  auto rest = packet.subspan(common_header);
  Bytes part;
  const auto finish = [&] {
    seal(part);
    parts.push(part);
  };
  for (auto chunk = next_chunk(rest); !chunk.empty(); chunk = next_chunk(rest)) {
    if (!part.empty() && part.size() + chunk.size() > size) {
      finish();
      part.clear();
    }
    if (part.empty()) part.assign(header.begin(), header.end());
    part.insert(part.end(), chunk.begin(), chunk.end());
    rest = rest.subspan(chunk.size());
  }
  if (!part.empty()) finish();
}

}  // namespace sluice::sctp
