#pragma once
// What an sctp::Association is given and what it tells its owner. usrsctp's own types end in this folder.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"

namespace sluice::sctp {

// Partial reliability of one message. RFC 3758, 7496. At most one of the two.
struct SendOptions {
  bool ordered = true;
  std::optional<std::uint16_t> max_retransmits{};
  std::optional<std::chrono::milliseconds> lifetime{};
};

enum class SendResult {
  sent,     // taken whole
  blocked,  // the window is full or the stream is being reset; try again after Writable
  too_large,
  gone,  // no association, or no such stream
};

struct Connected {
  std::uint16_t inbound_streams;
  std::uint16_t outbound_streams;
};
struct Received {
  StreamId stream;
  Ppid ppid;
  Bytes message;
};                   // whole messages only
struct Writable {};  // a blocked send may now succeed
struct IncomingReset {
  std::vector<StreamId> streams;
};  // the peer has reset its side
struct OutgoingReset {
  std::vector<StreamId> streams;
};  // our reset is done
struct Aborted {
  std::uint16_t cause;
  std::string reason;
};                 // RFC 9260 §3.3.10; 12: the peer closed
struct Closed {};  // shutdown is complete

using Event = std::variant<Connected, Received, Writable, IncomingReset, OutgoingReset, Aborted, Closed>;

struct Counters {
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t packets_refused = 0;     // by the ingress guard
  std::uint64_t chunks_neutralised = 0;  // by the ingress guard
};

}  // namespace sluice::sctp
