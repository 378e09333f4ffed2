// Agent: which pair carries data, and whether it still may.   RFC 8445 §8, §12.1, RFC 7675
#include <tuple>
#include <utility>

#include "ice/agent.hpp"

namespace sluice::ice {
namespace {

// Of nominations closer together than this the better pair counts: they come from an agent that nominates
// aggressively, and may have been reordered (RFC 8445 §8.1.1). Otherwise the last word counts.
constexpr Duration nomination_settles = 2s;

}  // namespace

void Agent::switch_role(Role role) {
  role_ = role;
  generation_.checklist.set_role(role);  // §7.3.1.1, last paragraph
  generation_.nominated.reset();
  for (auto& [path, pair] : generation_.checklist.pairs()) pair.nomination = Nomination::none;
  if (const auto* pair = generation_.selected_pair()) generation_.checklist.set_floor(pair->priority);
}

// The peer, in control, has chosen a valid pair.
void Agent::nominate(TimePoint now, Pair& pair) {
  pair.nomination = Nomination::done;
  pair.nominated_at = now;
  const auto* current = generation_.nominated ? generation_.checklist.find(*generation_.nominated) : nullptr;
  const bool unsettled = current != nullptr && current->valid() && now < current->nominated_at + nomination_settles;
  if (!unsettled || pair.priority >= current->priority) generation_.nominated = pair.path;
}

const Pair* Agent::choose(TimePoint now) const {
  // A lite agent does not choose: it would only find another pair that is as silent.
  const bool doubtful = !options_.lite && generation_.consent.health(now) == Consent::Health::doubtful;
  const auto rank = [&](const Pair& pair) {
    const bool chosen_by_peer = role_ == Role::controlled && generation_.nominated == pair.path;
    return std::tuple{!(doubtful && generation_.selected == pair.path), chosen_by_peer, pair.priority};
  };
  const Pair* best = nullptr;
  for (const auto& [path, pair] : generation_.checklist.pairs()) {
    if (!pair.valid() || now >= *pair.last_response + Consent::lifetime) continue;
    if (best == nullptr || rank(pair) > rank(*best)) best = &pair;
  }
  return best;
}

void Agent::reselect(TimePoint now) {
  const auto* best = choose(now);
  if (best == nullptr || generation_.selected == best->path) return;
  if (!options_.lite && generation_.consent.health(now) == Consent::Health::doubtful)
    lose(*generation_.selected_pair());
  const bool recovers = std::exchange(generation_.lost, false);
  const bool moved = generation_.selected.has_value();
  generation_.selected = best->path;
  generation_.consent.start(*best->last_response, *random_);
  if (options_.lite) generation_.consent.handle_peer_check(*best->last_response);
  generation_.checklist.set_floor(best->priority);
  if (role_ == Role::controlling && (moved || best->nomination != Nomination::done)) generation_.consent.hurry(now);
  if (recovers) {  // the peer still uses what we have lost, and may have been told so a moment ago
    generation_.insists_until = now + nomination_settles + insistence;
    generation_.consent.hurry(now);
  }
  events_.push_back(PathChanged{best->path});
}

// Nothing is sent on this pair before another check of ours has been answered.
void Agent::lose(Pair& pair) {
  pair.last_response.reset();
  pair.nomination = Nomination::none;
  pair.handle(PairEvent::consent_lost);
  generation_.checklist.trigger(pair);
}

void Agent::watch_consent(TimePoint now) {
  using enum Consent::Health;
  const auto health = generation_.consent.health(now);
  if (health == expired) {
    expire_consent(now);
  } else if (health == doubtful && state_ != State::disconnected && !options_.lite) {
    generation_.checklist.recheck_except(*generation_.selected);
  }
}

// RFC 7675 §5.1: with these credentials this path is silent for good. Others are still checked, for as long as a check
// lasts.
void Agent::expire_consent(TimePoint now) {
  auto& pair = *generation_.selected_pair();
  pair.last_response.reset();
  pair.nomination = Nomination::none;
  pair.consent_expired = true;
  pair.handle(PairEvent::consent_expired);
  generation_.selected.reset();
  generation_.consent.stop();
  generation_.consent_expired = true;
  for (auto& [path, other] : generation_.checklist.pairs()) {
    if (other.valid() && now >= *other.last_response + Consent::lifetime) lose(other);
  }
  generation_.checklist.set_floor(0);
  generation_.patience_ends = now;
  generation_.gives_up = now + check_lifetime;
}

void Agent::send_consent_check(TimePoint now) {
  if (!generation_.selected || !generation_.consent.check_due(now)) return;
  auto& pair = *generation_.selected_pair();
  auto check = make_check(pair, Check::Purpose::consent);
  check.started = now;
  outbox_.push_back({pair.path, Outgoing::Kind::request, check.request});
  generation_.consent.check_sent(now, *random_);
  generation_.checklist.checks().add(std::move(check));
  ++counters_.checks_sent;
  ++pair.counters.consent_requests_sent;
}

}  // namespace sluice::ice
