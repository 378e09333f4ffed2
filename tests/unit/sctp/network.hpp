#pragma once
// Pairs of associations over a simulated path, in virtual time. Same seed, same packets.
#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "sctp/association.hpp"
#include "sctp/crc32c.hpp"
#include "support/virtual_time.hpp"

namespace sluice::sctp::test {

using namespace std::chrono_literals;
namespace virtual_time = sluice::test::virtual_time;

// A link that those who send through it share.
struct Bottleneck {
  double rate = 0;        // bits per second
  std::size_t queue = 0;  // bytes
  TimePoint idle_at{};

  // When a packet has left it; nothing if there was no room for it.
  std::optional<TimePoint> pass(TimePoint now, std::size_t bytes) {
    const auto backlog = std::max(idle_at - now, Duration::zero());
    const auto time = [&](std::size_t size) {
      return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{static_cast<double>(size) * 8 / rate});
    };
    if (backlog > time(queue)) return std::nullopt;
    return idle_at = now + backlog + time(bytes);
  }
};

struct PathModel {
  Duration delay = 10ms;
  Duration jitter = 0ms;  // above zero it reorders
  double loss = 0;
  double duplicate = 0;
  std::size_t mtu = 65'536;  // larger packets are lost
  std::shared_ptr<Bottleneck> bottleneck{};
};

struct Peer {
  explicit Peer(AssociationOptions options) { association.emplace(Stack::instance(), options); }

  std::optional<Association> association;
  Peer* other = nullptr;
  PathModel path;  // of what it sends
  bool polling = true;
  std::function<void(ByteView)> sees_sent = [](ByteView) {};
  std::function<void(MutableBytes)> alters_sent{};  // on the way; the checksum is made good

  // what its events said
  std::optional<Connected> connected;
  std::vector<Received> messages;
  std::vector<std::uint16_t> incoming_resets;
  std::vector<std::uint16_t> outgoing_resets;
  std::optional<Aborted> aborted;
  bool closed = false;
  std::size_t writable = 0;
  std::function<void(Peer&)> on_writable = [](Peer&) {};
  std::function<void(Peer&, const Received&)> on_message = [](Peer& peer, const Received& message) {
    peer.messages.push_back(message);
  };

  SendResult send(std::uint16_t stream, ByteView message, const SendOptions& options = {}) {
    return association->send(virtual_time::now(), StreamId{stream}, Ppid::binary, message, options);
  }
  void reset(std::vector<StreamId> streams) { association->reset(virtual_time::now(), streams); }
  void reset(std::uint16_t stream) { reset(std::vector{StreamId{stream}}); }
  void connect() { association->connect(virtual_time::now()); }
  void shutdown() { association->shutdown(virtual_time::now()); }
};

class Network {
 public:
  explicit Network(std::uint64_t seed = 1) : random_{seed} { virtual_time::seed(seed); }

  struct Pair {
    Peer& alice;
    Peer& bob;
  };
  Pair add_pair(const PathModel& path = {}, AssociationOptions alice = {}, AssociationOptions bob = {}) {
    auto& a = *peers_.emplace_back(std::make_unique<Peer>(alice));
    auto& b = *peers_.emplace_back(std::make_unique<Peer>(bob));
    a.other = &b;
    b.other = &a;
    a.path = b.path = path;
    return {a, b};
  }

  void run(Duration duration) {
    run_until([] { return false; }, duration);
  }

  bool run_until(const std::function<bool()>& done, Duration limit) {
    const auto end = virtual_time::now() + limit;
    for (;;) {
      drain();
      if (done()) return true;
      auto next = std::min(next_tick_, end);
      if (!in_flight_.empty()) next = std::min(next, in_flight_.begin()->first);
      for (const auto& peer : peers_) {
        if (peer->association) next = std::min(next, peer->association->next_timeout());
      }
      if (virtual_time::now() >= end) return false;
      virtual_time::set(next);
      deliver();
      tick();
    }
  }

  /// Packets that are under way are lost.
  void forget_packets() { in_flight_.clear(); }

  void drain() {
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& peer : peers_) moved |= drain(*peer);
    }
  }

  std::uint64_t packets = 0;

 private:
  struct Packet {
    Peer* to;
    Bytes bytes;
  };

  bool drain(Peer& peer) {
    bool moved = false;
    if (!peer.association) return false;
    while (const auto packet = peer.association->poll_packet()) {
      moved = true;
      ++packets;
      peer.sees_sent(*packet);
      transmit(peer, *packet);
    }
    while (peer.polling && peer.association) {
      auto event = peer.association->poll_event();
      if (!event) break;
      moved = true;
      note(peer, *event);
    }
    return moved;
  }

  bool chance(double probability) { return std::uniform_real_distribution<>{0, 1}(random_) < probability; }

  void transmit(Peer& from, ByteView packet) {
    const auto copies = chance(from.path.duplicate) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      if (packet.size() > from.path.mtu || chance(from.path.loss)) continue;
      auto delay = from.path.delay;
      if (from.path.bottleneck) {
        const auto left = from.path.bottleneck->pass(virtual_time::now(), packet.size());
        if (!left) continue;
        delay += *left - virtual_time::now();
      }
      if (from.path.jitter > 0ms)
        delay += Duration{std::uniform_int_distribution<Duration::rep>{0, from.path.jitter.count()}(random_)};
      const auto sent =
          in_flight_.emplace(virtual_time::now() + delay, Packet{from.other, {packet.begin(), packet.end()}});
      if (!from.alters_sent) continue;
      from.alters_sent(sent->second.bytes);
      seal(sent->second.bytes);
    }
  }

  void deliver() {
    while (!in_flight_.empty() && in_flight_.begin()->first <= virtual_time::now()) {
      auto packet = std::move(in_flight_.begin()->second);
      in_flight_.erase(in_flight_.begin());
      if (packet.to->association) packet.to->association->handle_packet(virtual_time::now(), packet.bytes);
    }
  }

  void tick() {
    const auto now = virtual_time::now();
    if (now >= next_tick_) {
      next_tick_ = now + Stack::tick;
      std::vector<AssociationId> woken;
      Stack::instance().advance(now, woken);
      for (const auto id : woken) {
        for (const auto& peer : peers_) {
          if (peer->association && peer->association->id() == id) peer->association->handle_wake(now);
        }
      }
    }
    for (const auto& peer : peers_) {
      if (peer->association) peer->association->handle_timeout(now);
    }
  }

  static std::vector<std::uint16_t> numbers(const std::vector<StreamId>& streams) {
    std::vector<std::uint16_t> result;
    for (const auto stream : streams) result.push_back(raw(stream));
    return result;
  }

  static void note(Peer& peer, Event& event) {
    const auto append = [](auto& to, const std::vector<StreamId>& streams) {
      const auto from = numbers(streams);
      to.insert(to.end(), from.begin(), from.end());
    };
    if (auto* connected = std::get_if<Connected>(&event)) peer.connected = *connected;
    if (auto* received = std::get_if<Received>(&event)) peer.on_message(peer, *received);
    if (auto* reset = std::get_if<IncomingReset>(&event)) append(peer.incoming_resets, reset->streams);
    if (auto* reset = std::get_if<OutgoingReset>(&event)) append(peer.outgoing_resets, reset->streams);
    if (auto* aborted = std::get_if<Aborted>(&event)) peer.aborted = *aborted;
    if (std::holds_alternative<Closed>(event)) peer.closed = true;
    if (std::holds_alternative<Writable>(event)) {
      ++peer.writable;
      peer.on_writable(peer);
    }
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::multimap<TimePoint, Packet> in_flight_;  // equal times keep their order
  TimePoint next_tick_ = virtual_time::now();
};

// A message that is wrong if any of its bytes is lost or moved.
inline Bytes patterned(std::size_t size, std::uint64_t seed = 1) {
  Bytes message(size);
  std::mt19937_64 random{seed};
  for (auto& octet : message) octet = static_cast<std::byte>(random());
  return message;
}

inline bool connect(Network& network, Network::Pair pair) {
  pair.alice.connect();
  pair.bob.connect();
  return network.run_until([&] { return pair.alice.connected && pair.bob.connected; }, 60s);
}

// Sends the messages in order, waiting for Writable when told to.
class Sender {
 public:
  Sender(Peer& peer, std::uint16_t stream, std::vector<Bytes> messages, SendOptions options = {})
      : peer_{&peer}, stream_{stream}, messages_{messages.begin(), messages.end()}, options_{options} {
    peer.on_writable = [this](Peer&) { go(); };
  }
  void go() {
    while (!messages_.empty() && peer_->send(stream_, messages_.front(), options_) == SendResult::sent) {
      messages_.pop_front();
    }
  }
  bool done() const { return messages_.empty(); }

 private:
  Peer* peer_;
  std::uint16_t stream_;
  std::deque<Bytes> messages_;
  SendOptions options_;
};

}  // namespace sluice::sctp::test
