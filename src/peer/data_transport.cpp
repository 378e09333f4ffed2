#include "peer/data_transport.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/overloaded.hpp"
#include "crypto/base64.hpp"
#include "ice/relays.hpp"

namespace sluice::peer {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_early_datagrams = 8;

// A DTLS 1.2 record with AES-GCM: header 13, explicit nonce 8, tag 16. RFC 6347 §4.1, RFC 5288 §3
constexpr std::size_t record_overhead = 37;
constexpr std::size_t largest_record = 16'384;  // RFC 5246 §6.2.1

// A packet of this size and what else a Binding request of 1200 bytes says fit into it, as libwebrtc has found.
constexpr std::size_t embedded_mtu = 900;
constexpr Duration longest_dtls_timeout = 2s;
constexpr unsigned most_repetitions = 16;  // within half a minute

// RFC 8261 has no advice; libwebrtc's choice: twice the ICE round trip, within bounds.
Duration first_dtls_timeout(std::optional<Duration> round_trip) {
  return std::clamp<Duration>(round_trip ? 2 * *round_trip : 50ms, 50ms, longest_dtls_timeout);
}

Duration initial_rto(std::optional<Duration> round_trip) {
  return std::clamp<Duration>(round_trip ? 4 * *round_trip : 1s, 300ms, 3s);
}

TransportFailed dtls_failure(const dtls::Failed& failed) {
  TransportFailed result{{Reason::dtls_failed, "The DTLS association failed: " + failed.detail}, {}, {}};
  const auto alert = static_cast<std::uint8_t>(failed.alert);
  if (failed.cause == dtls::Failed::Cause::alert_sent) result.sent_alert = alert;
  if (failed.cause == dtls::Failed::Cause::alert_received) result.received_alert = alert;
  return result;
}

}  // namespace

DataTransport::DataTransport(const EngineOptions& options, sctp::Stack& stack) : options_{&options}, stack_{&stack} {}

void DataTransport::handle_datagram(TimePoint now, ByteView datagram) {
  if (!session_) {
    if (early_.size() < max_early_datagrams) early_.emplace_back(datagram.begin(), datagram.end());
    return;
  }
  session_->handle_datagram(now, datagram);
  read_session(now);
}

void DataTransport::handle_timeout(TimePoint now) {
  if (session_) {
    session_->handle_timeout(now);
    read_session(now);
    repeat_flight(now);
  }
  if (association_) association_->handle_timeout(now);
}

void DataTransport::handle_sctp_wake(TimePoint now) {
  if (association_) association_->handle_wake(now);
}

void DataTransport::start(TimePoint now, TransportStart start) {
  start_ = std::move(start);
  if (start_.embeds) flight_ = Flight{};
  has_path_ = !start_.embeds;
  const auto mtu = start_.embeds ? std::min(options_->mtu, embedded_mtu) : options_->mtu;
  session_.emplace(options_->certificate, dtls::SessionOptions{.role = start_.role,
                                                               .mtu = mtu,
                                                               .first_timeout = first_dtls_timeout(start_.round_trip),
                                                               .log_keys = options_->log_keys});
  if (start_.embeds) session_->hold_timers();  // STUN's repeat what is lost
  enter(DtlsState::connecting);
  session_->start(now);
  read_session(now);
  for (const auto& datagram : std::exchange(early_, {})) handle_datagram(now, datagram);
}

void DataTransport::handle_path(TimePoint now, std::optional<Duration> round_trip) {
  if (!session_ || std::exchange(has_path_, true)) return;
  start_.round_trip = round_trip;
  session_->run_timers(now, first_dtls_timeout(round_trip));
  if (flight_) schedule_repetition(now);
}

void DataTransport::schedule_repetition(TimePoint now) {
  const bool more = !flight_->packets.empty() && flight_->repeated != most_repetitions;
  const auto doubled = first_dtls_timeout(start_.round_trip) * (1U << std::min(flight_->repeated, 6U));
  flight_->repeat_at = more ? now + std::min<Duration>(doubled, longest_dtls_timeout) : never;
}

// What OpenSSL does not repeat: the flight that was made before there was a path, and the last one of the server, for
// which the client could ask only by repeating a flight of that kind. To who has them already they are replays.
void DataTransport::repeat_flight(TimePoint now) {
  if (!flight_ || now < flight_->repeat_at) return;
  ++flight_->repeated;
  flight_->sent = false;
  schedule_repetition(now);
}

void DataTransport::read_session(TimePoint now) {
  read_session_events(now);
  collect_flight(now);
  while (const auto record = session_->poll_record()) {
    if (association_) association_->handle_packet(now, *record);
    finish_embedding();
  }
  read_session_events(now);
}

void DataTransport::collect_flight(TimePoint now) {
  if (!flight_) return;
  TransmitQueue packets;
  session_->poll_transmit({}, packets);
  const bool connected = state_ == DtlsState::connected;
  const bool received = connected && start_.role == dtls::Role::client;  // ours, as the answer to it proves
  if (packets.empty() && (!received || flight_->packets.empty())) return;
  *flight_ = {.packets = {}, .number = flight_->number + 1, .sent = false, .repeat_at = never, .repeated = 0};
  for (const auto& entry : packets.entries()) {
    const auto packet = packets.bytes(entry);
    flight_->packets.emplace_back(packet.begin(), packet.end());
  }
  if (connected && has_path_) schedule_repetition(now);
}

// Data of the peer's: it has all that we had to say.
void DataTransport::finish_embedding() { flight_.reset(); }

void DataTransport::read_session_events(TimePoint now) {
  while (auto event = session_->poll_event()) {
    std::visit(overloaded{[&](const dtls::Connected& connected) { handle(now, connected); },
                          [&](const dtls::Failed& failed) { handle(failed); },
                          [&](const dtls::Closed& closed) { handle(closed); },
                          [&](dtls::KeyLogged& key) { events_.push_back(KeyLogged{std::move(key.line)}); }},
               *event);
  }
}

void DataTransport::handle(TimePoint now, const dtls::Connected&) {
  if (!fingerprint_matches()) {  // RFC 8122 §6.2
    session_->reject();
    events_.push_back(TransportFailed{{Reason::fingerprint_mismatch,
                                       "The peer's certificate is not the one its description names; check that the "
                                       "signaling channel is not tampered with."},
                                      {},
                                      {}});
    return enter(DtlsState::failed);
  }
  enter(DtlsState::connected);
  associate(now);
}

ByteView DataTransport::prepare_sctp() {
  if (!sctp_init_.empty()) return sctp_init_;
  auto options = association_options({});
  options.waits_for_signaling = true;
  prepared_ = std::make_unique<sctp::Association>(*stack_, options);
  const auto init = prepared_->prepare();
  sctp_init_.assign(init.begin(), init.end());
  return sctp_init_;
}

sctp::AssociationOptions DataTransport::association_options(SctpPorts ports) const {
  return {.streams = options_->sctp_streams,
          .max_packet = options_->mtu - record_overhead,
          .largest_packet = std::min(options_->largest_mtu - record_overhead, largest_record),
          .max_message = options_->max_message_size,
          .congestion_control = options_->congestion_control,
          .initial_rto = initial_rto(start_.round_trip),
          .port = ports.local,
          .remote_port = ports.remote};
}

void DataTransport::associate(TimePoint now) {
  if (!start_.sctp_ports) return;
  if (!start_.sctp_init.empty()) return associate_as_signaled(now);
  prepared_.reset();
  path_.reset();
  association_ = std::make_unique<sctp::Association>(*stack_, association_options(*start_.sctp_ports));
  association_->connect(now);
}

// The peer is up as soon as DTLS is, with the INIT that we have signaled: where that is used up, or was for other
// ports, a handshake would lead nowhere.
void DataTransport::associate_as_signaled(TimePoint now) {
  const auto init = crypto::from_base64(start_.sctp_init);
  const bool usable = prepared_ && init && *start_.sctp_ports == SctpPorts{};
  if (!prepared_) {
    sctp_init_.clear();
    prepare_sctp();
  }
  path_.reset();
  association_ = std::exchange(prepared_, nullptr);
  association_->connect(now, usable ? *init : Bytes{});
}

// RFC 8841 §10.3: the peer drops the old association by the same round, so that an ABORT would tell it nothing new.
void DataTransport::set_sctp_ports(TimePoint now, std::optional<SctpPorts> ports) {
  if (ports == start_.sctp_ports) return;
  start_.sctp_ports = ports;
  drop_association();
  if (state_ == DtlsState::connected) associate(now);
}

void DataTransport::handle(const dtls::Failed& failed) {
  if (state_ == DtlsState::failed) return;  // it is our own reject()
  log::info("dtls failed: ", failed.detail);
  events_.push_back(dtls_failure(failed));
  enter(DtlsState::failed);
}

void DataTransport::handle(const dtls::Closed&) { enter(DtlsState::closed); }

void DataTransport::enter(DtlsState state) {
  state_ = state;
  events_.push_back(DtlsStateChanged{state});
}

// RFC 8122 §5: any line that we understand and trust is enough; the others are ignored, and if none is left no
// certificate fits. MD5 must not be used. SHA-1 the RFC leaves to us: a second certificate with the same digest can be
// made, so that it proves nothing, and SHA-256 is what every peer has to give.
bool DataTransport::fingerprint_matches() const {
  return std::ranges::any_of(start_.remote.fingerprints, [&](const sdp::FingerprintLine& line) {
    const auto wanted = dtls::Fingerprint::parse(line.algorithm, line.value);
    if (!wanted || wanted->algorithm == dtls::HashAlgorithm::sha_1) return false;
    return session_->peer_fingerprint(wanted->algorithm) == wanted;
  });
}

sctp::SendResult DataTransport::send(TimePoint now, const dcep::Outgoing& message) {
  if (!association_) return sctp::SendResult::gone;
  return association_->send(
      now, message.stream, message.ppid, message.message,
      {.ordered = message.ordered, .max_retransmits = message.max_retransmits, .lifetime = message.lifetime});
}

void DataTransport::reset(TimePoint now, std::span<const StreamId> streams) {
  if (association_) association_->reset(now, streams);
}

void DataTransport::shutdown(TimePoint now) {
  if (association_) association_->shutdown(now);
}

void DataTransport::drop_association() {
  last_sctp_statistics_ = sctp_statistics();
  association_.reset();
}

void DataTransport::repeat_recent() {
  if (association_) association_->repeat_recent();
}

void DataTransport::close(const std::optional<Path>& path, TransmitQueue& queue) {
  last_sctp_statistics_ = sctp_statistics();
  if (association_) association_->abort();
  poll_transmit(path, queue);
  flight_.reset();
  if (session_) {
    session_->close();
    if (path) session_->poll_transmit(*path, queue);
  }
  association_.reset();
  prepared_.reset();
  state_ = DtlsState::closed;
}

void DataTransport::poll_transmit(const std::optional<Path>& path, TransmitQueue& queue) {
  if (flight_ && path && !std::exchange(flight_->sent, true)) {
    for (const auto& packet : flight_->packets) queue.push(*path, packet);
  }
  if (session_ && path) session_->poll_transmit(*path, queue);
  if (!association_ || (!path && !has_path_)) return;  // what is early waits
  follow_path(path);
  while (const auto packet = association_->poll_packet()) {
    if (path) session_->send(*packet, *path, queue);  // without a path it is lost, and SCTP repeats it
  }
}

// What a TURN server carries, and in what, is not ours to probe. Over TCP all sizes pass, and the peer has its say.
void DataTransport::follow_path(const std::optional<Path>& path) {
  if (!path || path == path_) return;
  path_ = path;
  association_->handle_path(raw(path->local) < ice::first_stream);
}

std::optional<TransportEvent> DataTransport::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop_front();
}

std::optional<sctp::Event> DataTransport::poll_sctp_event(bool read_messages) {
  return association_ ? association_->poll_event(read_messages) : std::nullopt;
}

std::optional<dtls::Role> DataTransport::dtls_role() const {
  return session_ ? std::optional{start_.role} : std::nullopt;
}

std::optional<sctp::Statistics> DataTransport::sctp_statistics() const {
  return association_ ? association_->statistics() : last_sctp_statistics_;
}

TimePoint DataTransport::next_timeout() const {
  return std::min({session_ ? session_->next_timeout() : never, association_ ? association_->next_timeout() : never,
                   flight_ ? flight_->repeat_at : never});
}

Bytes DataTransport::peer_certificate() const { return session_ ? session_->peer_certificate() : Bytes{}; }

std::optional<sctp::AssociationId> DataTransport::association() const {
  if (!association_) return std::nullopt;
  return association_->id();
}

}  // namespace sluice::peer
