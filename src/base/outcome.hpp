#pragma once
// Outcome: a value, or the reason there is none. What a parser or a command of a core returns.
//
// Look before you use: `if (!outcome) ... outcome.error()`, then `*outcome`. Never call value(), it may throw.
#include <boost/system/result.hpp>

namespace sluice {

template <class T, class E>
using Outcome = boost::system::result<T, E>;

}  // namespace sluice
