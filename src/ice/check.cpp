#include "ice/check.hpp"

#include <algorithm>
#include <cassert>

namespace sluice::ice {
namespace {

constexpr Duration longest_interval = 2s;
constexpr Duration consent_check_lifetime = 10s;  // far beyond any round trip we could use

bool is_consent(const Check& check) noexcept { return check.purpose == Check::Purpose::consent; }
bool is_active(const Check& check) noexcept { return check.resend_at != never || check.reliable; }

TimePoint expiry(const Check& check, Duration lifetime) noexcept {
  return check.started + (is_consent(check) ? consent_check_lifetime : lifetime);
}

}  // namespace

bool OutstandingChecks::full() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(checks_, is_active)) >= max_outstanding;
}

// Of passive ones, consent checks and cancelled ones, as many again are remembered; the oldest goes first.
void OutstandingChecks::add(Check check) {
  if (checks_.size() >= 2 * max_outstanding) {
    const auto passive = std::ranges::find_if_not(checks_, is_active);
    assert(passive != checks_.end());
    checks_.erase(passive);
  }
  checks_.push_back(std::move(check));
}

Check* OutstandingChecks::find(const stun::TransactionId& id) noexcept {
  const auto found = std::ranges::find(checks_, id, &Check::id);
  return found == checks_.end() ? nullptr : &*found;
}

void OutstandingChecks::remove(const stun::TransactionId& id) {
  std::erase_if(checks_, [&](const Check& each) { return each.id == id; });
}

void OutstandingChecks::cancel(const Path& path) noexcept {
  for (auto& each : checks_) {
    if (each.path != path) continue;
    each.resend_at = never;
    each.reliable = false;
  }
}

void OutstandingChecks::forget(const Path& path) {
  std::erase_if(checks_, [&](const Check& each) { return each.path == path; });
}

bool OutstandingChecks::awaits(const Path& path) const noexcept {
  return std::ranges::any_of(checks_, [&](const Check& each) { return !is_consent(each) && each.path == path; });
}

const Check* OutstandingChecks::oldest() const noexcept {
  const auto found = std::ranges::find_if(checks_, is_active);
  return found == checks_.end() ? nullptr : &*found;
}

Check* OutstandingChecks::due(TimePoint now) noexcept {
  const auto earliest = std::ranges::min_element(checks_, {}, &Check::resend_at);
  return earliest == checks_.end() || earliest->resend_at > now ? nullptr : &*earliest;
}

void OutstandingChecks::resent(Check& check, TimePoint now) noexcept {
  ++check.sent;
  check.interval = std::min(check.interval * 2, longest_interval);
  check.resend_at = now + check.interval;
}

std::vector<Path> OutstandingChecks::expire(TimePoint now, Duration lifetime) {
  std::vector<Path> expired;
  std::erase_if(checks_, [&](const Check& each) {
    if (expiry(each, lifetime) > now) return false;
    if (!is_consent(each)) expired.push_back(each.path);
    return true;
  });
  return expired;
}

TimePoint OutstandingChecks::next_resend() const noexcept {
  auto earliest = never;
  for (const auto& each : checks_) earliest = std::min(earliest, each.resend_at);
  return earliest;
}

TimePoint OutstandingChecks::next_expiry(Duration lifetime) const noexcept {
  auto earliest = never;
  for (const auto& each : checks_) earliest = std::min(earliest, expiry(each, lifetime));
  return earliest;
}

}  // namespace sluice::ice
