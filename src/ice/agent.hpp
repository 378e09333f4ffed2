#pragma once
// Agent: one ICE agent, full or lite, with one component.   RFC 8445, 8838 (trickle), 7675 (consent), 8863 (patience)
//
// Owns no socket: it is told which local sockets exist, relayed ones too, and says on which path a check leaves.
// Data may flow on the first valid pair (§12.1); nomination only moves it.
//
// Without a path it ends in `failed` after a bounded time, whatever the peer does. Where the peer has not said that it
// has no more candidates, a late one, or a check of its own, brings it back; otherwise only a restart does (W3C §5.6).
//
// Nomination: as controlling agent every check of a pair that would be the best one carries USE-CANDIDATE, from the
// first check on, as browsers do. Not RFC 8445 §8.1.1, which waits for a result first: a peer that sends nothing
// before a nomination would wait another round trip. Both ends agree in the end, because checks of pairs below the
// selected one do not nominate, and consent checks of the selected pair nominate it again and again.
#include <optional>
#include <span>
#include <vector>

#include "base/fifo.hpp"
#include "base/random.hpp"
#include "base/transmit_queue.hpp"
#include "ice/events.hpp"
#include "ice/gatherer.hpp"
#include "ice/generation.hpp"
#include "ice/piggyback.hpp"
#include "ice/statistics.hpp"

namespace sluice::ice {

struct AgentOptions {
  std::vector<IceServer> ice_servers{};  // with one of kind turn, gathering waits for handle_relays_gathered()
  bool relay_only = false;               // W3C iceTransportPolicy "relay"
  bool resolve_mdns = true;              // remote candidates that are MdnsNames; never with relay_only
  bool lite = false;                     // RFC 8445 §2.5: answers and never asks, with host candidates alone
  bool proposes = false;                 // local candidates wait for settle_proposal(), and the end of gathering too
  std::optional<stun::TransactionMark> transaction_mark{};  // on a shared socket
  std::size_t max_mdns_names = 8;                           // that wait for their addresses
  std::size_t max_remote_candidates = 64;
  std::size_t max_pairs = 100;  // RFC 8445 §6.1.2.5
};

class Agent {
 public:
  Agent(AgentOptions, Random&);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent();

  // inputs
  void handle_datagram(TimePoint now, const Path&, ByteView);  // STUN only
  void handle_timeout(TimePoint now);
  void handle_resolved(TimePoint now, std::string_view host, std::span<const IpAddress>);  // none: it failed
  void handle_located(TimePoint now, const ResolveNeeded&, std::span<const Endpoint>);     // port 0: not known
  void handle_relay(TimePoint now, const RelayedSocket&);
  void handle_relays_gathered(TimePoint now);
  /// What TcpNeeded has asked for.
  void handle_stream_opened(TimePoint now, const Path&);
  /// A connection of either direction has ended, or was never made. RFC 6544 §7.1
  void handle_stream_closed(TimePoint now, const Path&);
  /// Data has come. False: from where it may not; otherwise it is counted.
  bool admit(const Path&, std::size_t bytes);

  // commands
  void set_role(Role);
  void set_local_credentials(Credentials);
  void gather(TimePoint now, std::span<const LocalSocket>);
  void set_remote_credentials(TimePoint now, Credentials, bool lite);
  /// Sockets that came after gather(). While that goes on they join in; later they are not told any more, but the peer
  /// is checked from them, and learns of them by that.
  void add_sockets(TimePoint now, std::span<const LocalSocket>);
  /// Their addresses are gone: nothing comes or goes there any more, and no consent has to expire to know it.
  void withdraw_sockets(TimePoint now, std::span<const SocketId>);
  /// The answer to CandidateProposed. What is refused is neither told nor checked from: a socket whose host candidate
  /// is refused is used if another candidate that has it as base is allowed, and else hears nothing.
  void settle_proposal(TimePoint now, std::uint64_t number, bool allowed);
  void add_remote_candidate(TimePoint now, Candidate);  // what a limit or policy forbids is counted and ignored
  void end_of_remote_candidates(TimePoint now);
  void count_sent(const Path&, std::size_t packets, std::size_t bytes);  // data; for many packets at once
  /// STUN messages carry packets of somebody else's, which makes no difference to ICE. See Piggyback
  void set_piggyback(Piggyback::Mode mode) { piggyback_.set_mode(mode); }
  void carry(std::vector<Bytes> flight) { piggyback_.carry(std::move(flight)); }
  void note_received(ByteView packet) noexcept { piggyback_.note_received(packet); }
  void fail();  // its sockets are gone
  void close();

  // outputs
  void poll_transmit(TransmitQueue&);
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  Role role() const noexcept;
  State state() const noexcept;
  GatheringState gathering_state() const noexcept;
  bool has_sockets() const noexcept { return !generation_.bases.empty(); }
  bool uses(SocketId id) const noexcept { return generation_.find_any_base(id) != nullptr; }
  /// Whether the TCP connection of this path is of use, or may still be.
  bool keeps(TimePoint now, const Path&) const;
  /// Where data goes: the nominated pair, or else the best valid one while consent lasts.
  std::optional<Path> data_path() const;
  /// Whether an authenticated check has passed on this path, in either direction.
  bool admits(const Path&) const;
  /// When the last one, or an answer to one, came there.
  std::optional<TimePoint> authenticated_at(const Path&) const;
  std::optional<CandidatePair> selected_pair() const;
  std::optional<Duration> round_trip() const;
  const Counters& counters() const noexcept;
  Statistics statistics() const;

 private:
  // What is in it besides is said when it leaves: by then the owner has heard what came before.
  struct Outgoing {
    enum class Kind : std::uint8_t { request, response, refusal };
    Path path{};
    Kind kind{};
    stun::Builder message;  // without integrity
  };

  // agent.cpp: commands, candidates, state
  bool over() const noexcept { return state_ == State::closed || state_ == State::failed; }
  bool ended() const noexcept { return over() && (state_ == State::closed || generation_.end_of_candidates); }
  void advance(TimePoint now);
  void progress();
  TimePoint earliest_deadline() const;
  void add_host(const LocalSocket&);
  void add_server_reflexive(const Gatherer::Discovered&);
  void add_relayed(const RelayedSocket&);
  void add_usable_candidate(TimePoint now, Candidate);
  void pair_up(const Generation::Base&, const Candidate& remote);
  void collect_gathered();
  void start_patience(TimePoint now);
  State current_state(TimePoint now) const;
  void enter(State);
  void rest_keys() const noexcept;
  bool consistent() const;

  // agent_proposals.cpp
  void propose(SocketId base, Candidate, bool tells);
  void use(SocketId base, Candidate, bool tells);
  void open_base(SocketId);

  // agent_failure.cpp
  void revive(TimePoint now);
  Failed failure() const;

  // agent_names.cpp
  void add_named_candidate(const MdnsName&, Candidate);
  void name_resolved(TimePoint now, std::string_view host, std::span<const IpAddress>);

  // agent_sockets.cpp
  void add_unannounced(const LocalSocket&);
  std::vector<Candidate> checked_remotes() const;
  void recover(TimePoint now, const Endpoint& remote);

  // agent_streams.cpp
  void open_stream(TimePoint now, Pair&);
  void deselect();

  // agent_statistics.cpp
  CandidatePair candidates_of(const Pair&) const;

  // agent_checks.cpp: STUN out and in
  bool may_check() const noexcept;
  void send_scheduled_check(TimePoint now);
  Check make_check(Pair&, Check::Purpose);
  bool nominates(const Pair&, Check::Purpose) const;
  void handle_request(TimePoint now, const Path&, const stun::Message&);
  bool authentic(const stun::Message&) const;
  bool requester_must_switch(const stun::Message&);
  void respond(const Path&, const stun::Message&);
  void refuse(const Path&, const stun::Message&, stun::ErrorCode);
  void answer(const Path&, stun::Builder response, Outgoing::Kind);
  void read_embedded(const stun::Message&);
  void remember(TimePoint now, const Path&, const stun::Message&);
  void accept_check(TimePoint now, const Generation::EarlyCheck&);
  Pair* add_peer_reflexive(const Generation::EarlyCheck&);
  void handle_response(TimePoint now, const Path&, const stun::Message&);
  void handle_success(TimePoint now, Pair&, const Check&, const Endpoint& mapped);
  void handle_error(Pair&, const Check&, const stun::Message&);

  // agent_lite.cpp
  bool both_lite() const noexcept { return options_.lite && generation_.remote && generation_.remote->lite; }
  void accept_check_lite(TimePoint now, Pair&, bool use_candidate);
  void select_unchecked(TimePoint now);

  // agent_selection.cpp: nomination, consent
  void switch_role(Role);
  void nominate(TimePoint now, Pair&);
  const Pair* choose(TimePoint now) const;
  void reselect(TimePoint now);
  void lose(Pair&);
  void watch_consent(TimePoint now);
  void expire_consent(TimePoint now);
  void send_consent_check(TimePoint now);

  AgentOptions options_;
  Random* random_;
  std::uint64_t tie_breaker_;  // RFC 8445 §16.1
  Role role_ = Role::controlling;
  State state_ = State::new_;
  GatheringState gathering_ = GatheringState::new_;
  Gatherer gatherer_;
  bool relays_pending_ = false;
  Generation generation_;
  TimePoint now_{};             // of the last input
  TimePoint deadline_ = never;  // what follows from them; data changes nothing here, and is asked for it at every turn
  std::vector<Outgoing> outbox_{};
  Piggyback piggyback_{};
  Fifo<Event, 0> events_{};
  Counters counters_{};
};

}  // namespace sluice::ice
