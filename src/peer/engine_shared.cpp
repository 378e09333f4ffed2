// What the owner of a socket that connections share asks each of them.
#include <algorithm>

#include "peer/engine.hpp"

namespace sluice::peer {

std::array<std::string_view, 3> Engine::local_ufrags() const {
  std::array<std::string_view, 3> ufrags{current_.local_ufrag};
  const auto count = std::min(previous_.size(), ufrags.size() - 1);
  for (std::size_t i = 0; i != count; ++i) ufrags[i + 1] = previous_[i].local_ufrag;
  return ufrags;
}

std::optional<TimePoint> Engine::authenticated_at(const Path& path) const {
  auto latest = current_.agent->authenticated_at(path);
  for (const auto& each : previous_) latest = std::max(latest, each.agent->authenticated_at(path));
  return latest;
}

bool Engine::admits(const Path& path) const {
  const auto admitting = [&](const Generation& each) { return each.agent->admits(path); };
  return admitting(current_) || std::ranges::any_of(previous_, admitting);
}

bool Engine::uses(SocketId id) const {
  const auto using_it = [&](const Generation& each) { return each.agent->uses(id); };
  return using_it(current_) || std::ranges::any_of(previous_, using_it);
}

void Engine::handle_sockets_lost(TimePoint now) {
  if (phase_ == Phase::closed) return;
  for_each_agent([](ice::Agent& agent) { agent.fail(); });
  settle(now);
}

}  // namespace sluice::peer
