#pragma once
// The packets of path MTU discovery.   RFC 8899 §4.1, RFC 4820 §3, RFC 9260 §3.3.5
//
// A probe is a HEARTBEAT, with a PAD chunk behind it that makes the packet as large as the path is asked to carry. Any
// SCTP peer sends the HEARTBEAT ACK back, but not every one survives the probe: libwebrtc ends the DTLS association at
// a record with more than 2048 bytes in it, others read it in two halves. So a peer says how much it takes, in a PAD
// chunk behind its HEARTBEAT ACK, which means nothing to anybody else, and who does not say it is never sent more than
// the base. What is larger than the path carries any more is cut between its chunks.
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "sctp/outbox.hpp"

namespace sluice::sctp {

// The Heartbeat Info of a probe, which the peer sends back as it is.
struct ProbeInfo {
  std::uint64_t id = 0;
  std::uint32_t size = 0;  // of the packet
  friend bool operator==(const ProbeInfo&, const ProbeInfo&) = default;
};

// Of the common header, RFC 9260 §3.1.
struct PacketAddress {
  std::uint16_t source = 0;
  std::uint16_t destination = 0;
  std::uint32_t verification_tag = 0;
};

constexpr std::size_t smallest_probe = 40;  // without PAD

/// A sealed packet of info.size bytes, which is a multiple of four and at least smallest_probe.
Bytes make_probe(const PacketAddress&, const ProbeInfo&);
/// The sealed answer to one: takes packets of `limit` bytes.
Bytes make_probe_answer(const PacketAddress&, const ProbeInfo&, std::uint32_t limit);

/// Of the value of a HEARTBEAT or HEARTBEAT ACK; nothing if it is not of a probe.
std::optional<ProbeInfo> read_probe_info(ByteView value);
/// What the peer says to take, of the value of a PAD chunk.
std::optional<std::uint32_t> read_packet_limit(ByteView value);

/// Sealed packets with the chunks of this one, in order, each at most `size` bytes unless one chunk is more.
void split_packet(ByteView packet, std::size_t size, Outbox& parts);

}  // namespace sluice::sctp
