#pragma once
// The chunks a data-channel peer may send, and whether one is well-formed.   RFC 9260 §3.2, §3.3
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace sluice::sctp {

enum class ChunkType : std::uint8_t {
  data = 0,
  init = 1,
  init_ack = 2,
  sack = 3,
  heartbeat = 4,
  heartbeat_ack = 5,
  abort = 6,
  shutdown = 7,
  shutdown_ack = 8,
  error = 9,
  cookie_echo = 10,
  cookie_ack = 11,
  ecne = 12,
  cwr = 13,
  shutdown_complete = 14,
  auth = 15,              // RFC 4895
  nr_sack = 16,           // draft-tuexen-tsvwg-sctp-multipath
  i_data = 0x40,          // RFC 8260
  asconf_ack = 0x80,      // RFC 5061
  packet_dropped = 0x81,  // draft-stewart-sctp-pktdrprep
  re_config = 0x82,       // RFC 6525
  pad = 0x84,             // RFC 4820
  forward_tsn = 0xc0,     // RFC 3758
  asconf = 0xc1,          // RFC 5061
  i_forward_tsn = 0xc2,   // RFC 8260
};

/// The value of a chunk, by the lengths and counts its type demands. True for a type without a rule here.
bool well_formed(ChunkType, ByteView value);

/// Overwrites in the causes of an ABORT or ERROR those that only NATs send. Returns how many.
std::size_t blank_causes(MutableBytes value);

struct InitParameters {
  bool well_formed = false;
  std::uint32_t initial_tsn = 0;
  bool interleaving = false;    // the peer can do I-DATA
  std::size_t neutralised = 0;  // what was overwritten
};

/// The parameters of an INIT or INIT ACK; all that data channels do not need are overwritten.
InitParameters inspect_init(ChunkType, MutableBytes value);

/// The first chunk of a packet, with its header and without padding; nothing if it is none of this type.
std::optional<ByteView> first_chunk(ChunkType, ByteView packet);

/// The State Cookie of a well-formed INIT ACK, RFC 9260 §3.3.3.1.
ByteView state_cookie_of(ByteView value);

/// The last TSN that the outgoing SSN reset request in this RE-CONFIG waits for, RFC 6525 §4.1.
std::optional<std::uint32_t> awaited_tsn(ByteView value);

// What a SACK says, RFC 9260 §3.3.4.
struct Acknowledgement {
  std::uint32_t cumulative_tsn;
  std::uint32_t window;
  std::uint32_t highest_tsn;  // that has arrived
  std::uint32_t beyond = 0;   // how many after the cumulative one have arrived
};

// The TSNs of the DATA or I-DATA chunks of a packet, RFC 9260 §3.3.1, RFC 8260 §2.1.
struct SentTsns {
  std::uint32_t first;
  std::uint32_t last;
};

// What counts of a packet of ours.
struct Outline {
  std::optional<Acknowledgement> acknowledgement{};
  std::optional<SentTsns> data{};
};
Outline outline(ByteView packet);

}  // namespace sluice::sctp
