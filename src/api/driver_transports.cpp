// The transports of a connection: which there are, and what the engine says about them.   W3C §5.5, §5.6, §6.1
#include <tuple>
#include <utility>

#include "api/driver.hpp"
#include "api/states.hpp"

namespace sluice::api {
namespace {

std::optional<IceParameters> parameters(const std::optional<sdp::TransportDescription>& description) {
  if (!description) return std::nullopt;
  return IceParameters{description->ufrag, description->pwd};
}

std::vector<IceCandidate> candidates(const std::vector<ice::Candidate>& list, const std::string& ufrag,
                                     const sdp::Negotiated& negotiated) {
  std::vector<IceCandidate> result;
  for (const auto& each : list) {
    IceCandidate candidate{.candidate = ice::to_string(each), .sdp_mline_index = negotiated.transport_mline_index};
    if (!negotiated.transport_mid.empty()) candidate.sdp_mid = negotiated.transport_mid;
    if (!ufrag.empty()) candidate.username_fragment = ufrag;
    if (!each.url.empty()) candidate.url = each.url;
    result.push_back(std::move(candidate));
  }
  return result;
}

}  // namespace

std::shared_ptr<SctpTransport::Impl> Driver::sctp() const {
  const std::scoped_lock lock{snapshot_->mutex};
  return sctp_;
}

// W3C §4.4.1.4: there as soon as an offer or answer describes it, gone when the section is refused or rolled back;
// a new association is a new object.
void Driver::publish_transports() {
  const auto& signaling = engine_->signaling();
  const auto& negotiated = signaling.negotiated();
  const auto& [local, remote] = std::tie(negotiated.local, negotiated.remote);
  const bool closed_by_port = local && remote && (local->sctp_port == 0 || remote->sctp_port == 0);  // RFC 8841 §10.3
  const bool described = !negotiated.rejected && !closed_by_port && (local || remote);
  publish_ice();
  if (dtls_ && dtls_->number != engine_->transport_number()) {
    dtls_->enter(DtlsTransportState::closed);
    ended_dtls_.push_back(std::exchange(dtls_, nullptr));
  }
  const bool lives = sctp_ && sctp_->number == engine_->association_number();
  const bool undecided = signaling.state() == sdp::SignalingState::have_local_offer ||
                         signaling.state() == sdp::SignalingState::have_remote_offer;
  if (lives && (described || undecided)) return;  // an answer may end it, an offer may not
  if (!described) return replace_sctp(nullptr);
  if (!dtls_) {
    dtls_ = std::make_shared<DtlsTransport::Impl>(dispatcher_, ice_, engine_->transport_number());
    own_streams(dtls_);
  }
  auto sctp = std::make_shared<SctpTransport::Impl>(dispatcher_, dtls_, engine_->association_number());
  own_streams(sctp);
  replace_sctp(std::move(sctp));
}

void Driver::replace_sctp(std::shared_ptr<SctpTransport::Impl> next) {
  if (sctp_ == next) return;
  if (sctp_) {
    sctp_->enter(SctpTransportState::closed);
    ended_sctp_.push_back(sctp_);
  }
  const std::scoped_lock lock{snapshot_->mutex};
  sctp_ = std::move(next);
}

void Driver::publish_ice() {
  const auto& negotiated = engine_->signaling().negotiated();
  const auto statistics = engine_->current_ice();
  IceTransport::Impl::Details now{.local_parameters = parameters(negotiated.local),
                                  .remote_parameters = parameters(negotiated.remote)};
  const auto ufrag = [](const std::optional<IceParameters>& side) {
    return side ? side->username_fragment : std::string{};
  };
  now.local_candidates = candidates(statistics.local_candidates, ufrag(now.local_parameters), negotiated);
  now.remote_candidates = candidates(statistics.remote_candidates, ufrag(now.remote_parameters), negotiated);
  if (const auto pair = engine_->selected_pair()) now.pair = to_public(*pair);
  ice_->role.store(to_public(engine_->ice_role()));
  const std::scoped_lock lock{ice_->mutex};
  std::swap(ice_->details, now);
}

void Driver::handle(const peer::SelectedPairChanged&) {
  publish_ice();
  const auto pair = engine_->selected_pair();
  ice_->pairs.push(pair ? std::optional{to_public(*pair)} : std::nullopt);
}

void Driver::handle(const peer::DtlsStateChanged& changed) {
  if (!dtls_) return;
  if (changed.state == peer::DtlsState::connected) {
    const std::scoped_lock lock{dtls_->mutex};
    dtls_->certificates.push_back(engine_->peer_certificate());
  }
  dtls_->enter(to_public(changed.state));
  const bool ended = changed.state == peer::DtlsState::closed || changed.state == peer::DtlsState::failed;
  if (ended && sctp_) sctp_->enter(SctpTransportState::closed);  // W3C §6.1.4
}

void Driver::handle(const peer::SctpConnected& connected) {
  snapshot_->write([&](Snapshot& s) { s.max_channels = connected.max_channels; });
  ids_changed_ = true;
  if (!sctp_) return;
  sctp_->max_channels.store(connected.max_channels);
  sctp_->enter(SctpTransportState::connected);
}

void Driver::handle(const peer::SctpClosed& closed) {
  if (sctp_ && sctp_->number == closed.association) sctp_->enter(SctpTransportState::closed);
}

// W3C close(): no event.
void Driver::finish_transports() {
  const auto finish = [](auto& stream) {
    stream.discard();
    stream.close();
    stream.drop_listener();
  };
  ice_->for_each_stream(finish);
  if (dtls_) dtls_->for_each_stream(finish);
  if (sctp_) sctp_->for_each_stream(finish);
  for (auto& transport : ended_dtls_) transport->for_each_stream(finish);
  for (auto& transport : ended_sctp_) transport->for_each_stream(finish);
  if (!dispatcher_.running()) reap_transports();
}

// Forgets ended transports when their last event has been delivered.
void Driver::reap_transports() {
  const auto done = [this](const auto& transport) {
    bool waits = false;
    transport->for_each_stream([&](auto& stream) { waits = waits || stream.deliverable(); });
    if (waits || (!closed() && transport.use_count() > 1 && !transport->empty())) return false;
    transport->for_each_stream([this](auto& stream) {
      stream.discard();
      stream.close();
      stream.drop_listener();
      dispatcher_.forget(stream);
    });
    return true;
  };
  std::erase_if(ended_dtls_, done);
  std::erase_if(ended_sctp_, done);
}

}  // namespace sluice::api
