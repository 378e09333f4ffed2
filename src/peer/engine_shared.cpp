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

bool Engine::admits(const Path& path) const {
  const auto admitting = [&](const Generation& each) { return each.agent->admits(path); };
  return admitting(current_) || std::ranges::any_of(previous_, admitting);
}

void Engine::handle_sockets_lost(TimePoint now) {
  if (phase_ == Phase::closed) return;
  for_each_agent([](ice::Agent& agent) { agent.fail(); });
  settle(now);
}

}  // namespace sluice::peer
