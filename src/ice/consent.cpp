#include "ice/consent.hpp"

#include <algorithm>

namespace sluice::ice {
namespace {

using namespace std::chrono_literals;

constexpr Duration interval = 5s;  // §5.1

// Not §5.1, which wants at least 4 s between checks: an unanswered one is followed by another soon, so that a lost
// datagram and a lost path can be told apart within seconds. Seven in a row have to be lost before the path is doubted.
// docs/decisions/0008-consent-checks-repeated.md
constexpr Duration repeat_interval = 400ms;
constexpr Duration doubtful_repeat_interval = 1s;
constexpr unsigned doubt_after = 7;
constexpr Duration last_wait = 200ms;  // for an answer to the last of them
// §5.1: a full agent checks every 6 s at the latest; two checks may be lost, and some time for the way.
constexpr Duration unheard_limit = 15s;

// §5.1: times 0.8 to 1.2, so that those who lost the same network do not check in step.
Duration randomised(Duration basic, Random& random) {
  constexpr std::uint32_t steps = 4000;
  return basic * 4 / 5 + basic * (random.u32() % (steps + 1)) / (steps * 5 / 2);
}

}  // namespace

void Consent::start(TimePoint last_response, Random& random) {
  stop();
  handle_response(last_response, random);
}

void Consent::handle_response(TimePoint now, Random& random) {
  last_response_ = now;
  unanswered_ = 0;
  next_check_ = now + randomised(interval, random);
}

void Consent::handle_peer_check(TimePoint now) noexcept {
  last_response_ = now;
  next_check_ = never;
  unanswered_ = doubt_after;
  doubtful_at_ = now + unheard_limit;
}

void Consent::hurry(TimePoint now) noexcept { next_check_ = std::min(next_check_, now); }

void Consent::check_sent(TimePoint now, Random& random) {
  if (++unanswered_ == doubt_after) doubtful_at_ = now + last_wait;
  const auto basic = health(now) == Health::fresh ? repeat_interval : doubtful_repeat_interval;
  next_check_ = now + randomised(basic, random);
}

TimePoint Consent::doubtful_at() const noexcept { return unanswered_ < doubt_after ? never : doubtful_at_; }

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
