// Descriptions in, descriptions out, and what they change for the transports.   RFC 9429 §5.9 to §5.11
#include <utility>

#include "base/log.hpp"
#include "peer/engine.hpp"

namespace sluice::peer {
namespace {

Failure closed() { return {Reason::closed, "The connection is closed; make a new one."}; }

}  // namespace

Expected<std::string> Engine::create_offer(bool ice_restart) {
  if (phase_ != Phase::open) return closed();
  return signaling_.create_offer(ice_restart);
}

Expected<std::string> Engine::create_answer() {
  if (phase_ != Phase::open) return closed();
  return signaling_.create_answer();
}

Expected<void> Engine::set_local_description(TimePoint now, std::optional<sdp::Type> type, std::string sdp) {
  if (phase_ != Phase::open) return closed();
  auto applied = signaling_.set_local(type, std::move(sdp));
  if (!applied) return applied;
  apply_negotiated(now);
  return {};
}

Expected<void> Engine::set_remote_description(TimePoint now, sdp::Type type, std::string sdp) {
  if (phase_ != Phase::open) return closed();
  const bool rolls_back = type == sdp::Type::offer && signaling_.state() == sdp::SignalingState::have_local_offer;
  auto applied = signaling_.set_remote(type, std::move(sdp));
  if (!applied) return applied;
  early_candidates_.clear();  // those belonged to the description before
  if (rolls_back) {           // W3C §4.4.1.4: both states are seen
    published_.signaling = sdp::SignalingState::stable;
    events_.push_back(SignalingStateChanged{sdp::SignalingState::stable});
  }
  apply_negotiated(now);
  return {};
}

Expected<void> Engine::add_ice_candidate(TimePoint now, sdp::RemoteCandidate candidate) {
  if (phase_ != Phase::open) return closed();
  const auto ours = signaling_.add_remote_candidate(candidate);
  if (!ours) return ours.error();
  const auto& remote = signaling_.negotiated().remote;
  if (*ours && remote && remote->ufrag == remote_ufrag_) {
    add_remote_candidate(now, candidate.candidate);
  } else if (*ours && early_candidates_.size() <= options_.sdp_limits.candidates) {
    early_candidates_.push_back(std::move(candidate.candidate));
  }
  settle(now);
  return {};
}

void Engine::restart_ice() {
  signaling_.restart_ice();
  update_negotiation_needed();
}

void Engine::apply_negotiated(TimePoint now) {
  apply_local();
  apply_remote(now);
  const auto& negotiated = signaling_.negotiated();
  if (negotiated.dtls_client) {
    channels_.handle_role(*negotiated.dtls_client ? dcep::Side::even : dcep::Side::odd);
  }
  update_signaling_state();
  update_negotiation_needed();
  settle(now);
}

void Engine::apply_local() {
  const auto& negotiated = signaling_.negotiated();
  const auto ufrag = negotiated.local ? negotiated.local->ufrag : std::string{};
  if (ufrag == local_ufrag_) return;
  if (!local_ufrag_.empty()) replace_agent();  // a restart, or a rollback of what was never answered
  local_ufrag_ = ufrag;
  if (ufrag.empty()) return;
  agent_->set_local_credentials({ufrag, negotiated.local->pwd});
  agent_->set_role(negotiated.local_is_offerer ? ice::Role::controlling : ice::Role::controlled);
  events_.push_back(SocketsNeeded{});
}

// The agent hears of the peer when a round is answered: before that, one side's new credentials would meet the other
// side's old ones, and a check with such a mixture can succeed and mislead both.
void Engine::apply_remote(TimePoint now) {
  const auto& negotiated = signaling_.negotiated();
  if (!answered() || !negotiated.remote || negotiated.rejected) return;
  const auto& remote = *negotiated.remote;
  channels_.set_max_message_size(remote.max_message_size);
  if (remote.ufrag == remote_ufrag_) return;
  remote_ufrag_ = remote.ufrag;
  if (remote.ice_lite) agent_->set_role(ice::Role::controlling);  // RFC 8445 §6.1.1
  agent_->set_remote_credentials(now, {remote.ufrag, remote.pwd}, remote.ice_lite);
  for (const auto& candidate : signaling_.remote_candidates()) add_remote_candidate(now, candidate);
  for (const auto& candidate : std::exchange(early_candidates_, {})) add_remote_candidate(now, candidate);
}

bool Engine::answered() const {
  switch (signaling_.state()) {
    case sdp::SignalingState::stable:
    case sdp::SignalingState::have_local_pranswer:
    case sdp::SignalingState::have_remote_pranswer:
      return true;
    case sdp::SignalingState::have_local_offer:
    case sdp::SignalingState::have_remote_offer:
    case sdp::SignalingState::closed:
      return false;
  }
  return false;
}

// A new generation gets an agent of its own; the old one goes on as long as it carries data. RFC 8445 §9
void Engine::replace_agent() {
  auto fresh = std::make_unique<ice::Agent>(
      ice::AgentOptions{.stun_servers = options_.stun_servers, .relay_only = options_.relay_only}, *random_);
  if (agent_->data_path()) previous_agent_ = std::move(agent_);
  agent_ = std::move(fresh);
  ice_state_ = ice::State::new_;
  remote_ufrag_.clear();
  publish_gathering(ice::GatheringState::new_);
}

void Engine::add_remote_candidate(TimePoint now, std::string_view line) {
  if (line.empty()) return agent_->end_of_remote_candidates(now);
  auto candidate = ice::parse_candidate(line);
  if (!candidate) return log::debug("a remote candidate does not parse and is ignored");
  agent_->add_remote_candidate(now, std::move(*candidate));
}

void Engine::update_signaling_state() {
  const auto state = signaling_.state();
  if (state == published_.signaling) return;
  published_.signaling = state;
  if (state == sdp::SignalingState::stable) published_.negotiation_needed = false;  // W3C §4.4.1.4, step 14
  events_.push_back(SignalingStateChanged{state});
}

// W3C §4.7.3: once per need, and only in stable.
void Engine::update_negotiation_needed() {
  if (phase_ != Phase::open || signaling_.state() != sdp::SignalingState::stable) return;
  const bool needed = signaling_.negotiation_needed();
  if (needed && !published_.negotiation_needed) events_.push_back(NegotiationNeeded{});
  published_.negotiation_needed = needed;
}

}  // namespace sluice::peer
