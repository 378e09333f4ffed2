// Agent: when there is no path, and how one may still come.   RFC 8445 §8.3, RFC 8863
#include <algorithm>

#include "ice/agent.hpp"

namespace sluice::ice {

// Of a peer that has not said that its candidates are complete.
void Agent::revive(TimePoint now) {
  generation_.lost = false;
  start_patience(now);
  enter(State::checking);
}

Failed Agent::failure() const {
  const auto& pairs = generation_.checklist.pairs();
  const auto is_relay = [](const Candidate& each) { return each.type == CandidateType::relayed; };
  const auto checked = [](const auto& each) {  // a refused connection is an answer to nobody's check
    return each.second.counters.requests_sent != 0 || each.second.over_tcp();
  };
  const auto relayed = [&](const auto& each) {
    return checked(each) && (is_relay(each.second.local) || is_relay(each.second.remote));
  };
  const auto answered = [](const auto& each) { return each.second.counters.responses_received != 0; };
  const auto listens = [](const Candidate& each) {
    return each.transport == Transport::udp || each.transport == Transport::tcp_passive;
  };
  const bool some_remote = std::ranges::any_of(generation_.remote_candidates, listens) || !pairs.empty();
  const auto reason = generation_.consent_expired            ? Failed::Reason::consent_lost
                      : generation_.bases.empty()            ? Failed::Reason::no_local_candidates
                      : !some_remote                         ? Failed::Reason::no_remote_candidates
                      : pairs.empty()                        ? Failed::Reason::no_common_family
                      : options_.lite                        ? Failed::Reason::not_checked
                      : std::ranges::any_of(pairs, answered) ? Failed::Reason::no_valid_answer
                                                             : Failed::Reason::no_answer;
  return {.reason = reason,
          .pairs = static_cast<std::size_t>(std::ranges::count_if(pairs, checked)),
          .relayed = std::ranges::any_of(pairs, relayed),
          .relay_only = options_.relay_only};
}

}  // namespace sluice::ice
