#pragma once
// Engine: one peer connection without I/O. Composes ICE, DTLS, SCTP, DCEP and JSEP and only carries bytes and facts
// between them; whatever has a rule of its own lives in a core.   RFC 8825, 8831, 9429
//
// After any input or command the owner drains poll_transmit() and poll_event() and sets its timer to next_timeout().
#include <memory>
#include <optional>
#include <span>

#include "base/random.hpp"
#include "base/transmit_queue.hpp"
#include "peer/events.hpp"
#include "sctp/stack.hpp"

namespace sluice::peer {

class Engine {
 public:
  Engine(EngineOptions, sctp::Stack&, Random&);
  ~Engine();

  // inputs
  void handle_datagrams(TimePoint now, std::span<const Datagram>);
  void handle_timeout(TimePoint now);
  void handle_sockets(TimePoint now, std::span<const ice::LocalSocket>);
  void handle_resolved(TimePoint now, std::string_view host, std::span<const IpAddress>);
  void handle_sctp_wake(TimePoint now);

  // commands: signaling
  Expected<std::string> create_offer(bool ice_restart);
  Expected<std::string> create_answer();
  Expected<void> set_local_description(TimePoint now, std::optional<sdp::Type>, std::string sdp);
  Expected<void> set_remote_description(TimePoint now, sdp::Type, std::string sdp);
  Expected<void> add_ice_candidate(TimePoint now, sdp::RemoteCandidate);
  void restart_ice();

  // commands: channels
  Expected<ChannelId> create_data_channel(TimePoint now, dcep::ChannelInit);
  Expected<void> send(TimePoint now, ChannelId, dcep::Kind, ByteView data);
  void close_channel(TimePoint now, ChannelId);
  void set_buffered_amount_low_threshold(ChannelId, std::size_t);
  /// While paused nothing is read from SCTP: its window closes and holds the peer back.
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
  std::optional<sctp::AssociationId> association() const;
  std::uint64_t max_message_size() const;  // that the peer takes; 0 before it is known
};

}  // namespace sluice::peer
