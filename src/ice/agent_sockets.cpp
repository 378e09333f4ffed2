// Agent: a host whose addresses change.   RFC 8445 §7.2.5.3.1, RFC 8838 §13
#include <algorithm>

#include "ice/agent.hpp"
#include "ice/tcp_streams.hpp"

namespace sluice::ice {
namespace {

bool is_one_of(std::span<const SocketId> sockets, SocketId id) noexcept {
  return std::ranges::find(sockets, id) != sockets.end();
}

}  // namespace

void Agent::add_sockets(TimePoint now, std::span<const LocalSocket> sockets) {
  if (ended() || options_.relay_only || gathering_ == GatheringState::new_) return;
  const bool announced = gathering_ == GatheringState::gathering;
  for (const auto& socket : sockets) {
    if (generation_.find_any_base(socket.id) != nullptr) continue;
    announced ? add_host(socket) : add_unannounced(socket);
  }
  if (announced) gatherer_.add(now, datagram_sockets(sockets));
  if (state_ == State::failed && generation_.checklist.unfinished()) revive(now);
  advance(now);
}

// RFC 8838 §13: after the end of candidates no other may be told. The peer learns of this one by its checks, so that it
// has the type and the priority that it has there: both ends put the pairs in one order. Pairs below the selected one
// wait until that is lost.
void Agent::add_unannounced(const LocalSocket& socket) {
  if (socket.transport == Transport::tcp_passive || (options_.lite && socket.transport != Transport::udp)) return;
  const auto type = CandidateType::peer_reflexive;
  Candidate candidate{.foundation = generation_.foundations.of(type, socket.address.address, {}, socket.transport),
                      .transport = socket.transport,
                      .priority = candidate_priority(type, socket.preference, 1, socket.transport),
                      .address = socket.address,
                      .type = type,
                      .related = socket.address};
  auto host = candidate;
  host.type = CandidateType::host;
  host.related.reset();
  host.host_name = socket.name;
  generation_.withheld.push_back({socket, std::move(candidate)});
  propose(socket.id, std::move(host), false);
}

// Peer-reflexive ones included, which only pairs know.
std::vector<Candidate> Agent::checked_remotes() const {
  std::vector<Candidate> result;
  for (const auto& [path, pair] : generation_.checklist.pairs()) {
    const bool known = std::ranges::find(result, pair.remote.address, &Candidate::address) != result.end();
    if (pair.valid() && !known) result.push_back(pair.remote);
  }
  return result;
}

void Agent::withdraw_sockets(TimePoint now, std::span<const SocketId> gone) {
  if (state_ == State::closed) return;
  const auto lost = generation_.selected && is_one_of(gone, generation_.selected->local) ? generation_.selected
                                                                                         : std::optional<Path>{};
  if (lost) deselect();
  if (generation_.nominated && is_one_of(gone, generation_.nominated->local)) generation_.nominated.reset();
  std::erase_if(generation_.bases, [&](const auto& each) { return is_one_of(gone, each.socket.id); });
  std::erase_if(generation_.withheld, [&](const auto& each) { return is_one_of(gone, each.socket.id); });
  std::erase_if(generation_.proposals, [&](const auto& each) { return is_one_of(gone, each.base); });
  std::erase_if(generation_.early_checks, [&](const auto& each) { return is_one_of(gone, each.path.local); });
  for (const auto id : gone) generation_.checklist.remove(id);
  gatherer_.withdraw(gone);
  if (lost) recover(now, lost->remote);
  advance(now);
}

// At once to another pair that works, as choose() does; and all others are tried again, those first that lead to where
// the peer was reached.
void Agent::recover(TimePoint now, const Endpoint& remote) {
  generation_.lost = true;
  generation_.gives_up = now + Consent::lifetime;
  for (auto& [path, pair] : generation_.checklist.pairs()) {
    if (pair.valid() && now >= *pair.last_response + Consent::lifetime) lose(pair);
    if (path.remote == remote) generation_.checklist.trigger(pair);
    if (pair.state == PairState::failed && !pair.consent_expired) pair.handle(PairEvent::triggered_check);
  }
}

}  // namespace sluice::ice
