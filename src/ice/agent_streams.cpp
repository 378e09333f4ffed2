// Agent: pairs whose checks and data go through TCP connections.   RFC 6544 §7
//
// A path with the id of such a base is one connection. That of an active base is opened when the check of its pair is
// due; that of a passive one is there before its pair is, which the peer's check makes (§7.2).
#include <algorithm>
#include <utility>

#include "ice/agent.hpp"

namespace sluice::ice {
namespace {

// Neither selected nor checked by either side. Longer than consent, which the peer's checks keep alive on its side.
constexpr Duration idle_limit = 2 * Consent::lifetime;

}  // namespace

void Agent::open_stream(TimePoint now, Pair& pair) {
  generation_.checklist.opening(now, pair);
  if (std::exchange(pair.stream, PairStream::connecting) == PairStream::connecting) return;
  events_.push_back(TcpNeeded{pair.path, generation_.find_base(pair.path.local)->socket.address.address});
}

// The check waits for its slot, as any other.
void Agent::handle_stream_opened(TimePoint now, const Path& path) {
  auto* pair = generation_.checklist.find(path);
  if (over() || pair == nullptr || pair->stream != PairStream::connecting) return;
  pair->stream = PairStream::open;
  generation_.checklist.trigger(*pair);
  advance(now);
}

// The pair has failed, or is lost as if its consent had ended, but at once. What the peer had opened is gone for good;
// what we had opened may be opened again, once, if it carried the data.
void Agent::handle_stream_closed(TimePoint now, const Path& path) {
  if (state_ == State::closed) return;
  std::erase_if(generation_.early_checks, [&](const auto& each) { return each.path == path; });
  auto& checklist = generation_.checklist;
  auto* pair = checklist.find(path);
  if (pair == nullptr || !pair->over_tcp()) return;
  const bool carried = generation_.selected == path;
  if (carried) deselect();
  if (generation_.nominated == path) generation_.nominated.reset();
  if (pair->local.transport == Transport::tcp_passive) {
    checklist.remove(path);
  } else {
    checklist.checks().forget(path);
    pair->stream = PairStream::closed;
    pair->admitted = false;
    pair->authenticated_at.reset();
    pair->nomination = Nomination::none;
    pair->last_response.reset();
    pair->handle(PairEvent::consent_lost);
    checklist.fail(*pair);
  }
  if (carried) recover(now, path.remote);
  advance(now);
}

void Agent::deselect() {
  generation_.selected.reset();
  generation_.consent.stop();
  generation_.checklist.set_floor(0);
}

bool Agent::keeps(TimePoint now, const Path& path) const {
  const auto& early = generation_.early_checks;
  if (std::ranges::find(early, path, &Generation::EarlyCheck::path) != early.end()) return true;
  const auto* pair = generation_.checklist.find(path);
  if (pair == nullptr || pair->stream == PairStream::closed || pair->state == PairState::failed) return false;
  return generation_.selected == path || !pair->valid() || now < *pair->last_response + idle_limit;
}

}  // namespace sluice::ice
