// Flights of DTLS inside STUN messages.   draft-hancke-webrtc-sped
//
// Not draft -00, which tries and sees: both descriptions have to name the ICE option, as its later versions and
// libwebrtc want it. A peer that has it not is not even asked. docs/decisions/0013
#include <algorithm>

#include "peer/demux.hpp"
#include "peer/engine.hpp"

namespace sluice::peer {

bool Engine::embeds() const {
  const auto& negotiated = signaling_.negotiated();
  return options_.sped && negotiated.local && negotiated.local->sped && negotiated.remote && negotiated.remote->sped;
}

// Checks that accept the offer may overtake the answer. Then what they carry waits for it.
ice::Piggyback::Mode Engine::piggyback_mode() const {
  using enum ice::Piggyback::Mode;
  if (transport_->started()) return transport_->embeds() ? on : off;
  const auto& local = signaling_.negotiated().local;
  const bool offers = signaling_.state() == sdp::SignalingState::have_local_offer;
  return options_.sped && offers && local && local->sped ? offered : off;
}

void Engine::handle_embedded(TimePoint now, ByteView packet) {
  if (demultiplex(packet) == Protocol::dtls) transport_->handle_datagram(now, packet);
}

// Before what STUN messages have brought: a flight that answers it has a path already.
void Engine::note_path(TimePoint now) {
  const auto* generation = options_.sped ? data_generation() : nullptr;
  if (generation != nullptr) transport_->handle_path(now, generation->agent->round_trip());
}

void Engine::route_flight() {
  if (!options_.sped) return;
  const auto mode = piggyback_mode();
  current_.agent->set_piggyback(mode);
  for (auto& each : previous_) each.agent->set_piggyback(ice::Piggyback::Mode::off);
  if (mode != ice::Piggyback::Mode::on || current_.flight == transport_->flight_number()) return;
  current_.flight = transport_->flight_number();
  current_.agent->carry(transport_->flight());
}

}  // namespace sluice::peer
