#include "ice/relays.hpp"

#include <algorithm>

#include "base/overloaded.hpp"
#include "ice/check.hpp"
#include "ice/gatherer.hpp"
#include "ice/server_names.hpp"

namespace sluice::ice {
namespace {

// Its local preference keeps a relayed pair below every direct one also where the peer learns it from a check; and what
// a stream carries below what datagrams do.
constexpr std::uint16_t relay_preference(IceServer::Carrier carrier, std::uint16_t base) noexcept {
  switch (carrier) {
    case IceServer::Carrier::udp:
      return base / 2;
    case IceServer::Carrier::tcp:
      return base / 4;
    case IceServer::Carrier::tls:
      return base / 8;
  }
  return 0;
}

}  // namespace

// commands

void Relays::gather(TimePoint now, std::span<const IceServer> servers, std::span<const LocalSocket> sockets) {
  now_ = std::max(now_, now);
  servers_.clear();
  for (const auto& each : servers) {
    if (each.kind == IceServer::Kind::turn) servers_.push_back({.configured = each});
  }
  sockets_.assign(sockets.begin(), sockets.end());
  deadline_ = now + gathering_limit;
  for (auto& each : allocations_) each->wanted = each->reported = false;
  const auto ask_server = [&](Server& server, std::vector<Endpoint> places) { ask(now, server, std::move(places)); };
  locate(servers_, ask_server, [&](const ResolveNeeded& name) { events_.push_back(name); });
  advance(now);
}

void Relays::handle_located(TimePoint now, const ResolveNeeded& name, std::span<const Endpoint> found) {
  ask_located(servers_, name, found, [&](Server& server, std::vector<Endpoint> places) {
    if (server.resolving) ask(now, server, std::move(places));
  });
  advance(now);
}

void Relays::add(TimePoint now, std::span<const LocalSocket> sockets) {
  sockets_.insert(sockets_.end(), sockets.begin(), sockets.end());
  if (now >= deadline_ || deadline_ == never) return;
  for (auto& server : servers_) {
    const bool by_datagrams = server.configured.carrier == Carrier::udp;
    if (by_datagrams && !server.places.empty()) ask_by_datagrams(now, server, sockets);
  }
  advance(now);
}

void Relays::withdraw(TimePoint now, std::span<const SocketId> gone) {
  const auto is_gone = [&](const LocalSocket& socket) { return std::ranges::find(gone, socket.id) != gone.end(); };
  std::erase_if(sockets_, is_gone);
  std::erase_if(allocations_, [&](const auto& each) {
    if (!is_gone(each->base)) return false;
    report_lost(*each);
    return true;
  });
  advance(now);
}

// An allocation is known by its five-tuple; that it was made with other credentials does not matter while it lasts.
void Relays::ask(TimePoint now, Server& server, std::vector<Endpoint> places) {
  if (now >= deadline_) return;
  server.resolving = false;
  server.places = std::move(places);
  if (server.configured.carrier != Carrier::udp) return ask_by_stream(now, server);
  ask_by_datagrams(now, server, sockets_);
}

void Relays::ask_by_datagrams(TimePoint now, Server& server, std::span<const LocalSocket> sockets) {
  for (const auto& socket : sockets) {
    if (socket.shared) continue;
    if (auto* known = find(socket, server.places)) {
      reuse(now, server, *known);
    } else if (const auto usable = reachable(socket.address.address, server.places); !usable.empty()) {
      add(server, socket, usable);
    }
  }
}

void Relays::reuse(TimePoint now, Server& server, Allocation& known) {
  server.tuples.push_back(known.client.server());
  if (std::exchange(known.wanted, true)) return;
  known.server = server.configured;
  if (known.phase == Phase::live) known.client.confirm(now);
}

Relays::Allocation* Relays::find(const LocalSocket& base, std::span<const Endpoint> places) {
  const auto is_there = [&](const Endpoint& place) { return std::ranges::find(places, place) != places.end(); };
  for (auto& each : allocations_) {
    if (each->base.id != base.id) continue;
    if (is_there(each->asked) || is_there(each->client.server().remote)) return each.get();  // or was sent there
  }
  return nullptr;
}

// An IPv6 socket gets both families if the server has them: an IPv4 one, without asking for more, gets IPv4. §7.1
void Relays::add(Server& server, const LocalSocket& base, std::span<const Endpoint> places) {
  if (allocations_.size() == max_allocations) return;
  const auto& configured = server.configured;
  const auto others = places.subspan(1);
  allocations_.push_back(
      std::make_unique<Allocation>(Allocation{.server = configured,
                                              .base = base,
                                              .asked = places.front(),
                                              .others = {others.begin(), others.end()},
                                              .id = SocketId{next_id_},
                                              .client = make_client(configured, base, places.front())}));
  next_id_ = static_cast<std::uint16_t>(first_relay | (next_id_ + 2));
  server.tuples.push_back(allocations_.back()->client.server());
}

TurnClient Relays::make_client(const IceServer& server, const LocalSocket& base, const Endpoint& address) {
  return {{.server = {base.id, address},
           .families = address.address.is_v4() ? TurnClient::Families::v4 : TurnClient::Families::both,
           .reliable = server.carrier != IceServer::Carrier::udp,
           .username = server.username,
           .password = server.password},
          *random_};
}

// Not before it is known what the last gather() asks for: names take time.
void Relays::release_unwanted(TimePoint now) {
  if (deadline_ != never) return;
  std::erase_if(allocations_, [&](const auto& each) {
    if (each->wanted) return false;
    each->client.close(now);
    drain(*each);
    release_stream(*each);
    return true;
  });
}

void Relays::close() {
  for (auto& each : allocations_) each->wanted = false;
  servers_.clear();
  deadline_ = never;
  release_unwanted(now_);
}

bool Relays::Server::asks(const Allocation& allocation) const {
  return std::ranges::find(tuples, allocation.client.server()) != tuples.end();
}

// inputs

Relays::Received Relays::receive(TimePoint now, const Datagram& datagram) {
  const bool channel_data = is_channel_data(datagram.bytes);
  auto* allocation = channel_data || stun::is_stun(datagram.bytes) ? of_server(datagram.path) : nullptr;
  if (allocation == nullptr) return {};
  std::optional<TurnClient::FromPeer> inner;
  if (channel_data) {
    inner = allocation->client.unwrap(datagram.bytes);
  } else {
    const auto message = stun::Message::parse(datagram.bytes);
    if (!message || message->method() == stun::Method::binding) return {};  // it may be our STUN server as well
    if (message->method() == stun::Method::data && message->message_class() == stun::Class::indication) {
      inner = allocation->client.unwrap(*message);
    } else {
      allocation->client.handle_message(now, *message);
      allocation->yields_at = never;  // it is not silent
      advance(now);
    }
  }
  if (!inner) return {Origin::server, {}};
  const auto id = raw(allocation->id) + (inner->peer.address.is_v4() ? 0 : 1);
  return {Origin::peer, {{SocketId{static_cast<std::uint16_t>(id)}, inner->peer}, inner->data}};
}

void Relays::handle_timeout(TimePoint now) {
  for (auto& each : allocations_) each->client.handle_timeout(now);
  advance(now);
}

// Everything that follows from what has happened and from the time.
void Relays::advance(TimePoint now) {
  now_ = std::max(now_, now);
  for (auto& each : allocations_) {
    if (now_ < each->yields_at || each->phase == Phase::live) continue;
    release_stream(*each);
    try_next_place(*each);
  }
  for (auto& each : allocations_) {
    const bool ended = read_events(*each);
    const bool late = now_ >= deadline_ && each->phase != Phase::live;
    each->over = ended || late;
  }
  std::erase_if(allocations_, [&](const auto& each) {
    if (each->over) release_stream(*each);
    return each->over;
  });
  if (now_ >= deadline_) {
    for (auto& each : servers_) each.resolving = false;
  }
  start_next(now_);
  settle();
}

// RFC 8445 §14.2, in slots of their own: nothing else waits for a server.
void Relays::start_next(TimePoint now) {
  if (now < next_slot_) return;
  const auto queued = [](const auto& each) { return each->phase == Phase::queued; };
  const auto next = std::ranges::find_if(allocations_, queued);
  if (next == allocations_.end()) return;
  start(now, **next);
  next_slot_ = now + pace;
}

// True: the allocation is no more.
bool Relays::read_events(Allocation& allocation) {
  bool ended = false;
  while (auto event = allocation.client.poll_event()) {
    std::visit(overloaded{[&](TurnClient::Allocated& allocated) {
                            allocation.phase = Phase::live;
                            allocation.relayed = std::move(allocated.relayed);
                            allocation.mapped = allocated.mapped;
                            report(allocation);
                          },
                          [&](const TurnClient::Confirmed&) { report(allocation); },
                          [&](TurnClient::Ended& end) { ended = handle_end(allocation, end); }},
               *event);
    if (ended) break;
  }
  return ended;
}

// One that was lost while nobody looked is replaced when it is wanted again; its address will be another one.
bool Relays::handle_end(Allocation& allocation, const TurnClient::Ended& end) {
  const bool was_live = allocation.phase == Phase::live;
  if (end.redirect && follow(allocation, *end.redirect)) return false;
  report_lost(allocation);
  if (was_live && allocation.wanted && !allocation.reported && end.code != server_unreachable) {
    allocation.client = make_client(allocation.server, allocation.base, allocation.client.server().remote);
    allocation.phase = Phase::queued;
    allocation.id = SocketId{next_id_};
    next_id_ = static_cast<std::uint16_t>(first_relay | (next_id_ + 2));
    return false;
  }
  for (auto& server : servers_) {
    if (!server.asks(allocation)) continue;
    server.code = end.code;
    server.reason = end.reason;
    if (end.code != server_unreachable) server.local = disclosed_address(allocation.base);
  }
  return true;
}

void Relays::report(Allocation& allocation) {
  if (deadline_ == never || !allocation.wanted || std::exchange(allocation.reported, true)) return;
  for (const auto& address : allocation.relayed) {
    const auto id = static_cast<std::uint16_t>(raw(allocation.id) + (address.address.is_v4() ? 0 : 1));
    events_.push_back(RelayedSocket{
        .socket = {SocketId{id}, address, relay_preference(allocation.server.carrier, allocation.base.preference)},
        .base = allocation.base.id,
        .server = allocation.client.server().remote,
        .mapped = allocation.mapped,
        .url = allocation.server.url,
        .carrier = allocation.server.carrier});
  }
}

void Relays::report_lost(const Allocation& allocation) {
  if (allocation.phase != Phase::live) return;
  for (const auto& address : allocation.relayed) {
    const auto id = static_cast<std::uint16_t>(raw(allocation.id) + (address.address.is_v4() ? 0 : 1));
    events_.push_back(RelayLost{SocketId{id}});
  }
}

void Relays::settle() {
  if (deadline_ == never) return;
  const bool over = now_ >= deadline_;
  for (auto& server : servers_) {
    if (server.resolving || server.settled) continue;
    const auto pending = [&](const auto& each) { return server.asks(*each) && !each->reported; };
    const auto works = [&](const auto& each) { return server.asks(*each) && each->reported; };
    if (!over && std::ranges::any_of(allocations_, pending)) continue;
    server.settled = true;
    if (std::ranges::any_of(allocations_, works)) continue;
    const auto& host = server.configured.host;
    if (server.places.empty()) server.reason = "The name of TURN server " + host + " was not found";
    if (server.reason.empty()) server.reason = "TURN server " + host + " did not answer";
    events_.push_back(GatheringFailed{server.configured.url, server.code, server.reason, server.local});
  }
  if (!std::ranges::all_of(servers_, &Server::settled)) return;
  deadline_ = never;
  events_.push_back(RelaysGathered{});
}

// outputs

void Relays::forward(TimePoint now, const TransmitQueue& from, TransmitQueue& to) {
  now_ = std::max(now_, now);
  Allocation* last = nullptr;
  for (const auto& entry : from.entries()) {
    if (!is_relay(entry.path.local)) {
      to.push(entry.path, from.bytes(entry));
      continue;
    }
    if (last == nullptr || (raw(entry.path.local) & ~1u) != raw(last->id)) last = of_relay(entry.path.local);
    if (last == nullptr) {
      ++dropped_;
    } else {
      last->client.send(now_, entry.path.remote, from.bytes(entry), to);
    }
  }
}

void Relays::drain(Allocation& allocation) { allocation.client.poll_transmit(outbox_); }

void Relays::poll_transmit(TransmitQueue& out) {
  for (const auto& entry : outbox_.entries()) out.push(entry.path, outbox_.bytes(entry));
  outbox_.clear();
  for (auto& each : allocations_) each->client.poll_transmit(out);
}

std::optional<Relays::Event> Relays::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop_front();
}

TimePoint Relays::next_timeout() const {
  auto earliest = deadline_;
  for (const auto& each : allocations_) {
    const auto wakes = each->phase == Phase::queued ? next_slot_ : each->client.next_timeout();
    earliest = std::min(earliest, each->phase == Phase::live ? wakes : std::min(wakes, each->yields_at));
  }
  return earliest;
}

Relays::Allocation* Relays::of_server(const Path& path) noexcept {
  const auto found =
      std::ranges::find_if(allocations_, [&](const auto& each) { return each->client.server() == path; });
  return found == allocations_.end() ? nullptr : found->get();
}

Relays::Allocation* Relays::of_relay(SocketId id) noexcept {
  const auto found =
      std::ranges::find_if(allocations_, [&](const auto& each) { return raw(each->id) == (raw(id) & ~1u); });
  return found == allocations_.end() ? nullptr : found->get();
}

}  // namespace sluice::ice
