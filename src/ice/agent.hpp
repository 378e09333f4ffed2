#pragma once
// Agent: one full ICE agent with one component.   RFC 8445, 8838 (trickle), 7675 (consent), 8863 (patience)
//
// Owns no socket: it is told which local sockets exist, and says on which path a check leaves.
// Data may flow on the first valid pair (§12.1); nomination only moves it.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "base/transmit_queue.hpp"
#include "ice/events.hpp"

namespace sluice::ice {

struct AgentOptions {
  std::vector<StunServer> stun_servers{};
  bool relay_only = false;  // W3C iceTransportPolicy "relay"
  std::size_t max_remote_candidates = 64;
  std::size_t max_pairs = 100;  // RFC 8445 §6.1.2.5
};

class Agent {
 public:
  Agent(AgentOptions, Random&);
  ~Agent();

  // inputs
  void handle_datagram(TimePoint now, const Path&, ByteView);  // STUN only
  void handle_timeout(TimePoint now);
  void handle_resolved(TimePoint now, std::string_view host, std::span<const IpAddress>);  // none: it failed

  // commands
  void set_role(Role);
  void set_local_credentials(Credentials);
  void gather(TimePoint now, std::span<const LocalSocket>);
  void set_remote_credentials(TimePoint now, Credentials, bool lite);
  void add_remote_candidate(TimePoint now, Candidate);  // what a limit or policy forbids is counted and ignored
  void end_of_remote_candidates(TimePoint now);
  void close();

  // outputs
  void poll_transmit(TransmitQueue&);
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  Role role() const noexcept;
  State state() const noexcept;
  GatheringState gathering_state() const noexcept;
  /// Where data goes: the nominated pair, or else the best valid one while consent lasts.
  std::optional<Path> data_path() const;
  /// Whether an authenticated check has passed on this path, in either direction.
  bool admits(const Path&) const;
  std::optional<CandidatePair> selected_pair() const;
  std::optional<Duration> round_trip() const;
  const Counters& counters() const noexcept;
};

}  // namespace sluice::ice
