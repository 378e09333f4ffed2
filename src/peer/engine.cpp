#include "peer/engine.hpp"

#include <algorithm>

#include "base/overloaded.hpp"
#include "ice/server_names.hpp"
#include "peer/demux.hpp"

namespace sluice::peer {
namespace {

using namespace std::chrono_literals;

constexpr Duration shutdown_limit = 10s;  // for what is still queued; then the end is abrupt

Failure closed() { return {Reason::closed, "The connection is closed; make a new one."}; }

sdp::FingerprintLine to_line(const dtls::Fingerprint& fingerprint) {
  const auto line = dtls::to_string(fingerprint);
  const auto space = line.find(' ');
  return {line.substr(0, space), line.substr(space + 1)};
}

sdp::SignalingOptions signaling_options(const EngineOptions& options) {
  std::vector<sdp::FingerprintLine> lines{to_line(options.certificate.fingerprint(dtls::HashAlgorithm::sha_256))};
  for (const auto& other : options.other_fingerprints) lines.push_back(to_line(other));
  sdp::SignalingOptions result{.fingerprints = std::move(lines),
                               .max_message_size = options.max_message_size,
                               .bundle_policy = options.bundle_policy,
                               .ice_lite = options.ice_lite,
                               .sped = options.sped,
                               .limits = options.sdp_limits};
  if (const auto& own = options.credentials) result.credentials = {own->ufrag, own->pwd};
  return result;
}

}  // namespace

Engine::Engine(EngineOptions options, sctp::Stack& stack, Random& random)
    : options_{std::move(options)},
      random_{&random},
      signaling_{signaling_options(options_), random},
      current_{new_generation()},
      relays_{random},
      stack_{&stack},
      transport_{std::in_place, options_, stack},
      channels_{options_.channel_limits} {}

Engine::~Engine() = default;

// inputs

void Engine::handle_datagrams(TimePoint now, std::span<const Datagram> batch) {
  if (phase_ == Phase::closed) return;
  for (const auto& datagram : batch) handle_datagram(now, datagram);
  settle(now);
}

void Engine::handle_unwrapped(TimePoint now, const Datagram& datagram) {
  const auto protocol = demultiplex(datagram.bytes);
  if (protocol == Protocol::stun) {
    for_each_agent([&](ice::Agent& agent) { agent.handle_datagram(now, datagram.path, datagram.bytes); });
  } else if (protocol == Protocol::dtls && admit(datagram)) {
    if (!transport_->started()) settle(now);  // a check earlier in this batch may have opened the way
    current_.agent->note_received(datagram.bytes);
    transport_->handle_datagram(now, datagram.bytes);
  } else {
    ++refused_datagrams_;
  }
}

void Engine::handle_timeout(TimePoint now) {
  if (phase_ == Phase::closed) return;
  if (now >= shutdown_deadline_) return close();
  rest();
  relays_.handle_timeout(now);
  tcp_.handle_timeout(now);
  for_each_agent([&](ice::Agent& agent) { agent.handle_timeout(now); });
  transport_->handle_timeout(now);
  channels_.handle_timeout(now);
  settle(now);
}

// Gives back what is needed for changes only. A connection that falls idle wakes up for it once more, because DTLS does
// so for its buffers.
void Engine::rest() {
  events_.trim();
  if (published_.connection == ConnectionState::connected) signaling_.rest();
}

void Engine::handle_resolved(TimePoint now, std::string_view host, std::span<const IpAddress> addresses) {
  if (phase_ == Phase::closed) return;
  relays_.handle_located(now, {std::string{host}, {}}, ice::without_ports(addresses));
  for_each_agent([&](ice::Agent& agent) { agent.handle_resolved(now, host, addresses); });
  settle(now);
}

void Engine::handle_located(TimePoint now, const ice::ResolveNeeded& name, std::span<const Endpoint> found) {
  if (phase_ == Phase::closed) return;
  relays_.handle_located(now, name, found);
  for_each_agent([&](ice::Agent& agent) { agent.handle_located(now, name, found); });
  settle(now);
}

void Engine::handle_sctp_wake(TimePoint now) {
  if (phase_ == Phase::closed) return;
  transport_->handle_sctp_wake(now);
  settle(now);
}

// commands: channels

Expected<ChannelId> Engine::create_data_channel(TimePoint now, dcep::ChannelInit init) {
  if (phase_ != Phase::open) return closed();
  auto channel = channels_.open(now, std::move(init));
  if (!channel) return channel.error();
  signaling_.data_channel_created();
  update_negotiation_needed();
  settle(now);
  return channel;
}

Expected<void> Engine::send(TimePoint now, ChannelId channel, dcep::Kind kind, ByteView data) {
  if (phase_ != Phase::open) return closed();
  const auto message = channels_.prepare(channel, kind, data);
  if (!message) return message.error();
  if (writable_ && channels_.idle()) {
    const auto result = transport_->send(now, *message);
    if (result != sctp::SendResult::blocked) return {};
    writable_ = false;
  }
  writable_ |= channels_.enqueue(now, channel, kind, Bytes{data.begin(), data.end()});  // it may overtake others
  send_queued(now);
  return {};
}

Expected<void> Engine::send_early(TimePoint now, ChannelId channel, dcep::Kind kind, ByteView data) {
  if (phase_ != Phase::open || channels_.state(channel) != dcep::State::connecting) {
    return send(now, channel, kind, data);
  }
  auto taken = channels_.enqueue_early(now, channel, kind, Bytes{data.begin(), data.end()});
  if (taken) settle(now);
  return taken;
}

void Engine::close_channel(TimePoint now, ChannelId channel) {
  if (phase_ == Phase::closed) return;
  channels_.close(channel);
  settle(now);
}

void Engine::set_buffered_amount_low_threshold(ChannelId channel, std::size_t threshold) {
  channels_.set_buffered_amount_low_threshold(channel, threshold);
}

void Engine::pause_receiving(bool paused) { paused_ = paused; }

void Engine::forget_channel(ChannelId channel) { channels_.forget(channel); }

// commands: the end

void Engine::shutdown(TimePoint now) {
  if (phase_ != Phase::open) return;
  if (!transport_->can_shut_down() || !data_path()) return close();  // nobody would answer
  phase_ = Phase::flushing;
  shutdown_deadline_ = now + shutdown_limit;
  paused_ = false;
  settle(now);
}

void Engine::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  shutdown_deadline_ = never;
  close_transport();
  close_relays();
  auto last = statistics();
  last.ice.state = ice::State::closed;
  last_ = std::make_unique<const Statistics>(std::move(last));
  current_.agent->close();
  previous_.clear();
  signaling_.close();
  channels_.handle_disconnected(std::nullopt, 0);
  route_channel_events();
  publish_states();
}

// outputs

std::optional<Event> Engine::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop_front();
}

TimePoint Engine::next_timeout() const {
  if (phase_ == Phase::closed) return never;
  auto earliest = std::min({current_.agent->next_timeout(), relays_.next_timeout(), tcp_.next_timeout()});
  for (const auto& each : previous_) earliest = std::min(earliest, each.agent->next_timeout());
  return std::min({earliest, previous_ends_, transport_->next_timeout(), channels_.next_timeout(), shutdown_deadline_});
}

// Carries facts from core to core until none has anything to say.
void Engine::settle(TimePoint now) {
  bool moved = true;
  while (moved && phase_ != Phase::closed) {
    note_path(now);
    moved = route_events(now);
    moved |= start_transport(now);
    route_flight();
    moved |= route_sctp_events(now);
    moved |= send_queued(now);
    moved |= flush_and_shut_down(now);
  }
  publish_states();
}

bool Engine::route_events(TimePoint now) {
  bool moved = false;
  if (!current_.local_ufrag.empty()) {  // RFC 9429 §3.5.4: what the pool has surfaces right after the description
    for (auto& event : std::exchange(current_.held, {})) handle(now, std::move(event));
  }
  while (auto event = current_.agent->poll_event()) {
    handle(now, std::move(*event));
    moved = true;
  }
  moved |= route_relay_events(now);
  retire_previous(now);
  moved |= route_tcp_events(now);
  while (auto event = transport_->poll_event()) {
    handle(now, std::move(*event));
    moved = true;
  }
  return route_channel_events() || moved;
}

bool Engine::route_channel_events() {
  bool moved = false;
  while (auto event = channels_.poll_event()) {
    std::visit([&](auto&& value) { events_.push_back(std::forward<decltype(value)>(value)); }, std::move(*event));
    moved = true;
  }
  return moved;
}

bool Engine::route_sctp_events(TimePoint now) {
  bool moved = false;
  while (auto event = transport_->poll_sctp_event(!paused_)) {
    handle(now, std::move(*event));
    moved = true;
  }
  return moved;
}

void Engine::handle(TimePoint now, sctp::Event event) {
  const auto aborted = [&](const sctp::Aborted& abort) {
    end_channels(Failure{Reason::sctp_failed, "The SCTP association was aborted: " + abort.reason}, abort.cause);
    if (phase_ != Phase::open) close();
  };
  const auto ended = [&](const sctp::Closed&) {
    end_channels(std::nullopt, 0);
    if (phase_ != Phase::open) close();
  };
  std::visit(overloaded{[&](const sctp::Connected& connected) {
                          const auto streams = std::min(connected.inbound_streams, connected.outbound_streams);
                          events_.push_back(SctpConnected{streams});
                          channels_.handle_connected(now, streams);
                        },
                        [&](sctp::Received& received) {
                          channels_.handle_message(now, received.stream, received.ppid, std::move(received.message));
                        },
                        [&](const sctp::Writable&) { writable_ = true; },
                        [&](const sctp::IncomingReset& reset) {
                          for (const auto stream : reset.streams) channels_.handle_incoming_reset(now, stream);
                        },
                        [&](const sctp::OutgoingReset& reset) {
                          for (const auto stream : reset.streams) channels_.handle_outgoing_reset(now, stream);
                        },
                        aborted, ended},
             event);
}

bool Engine::send_queued(TimePoint now) {
  bool moved = false;
  if (transport_->association()) channels_.handle_connecting();
  while (writable_ && transport_->association()) {
    const auto message = channels_.next_outgoing(now);
    if (!message) break;
    if (transport_->send(now, *message) != sctp::SendResult::blocked) {
      channels_.pop_outgoing();
      moved = true;
    } else if (!channels_.put_back_outgoing()) {
      writable_ = false;
    }
  }
  const auto resets = channels_.poll_resets();
  if (!resets.empty()) transport_->reset(now, resets);
  return moved || !resets.empty();
}

bool Engine::flush_and_shut_down(TimePoint now) {
  if (phase_ != Phase::flushing || !channels_.idle()) return false;
  phase_ = Phase::shutting_down;
  transport_->shutdown(now);
  return true;
}

std::optional<Path> Engine::data_path() const {
  const auto* generation = data_generation();
  return generation == nullptr ? std::nullopt : generation->agent->data_path();
}

// observers

const sdp::Signaling& Engine::signaling() const noexcept { return signaling_; }
const dcep::Channels& Engine::channels() const noexcept { return channels_; }
ConnectionState Engine::connection_state() const noexcept { return published_.connection; }
IceConnectionState Engine::ice_connection_state() const noexcept { return published_.ice; }
ice::GatheringState Engine::ice_gathering_state() const noexcept { return published_.gathering; }

std::optional<ice::CandidatePair> Engine::selected_pair() const {
  const auto* generation = data_generation();
  return generation == nullptr ? std::nullopt : generation->agent->selected_pair();
}

ice::Statistics Engine::current_ice() const { return current_.agent->statistics(); }

std::optional<ice::Role> Engine::ice_role() const {
  if (!current_.local_ufrag.empty()) return current_.agent->role();
  if (!signaling_.negotiated().remote) return std::nullopt;
  return ice::Role::controlled;  // a remote offer is applied, and nothing of ours. W3C §4.4.1.4
}

DtlsState Engine::dtls_state() const noexcept { return transport_->dtls_state(); }
Bytes Engine::peer_certificate() const { return transport_->peer_certificate(); }
std::optional<Duration> Engine::round_trip() const { return current_.agent->round_trip(); }
std::optional<sctp::AssociationId> Engine::association() const { return transport_->association(); }

std::uint64_t Engine::max_message_size() const { return max_message_size_.value_or(65536); }

}  // namespace sluice::peer
