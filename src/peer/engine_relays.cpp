// Relayed paths: what comes through TURN servers, and what leaves through them.   RFC 8656
#include "base/overloaded.hpp"
#include "peer/engine.hpp"

namespace sluice::peer {

void Engine::handle_datagram(TimePoint now, const Datagram& datagram) {
  if (!hears(datagram)) return;
  const auto received = relays_.receive(now, datagram);
  switch (received.origin) {
    case ice::Relays::Origin::elsewhere:
      return handle_unwrapped(now, datagram);
    case ice::Relays::Origin::peer:
      return handle_unwrapped(now, received.datagram);
    case ice::Relays::Origin::server:
      return;
  }
}

void Engine::handle_stream_connected(TimePoint now, SocketId stream) {
  if (phase_ == Phase::closed) return;
  relays_.handle_stream_connected(now, stream);
  settle(now);
}

void Engine::handle_stream_closed(TimePoint now, SocketId stream, std::string_view reason) {
  if (phase_ == Phase::closed) return;
  relays_.handle_stream_closed(now, stream, reason);
  settle(now);
}

bool Engine::route_relay_events(TimePoint now) {
  bool moved = false;
  while (auto event = relays_.poll_event()) {
    std::visit(overloaded{[&](const ice::RelayedSocket& relay) {
                            for_each_agent([&](ice::Agent& agent) { agent.handle_relay(now, relay); });
                          },
                          [&](const ice::RelayLost& lost) {
                            withdraw(now, std::span{&lost.socket, 1});
                          },
                          [&](const ice::RelaysGathered&) {
                            for_each_agent([&](ice::Agent& agent) { agent.handle_relays_gathered(now); });
                          },
                          [&](ice::GatheringFailed& failed) { handle(now, ice::Event{std::move(failed)}); },
                          [&](ice::StreamNeeded& needed) { events_.push_back(std::move(needed)); },
                          [&](ice::StreamReleased& released) { events_.push_back(released); },
                          [&](ice::ResolveNeeded& needed) { handle(now, ice::Event{std::move(needed)}); }},
               *event);
    moved = true;
  }
  if (previous_.empty()) relays_.release_unwanted(now);
  return moved;
}

void Engine::poll_transmit(TimePoint now, TransmitQueue& queue) {
  for (const auto& entry : farewell_.entries()) queue.push(entry.path, farewell_.bytes(entry));
  farewell_.release();
  if (phase_ == Phase::closed) return;
  for_each_agent([&](ice::Agent& agent) { agent.poll_transmit(unrelayed_); });
  const auto path = data_path();
  poll_transport(path, path && ice::is_relay(path->local) ? unrelayed_ : queue);
  relays_.forward(now, unrelayed_, queue);
  relays_.poll_transmit(queue);
  unrelayed_.clear();
}

void Engine::close_relays() {
  relays_.close();
  relays_.poll_transmit(farewell_);
}

}  // namespace sluice::peer
