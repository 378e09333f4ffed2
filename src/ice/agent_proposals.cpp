// Agent: local candidates that its owner may refuse.
#include <algorithm>
#include <utility>

#include "ice/agent.hpp"

namespace sluice::ice {

// Its base is among those that are withheld, or in use.
void Agent::propose(SocketId base, Candidate candidate, bool tells) {
  if (!options_.proposes) return use(base, std::move(candidate), tells);
  const auto number = random_->u64();
  events_.push_back(CandidateProposed{number, candidate});
  generation_.proposals.push_back({number, base, std::move(candidate), tells});
}

void Agent::settle_proposal(TimePoint now, std::uint64_t number, bool allowed) {
  auto& proposals = generation_.proposals;
  const auto found = std::ranges::find(proposals, number, &Generation::Proposal::number);
  if (found == proposals.end() || state_ == State::closed) return;
  auto proposal = std::move(*found);
  proposals.erase(found);
  if (allowed) use(proposal.base, std::move(proposal.candidate), proposal.tells);
  if (state_ == State::failed && generation_.checklist.unfinished()) revive(now);
  advance(now);
}

void Agent::use(SocketId base, Candidate candidate, bool tells) {
  if (tells) {
    if (generation_.local) candidate.ufrag = generation_.local->credentials.ufrag;
    generation_.local_candidates.push_back(candidate);
    events_.push_back(CandidateGathered{std::move(candidate)});
  }
  open_base(base);
}

void Agent::open_base(SocketId id) {
  auto& withheld = generation_.withheld;
  const auto found = std::ranges::find_if(withheld, [&](const auto& each) { return each.socket.id == id; });
  if (found == withheld.end()) return;
  generation_.bases.push_back(std::move(*found));
  withheld.erase(found);
  auto& base = generation_.bases.back();
  if (generation_.local) base.host.ufrag = generation_.local->credentials.ufrag;
  for (const auto& remote : generation_.remote_candidates) pair_up(base, remote);
  if (gathering_ != GatheringState::complete) return;
  for (const auto& remote : checked_remotes()) pair_up(base, remote);  // the peer is not told of this one
}

}  // namespace sluice::ice
