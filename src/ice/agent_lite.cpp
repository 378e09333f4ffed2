// Agent: what a lite one does instead of checking.   RFC 8445 §2.5, §7.3.2, RFC 7675 §4
#include "ice/agent.hpp"

namespace sluice::ice {

// The pair that the peer nominates is valid (§7.3.2). A lite agent sends no consent checks (RFC 7675 §4); while the
// peer sends its own, it wants to hear from us, and when they stay away for as long as consent lasts, it does no more.
void Agent::accept_check_lite(TimePoint now, Pair& pair, bool use_candidate) {
  if (pair.consent_expired || (!pair.valid() && !use_candidate)) return;
  pair.last_response = now;
  generation_.checklist.succeed(pair);
  if (use_candidate) nominate(now, pair);
  if (generation_.selected == pair.path) generation_.consent.handle_peer_check(now);
  if (state_ == State::failed) revive(now);
}

// Two lite agents: nobody checks, so both take the pair of the highest priority on trust, for as long as the session
// lasts. §6.1.1, §8.2
void Agent::select_unchecked(TimePoint now) {
  Pair* best = nullptr;
  for (auto& [path, pair] : generation_.checklist.pairs()) {
    pair.admitted = true;
    if (best == nullptr || pair.priority > best->priority) best = &pair;
  }
  if (best == nullptr || generation_.selected == best->path) return;
  best->last_response = now;
  best->nomination = Nomination::done;
  generation_.checklist.succeed(*best);
  generation_.selected = best->path;
  generation_.checklist.set_floor(best->priority);
  events_.push_back(PathChanged{best->path});
}

}  // namespace sluice::ice
