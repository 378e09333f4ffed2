#pragma once
// Pair: a local socket and a remote candidate that may reach each other.   RFC 8445 §6.1.2
//
// A server-reflexive local candidate is replaced by its base before pairing (§6.1.2.4), so a path names a pair.
// Data may be sent on valid pairs only: those whose own check was answered (§7.2.5.3.2, §19.5.1).
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "ice/events.hpp"

namespace sluice::ice {

enum class PairState : std::uint8_t { frozen, waiting, in_progress, succeeded, failed };
enum class PairStream : std::uint8_t { none, closed, connecting, open };  // none: datagrams need no connection
enum class PairEvent : std::uint8_t {
  unfreeze,
  check_sent,
  response,
  failure,
  triggered_check,
  consent_lost,
  consent_expired
};

/// RFC 8445 §6.1.2.6; what is not listed does not happen.
std::optional<PairState> next_state(PairState, PairEvent) noexcept;

/// RFC 8445 §6.1.2.3, for the local and the remote candidate's priority.
std::uint64_t pair_priority(Role, std::uint32_t local, std::uint32_t remote) noexcept;

/// RFC 6544 §6.2: UDP with UDP, active with passive. A passive candidate waits for what the peer's checks bring;
/// simultaneous open, which nobody offers, pairs with nothing.
bool may_pair(Transport local, Transport remote) noexcept;

/// RFC 8445 §6.1.2.2: same family, and link-local only with link-local. Loopback likewise, so that a description cannot
/// make us talk to services of this host.
bool may_pair(const IpAddress& local, const IpAddress& remote) noexcept;

// RFC 8445 §7.3.1.5: a nomination that arrives before our own check succeeded has to wait for it.
enum class Nomination : std::uint8_t { none, requested, done };

// What ice::Statistics says of a pair; counted where it happens.
struct PairCounters {
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t requests_sent = 0;
  std::uint64_t requests_received = 0;
  std::uint64_t responses_sent = 0;
  std::uint64_t responses_received = 0;
  std::uint64_t consent_requests_sent = 0;
  Duration total_round_trip{};  // of all responses, each since its request was first sent

  void count_received(std::size_t bytes) noexcept {
    ++packets_received;
    bytes_received += bytes;
  }
  PairCounters& operator+=(const PairCounters&) noexcept;
};

struct Pair {
  Path path{};
  Candidate local{};  // the host candidate of the socket
  Candidate remote{};
  std::string foundation{};
  std::uint64_t priority = 0;
  PairState state = PairState::frozen;
  Nomination nomination = Nomination::none;
  TimePoint nominated_at{};  // last time, once `done`
  PairStream stream = PairStream::none;
  bool consent_expired = false;                 // RFC 7675 §5.1: never again with these credentials
  bool admitted = false;                        // an authenticated check passed, in either direction
  std::optional<TimePoint> authenticated_at{};  // the last one, or an answer to one
  Endpoint mapped{};                            // our address as the peer saw it, once valid
  std::optional<TimePoint> last_response{};
  unsigned role_conflicts = 0;  // 487 responses
  std::optional<Duration> round_trip{};
  PairCounters counters{};

  bool over_tcp() const noexcept { return stream != PairStream::none; }
  bool needs_stream() const noexcept { return stream == PairStream::closed || stream == PairStream::connecting; }
  bool valid() const noexcept { return last_response.has_value(); }
  bool unfinished() const noexcept { return state != PairState::succeeded && state != PairState::failed; }
  /// Whether the event meant anything in this state.
  bool handle(PairEvent) noexcept;
};

}  // namespace sluice::ice
