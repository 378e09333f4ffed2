// What the engine says, as events and snapshots of the public API.
#include "api/driver.hpp"
#include "api/error.hpp"
#include "api/states.hpp"
#include "base/log.hpp"

namespace sluice::api {
namespace {

std::optional<SessionDescription> description(const sdp::Description* description) {
  if (!description) return std::nullopt;
  return SessionDescription{to_public(description->type), description->sdp};
}

IceCandidate public_candidate(peer::CandidateInit& init) {
  IceCandidate candidate{std::move(init.candidate), {}, init.mline_index, std::move(init.ufrag), {}, {}};
  if (!init.mid.empty()) candidate.sdp_mid = std::move(init.mid);
  if (!init.url.empty()) candidate.url = std::move(init.url);
  candidate.relay_protocol = to_public(init.carrier);
  return candidate;
}

}  // namespace

// W3C §4.7.3: a task of its own, because more may change in this one.
void Driver::handle(const peer::NegotiationNeeded&) {
  negotiation_wanted_ = true;
  asio::post(strand_, [self = shared_from_this()] { self->ask_for_negotiation(); });
}

void Driver::handle(const peer::SignalingStateChanged& changed) {
  if (snapshot_->closed.load()) return;
  snapshot_->signaling.store(to_public(changed.state));
  ids_changed_ = true;  // an answer decides the roles, and those the ids. W3C §4.4.1.4
  events_.signaling.push(to_public(changed.state));
}

void Driver::handle(const peer::IceGatheringStateChanged& changed) {
  snapshot_->gathering.store(to_public(changed.state));
  ice_->gathering_states.push(to_public(changed.state));  // W3C §5.6: the transport's first
  events_.gathering.push(to_public(changed.state));
}

void Driver::handle(const peer::IceConnectionStateChanged& changed) {
  const auto state = to_public(changed.state);
  if (ending_ || state == IceConnectionState::closed || snapshot_->closed.load()) return;  // W3C close(): no event
  snapshot_->ice.store(state);
  ice_->states.push(to_transport_state(state));
  events_.ice.push(state);
}

void Driver::handle(const peer::ConnectionStateChanged& changed) {
  const auto state = to_public(changed.state);
  if (state == ConnectionState::closed) ending_ = true;
  if (ending_ || snapshot_->closed.load()) return;  // W3C close(): no event
  snapshot_->connection.store(state);
  if (state == ConnectionState::connecting) failure_ = {};  // of another peer, or before a restart
  if (state == ConnectionState::failed && !failure_) failure_ = Error::ice_failed;
  if (state == ConnectionState::connected) {
    failure_ = {};
    connected_waiters_.complete({});
  }
  if (state == ConnectionState::failed) {
    connected_waiters_.complete(failure_);
    // A restart may still open them; who waits hears of the failure all the same.
    for (auto& [id, channel] : channels_) channel->open_waiters.complete(failure_);
  }
  events_.connection.push(state);
}

// The application's filter may do anything, also close the connection: it is not called from inside the engine.
void Driver::handle(peer::CandidateProposed& proposed) {
  auto ask = [self = shared_from_this(), number = proposed.number, candidate = public_candidate(proposed.candidate)] {
    const bool allowed = !self->snapshot_->closed.load() && self->network_.candidate_filter(candidate);
    if (self->closed()) return;
    const auto now = Clock::now();
    self->engine_->settle_proposal(now, number, allowed);
    self->drain(now);
  };
  asio::post(strand_, std::move(ask));
}

void Driver::handle(peer::CandidateFound& found) {
  publish_signaling();  // the description has it before the event comes. W3C §5.6
  publish_ice();
  if (!found.candidate) return events_.candidate.push(std::nullopt);
  events_.candidate.push(public_candidate(*found.candidate));
}

void Driver::handle(peer::CandidateError& error) {
  IceCandidateError failed{.url = std::move(error.url),
                           .code = error.code,
                           .text = std::move(error.text),
                           .explanation = std::move(error.explanation)};
  if (error.local) {
    failed.address = to_string(error.local->address);
    failed.port = error.local->port;
  }
  events_.candidate_error.push(std::move(failed));
}

void Driver::handle(const peer::IceFailed& failed) { note_failure(failed.failure); }

void Driver::handle(peer::TransportFailed& failed) {
  failure_ = to_error_code(failed.failure);
  note_failure(failed.failure);
  auto error = to_rtc_error(failed.failure);
  error.sent_alert = failed.sent_alert;
  error.received_alert = failed.received_alert;
  snapshot_->write([&](Snapshot& s) { s.last_error = error; });
  if (dtls_) dtls_->errors.push(std::move(error));
}

void Driver::handle(peer::KeyLogged& key) {
  auto key_log = snapshot_->read(&Snapshot::configuration).key_log;
  asio::post(strand_, [self = shared_from_this(), key_log = std::move(key_log), line = std::move(key.line)] {
    if (!self->dispatcher_.silenced()) key_log(line);
  });
}

void Driver::note_failure(const Failure& failure) {
  log::debug(make_error_code(to_error(failure.reason)).message(), " ", failure.detail);
  snapshot_->write([&](Snapshot& s) { s.last_error = to_rtc_error(failure); });
}

void Driver::publish_signaling() {
  const auto& signaling = engine_->signaling();
  Descriptions now{description(signaling.current_local()), description(signaling.pending_local()),
                   description(signaling.current_remote()), description(signaling.pending_remote()),
                   signaling.can_trickle_ice_candidates()};
  snapshot_->write([&](Snapshot& s) { std::swap(s.descriptions, now); });
  const auto largest = engine_->max_message_size();
  const std::uint64_t own = limits_.send_queue;
  snapshot_->max_message_size.store(largest == 0 ? own : std::min(largest, own));  // W3C §6.1.1
  if (!snapshot_->closed.load()) snapshot_->signaling.store(to_public(signaling.state()));
  publish_transports();
}

}  // namespace sluice::api
