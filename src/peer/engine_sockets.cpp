// Local sockets, and a host whose addresses change while the connection lives.   W3C §5.6, RFC 8838 §13
//
// A generation that is still gathering takes new addresses in. One that has told the end of its candidates tells no
// other, by W3C and RFC 8838 alike: the peer is checked from there all the same, and what reaches it for certain is a
// restart. docs/decisions/0009
#include <algorithm>

#include "peer/engine.hpp"

namespace sluice::peer {

void Engine::handle_sockets(TimePoint now, std::span<const ice::LocalSocket> sockets) {
  if (phase_ == Phase::closed) return;
  current_.agent->gather(now, sockets);
  if (!options_.ice_lite) relays_.gather(now, options_.ice_servers, ice::datagram_sockets(sockets));
  settle(now);
}

void Engine::handle_sockets_changed(TimePoint now, std::span<const ice::LocalSocket> added,
                                    std::span<const SocketId> gone) {
  if (phase_ == Phase::closed) return;
  const auto datagrams = ice::datagram_sockets(added);
  current_.agent->add_sockets(now, added);  // a TCP connection is of one generation
  for (auto& each : previous_) each.agent->add_sockets(now, datagrams);
  relays_.add(now, datagrams);
  relays_.withdraw(now, gone);
  withdraw(now, gone);
  settle(now);
  if (current_.local_ufrag.empty()) return gather_again();
  if (!added.empty() && !data_path() && gathered()) offer_restart();
}

// Sockets, or relayed addresses.
void Engine::withdraw(TimePoint now, std::span<const SocketId> gone) {
  const auto path = data_path();
  const bool by_current = path && current_.agent->data_path() == path;
  for_each_agent([&](ice::Agent& agent) { agent.withdraw_sockets(now, gone); });
  if (!path || std::ranges::find(gone, path->local) == gone.end()) return;
  const bool elsewhere = current_.agent->has_sockets() || options_.relay_only;
  if (elsewhere && (by_current || gathered())) offer_restart();
}

// A restart under way that has not told the end of its candidates tells the new ones, and needs no other.
bool Engine::gathered() const { return current_.gathering == ice::GatheringState::complete; }

void Engine::offer_restart() {
  if (options_.restart_on_change) restart_ice();
}

// What the pool has gathered nobody has seen yet.
void Engine::gather_again() {
  if (!current_.prefetched || current_.agent->gathering_state() == ice::GatheringState::new_) return;
  current_ = new_generation();
  current_.prefetched = true;
  events_.push_back(SocketsNeeded{});
}

}  // namespace sluice::peer
