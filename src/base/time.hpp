#pragma once
// Time below the sans-IO line: a monotonic instant that is always an argument, never read.
#include <chrono>

namespace sluice {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

inline constexpr TimePoint never = TimePoint::max();  // the deadline of a core that waits for nothing

}  // namespace sluice
