// Descriptions in, descriptions out, and what they change for the transports.   RFC 9429 §5.9 to §5.11
#include <utility>

#include "base/log.hpp"
#include "crypto/base64.hpp"
#include "peer/engine.hpp"
#include "sdp/transport.hpp"

namespace sluice::peer {
namespace {

Failure closed() { return {Reason::closed, "The connection is closed; make a new one."}; }

// Unknown types and transports are not garbled, only of no use. RFC 8839 §5.1
bool is_garbled(std::string_view candidate) {
  if (candidate.empty()) return false;
  const auto parsed = ice::parse_candidate(candidate);
  return !parsed && parsed.error() != ice::CandidateError::unknown_type &&
         parsed.error() != ice::CandidateError::unknown_transport;
}

}  // namespace

Expected<std::string> Engine::create_offer(bool ice_restart) {
  if (phase_ != Phase::open) return closed();
  prepare_sctp();
  return signaling_.create_offer(ice_restart);
}

Expected<std::string> Engine::create_answer() {
  if (phase_ != Phase::open) return closed();
  prepare_sctp();
  return signaling_.create_answer();
}

// Of the first association only: another DTLS association of the peer's, or another port, means a new one, whose INIT
// we would have to know before it is needed. draft-hancke-tsvwg-snap
void Engine::prepare_sctp() {
  if (!options_.snap) return;
  const auto& remote = signaling_.negotiated().remote;
  const bool renewed = transport_number_ != 0 || association_number_ != 0 ||
                       (transport_->started() && remote && !sdp::same_identity(transport_->remote(), *remote));
  signaling_.set_sctp_init(renewed ? "" : crypto::to_base64(transport_->prepare_sctp()));
}

Expected<void> Engine::set_local_description(TimePoint now, std::optional<sdp::Type> type, std::string sdp) {
  if (phase_ != Phase::open) return closed();
  if (sdp.empty() && type != sdp::Type::rollback) prepare_sctp();
  auto applied = signaling_.set_local(type, std::move(sdp));
  if (!applied) return applied;
  apply_negotiated(now);
  return {};
}

Expected<void> Engine::set_remote_description(TimePoint now, sdp::Type type, std::string sdp) {
  if (phase_ != Phase::open) return closed();
  const bool rolls_back = type == sdp::Type::offer && signaling_.state() == sdp::SignalingState::have_local_offer;
  const auto ufrag_before = remote_ufrag();
  auto applied = signaling_.set_remote(type, std::move(sdp));
  if (!applied) return applied;
  if (remote_ufrag() != ufrag_before) early_candidates_.clear();  // those belonged to the generation before
  if (rolls_back) {                                               // W3C §4.4.1.4: both states are seen
    published_.signaling = sdp::SignalingState::stable;
    events_.push_back(SignalingStateChanged{sdp::SignalingState::stable});
  }
  apply_negotiated(now);
  return {};
}

Expected<void> Engine::add_ice_candidate(TimePoint now, sdp::RemoteCandidate candidate) {
  if (phase_ != Phase::open) return closed();
  if (signaling_.remote() && is_garbled(candidate.candidate)) {
    return Failure{Reason::candidate_syntax, "Write the candidate as RFC 8839 §5.1 has it."};
  }
  const auto ours = signaling_.add_remote_candidate(candidate);
  if (!ours) return ours.error();
  if (*ours && remote_ufrag() == current_.remote_ufrag) {
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
  apply_rejection(now);
  const auto& negotiated = signaling_.negotiated();
  if (negotiated.dtls_client) {
    channels_.handle_role(*negotiated.dtls_client ? dcep::Side::even : dcep::Side::odd);
  }
  update_signaling_state();
  route_channel_events();  // W3C §4.4.1.4: of channels without an id; the need comes in a task of its own
  update_negotiation_needed();
  settle(now);
}

// New credentials are a new generation; those of the generation before, after a rollback, bring it back.
void Engine::apply_local() {
  const auto& negotiated = signaling_.negotiated();
  const auto ufrag = negotiated.local ? negotiated.local->ufrag : std::string{};
  if (ufrag == current_.local_ufrag) return;
  if (!previous_.empty() && previous_.back().local_ufrag == ufrag) {
    current_ = std::move(previous_.back());
    previous_.pop_back();
    previous_ends_ = never;
    return publish_gathering(current_.gathering);
  }
  if (!current_.local_ufrag.empty()) supersede_current();
  if (!ufrag.empty()) return start_generation();  // W3C §5.6: from complete straight to gathering
  publish_gathering(ice::GatheringState::new_);
}

Engine::Generation Engine::new_generation() const {
  return {.agent = std::make_unique<ice::Agent>(ice::AgentOptions{.ice_servers = options_.ice_servers,
                                                                  .relay_only = options_.relay_only,
                                                                  .resolve_mdns = options_.resolve_mdns,
                                                                  .lite = options_.ice_lite,
                                                                  .proposes = options_.propose_candidates,
                                                                  .transaction_mark = options_.transaction_mark},
                                                *random_)};
}

void Engine::start_generation() {
  const auto& negotiated = signaling_.negotiated();
  current_.local_ufrag = negotiated.local->ufrag;
  current_.agent->set_local_credentials({negotiated.local->ufrag, negotiated.local->pwd});
  // RFC 8445 §9: a restart keeps the role.
  const auto role = negotiated.local_is_offerer ? ice::Role::controlling : ice::Role::controlled;
  current_.agent->set_role(previous_.empty() ? role : previous_.back().agent->role());
  if (!current_.prefetched) events_.push_back(SocketsNeeded{});
}

void Engine::set_ice_servers(std::vector<ice::IceServer> servers, bool relay_only) {
  if (phase_ != Phase::open || (servers == options_.ice_servers && relay_only == options_.relay_only)) return;
  options_.ice_servers = std::move(servers);
  options_.relay_only = relay_only;
  signaling_.ice_servers_changed();
  const bool pooled = current_.prefetched;
  if (!current_.local_ufrag.empty()) return;
  current_ = new_generation();
  if (!pooled) return;
  current_.prefetched = true;
  events_.push_back(SocketsNeeded{});
}

void Engine::set_candidate_pool(TimePoint now, std::uint8_t size) {
  options_.candidate_pool = size;
  if (size != 0) return prefetch(now);
  if (current_.prefetched && current_.local_ufrag.empty()) current_ = new_generation();
}

void Engine::prefetch(TimePoint) {
  if (phase_ != Phase::open || options_.candidate_pool == 0 || current_.prefetched || signaling_.local()) return;
  current_.prefetched = true;
  events_.push_back(SocketsNeeded{});
}

// The agent hears of the peer when a round is answered: before that, one side's new credentials would meet the other
// side's old ones, and a check with such a mixture can succeed and mislead both.
void Engine::apply_remote(TimePoint now) {
  const auto& negotiated = signaling_.negotiated();
  if (!answered() || !negotiated.local || !negotiated.remote || negotiated.rejected) return;
  const auto& remote = *negotiated.remote;
  max_message_size_ = remote.max_message_size;
  channels_.set_max_message_size(remote.max_message_size);
  if (transport_->started() && !sdp::same_identity(transport_->remote(), remote)) renew_transport(now);
  if (remote.ufrag != current_.remote_ufrag) {
    if (!current_.remote_ufrag.empty()) {  // the final answer comes from another one than the provisional answer
      const auto gathering = current_.gathering;
      current_ = new_generation();
      current_.gathering = gathering;
      current_.gathers_again = true;
      start_generation();
    }
    current_.remote_ufrag = remote.ufrag;
    current_.agent->set_remote_credentials(now, {remote.ufrag, remote.pwd}, remote.ice_lite);
  }
  const SctpPorts ports{negotiated.local->sctp_port, remote.sctp_port};
  renew_association(now, ports.local != 0 && ports.remote != 0 ? std::optional{ports} : std::nullopt);
  for (const auto& candidate : signaling_.remote_candidates()) add_remote_candidate(now, candidate);
  for (const auto& candidate : std::exchange(early_candidates_, {})) add_remote_candidate(now, candidate);
}

// RFC 8841 §10.3: a refused data section ends the association, and with it the last use of its transport.
void Engine::apply_rejection(TimePoint now) {
  if (!answered() || !signaling_.negotiated().rejected) return;
  if (transport_->started() || sctp_ports_) renew_transport(now);
  previous_.clear();
  previous_ends_ = never;
  max_message_size_.reset();
}

std::string Engine::remote_ufrag() const {
  const auto& remote = signaling_.negotiated().remote;
  return remote ? remote->ufrag : std::string{};
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

void Engine::add_remote_candidate(TimePoint now, std::string_view line) {
  if (line.empty()) return current_.agent->end_of_remote_candidates(now);
  auto candidate = ice::parse_candidate(line);
  if (!candidate) return log::debug("a remote candidate does not parse and is ignored");
  current_.agent->add_remote_candidate(now, std::move(*candidate));
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
