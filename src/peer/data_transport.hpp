#pragma once
// DataTransport: SCTP over DTLS over whatever path ICE gives.   RFC 8261, 8842
//
// Not one byte of SCTP is looked at before the peer's certificate has the fingerprint of the SDP. DTLS that comes
// before the answer is known is kept, a little of it: a lost first flight costs a retransmission timeout.
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/fifo.hpp"
#include "dtls/session.hpp"
#include "peer/events.hpp"
#include "sctp/association.hpp"

namespace sluice::peer {

using TransportEvent = std::variant<DtlsStateChanged, TransportFailed, KeyLogged>;

// a=sctp-port of either side.   RFC 8841 §5
struct SctpPorts {
  std::uint16_t local = 5000;
  std::uint16_t remote = 5000;
  friend bool operator==(const SctpPorts&, const SctpPorts&) = default;
};

// What the descriptions and ICE say of the peer.
struct TransportStart {
  dtls::Role role{};
  sdp::TransportDescription remote{};
  std::optional<SctpPorts> sctp_ports{};  // none: no SCTP association
  std::optional<Duration> round_trip{};
  std::string sctp_init{};  // of the peer, when both descriptions have one; else empty
  bool embeds = false;      // flights also travel inside STUN messages, which need no path. draft-hancke-webrtc-sped
};

class DataTransport {
 public:
  DataTransport(const EngineOptions&, sctp::Stack&);

  // inputs
  void handle_datagram(TimePoint now, ByteView);  // DTLS, from a path that ICE admits
  void handle_timeout(TimePoint now);
  void handle_sctp_wake(TimePoint now);

  // commands
  /// Our INIT chunk, made at the first call: of the association that start() brings up if the peer has one as well.
  /// draft-hancke-tsvwg-snap
  ByteView prepare_sctp();
  void start(TimePoint now, TransportStart);
  /// A path exists, maybe after the start.
  void handle_path(TimePoint now, std::optional<Duration> round_trip);
  /// Other ports than before: the association ends without a word and another one begins, over the same DTLS.
  void set_sctp_ports(TimePoint now, std::optional<SctpPorts>);
  sctp::SendResult send(TimePoint now, const dcep::Outgoing&);
  void reset(TimePoint now, std::span<const StreamId>);
  void shutdown(TimePoint now);
  void drop_association();
  void repeat_recent();                                    // the path is another one, or has come back
  void close(const std::optional<Path>&, TransmitQueue&);  // ABORT and close_notify, once

  // outputs
  void poll_transmit(const std::optional<Path>&, TransmitQueue&);
  std::optional<TransportEvent> poll_event();
  std::optional<sctp::Event> poll_sctp_event(bool read_messages);
  TimePoint next_timeout() const;

  // observers
  bool started() const noexcept { return session_.has_value(); }
  /// Whether STUN messages should carry the flight: until the peer's data shows that it is connected as well.
  bool embeds() const noexcept { return flight_.has_value(); }
  /// The last flight of DTLS, packet by packet; none any more when it is not needed. The number is another one then.
  const std::vector<Bytes>& flight() const noexcept { return flight_->packets; }
  std::uint32_t flight_number() const noexcept { return flight_->number; }
  const sdp::TransportDescription& remote() const noexcept { return start_.remote; }  // as it was at the start
  DtlsState dtls_state() const noexcept { return state_; }
  std::optional<dtls::Role> dtls_role() const;
  const dtls::Session* session() const noexcept { return session_ ? &*session_ : nullptr; }
  std::optional<sctp::Statistics> sctp_statistics() const;
  std::optional<sctp::AssociationId> association() const;
  Bytes peer_certificate() const;  // DER; empty before DTLS is connected
  bool can_shut_down() const noexcept { return association_ && !association_->ended(); }

 private:
  struct Flight {
    std::vector<Bytes> packets{};
    std::uint32_t number = 0;
    bool sent = true;  // by itself, on a path
    TimePoint repeat_at = never;
    unsigned repeated = 0;
  };

  void collect_flight(TimePoint now);
  void schedule_repetition(TimePoint now);
  void repeat_flight(TimePoint now);
  void finish_embedding();
  void read_session(TimePoint now);
  void read_session_events(TimePoint now);
  void handle(TimePoint now, const dtls::Connected&);
  void handle(const dtls::Failed&);
  void handle(const dtls::Closed&);
  void enter(DtlsState);
  void follow_path(const std::optional<Path>&);
  sctp::AssociationOptions association_options(SctpPorts) const;
  void associate(TimePoint now);
  void associate_as_signaled(TimePoint now);
  bool fingerprint_matches() const;

  const EngineOptions* options_;
  sctp::Stack* stack_;
  TransportStart start_{};
  std::vector<Bytes> early_{};
  DtlsState state_ = DtlsState::new_;
  std::optional<dtls::Session> session_{};
  std::optional<Flight> flight_{};  // while it is embedded
  bool has_path_ = false;           // or has had one
  std::unique_ptr<sctp::Association> association_{};
  std::unique_ptr<sctp::Association> prepared_{};           // for the first one
  Bytes sctp_init_{};                                       // of that
  std::optional<Path> path_{};                              // that the association knows of
  std::optional<sctp::Statistics> last_sctp_statistics_{};  // when the association was dropped
  Fifo<TransportEvent, 0> events_{};
};

}  // namespace sluice::peer
