// Agent: remote candidates that are names.   draft-ietf-mmusic-mdns-ice-candidates-03 §3.2
#include <algorithm>
#include <utility>

#include "ice/agent.hpp"

namespace sluice::ice {

// Candidates of one name, on several ports, wait for one answer.
void Agent::add_named_candidate(const MdnsName& name, Candidate candidate) {
  auto& waiting = generation_.named_candidates;
  const auto same = [&](const auto& each) {
    return each.name == name && each.candidate.address.port == candidate.address.port &&
           each.candidate.transport == candidate.transport;
  };
  if (std::ranges::any_of(waiting, same)) return;
  if (waiting.size() >= options_.max_mdns_names) {
    ++counters_.over_limit;
    return;
  }
  const bool asked = std::ranges::find(waiting, name, &Generation::NamedCandidate::name) != waiting.end();
  waiting.push_back({name, std::move(candidate)});
  if (!asked) events_.push_back(ResolveNeeded{name.text()});
}

// draft-ietf-mmusic-mdns-ice-candidates-03 §3.2.1: a name has one address, or is ignored.
void Agent::name_resolved(TimePoint now, std::string_view host, std::span<const IpAddress> addresses) {
  for (auto& waiting : std::exchange(generation_.named_candidates, {})) {
    if (waiting.name.text() != host) {
      generation_.named_candidates.push_back(std::move(waiting));
    } else if (addresses.size() == 1) {
      waiting.candidate.address.address = addresses.front();
      add_usable_candidate(now, std::move(waiting.candidate));
    } else {
      ++counters_.unexpected;
    }
  }
}

}  // namespace sluice::ice
