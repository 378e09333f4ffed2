// The connections of ICE over TCP.
#include <algorithm>
#include <utility>

#include "sim/world.hpp"
#include "support/virtual_time.hpp"

namespace sluice::sim {

using namespace std::chrono_literals;

// The two ends of a connection: a round trip later, if the other one listens.
void World::connect_tcp(Peer& peer, const ice::TcpNeeded& needed) {
  ++tcp_attempts_;
  if (listeners_ == Listeners::silent) return;
  at(now() + 2 * options_.link.delay, [this, &peer, needed] {
    const auto listens = [&](const auto& each) {
      return each->tcp_use_ == Peer::TcpUse::listens && each->nat_ == nullptr &&
             Endpoint{each->address().address, Peer::listening_port} == needed.path.remote;
    };
    const auto found = std::ranges::find_if(peers_, listens);
    if (found == peers_.end() || listeners_ != Listeners::accept) {
      peer.engine().handle_tcp_closed(now(), needed.path);
      return;
    }
    const Endpoint end{peer.nat_ ? *IpAddress::parse("198.18.0.1") : needed.local, next_stream_++};
    peer.tcp_[needed.path] = end;
    (*found)->tcp_[{Peer::listener_id, end}] = needed.path.remote;
    (*found)->engine().handle_tcp_accepted(now(), {Peer::listener_id, end});
    peer.engine().handle_tcp_connected(now(), needed.path);
  });
}

// The other end hears of it after all that was sent.
void World::release_tcp(Peer& peer, const Path& path) {
  const auto released = peer.tcp_.extract(path);
  if (released.empty()) return;
  at(now() + options_.link.delay + 1us, [this, near = released.mapped(), far = path.remote] {
    for (auto& each : peers_) {
      for (const auto& [other, end] : std::map{each->tcp_}) {
        if (end != far || other.remote != near) continue;
        each->tcp_.erase(other);
        each->engine().handle_tcp_closed(now(), other);
      }
    }
  });
}

void World::break_tcp() {
  for (auto& peer : peers_) {
    for (const auto& [path, end] : std::exchange(peer->tcp_, {})) peer->engine().handle_tcp_closed(now(), path);
  }
  drain();
}

std::size_t World::tcp_connections() const {
  std::size_t ends = 0;
  for (const auto& peer : peers_) ends += peer->tcp_.size();
  return ends / 2;
}

}  // namespace sluice::sim
