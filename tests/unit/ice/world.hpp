#pragma once
// World: ICE agents, STUN servers and NATs on a seeded network in virtual time.
#include <functional>
#include <list>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include "ice/agent.hpp"
#include "stun/message.hpp"
#include "support/seeded_random.hpp"

namespace sluice::test {

using namespace std::chrono_literals;

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
inline Endpoint at(std::string_view text, std::uint16_t port) { return {ip(text), port}; }

struct Link {
  Duration delay = 20ms;
  Duration jitter = 0ms;  // more than the distance of two datagrams reorders them
  double loss = 0;
  double duplication = 0;
};

struct Packet {
  TimePoint sent{};
  Endpoint from{};
  Endpoint to{};
  Bytes bytes{};
};

struct Host {
  Host(ice::AgentOptions options, std::uint64_t seed) : random{seed}, agent{std::move(options), random} {}

  ice::LocalSocket& add_socket(const Endpoint& address, std::uint16_t preference = 65535) {
    sockets.push_back({SocketId{static_cast<std::uint16_t>(sockets.size())}, address, preference});
    return sockets.back();
  }

  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const auto& each : events) {
      if (const auto* event = std::get_if<Event>(&each)) found.push_back(*event);
    }
    return found;
  }
  std::vector<ice::State> states() const {
    std::vector<ice::State> result;
    for (const auto& each : all<ice::StateChanged>()) result.push_back(each.state);
    return result;
  }

  SeededRandom random;
  ice::Agent agent;
  ice::Credentials credentials{};
  std::vector<ice::LocalSocket> sockets{};
  std::optional<IpAddress> nat{};                         // endpoint-independent mapping, RFC 4787 §4.1
  bool nat_filters = false;                               // address and port-dependent filtering, RFC 4787 §5
  std::map<Endpoint, Endpoint> mappings{};                // inside -> outside
  std::set<std::pair<Endpoint, Endpoint>> permissions{};  // outside, remote
  std::vector<ice::Event> events{};
  Host* trickles_to = nullptr;
};

class World {
 public:
  explicit World(std::uint64_t seed = 1, Link chosen = {}) : link{chosen}, chance_{seed}, seed_{seed} {}

  Host& add_host(ice::AgentOptions options = {}) {
    auto& host = hosts_.emplace_back(std::move(options), ++seed_ * 7919);
    host.credentials = {host.random.text(4), host.random.text(24)};
    host.agent.set_local_credentials(host.credentials);
    return host;
  }

  /// Carries candidates, as a signaling channel would.
  void trickle(Host& a, Host& b) {
    a.trickles_to = &b;
    b.trickles_to = &a;
  }

  void gather(Host& host) {
    host.agent.gather(now, host.sockets);
    drain(host);
  }

  void introduce(Host& host, const Host& peer) { introduce(host, peer.credentials); }
  void introduce(Host& host, const ice::Credentials& credentials) {
    host.agent.set_remote_credentials(now, credentials, false);
    drain(host);
  }

  void end_of_candidates(Host& host) {
    host.agent.end_of_remote_candidates(now);
    drain(host);
  }

  /// Both ways at once: the usual offer and answer, without their delay.
  void connect(Host& a, Host& b) {
    a.agent.set_role(ice::Role::controlling);
    b.agent.set_role(ice::Role::controlled);
    trickle(a, b);
    introduce(a, b);
    introduce(b, a);
    gather(a);
    gather(b);
  }

  void at_time(TimePoint when, std::function<void()> action) { agenda_.emplace(when, std::move(action)); }
  void after(Duration delay, std::function<void()> action) { at_time(now + delay, std::move(action)); }

  void drain(Host& host) {
    TransmitQueue queue;
    host.agent.poll_transmit(queue);
    for (const auto& entry : queue.entries()) {
      const auto bytes = queue.bytes(entry);
      send_from(host, host.sockets.at(raw(entry.path.local)).address, entry.path.remote, {bytes.begin(), bytes.end()});
    }
    while (auto event = host.agent.poll_event()) {
      if (const auto* found = std::get_if<ice::CandidateGathered>(&*event); found && host.trickles_to != nullptr) {
        after(signaling_delay, [this, peer = host.trickles_to, candidate = found->candidate] {
          auto parsed = ice::parse_candidate(ice::to_string(candidate));
          if (!parsed) throw std::logic_error("own candidate does not parse");
          peer->agent.add_remote_candidate(now, *parsed);
          drain(*peer);
        });
      }
      host.events.push_back(std::move(*event));
    }
  }

  void receive(Host& host, SocketId local, const Endpoint& from, ByteView bytes) {
    host.agent.handle_datagram(now, Path{local, from}, bytes);
    drain(host);
  }

  /// False when the limit is reached first.
  bool run_until(const std::function<bool()>& done, Duration limit) {
    const auto end = now + limit;
    while (!done()) {
      const auto next = next_event();
      if (next > end) {
        now = end;
        return done();
      }
      step(next);
    }
    return true;
  }
  void run_for(Duration duration) {
    run_until([] { return false; }, duration);
  }

  Link link;
  Duration signaling_delay = 0ms;
  TimePoint now{1h};
  std::map<Endpoint, std::function<std::optional<Bytes>(const Packet&)>> servers{};
  std::function<bool(const Packet&)> drops = [](const Packet&) { return false; };
  std::vector<Packet> log{};  // everything that was sent, lost or not

 private:
  TimePoint next_event() const {
    auto earliest = agenda_.empty() ? never : agenda_.begin()->first;
    for (const auto& host : hosts_) earliest = std::min(earliest, host.agent.next_timeout());
    return std::max(earliest, now);
  }

  void step(TimePoint next) {
    now = next;
    while (!agenda_.empty() && agenda_.begin()->first <= now) {
      const auto action = std::move(agenda_.begin()->second);
      agenda_.erase(agenda_.begin());
      action();
    }
    for (auto& host : hosts_) {
      if (host.agent.next_timeout() > now) continue;
      host.agent.handle_timeout(now);
      drain(host);
      if (host.agent.next_timeout() <= now) throw std::logic_error("the deadline does not move");
    }
  }

  void send_from(Host& host, Endpoint from, const Endpoint& to, Bytes bytes) {
    if (host.nat && from.address.is_v4()) {
      auto [mapping, fresh] = host.mappings.try_emplace(from);
      if (fresh) mapping->second = {*host.nat, static_cast<std::uint16_t>(40000 + host.mappings.size())};
      from = mapping->second;
      host.permissions.insert({from, to});
    }
    send(Packet{now, from, to, std::move(bytes)});
  }

  void send(Packet packet) {
    log.push_back(packet);
    std::uniform_real_distribution<double> dice;
    if (drops(packet) || dice(chance_) < link.loss) return;
    const auto copies = dice(chance_) < link.duplication ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      const auto jitter = link.jitter * dice(chance_);
      after(link.delay + std::chrono::duration_cast<Duration>(jitter), [this, packet] { deliver(packet); });
    }
  }

  void deliver(const Packet& packet) {
    if (const auto server = servers.find(packet.to); server != servers.end()) {
      if (auto answer = server->second(packet)) send(Packet{now, packet.to, packet.from, std::move(*answer)});
      return;
    }
    for (auto& host : hosts_) {
      if (const auto inside = inside_of(host, packet)) {
        for (const auto& socket : host.sockets) {
          if (socket.address == *inside) return receive(host, socket.id, packet.from, packet.bytes);
        }
      }
    }
  }

  static std::optional<Endpoint> inside_of(const Host& host, const Packet& packet) {
    if (!host.nat || !packet.to.address.is_v4()) return packet.to;
    for (const auto& [inside, outside] : host.mappings) {
      if (outside != packet.to) continue;
      if (host.nat_filters && !host.permissions.contains({outside, packet.from})) return std::nullopt;
      return inside;
    }
    return std::nullopt;
  }

  std::list<Host> hosts_{};
  std::multimap<TimePoint, std::function<void()>> agenda_{};
  std::mt19937_64 chance_;
  std::uint64_t seed_;
};

/// A STUN server that works.
inline std::optional<Bytes> answer_binding(const Packet& packet) {
  const auto request = stun::Message::parse(packet.bytes);
  if (!request || !request->is_request()) return std::nullopt;
  return stun::Builder{stun::Class::success_response, stun::Method::binding, request->transaction_id()}
      .add(stun::attribute::xor_mapped_address, packet.from)
      .fingerprint()
      .finish();
}

inline bool is_connected(const Host& host) {
  return host.agent.state() == ice::State::connected || host.agent.state() == ice::State::completed;
}

}  // namespace sluice::test
