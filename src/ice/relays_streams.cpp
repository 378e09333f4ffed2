// Relays: servers that are asked over TCP or TLS, and those that an allocation moves on to.   RFC 8656 §3.1, RFC 8489
// §10
#include <algorithm>

#include "ice/gatherer.hpp"
#include "ice/pair.hpp"
#include "ice/relays.hpp"

namespace sluice::ice {
namespace {

constexpr Duration connect_patience = 2 * address_patience;  // TCP and TLS take several round trips

// RFC 1035 §2.3.1, for TLS; nothing else comes from it. Empty: none.
bool is_domain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

bool may_follow(const IpAddress& from, const TurnClient::Redirect& to) {
  const auto& address = to.server.address;
  return to.server.port != 0 && !address.is_unspecified() && !address.is_multicast() && !address.is_broadcast() &&
         may_pair(from, address) && is_domain(to.domain);
}

}  // namespace

// One stream to each server: from where it leaves, the system decides.
void Relays::ask_by_stream(TimePoint now, Server& server) {
  if (auto* known = find_stream(server.configured, server.places)) return reuse(now, server, *known);
  if (!server.places.empty()) add(server, {.id = next_stream()}, server.places);
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
  events_.push_back(StreamNeeded{.id = allocation.base.id,
                                 .server = allocation.client.server().remote,
                                 .tls = server.carrier == IceServer::Carrier::tls,
                                 .host = allocation.domain.empty() ? server.host : allocation.domain,
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
    try_next_place(*allocation);
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
void Relays::try_next_place(Allocation& allocation) {
  allocation.yields_at = never;
  std::erase_if(allocation.others, [&](const Endpoint& each) {
    const auto* known = of_server({allocation.base.id, each});
    if (known == nullptr) return false;
    for (auto& server : servers_) {
      if (server.asks(allocation)) server.tuples.push_back(known->client.server());
    }
    return true;
  });
  if (allocation.others.empty()) return;
  allocation.asked = allocation.others.front();
  allocation.others.erase(allocation.others.begin());
  allocation.redirected_by.clear();
  allocation.domain.clear();
  retarget(allocation, allocation.asked);
}

// RFC 8489 §10. Only the credentials go along: realm and nonce are of the server that has given them.
bool Relays::follow(Allocation& allocation, const TurnClient::Redirect& to) {
  const auto from = allocation.client.server().remote;
  const auto& host = allocation.domain.empty() ? allocation.server.host : allocation.domain;
  auto& before = allocation.redirected_by;
  const bool loop = to.server == from || std::ranges::find(before, to.server) != before.end();
  if (loop || before.size() == max_redirections) return false;
  if (!may_follow(from.address, to)) return false;
  const bool same_host = to.server.address == from.address && (to.domain.empty() || to.domain == host);
  if (!same_host && !allocation.server.follows) return false;
  if (auto* known = of_server({allocation.base.id, to.server})) {  // that one has to do
    for (auto& server : servers_) {
      if (server.asks(allocation)) reuse(now_, server, *known);
    }
    return false;
  }
  before.push_back(from);
  if (!to.domain.empty()) allocation.domain = to.domain;
  release_stream(allocation);
  retarget(allocation, to.server);
  return true;
}

void Relays::retarget(Allocation& allocation, const Endpoint& place) {
  const auto before = allocation.client.server();
  allocation.yields_at = never;
  allocation.connected = false;
  if (allocation.server.carrier != Carrier::udp) allocation.base.id = next_stream();
  allocation.client = make_client(allocation.server, allocation.base, place);
  allocation.phase = Phase::queued;
  for (auto& server : servers_) std::ranges::replace(server.tuples, before, allocation.client.server());
}

void Relays::release_stream(const Allocation& allocation) {
  if (allocation.connected || allocation.phase == Phase::connecting) {
    events_.push_back(StreamReleased{allocation.base.id});
  }
}

Relays::Allocation* Relays::find_stream(const IceServer& server, std::span<const Endpoint> places) {
  for (auto& each : allocations_) {
    if (each->server.carrier != server.carrier || each->server.trust != server.trust) continue;
    if (each->server.host != server.host) continue;
    if (std::ranges::find(places, each->asked) != places.end()) return each.get();
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
