#include "ice/consent.hpp"

#include <algorithm>

namespace sluice::ice {
namespace {

using namespace std::chrono_literals;

constexpr auto shortest_interval = 4000ms;  // §5.1: 5 s, times 0.8 to 1.2
constexpr std::uint32_t interval_spread = 2001;

// Not §5.1: an unanswered check is followed by another one soon, so that a lost datagram and a lost path can be told
// apart within seconds. Six in a row have to be lost before the path is doubted.
constexpr Duration repeat_interval = 500ms;
constexpr Duration doubtful_repeat_interval = 1s;
constexpr Duration doubt_after = 2600ms;

}  // namespace

void Consent::start(TimePoint last_response, Random& random) {
  stop();
  handle_response(last_response, random);
}

void Consent::handle_response(TimePoint now, Random& random) {
  last_response_ = now;
  unanswered_since_.reset();
  next_check_ = now + shortest_interval + std::chrono::milliseconds{random.u32() % interval_spread};
}

void Consent::hurry(TimePoint now) noexcept { next_check_ = std::min(next_check_, now); }

void Consent::check_sent(TimePoint now) noexcept {
  if (!unanswered_since_) unanswered_since_ = now;
  next_check_ = now + (health(now) == Health::fresh ? repeat_interval : doubtful_repeat_interval);
}

TimePoint Consent::doubtful_at() const noexcept { return unanswered_since_ ? *unanswered_since_ + doubt_after : never; }

Consent::Health Consent::health(TimePoint now) const noexcept {
  if (!last_response_) return Health::none;
  if (now >= *last_response_ + lifetime) return Health::expired;
  return now >= doubtful_at() ? Health::doubtful : Health::fresh;
}

TimePoint Consent::next_timeout(TimePoint now) const noexcept {
  if (!last_response_) return never;
  const auto expiry = *last_response_ + lifetime;
  const auto doubt = doubtful_at() > now ? doubtful_at() : expiry;
  return std::min({next_check_, doubt, expiry});
}

}  // namespace sluice::ice
