// What ICE and DTLS say, and the states that follow from it.   W3C §4.3.3, §4.3.4, §5.6
#include "base/overloaded.hpp"
#include "peer/engine.hpp"

namespace sluice::peer {

void Engine::handle(TimePoint, ice::Event event) {
  const auto& negotiated = signaling_.negotiated();
  std::visit(
      overloaded{
          [&](const ice::CandidateGathered& gathered) {
            const auto ufrag = negotiated.local ? negotiated.local->ufrag : std::string{};
            const auto line = ice::to_string(gathered.candidate);
            signaling_.add_local_candidate(ufrag, line);
            events_.push_back(CandidateFound{CandidateInit{line, negotiated.mid, negotiated.mline_index, ufrag}});
          },
          [&](const ice::GatheringStateChanged& changed) { handle_gathering(changed.state); },
          [&](const ice::GatheringFailed& failed) {
            events_.push_back(CandidateError{failed.url, failed.code, failed.text});
          },
          [&](const ice::StateChanged& changed) {
            ice_state_ = changed.state;
            publish_states();
          },
          [](const ice::PathChanged&) {},  // data_path() is asked at each flush
          [&](const ice::ResolveNeeded& needed) { events_.push_back(ResolveNeeded{needed.host}); }},
      event);
}

// W3C §5.6: the end of the generation is surfaced before the state changes, and null comes last.
void Engine::handle_gathering(ice::GatheringState state) {
  const auto& negotiated = signaling_.negotiated();
  const auto ufrag = negotiated.local ? negotiated.local->ufrag : std::string{};
  const bool complete = state == ice::GatheringState::complete;
  if (complete) {
    signaling_.end_of_local_candidates(ufrag);
    events_.push_back(CandidateFound{CandidateInit{"", negotiated.mid, negotiated.mline_index, ufrag}});
  }
  publish_gathering(state);
  if (complete) events_.push_back(CandidateFound{std::nullopt});
}

void Engine::handle(TimePoint now, TransportEvent event) {
  std::visit(overloaded{[&](const DtlsStateChanged& changed) {
                          if (changed.state == DtlsState::closed) handle_dtls_closed(now);
                        },
                        [&](TransportFailed& failed) {
                          channels_.handle_disconnected(failed.failure, 0);
                          events_.push_back(std::move(failed));
                        },
                        [&](KeyLogged& key) { events_.push_back(std::move(key)); }},
             event);
}

// What came before the close_notify is delivered first: messages, and the ABORT that says why.
void Engine::handle_dtls_closed(TimePoint now) {
  paused_ = false;
  route_sctp_events(now);
  transport_.drop_association();
  channels_.handle_disconnected(std::nullopt, 0);
}

// DTLS starts on the first valid pair once the answer has given the roles; nomination is not awaited. RFC 8445 §12.1
void Engine::start_transport(TimePoint now) {
  const auto& negotiated = signaling_.negotiated();
  if (transport_.started() || negotiated.rejected || !negotiated.dtls_client || !negotiated.remote || !data_path()) {
    return;
  }
  const auto port = negotiated.remote->sctp_port;
  transport_.start(now, {.role = *negotiated.dtls_client ? dtls::Role::client : dtls::Role::server,
                         .fingerprints = negotiated.remote->fingerprints,
                         .remote_sctp_port = port == 0 ? std::nullopt : std::optional{port},
                         .round_trip = agent_->round_trip()});
}

// The old generation has done its duty when the new one carries data. RFC 8445 §9
void Engine::retire_previous_agent() {
  if (!previous_agent_) return;
  while (previous_agent_->poll_event()) {
  }
  if (agent_->data_path()) previous_agent_.reset();
}

void Engine::publish_gathering(ice::GatheringState state) {
  if (state == published_.gathering) return;
  published_.gathering = state;
  events_.push_back(IceGatheringStateChanged{state});
}

void Engine::publish_states() {
  const auto ice = derived_ice_state();
  const bool ice_changed = ice != published_.ice;
  published_.ice = ice;
  const auto connection = derived_connection_state();
  const bool connection_changed = connection != published_.connection;
  published_.connection = connection;
  if (ice_changed) events_.push_back(IceConnectionStateChanged{ice});
  if (connection_changed) events_.push_back(ConnectionStateChanged{connection});
}

IceConnectionState Engine::derived_ice_state() const {
  if (phase_ == Phase::closed) return IceConnectionState::closed;
  if (previous_agent_ && previous_agent_->data_path()) return IceConnectionState::connected;  // W3C §5.6.6
  switch (ice_state_) {
    case ice::State::new_:
      return IceConnectionState::new_;
    case ice::State::checking:
      return IceConnectionState::checking;
    case ice::State::connected:
      return IceConnectionState::connected;
    case ice::State::completed:
      return IceConnectionState::completed;
    case ice::State::disconnected:
      return IceConnectionState::disconnected;
    case ice::State::failed:
      return IceConnectionState::failed;
    case ice::State::closed:
      return IceConnectionState::closed;
  }
  return IceConnectionState::closed;
}

// W3C §4.3.3, in its order.
ConnectionState Engine::derived_connection_state() const {
  const auto ice = published_.ice;
  const auto dtls = transport_.dtls_state();
  const bool dtls_settled = dtls == DtlsState::connected || dtls == DtlsState::closed;
  const bool ice_connected = ice == IceConnectionState::connected || ice == IceConnectionState::completed;
  if (phase_ == Phase::closed) return ConnectionState::closed;
  if (ice == IceConnectionState::failed || dtls == DtlsState::failed) return ConnectionState::failed;
  if (ice == IceConnectionState::disconnected) return ConnectionState::disconnected;
  if (ice == IceConnectionState::new_ && (dtls == DtlsState::new_ || dtls == DtlsState::closed)) {
    return ConnectionState::new_;
  }
  if (ice_connected && dtls_settled) return ConnectionState::connected;
  return ConnectionState::connecting;
}

}  // namespace sluice::peer
