#include "ice/pair.hpp"

#include <algorithm>

namespace sluice::ice {
namespace {

struct Transition {
  PairState from;
  PairEvent event;
  PairState to;
};

using enum PairState;
using enum PairEvent;

constexpr auto transitions = std::to_array<Transition>({
    {frozen, unfreeze, waiting},
    {frozen, triggered_check, waiting},
    {frozen, response, succeeded},  // of a lite agent, by nomination: §7.3.2
    {frozen, failure, failed},      // nobody waits for it any more
    {waiting, check_sent, in_progress},
    {waiting, response, succeeded},  // to a check that a triggered one has replaced, §7.3.1.4
    {waiting, failure, failed},
    {in_progress, response, succeeded},
    {in_progress, failure, failed},
    {in_progress, triggered_check, waiting},  // §7.3.1.4
    {succeeded, consent_lost, waiting},       // doubtful, or not checked for too long: only a new check brings it back
    {succeeded, consent_expired, failed},     // RFC 7675 §5.1
    {failed, response, succeeded},            // late, but an answer
    {failed, triggered_check, waiting},       // §7.3.1.4
});

}  // namespace

std::optional<PairState> next_state(PairState from, PairEvent event) noexcept {
  const auto found = std::ranges::find_if(
      transitions, [&](const Transition& each) { return each.from == from && each.event == event; });
  if (found == transitions.end()) return std::nullopt;
  return found->to;
}

std::uint64_t pair_priority(Role role, std::uint32_t local, std::uint32_t remote) noexcept {
  constexpr std::uint32_t largest = 0x7fffffff;  // §5.1.2; a peer may claim more
  const std::uint64_t g = std::min(role == Role::controlling ? local : remote, largest);
  const std::uint64_t d = std::min(role == Role::controlling ? remote : local, largest);
  return (std::min(g, d) << 32) + 2 * std::max(g, d) + (g > d ? 1 : 0);
}

bool may_pair(Transport local, Transport remote) noexcept {
  return (local == Transport::udp && remote == Transport::udp) ||
         (local == Transport::tcp_active && remote == Transport::tcp_passive);
}

bool may_pair(const IpAddress& local, const IpAddress& remote) noexcept {
  return local.family() == remote.family() && local.is_link_local() == remote.is_link_local() &&
         local.is_loopback() == remote.is_loopback();
}

PairCounters& PairCounters::operator+=(const PairCounters& other) noexcept {
  packets_sent += other.packets_sent;
  packets_received += other.packets_received;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  requests_sent += other.requests_sent;
  requests_received += other.requests_received;
  responses_sent += other.responses_sent;
  responses_received += other.responses_received;
  consent_requests_sent += other.consent_requests_sent;
  total_round_trip += other.total_round_trip;
  return *this;
}

bool Pair::handle(PairEvent event) noexcept {
  const auto next = next_state(state, event);
  if (next) state = *next;
  return next.has_value();
}

}  // namespace sluice::ice
