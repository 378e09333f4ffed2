#include "ice/generation.hpp"

#include <algorithm>

namespace sluice::ice {

std::string Foundations::of(CandidateType type, const IpAddress& base, const IpAddress& server, Transport transport) {
  const Key key{type, base, server, transport != Transport::udp};
  const auto found = std::ranges::find(keys_, key);
  const auto index = found - keys_.begin();
  if (found == keys_.end()) keys_.push_back(key);
  return std::to_string(index + 1);
}

const Generation::Base* Generation::find_base(SocketId id) const noexcept {
  const auto found = std::ranges::find_if(bases, [&](const Base& each) { return each.socket.id == id; });
  return found == bases.end() ? nullptr : &*found;
}

const Generation::Base* Generation::find_any_base(SocketId id) const noexcept {
  const auto found = std::ranges::find_if(withheld, [&](const Base& each) { return each.socket.id == id; });
  return found == withheld.end() ? find_base(id) : &*found;
}

Generation::EarlyCheck* Generation::find_early_check(const Path& path) noexcept {
  const auto found = std::ranges::find(early_checks, path, &EarlyCheck::path);
  return found == early_checks.end() ? nullptr : &*found;
}

PairCounters* Generation::counters(const Path& path) noexcept {
  if (auto* pair = checklist.find(path)) return &pair->counters;
  auto* early = find_early_check(path);
  return early == nullptr ? nullptr : &early->counters;
}

}  // namespace sluice::ice
