#pragma once
// What an ice::Agent can tell of itself.   W3C webrtc-stats, candidate-pair and transport
//
// Packets and bytes are data, without checks and headers. A repeated request counts for who receives it, but not for
// who sends it; who sends consent checks counts them apart, who receives them cannot tell them from others. Responses
// to both, errors too, are counted together.
#include <cstdint>
#include <optional>
#include <vector>

#include "ice/events.hpp"
#include "ice/pair.hpp"

namespace sluice::ice {

struct PairStatistics : PairCounters {
  CandidatePair pair{};
  PairState state = PairState::frozen;
  bool nominated = false;
  std::optional<Duration> current_round_trip{};  // none of a check that was repeated, RFC 8489 §6.2.1
};

struct Statistics {
  Role role = Role::controlling;
  State state = State::new_;
  GatheringState gathering = GatheringState::new_;
  std::optional<Credentials> local{};
  std::optional<Credentials> remote{};
  std::vector<Candidate> local_candidates{};   // gathered ones; peer-reflexive ones are in the pairs that use them
  std::vector<Candidate> remote_candidates{};  // signaled ones only, W3C §5.6.2
  std::vector<PairStatistics> pairs{};         // each of another path
  std::optional<Path> selected{};              // where data goes
};

}  // namespace sluice::ice
