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

}  // namespace

void Driver::handle(const peer::NegotiationNeeded&) { events_.negotiation_needed.push(); }

void Driver::handle(const peer::SignalingStateChanged& changed) {
  snapshot_->signaling.store(to_public(changed.state));
  ids_changed_ = true;  // an answer decides the roles, and those the ids. W3C §4.4.1.4
  events_.signaling.push(to_public(changed.state));
}

void Driver::handle(const peer::IceGatheringStateChanged& changed) {
  snapshot_->gathering.store(to_public(changed.state));
  events_.gathering.push(to_public(changed.state));
}

void Driver::handle(const peer::IceConnectionStateChanged& changed) {
  snapshot_->ice.store(to_public(changed.state));
  publish_path();
  events_.ice.push(to_public(changed.state));
}

void Driver::handle(const peer::ConnectionStateChanged& changed) {
  const auto state = to_public(changed.state);
  if (state == ConnectionState::closed) ending_ = true;
  if (ending_) return;  // W3C close(): no event
  snapshot_->connection.store(state);
  publish_path();
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

void Driver::handle(peer::CandidateFound& found) {
  publish_signaling();  // the description has it before the event comes. W3C §5.6
  if (!found.candidate) return events_.candidate.push(std::nullopt);
  auto& init = *found.candidate;
  events_.candidate.push(
      IceCandidate{std::move(init.candidate), std::move(init.mid), init.mline_index, std::move(init.ufrag)});
}

void Driver::handle(peer::CandidateError& error) {
  events_.candidate_error.push({std::move(error.url), error.code, std::move(error.text)});
}

void Driver::handle(peer::TransportFailed& failed) {
  failure_ = to_error_code(failed.failure);
  note_failure(failed.failure);
}

void Driver::handle(peer::KeyLogged& key) {
  asio::post(strand_, [key_log = key_log_, line = std::move(key.line)] { key_log(line); });
}

void Driver::handle(const peer::SctpConnected& connected) {
  snapshot_->write([&](Snapshot& s) { s.max_channels = connected.max_channels; });
  ids_changed_ = true;
}

void Driver::note_failure(const Failure& failure) {
  auto detail = failure.line == 0 ? failure.detail : "line " + std::to_string(failure.line) + ": " + failure.detail;
  log::debug(make_error_code(to_error(failure.reason)).message(), " ", detail);
  snapshot_->write([&](Snapshot& s) { s.error_detail = std::move(detail); });
}

void Driver::publish_signaling() {
  const auto& signaling = engine_->signaling();
  Descriptions now{description(signaling.current_local()), description(signaling.pending_local()),
                   description(signaling.current_remote()), description(signaling.pending_remote()),
                   signaling.can_trickle_ice_candidates()};
  snapshot_->write([&](Snapshot& s) { std::swap(s.descriptions, now); });
  snapshot_->max_message_size.store(engine_->max_message_size());
  if (!snapshot_->closed.load()) snapshot_->signaling.store(to_public(signaling.state()));
}

void Driver::publish_path() {
  const auto pair = engine_->selected_pair();
  const auto round_trip = engine_->round_trip();
  snapshot_->write([&](Snapshot& s) {
    s.pair = pair ? std::optional{api::to_public(*pair)} : std::nullopt;
    s.round_trip = round_trip ? std::optional{std::chrono::nanoseconds{*round_trip}} : std::nullopt;
  });
}

}  // namespace sluice::api
