// Agent: what it has done, for whoever asks.   W3C webrtc-stats
#include <algorithm>

#include "ice/agent.hpp"

namespace sluice::ice {

bool Agent::admit(const Path& path, std::size_t bytes) {
  if (over()) return false;
  if (auto* pair = generation_.checklist.find(path); pair != nullptr && pair->admitted) {
    pair->counters.count_received(bytes);
  } else if (auto* early = generation_.find_early_check(path)) {
    early->counters.count_received(bytes);
  } else {
    return false;
  }
  return true;
}

void Agent::count_sent(const Path& path, std::size_t packets, std::size_t bytes) {
  auto* counters = generation_.counters(path);
  if (counters == nullptr) return;
  counters->packets_sent += packets;
  counters->bytes_sent += bytes;
}

Statistics Agent::statistics() const {
  Statistics result{.role = role_,
                    .state = state_,
                    .gathering = gathering_,
                    .local_candidates = generation_.local_candidates,
                    .remote_candidates = generation_.remote_candidates,
                    .selected = generation_.selected};
  if (generation_.local) result.local = generation_.local->credentials;
  if (generation_.remote) result.remote = generation_.remote->credentials;
  result.pairs.reserve(generation_.checklist.pairs().size());
  for (const auto& [path, pair] : generation_.checklist.pairs()) {
    result.pairs.push_back(
        {pair.counters, candidates_of(pair), pair.state, pair.nomination == Nomination::done, pair.round_trip});
  }
  return result;
}

// The local candidate is the address as the peer sees it, once that is known. RFC 8445 §7.2.5.3.1. An active candidate
// has no port of its own: every connection leaves from another one.
CandidatePair Agent::candidates_of(const Pair& pair) const {
  if (pair.mapped == Endpoint{}) return {pair.local, pair.remote, pair.path};
  const auto& candidates = generation_.local_candidates;
  const auto is_it = [&](const Candidate& each) {
    if (each.transport != pair.local.transport) return false;
    return each.transport == Transport::tcp_active ? each.address.address == pair.mapped.address
                                                   : each.address == pair.mapped;
  };
  const auto found = std::ranges::find_if(candidates, is_it);
  if (found != candidates.end()) return {*found, pair.remote, pair.path};
  auto local = pair.local;
  local.type = CandidateType::peer_reflexive;
  local.address = pair.mapped;
  if (pair.local.host_name.empty()) local.related = pair.local.address;
  const auto preference = generation_.find_base(pair.path.local)->socket.preference;
  local.priority = candidate_priority(local.type, preference, 1, local.transport);
  return {std::move(local), pair.remote, pair.path};
}

}  // namespace sluice::ice
