// The TCP connections of ICE: which of them may speak, and who is told of their end.   RFC 6544
#include <algorithm>

#include "base/overloaded.hpp"
#include "peer/engine.hpp"

namespace sluice::peer {

void Engine::handle_tcp_connected(TimePoint now, const Path& path) {
  if (phase_ == Phase::closed) return;
  tcp_.handle_connected(path);
  for_each_agent([&](ice::Agent& agent) { agent.handle_stream_opened(now, path); });
  settle(now);
}

void Engine::handle_tcp_accepted(TimePoint now, const Path& path) {
  if (phase_ == Phase::closed) return;
  tcp_.handle_accepted(now, path);
  settle(now);
}

void Engine::handle_tcp_closed(TimePoint now, const Path& path) {
  if (phase_ == Phase::closed) return;
  tcp_.handle_closed(now, path);
  for_each_agent([&](ice::Agent& agent) { agent.handle_stream_closed(now, path); });
  settle(now);
}

// A check and what follows it may come at once.
bool Engine::hears(const Datagram& datagram) {
  if (tcp_.empty()) return true;
  if (tcp_.unproven(datagram.path) && admits(datagram.path)) tcp_.prove(datagram.path);
  return tcp_.receive(datagram);
}

bool Engine::route_tcp_events(TimePoint now) {
  if (tcp_.empty()) return false;
  tcp_.review(
      now, [this](const Path& path) { return admits(path); },
      [&](const Path& path) {
        const auto keeps = [&](const Generation& each) { return each.agent->keeps(now, path); };
        return keeps(current_) || std::ranges::any_of(previous_, keeps);
      });
  bool moved = false;
  while (auto event = tcp_.poll_event()) {
    if (const auto* released = std::get_if<ice::TcpReleased>(&*event)) {
      for_each_agent([&](ice::Agent& agent) { agent.handle_stream_closed(now, released->path); });
    }
    std::visit([this](const auto& each) { events_.push_back(each); }, *event);
    moved = true;
  }
  return moved;
}

}  // namespace sluice::peer
