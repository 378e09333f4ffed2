#include "ice/turn_peers.hpp"

#include <algorithm>

namespace sluice::ice {
namespace {

using namespace std::chrono_literals;

constexpr Duration permission_lifetime = 5min;  // RFC 8656 §9
constexpr Duration channel_lifetime = 10min;    // §12
constexpr Duration channel_reserved = 5min;     // §12
constexpr Duration margin = 1min;               // for a request that is sent again for 39.5 s
constexpr Duration refused_for = 5min;

template <class Entries, class Key>
auto* find(Entries& entries, Key key) noexcept {
  const auto found = std::ranges::find_if(entries, key);
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

void Grant::granted(TimePoint now) noexcept {
  asking_ = used_ = refused_ = false;
  ask_at_ = now + lifetime_ - margin;
  usable_until_ = now + lifetime_;
  ends_ = usable_until_ + reserved_;
}

void Grant::refuse(TimePoint now) noexcept {
  asking_ = false;
  refused_ = true;
  usable_until_ = {};
  ends_ = std::max(ends_, now + refused_for);
}

TimePoint Grant::next_timeout() const noexcept {
  if (asking_) return never;
  return used_ && !refused_ ? std::min(ask_at_, ends_) : ends_;
}

TurnPeers::Permission* TurnPeers::permission(const IpAddress& peer) noexcept {
  return find(permissions_, [&](const Permission& each) { return each.peer == peer; });
}

TurnPeers::Channel* TurnPeers::channel(const Endpoint& peer) noexcept {
  return find(channels_, [&](const Channel& each) { return each.peer == peer; });
}

TurnPeers::Channel* TurnPeers::channel(std::uint16_t number) noexcept {
  return find(channels_, [&](const Channel& each) { return each.number == number; });
}

TurnPeers::Permission* TurnPeers::add_permission(const IpAddress& peer) {
  if (permissions_.size() == max_permissions) return nullptr;
  return &permissions_.emplace_back(Permission{peer, Grant{permission_lifetime, Duration::zero()}});
}

TurnPeers::Channel* TurnPeers::add_channel(const Endpoint& peer) {
  if (channels_.size() == max_channels) return nullptr;
  const auto step = [&] { next_number_ = next_number_ == last_number ? first_number : next_number_ + 1; };
  while (channel(next_number_) != nullptr) step();
  channels_.push_back({next_number_, peer, Grant{channel_lifetime, channel_reserved}});
  step();
  return &channels_.back();
}

void TurnPeers::expire(TimePoint now) {
  std::erase_if(permissions_, [&](const Permission& each) { return each.grant.forgotten(now); });
  std::erase_if(channels_, [&](const Channel& each) { return each.grant.forgotten(now); });
}

TimePoint TurnPeers::next_timeout() const noexcept {
  auto earliest = never;
  for (const auto& each : permissions_) earliest = std::min(earliest, each.grant.next_timeout());
  for (const auto& each : channels_) earliest = std::min(earliest, each.grant.next_timeout());
  return earliest;
}

}  // namespace sluice::ice
