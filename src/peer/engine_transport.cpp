// What ICE and DTLS say, and the states that follow from it.   W3C §4.3.3, §4.3.4, §5.6
#include <algorithm>
#include <utility>

#include "base/overloaded.hpp"
#include "ice/failure.hpp"
#include "peer/engine.hpp"

namespace sluice::peer {
namespace {

using namespace std::chrono_literals;

constexpr Duration previous_lifetime = 5s;

}  // namespace

void Engine::handle(TimePoint now, ice::Event event) {
  const bool question =
      std::holds_alternative<ice::ResolveNeeded>(event) || std::holds_alternative<ice::CandidateProposed>(event);
  if (current_.local_ufrag.empty() && !question) {
    current_.held.push_back(std::move(event));
    return;
  }
  const auto& negotiated = signaling_.negotiated();
  std::visit(overloaded{[&](ice::CandidateGathered& gathered) {
                          const auto ufrag = negotiated.local ? negotiated.local->ufrag : std::string{};
                          gathered.candidate.ufrag = ufrag;  // it may have been gathered before there was one
                          const auto line = ice::to_string(gathered.candidate);
                          if (current_.gathers_again && signaling_.local()->sdp.find(line) != std::string::npos) return;
                          signaling_.add_local_candidate(ufrag, line);
                          events_.push_back(CandidateFound{
                              CandidateInit{line, negotiated.transport_mid, negotiated.transport_mline_index, ufrag,
                                            gathered.candidate.url, gathered.candidate.carrier}});
                        },
                        [&](const ice::CandidateProposed& proposed) { propose(proposed); },
                        [&](const ice::GatheringStateChanged& changed) { handle_gathering(changed.state); },
                        [&](const ice::GatheringFailed& failed) {
                          events_.push_back(CandidateError{failed.url, failed.code, failed.text, ice::explain(failed),
                                                           options_.relay_only ? std::nullopt : failed.local});
                        },
                        [&](const ice::Failed& failed) {
                          events_.push_back(IceFailed{{Reason::ice_failed, ice::explain(failed)}});
                        },
                        [&](const ice::StateChanged& changed) {
                          current_.state = changed.state;
                          publish_states();
                        },
                        [](const ice::PathChanged&) {},  // data_path() is asked at each flush
                        [&](const ice::ResolveNeeded& needed) { events_.push_back(needed); },
                        [&](const ice::PacketEmbedded& embedded) { handle_embedded(now, embedded.packet); },
                        [&](const ice::TcpNeeded& needed) { tcp_.open(now, needed); }},
             event);
}

void Engine::propose(const ice::CandidateProposed& proposed) {
  const auto& negotiated = signaling_.negotiated();
  const auto ufrag = negotiated.local ? negotiated.local->ufrag : std::string{};
  events_.push_back(CandidateProposed{
      proposed.number,
      CandidateInit{ice::to_string(proposed.candidate), negotiated.transport_mid, negotiated.transport_mline_index,
                    ufrag, proposed.candidate.url, proposed.candidate.carrier}});
}

void Engine::settle_proposal(TimePoint now, std::uint64_t number, bool allowed) {
  if (phase_ == Phase::closed) return;
  for_each_agent([&](ice::Agent& agent) { agent.settle_proposal(now, number, allowed); });
  settle(now);
}

// W3C §5.6: the end of the generation is surfaced before the state changes, and null comes last.
void Engine::handle_gathering(ice::GatheringState state) {
  if (current_.gathers_again && published_.gathering == ice::GatheringState::complete) return;
  const auto& negotiated = signaling_.negotiated();
  const auto ufrag = negotiated.local ? negotiated.local->ufrag : std::string{};
  const bool complete = state == ice::GatheringState::complete;
  if (complete) {
    signaling_.end_of_local_candidates(ufrag);
    events_.push_back(
        CandidateFound{CandidateInit{"", negotiated.transport_mid, negotiated.transport_mline_index, ufrag, {}, {}}});
  }
  publish_gathering(state);
  if (complete) events_.push_back(CandidateFound{std::nullopt});
}

void Engine::handle(TimePoint now, TransportEvent event) {
  std::visit(overloaded{[&](const DtlsStateChanged& changed) {
                          events_.push_back(changed);
                          if (changed.state == DtlsState::connected) options_.certificate.rest();
                          if (changed.state == DtlsState::closed || changed.state == DtlsState::failed) {
                            handle_transport_end(now, std::exchange(dtls_failure_, std::nullopt));
                          }
                        },
                        [&](TransportFailed& failed) {
                          dtls_failure_ = failed.failure;
                          events_.push_back(std::move(failed));
                        },
                        [&](KeyLogged& key) { events_.push_back(std::move(key)); }},
             event);
}

// What came before the end is delivered first: messages, and the ABORT that says why.
void Engine::handle_transport_end(TimePoint now, const std::optional<Failure>& failure) {
  paused_ = false;
  route_sctp_events(now);
  transport_->drop_association();
  end_channels(failure, 0);
  if (phase_ != Phase::open) close();
}

// DTLS starts on the first valid pair once the answer has given the roles; nomination is not awaited. RFC 8445 §12.1
// Where STUN messages carry its flights it starts before that.
bool Engine::start_transport(TimePoint now) {
  const auto& negotiated = signaling_.negotiated();
  if (transport_->started() || phase_ != Phase::open || !answered() || negotiated.rejected || !negotiated.dtls_client ||
      !negotiated.remote || !(data_path() || embeds())) {
    return false;
  }
  transport_->start(now, {.role = *negotiated.dtls_client ? dtls::Role::client : dtls::Role::server,
                          .remote = *negotiated.remote,
                          .sctp_ports = sctp_ports_,
                          .round_trip = current_.agent->round_trip(),
                          .sctp_init = negotiated.local->sctp_init.empty() ? "" : negotiated.remote->sctp_init,
                          .embeds = embeds()});
  return true;
}

// W3C §6.1: the transport first, then its channels.
void Engine::end_channels(const std::optional<Failure>& failure, std::uint16_t sctp_cause) {
  if (sctp_ports_ && !std::exchange(association_ended_, true)) events_.push_back(SctpClosed{association_number_});
  channels_.handle_disconnected(failure, sctp_cause);
}

// The peer is another one, or takes no data any more: the old association ends, its channels too. RFC 8842 §3.1
// The old path leads to the old peer, and nothing of the new association may go there.
void Engine::renew_transport(TimePoint now) {
  end_association(now);
  close_transport();
  transport_.emplace(options_, *stack_);
  current_.agent->set_piggyback(ice::Piggyback::Mode::off);
  current_.flight = 0;
  channels_.handle_new_transport();
  previous_.clear();
  previous_ends_ = never;
  ++transport_number_;
}

// RFC 8841 §10.3: the ports name the association. Others mean another one, over the same DTLS.
void Engine::renew_association(TimePoint now, std::optional<SctpPorts> ports) {
  if (ports == sctp_ports_) return;
  const auto dtls = transport_->dtls_state();
  const bool replaces = sctp_ports_ && dtls != DtlsState::closed && dtls != DtlsState::failed;
  end_association(now);
  transport_->set_sctp_ports(now, ports);
  if (replaces) channels_.handle_new_transport();
  sctp_ports_ = ports;
}

// What came before the end is delivered first.
void Engine::end_association(TimePoint now) {
  if (!std::exchange(sctp_ports_, std::nullopt)) return;
  const bool paused = std::exchange(paused_, false);
  route_sctp_events(now);
  paused_ = paused;
  writable_ = true;
  association_ended_ = false;
  ++association_number_;
}

// One that has been answered stays: a rollback may bring it back, and of those before it one may carry the data.
void Engine::supersede_current() {
  if (!current_.remote_ufrag.empty()) {
    const auto* carrying = data_generation();
    std::erase_if(previous_, [&](const Generation& each) { return &each != carrying; });
    previous_.push_back(std::move(current_));
    previous_ends_ = never;
  }
  current_ = new_generation();
}

// The old generations stay for a while after the new one carries data: the peer may still use them. RFC 8445 §9
void Engine::retire_previous(TimePoint now) {
  if (previous_.empty()) return;
  for (auto& each : previous_) {
    while (auto event = each.agent->poll_event()) {
      if (const auto* changed = std::get_if<ice::StateChanged>(&*event)) {
        each.state = changed->state;
      } else if (const auto* proposed = std::get_if<ice::CandidateProposed>(&*event)) {
        propose(*proposed);
      } else if (const auto* needed = std::get_if<ice::TcpNeeded>(&*event)) {
        tcp_.open(now, *needed);
      } else if (!std::holds_alternative<ice::PathChanged>(*event) && !std::holds_alternative<ice::Failed>(*event) &&
                 !std::holds_alternative<ice::PacketEmbedded>(*event)) {
        each.held.push_back(std::move(*event));  // of gathering, for when it comes back
      }
    }
  }
  if (previous_ends_ == never && current_.agent->data_path()) previous_ends_ = now + previous_lifetime;
  if (now < previous_ends_) return;
  previous_.clear();
  previous_ends_ = never;
}

void Engine::publish_gathering(ice::GatheringState state) {
  current_.gathering = state;
  if (state == published_.gathering) return;
  published_.gathering = state;
  events_.push_back(IceGatheringStateChanged{state});
}

void Engine::publish_states() {
  note_data_path();
  const auto ice = derived_ice_state();
  const bool ice_changed = ice != published_.ice;
  if (ice_changed && published_.ice == IceConnectionState::disconnected && data_path()) transport_->repeat_recent();
  published_.ice = ice;
  const auto connection = derived_connection_state();
  const bool connection_changed = connection != published_.connection;
  published_.connection = connection;
  if (ice_changed) events_.push_back(IceConnectionStateChanged{ice});
  if (connection_changed) events_.push_back(ConnectionStateChanged{connection});
}

IceConnectionState Engine::derived_ice_state() const {
  if (phase_ == Phase::closed) return IceConnectionState::closed;
  const auto works = [](const Generation& each) {
    return each.state == ice::State::connected || each.state == ice::State::completed;
  };
  // W3C §5.6.6: a restart of what works is not seen; of what does not, it is checking.
  if (!previous_.empty() && !works(current_)) {
    if (std::ranges::any_of(previous_, works)) return IceConnectionState::connected;
    if (current_.state == ice::State::new_) return IceConnectionState::checking;
  }
  switch (current_.state) {
    case ice::State::new_:  // W3C §5.6.6: with another peer in place of one that worked, it is checking
      return transport_number_ != 0 && sctp_ports_ ? IceConnectionState::checking : IceConnectionState::new_;
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
  const auto dtls = transport_->dtls_state();
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
