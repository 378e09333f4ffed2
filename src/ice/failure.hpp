#pragma once
// What to tell a human about an ICE failure.   RFC 8445 §8.3
#include <string>

#include "ice/events.hpp"

namespace sluice::ice {

/// One sentence that says what happened, and what to do.
std::string explain(const Failed&);
std::string explain(const GatheringFailed&);

}  // namespace sluice::ice
