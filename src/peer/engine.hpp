#pragma once
// Engine: one peer connection without I/O. Composes ICE, DTLS, SCTP, DCEP and JSEP and only carries bytes and facts
// between them; whatever has a rule of its own lives in a core.   RFC 8825, 8831, 9429
//
// After any input or command the owner drains poll_transmit() and poll_event() and sets its timer to next_timeout().
#include <array>
#include <memory>
#include <optional>
#include <span>

#include "base/fifo.hpp"
#include "base/random.hpp"
#include "base/transmit_queue.hpp"
#include "ice/agent.hpp"
#include "ice/relays.hpp"
#include "ice/tcp_streams.hpp"
#include "peer/data_transport.hpp"
#include "peer/events.hpp"
#include "peer/statistics.hpp"
#include "sctp/stack.hpp"

namespace sluice::peer {

class Engine {
 public:
  Engine(EngineOptions, sctp::Stack&, Random&);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // inputs
  void handle_datagrams(TimePoint now, std::span<const Datagram>);
  void handle_timeout(TimePoint now);
  void handle_sockets(TimePoint now, std::span<const ice::LocalSocket>);
  /// Later: other addresses of this host, with ids that were not used before; and those that it has no more.
  void handle_sockets_changed(TimePoint now, std::span<const ice::LocalSocket> added, std::span<const SocketId> gone);
  void handle_resolved(TimePoint now, std::string_view host, std::span<const IpAddress>);
  void handle_located(TimePoint now, const ice::ResolveNeeded&, std::span<const Endpoint>);
  void handle_stream_connected(TimePoint now, SocketId);
  void handle_stream_closed(TimePoint now, SocketId, std::string_view reason);
  /// Connections of ICE over TCP: that we have opened, that a peer has, and the end of either.
  void handle_tcp_connected(TimePoint now, const Path&);
  void handle_tcp_accepted(TimePoint now, const Path&);
  void handle_tcp_closed(TimePoint now, const Path&);
  void handle_sctp_wake(TimePoint now);
  void handle_sockets_lost(TimePoint now);  // all, and there will be no others

  // commands: signaling
  Expected<std::string> create_offer(bool ice_restart);
  Expected<std::string> create_answer();
  Expected<void> set_local_description(TimePoint now, std::optional<sdp::Type>, std::string sdp);
  Expected<void> set_remote_description(TimePoint now, sdp::Type, std::string sdp);
  Expected<void> add_ice_candidate(TimePoint now, sdp::RemoteCandidate);
  void restart_ice();

  // commands: gathering
  /// From the next gathering phase on. What has been gathered with other servers asks for new ICE credentials in the
  /// next offer, though not for a negotiation by itself. RFC 9429 §4.1.18
  void set_ice_servers(std::vector<ice::IceServer>, bool relay_only);
  /// With a pool candidates are gathered before there is a description, and surface with it. RFC 9429 §3.5.4
  void set_candidate_pool(TimePoint now, std::uint8_t);
  void prefetch(TimePoint now);  // the pool's part of the start

  /// The answer to CandidateProposed.
  void settle_proposal(TimePoint now, std::uint64_t number, bool allowed);

  // commands: channels
  Expected<ChannelId> create_data_channel(TimePoint now, dcep::ChannelInit);
  Expected<void> send(TimePoint now, ChannelId, dcep::Kind, ByteView data);
  /// The same, and for a channel that is connecting too: the message leaves with the COOKIE ECHO. RFC 9260 §5.1
  Expected<void> send_early(TimePoint now, ChannelId, dcep::Kind, ByteView data);
  void close_channel(TimePoint now, ChannelId);
  void set_buffered_amount_low_threshold(ChannelId, std::size_t);
  /// While paused no message is read from SCTP: its window closes and holds the peer back.
  void pause_receiving(bool);
  void forget_channel(ChannelId);

  // commands: the end
  void shutdown(TimePoint now);  // graceful: data, resets and the SCTP shutdown go first; ends in state closed
  void close();                  // abrupt: ABORT and close_notify once, then nothing. W3C close()

  // outputs
  void poll_transmit(TimePoint now, TransmitQueue&);
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  const sdp::Signaling& signaling() const noexcept;
  const dcep::Channels& channels() const noexcept;
  ConnectionState connection_state() const noexcept;
  IceConnectionState ice_connection_state() const noexcept;
  ice::GatheringState ice_gathering_state() const noexcept;
  std::optional<ice::CandidatePair> selected_pair() const;
  std::optional<Duration> round_trip() const;
  ice::Statistics current_ice() const;        // of the generation that the descriptions name
  std::optional<ice::Role> ice_role() const;  // none before a description has decided it
  DtlsState dtls_state() const noexcept;
  /// Of the generations that the peer may still check; empty ones are none. RFC 8445 §9
  std::array<std::string_view, 3> local_ufrags() const;
  std::optional<TimePoint> authenticated_at(const Path&) const;  // a check there, or an answer to one: the last time
  bool admits(const Path&) const;                                // whether an agent has authenticated a check there
  bool uses(SocketId) const;                                     // whether one of the generations has this socket
  const dtls::Certificate& certificate() const noexcept { return options_.certificate; }
  Bytes peer_certificate() const;  // DER; empty before DTLS is connected
  std::optional<sctp::AssociationId> association() const;
  std::uint64_t max_message_size() const;  // that the peer takes; 0: no limit. RFC 8841 §6
  /// How many SCTP associations the descriptions have ended: with other ports, another DTLS association, or because
  /// one side takes no data any more. A new number is a new W3C RTCSctpTransport, and the old one is closed; it has
  /// the number before there is an association of it.
  std::uint32_t association_number() const noexcept { return association_number_; }
  /// The same of the DTLS association: another peer (SD-15), or none any more.
  std::uint32_t transport_number() const noexcept { return transport_number_; }
  std::uint64_t refused_datagrams() const noexcept { return refused_datagrams_; }
  Statistics statistics() const;  // after close() the last

 private:
  enum class Phase : std::uint8_t { open, flushing, shutting_down, closed };

  // One set of local ICE credentials and what has become of it. The states are as far as events have been read.
  struct Generation {
    std::unique_ptr<ice::Agent> agent;
    std::string local_ufrag{};
    std::string remote_ufrag{};  // what the agent has been told; empty before that
    ice::State state = ice::State::new_;
    ice::GatheringState gathering = ice::GatheringState::new_;
    bool prefetched = false;         // gathers without credentials, for the pool
    std::vector<ice::Event> held{};  // of the pool, until there is a description
    bool gathers_again = false;      // for another peer: what is known already is not told twice
    std::uint32_t flight = 0;        // of DTLS, that its messages carry
  };

  // What has been published last; an event is made when the computed value differs.
  struct Published {
    sdp::SignalingState signaling = sdp::SignalingState::stable;
    ice::GatheringState gathering = ice::GatheringState::new_;
    IceConnectionState ice = IceConnectionState::new_;
    ConnectionState connection = ConnectionState::new_;
    bool negotiation_needed = false;
  };

  // The pair that carries data, as far as its changes have been counted.
  struct Carrying {
    std::string local_ufrag{};
    std::optional<Path> path{};
  };

  // engine.cpp
  template <class Function>
  void for_each_agent(Function function) {
    function(*current_.agent);
    for (auto& each : previous_) function(*each.agent);
  }
  void handle_unwrapped(TimePoint now, const Datagram&);
  void settle(TimePoint now);
  void rest();
  bool route_events(TimePoint now);
  bool route_sctp_events(TimePoint now);
  bool route_channel_events();
  void handle(TimePoint now, sctp::Event);
  bool send_queued(TimePoint now);
  bool flush_and_shut_down(TimePoint now);
  std::optional<Path> data_path() const;

  // engine_sockets.cpp
  void withdraw(TimePoint now, std::span<const SocketId> gone);
  bool gathered() const;
  void offer_restart();
  void gather_again();

  // engine_embedding.cpp
  bool embeds() const;
  ice::Piggyback::Mode piggyback_mode() const;
  void handle_embedded(TimePoint now, ByteView packet);
  void note_path(TimePoint now);
  void route_flight();

  // engine_relays.cpp
  void handle_datagram(TimePoint now, const Datagram&);
  bool route_relay_events(TimePoint now);
  void close_relays();

  // engine_tcp.cpp
  bool hears(const Datagram&);
  bool route_tcp_events(TimePoint now);

  // engine_statistics.cpp
  const Generation* data_generation() const;
  bool admit(const Datagram&);
  void poll_transport(const std::optional<Path>&, TransmitQueue&);
  void close_transport();
  void count_sent(const std::optional<Path>&, std::size_t packets, std::size_t bytes);
  void note_data_path();

  // engine_transport.cpp
  void handle(TimePoint now, ice::Event);
  void handle(TimePoint now, TransportEvent);
  void propose(const ice::CandidateProposed&);
  void handle_gathering(ice::GatheringState);
  void handle_transport_end(TimePoint now, const std::optional<Failure>&);
  void end_channels(const std::optional<Failure>&, std::uint16_t sctp_cause);
  bool start_transport(TimePoint now);
  void renew_transport(TimePoint now);
  void renew_association(TimePoint now, std::optional<SctpPorts>);
  void end_association(TimePoint now);
  void supersede_current();
  void retire_previous(TimePoint now);
  void publish_gathering(ice::GatheringState);
  void publish_states();
  IceConnectionState derived_ice_state() const;
  ConnectionState derived_connection_state() const;

  // engine_signaling.cpp
  void apply_negotiated(TimePoint now);
  void prepare_sctp();
  void apply_local();
  void apply_remote(TimePoint now);
  void apply_rejection(TimePoint now);
  bool answered() const;
  std::string remote_ufrag() const;
  Generation new_generation() const;
  void start_generation();
  void add_remote_candidate(TimePoint now, std::string_view candidate);
  void update_signaling_state();
  void update_negotiation_needed();

  EngineOptions options_;
  Random* random_;
  Phase phase_ = Phase::open;
  TimePoint shutdown_deadline_ = never;
  sdp::Signaling signaling_;
  Generation current_;
  // Go on until the current one carries data, RFC 8445 §9. At most two: the one that does so now, and after it the one
  // of the last completed round, which a rollback brings back.
  std::vector<Generation> previous_{};
  ice::Relays relays_;
  ice::TcpStreams tcp_{};
  TransmitQueue unrelayed_{};  // what is on its way to them
  TimePoint previous_ends_ = never;
  std::vector<std::string> early_candidates_{};  // of a round that is not answered yet
  sctp::Stack* stack_;
  std::optional<DataTransport> transport_;
  dcep::Channels channels_;
  TransmitQueue farewell_{};  // what close() has to say
  Published published_{};
  Fifo<Event> events_{};
  std::optional<std::uint64_t> max_message_size_{};  // of the answered round
  std::uint64_t refused_datagrams_ = 0;
  Traffic traffic_{};
  Carrying carrying_{};
  std::unique_ptr<const Statistics> last_{};  // once closed
  std::optional<SctpPorts> sctp_ports_{};     // of the answered round
  std::uint32_t association_number_ = 0;
  std::uint32_t transport_number_ = 0;
  bool writable_ = true;  // SCTP has not said "blocked" since its last Writable
  bool paused_ = false;
  bool association_ended_ = false;         // by itself, or with DTLS
  std::optional<Failure> dtls_failure_{};  // until its state changes
};

}  // namespace sluice::peer
