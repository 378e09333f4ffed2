#pragma once
// What an sctp::Association can tell of itself. The windows and times are usrsctp's, RFC 9260 §6.2, §6.3, §7.2.
#include "sctp/events.hpp"

namespace sluice::sctp {

// As usrsctp has it; zeros when it has no association (any more).
struct PathStatistics {
  std::uint32_t congestion_window = 0;      // bytes
  std::uint32_t receiver_window = 0;        // bytes that the peer has room for
  std::uint32_t unacknowledged_chunks = 0;  // sent, and beyond the peer's cumulative TSN
  std::uint64_t unacknowledged_bytes = 0;   // taken for sending and not acknowledged, whether sent or not
  Duration smoothed_round_trip{};           // in milliseconds; zero before it is known
  Duration retransmission_timeout{};        // in milliseconds
  std::uint32_t path_mtu = 0;               // the largest SCTP packet
};

struct Statistics : PathStatistics {
  std::uint64_t retransmissions = 0;  // packets that begin with data sent before
  Counters counters{};
};

}  // namespace sluice::sctp
