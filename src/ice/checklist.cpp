#include "ice/checklist.hpp"

#include <algorithm>
#include <tuple>

namespace sluice::ice {
namespace {

constexpr Duration shortest_rto = 250ms;
constexpr Duration longest_rto = 2s;
constexpr Duration impatient_lifetime = 5s;
// Not RFC 8445 §6.1.4.2, which always takes triggered checks first: a peer that checks all the time would then be the
// only one whom we check.
constexpr unsigned max_triggered_in_a_row = 3;

std::string pair_foundation(const Pair& pair) { return pair.local.foundation + ':' + pair.remote.foundation; }

}  // namespace

Pair* Checklist::add(Role role, const Path& path, const Candidate& local, const Candidate& remote) {
  const auto priority = pair_priority(role, local.priority, remote.priority);
  if (!make_room(priority)) return nullptr;
  auto& pair = pairs_[path];
  pair.path = path;
  pair.local = local;
  pair.remote = remote;
  pair.foundation = pair_foundation(pair);
  pair.priority = priority;
  pair.stream = local.transport == Transport::udp          ? PairStream::none
                : local.transport == Transport::tcp_active ? PairStream::closed
                                                           : PairStream::open;
  place(pair);
  return &pair;
}

// What has failed goes first, whatever its priority was: it keeps nobody out who may still succeed.
bool Checklist::make_room(std::uint64_t priority) {
  if (pairs_.size() < max_pairs_) return true;
  const auto rank = [](const Pair& pair) { return std::tuple{pair.state != PairState::failed, pair.priority}; };
  Pair* worst = nullptr;
  for (auto& [path, pair] : pairs_) {
    if (pair.valid() || pair.state == PairState::in_progress || pair.consent_expired) continue;
    if (worst == nullptr || rank(pair) < rank(*worst)) worst = &pair;
  }
  if (worst == nullptr || rank(*worst) >= std::tuple{true, priority}) return false;
  forget(worst->path);
  return true;
}

void Checklist::forget(Path path) {
  checks_.forget(path);
  std::erase(triggered_, path);
  found_ = nullptr;
  pairs_.erase(path);
}

void Checklist::remove(SocketId socket) {
  std::vector<Path> gone;
  for (const auto& [path, pair] : pairs_) {
    if (path.local == socket) gone.push_back(path);
  }
  for (const auto& path : gone) forget(path);
}

// RFC 8838 §12: waiting if its foundation has succeeded, or if no pair of that foundation is on its way.
void Checklist::place(Pair& pair) {
  using enum PairState;
  if (has_foundation(pair, {succeeded}) || !has_foundation(pair, {waiting, in_progress})) {
    pair.handle(PairEvent::unfreeze);
  }
}

void Checklist::signaled(Role role, Pair& pair, const Candidate& remote) {
  pair.remote = remote;
  pair.foundation = pair_foundation(pair);
  pair.priority = pair_priority(role, pair.local.priority, remote.priority);
}

void Checklist::set_role(Role role) {
  for (auto& [path, pair] : pairs_) pair.priority = pair_priority(role, pair.local.priority, pair.remote.priority);
}

Pair* Checklist::find(const Path& path) noexcept {
  if (found_ != nullptr && found_->path == path) return found_;
  const auto found = pairs_.find(path);
  if (found == pairs_.end()) return nullptr;
  found_ = &found->second;
  return found_;
}

const Pair* Checklist::find(const Path& path) const noexcept {
  const auto found = pairs_.find(path);
  return found == pairs_.end() ? nullptr : &found->second;
}

void Checklist::trigger(Pair& pair) {
  if (pair.state == PairState::succeeded || pair.consent_expired) return;  // §7.3.1.4: nothing further is done
  checks_.cancel(pair.path);
  pair.handle(PairEvent::triggered_check);
  if (std::ranges::find(triggered_, pair.path) == triggered_.end()) triggered_.push_back(pair.path);
}

void Checklist::succeed(Pair& pair) {
  pair.handle(PairEvent::response);
  checks_.cancel(pair.path);
  std::erase(triggered_, pair.path);
  for (auto& [path, other] : pairs_) {  // §7.2.5.3.3
    if (other.foundation == pair.foundation) other.handle(PairEvent::unfreeze);
  }
}

void Checklist::fail(Pair& pair) {
  pair.handle(PairEvent::failure);
  std::erase(triggered_, pair.path);
}

void Checklist::stop() {
  checks_.clear();
  triggered_.clear();
  for (auto& [path, pair] : pairs_) pair.handle(PairEvent::failure);
}

void Checklist::set_floor(std::uint64_t priority) {
  floor_ = priority;
  for (const auto& [path, pair] : pairs_) {
    if (pair.priority < floor_) checks_.cancel(path);
  }
}

void Checklist::recheck_except(const Path& kept) {
  floor_ = 0;
  for (auto& [path, pair] : pairs_) {
    if (path == kept) continue;
    pair.last_response.reset();
    pair.handle(PairEvent::consent_lost);
    trigger(pair);
  }
}

// Not RFC 8445 §6.1.4.2: a frozen pair is taken when nothing waits, although its foundation is in progress, because
// that check may stay unanswered for 39.5 s, and there are peers that give all their candidates one foundation.
Pair* Checklist::next(TimePoint now) {
  if (triggered_in_a_row_ < max_triggered_in_a_row || !has_ordinary_work(now)) {
    if (auto* pair = next_triggered()) return pair;
  }
  triggered_in_a_row_ = 0;
  if (checks_.full()) return nullptr;
  if (const auto* pair = best(PairState::waiting)) return find(pair->path);
  if (const auto* pair = best(PairState::frozen)) {
    auto* taken = find(pair->path);
    taken->handle(PairEvent::unfreeze);
    return taken;
  }
  return nullptr;
}

Pair* Checklist::next_triggered() {
  while (!triggered_.empty()) {
    auto* pair = find(triggered_.front());
    triggered_.erase(triggered_.begin());  // hardly ever one of many
    if (pair == nullptr || pair->state != PairState::waiting) continue;
    triggered_in_a_row_ = std::min(triggered_in_a_row_ + 1, max_triggered_in_a_row);
    return pair;
  }
  return nullptr;
}

void Checklist::sent(TimePoint now, Pair& pair, Check check) {
  if (checks_.full()) give_up(checks_.oldest()->path);  // a triggered check does not wait
  pair.handle(PairEvent::check_sent);
  check.started = now;
  check.interval = rto();
  check.reliable = pair.over_tcp();
  check.resend_at = check.reliable ? never : now + check.interval;
  checks_.add(std::move(check));
  next_slot_ = now + pace;
}

void Checklist::opening(TimePoint now, Pair& pair) {
  pair.handle(PairEvent::check_sent);
  next_slot_ = now + pace;
}

void Checklist::give_up(const Path& path) {
  checks_.cancel(path);
  if (auto* pair = find(path)) fail(*pair);
}

void Checklist::resent(TimePoint now, Check& check) noexcept {
  OutstandingChecks::resent(check, now);
  next_slot_ = now + pace;
}

void Checklist::expire(TimePoint now) {
  for (const auto& path : checks_.expire(now, lifetime())) {
    auto* pair = find(path);
    if (pair != nullptr && pair->state == PairState::in_progress && !checks_.awaits(path)) fail(*pair);
  }
}

bool Checklist::unfinished() const noexcept {
  return std::ranges::any_of(
      pairs_, [&](const auto& each) { return each.second.priority > floor_ && each.second.unfinished(); });
}

TimePoint Checklist::next_timeout() const noexcept {
  const auto resend = checks_.next_resend();
  const auto slot = has_work() ? next_slot_ : resend == never ? never : std::max(resend, next_slot_);
  return std::min(slot, checks_.next_expiry(lifetime()));
}

bool Checklist::has_foundation(const Pair& pair, std::initializer_list<PairState> states) const noexcept {
  return std::ranges::any_of(pairs_, [&](const auto& each) {
    const auto& other = each.second;
    return &other != &pair && other.foundation == pair.foundation && std::ranges::count(states, other.state) != 0;
  });
}

const Pair* Checklist::best(PairState state) const noexcept {
  const Pair* found = nullptr;
  for (const auto& [path, pair] : pairs_) {
    if (pair.state != state || pair.priority <= floor_) continue;
    if (found != nullptr && pair.priority <= found->priority) continue;
    if (std::ranges::find(triggered_, path) == triggered_.end()) found = &pair;
  }
  return found;
}

bool Checklist::has_work() const noexcept {
  if (!triggered_.empty()) return true;
  return !checks_.full() && (best(PairState::waiting) != nullptr || best(PairState::frozen) != nullptr);
}

bool Checklist::has_ordinary_work(TimePoint now) const noexcept {
  if (checks_.next_resend() <= now) return true;
  return !checks_.full() && (best(PairState::waiting) != nullptr || best(PairState::frozen) != nullptr);
}

// A check that is not needed, or in the way of pairs that have not had their turn, is given up early. The pair is
// not lost by it: an incoming check triggers a new one.
Duration Checklist::lifetime() const noexcept {
  const bool crowded = checks_.full() && (best(PairState::waiting) != nullptr || best(PairState::frozen) != nullptr);
  return floor_ != 0 || crowded ? impatient_lifetime : check_lifetime;
}

// Not RFC 8445 §14.3: a lost check is repeated after 250 ms instead of 500 ms, because people wait for it. The sum of
// all checks stays within one per Ta, which is what the section is about.
Duration Checklist::rto() const noexcept {
  const auto active = std::ranges::count_if(pairs_, [](const auto& each) {
    return each.second.state == PairState::waiting || each.second.state == PairState::in_progress;
  });
  return std::clamp<Duration>(pace * active, shortest_rto, longest_rto);
}

}  // namespace sluice::ice
