// Relays: servers that are asked over TCP or TLS.   RFC 8656 §3.1
#include <algorithm>

#include "ice/gatherer.hpp"
#include "ice/relays.hpp"

namespace sluice::ice {
namespace {

constexpr Duration connect_patience = 2 * address_patience;  // TCP and TLS take several round trips

}  // namespace

// One stream to each server: from where it leaves, the system decides.
void Relays::ask_by_stream(TimePoint now, Server& server, std::span<const IpAddress> addresses) {
  if (auto* known = find_stream(server.configured, addresses)) return reuse(now, server, *known);
  if (!addresses.empty()) add(server, {.id = next_stream()}, addresses);
}

void Relays::start(TimePoint now, Allocation& allocation) {
  const auto& server = allocation.server;
  const bool ready = server.carrier == IceServer::Carrier::udp || allocation.connected;
  if (!allocation.others.empty()) allocation.yields_at = now + (ready ? address_patience : connect_patience);
  if (ready) {
    allocation.phase = Phase::asked;
    allocation.client.allocate(now);
    return;
  }
  allocation.phase = Phase::connecting;
  events_.emplace_back(StreamNeeded{.id = allocation.base.id,
                                    .server = allocation.client.server().remote,
                                    .tls = server.carrier == IceServer::Carrier::tls,
                                    .host = server.host,
                                    .trust = server.trust});
}

void Relays::handle_stream_connected(TimePoint now, SocketId id) {
  auto* allocation = of_stream(id);
  if (allocation != nullptr && allocation->phase == Phase::connecting) {
    allocation->connected = true;
    start(now, *allocation);
  }
  advance(now);
}

void Relays::handle_stream_closed(TimePoint now, SocketId id, std::string_view reason) {
  auto* allocation = of_stream(id);
  if (allocation == nullptr) return;
  if (allocation->phase == Phase::connecting && !allocation->others.empty()) {
    try_next_address(*allocation);
  } else {
    for (auto& server : servers_) {
      if (server.asks(*allocation)) server.reason = reason;
    }
    report_lost(*allocation);
    std::erase_if(allocations_, [&](const auto& each) { return each.get() == allocation; });
  }
  advance(now);
}

// Where another allocation is from the same socket already, that one has to do.
void Relays::try_next_address(Allocation& allocation) {
  const auto before = allocation.client.server();
  allocation.yields_at = never;
  std::erase_if(allocation.others, [&](const IpAddress& each) {
    const auto* known = of_server({allocation.base.id, {each, allocation.server.port}});
    if (known == nullptr) return false;
    for (auto& server : servers_) {
      if (server.asks(allocation)) server.tuples.push_back(known->client.server());
    }
    return true;
  });
  if (allocation.others.empty()) return;
  allocation.connected = false;
  if (allocation.server.carrier != IceServer::Carrier::udp) allocation.base.id = next_stream();
  allocation.client =
      make_client(allocation.server, allocation.base, {allocation.others.front(), allocation.server.port});
  allocation.others.erase(allocation.others.begin());
  allocation.phase = Phase::queued;
  for (auto& server : servers_) std::ranges::replace(server.tuples, before, allocation.client.server());
}

void Relays::release_stream(const Allocation& allocation) {
  if (allocation.connected || allocation.phase == Phase::connecting) {
    events_.emplace_back(StreamReleased{allocation.base.id});
  }
}

Relays::Allocation* Relays::find_stream(const IceServer& server, std::span<const IpAddress> addresses) {
  for (auto& each : allocations_) {
    if (each->server.carrier != server.carrier || each->server.trust != server.trust) continue;
    const auto& remote = each->client.server().remote;
    const bool same_address = std::ranges::find(addresses, remote.address) != addresses.end();
    if (same_address && remote.port == server.port && each->server.host == server.host) return each.get();
  }
  return nullptr;
}

Relays::Allocation* Relays::of_stream(SocketId id) noexcept {
  const auto found = std::ranges::find_if(allocations_, [&](const auto& each) { return each->base.id == id; });
  return raw(id) < first_stream || found == allocations_.end() ? nullptr : found->get();
}

SocketId Relays::next_stream() noexcept {
  const SocketId id{next_stream_};
  next_stream_ = next_stream_ + 1 == first_relay ? first_stream : static_cast<std::uint16_t>(next_stream_ + 1);
  return id;
}

}  // namespace sluice::ice
