#pragma once
// Pair: two sessions, a wire between them, and virtual time. A Fate decides what becomes of each datagram.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/overloaded.hpp"
#include "dtls/session.hpp"
#include "support/virtual_time.hpp"

namespace sluice::dtls::test {

using namespace std::chrono_literals;

inline const auto certificate_time = std::chrono::system_clock::from_time_t(1'700'000'000);

inline const Certificate& ecdsa(int which = 0) {
  static const Certificate certificates[] = {
      Certificate::generate(KeyType::ecdsa_p256, certificate_time, std::chrono::hours{24}),
      Certificate::generate(KeyType::ecdsa_p256, certificate_time, std::chrono::hours{24})};
  return certificates[which];
}

inline const Certificate& rsa() {
  static const Certificate certificate =
      Certificate::generate(KeyType::rsa_2048, certificate_time, std::chrono::hours{24});
  return certificate;
}

using Records = std::vector<Bytes>;

inline Bytes copy(ByteView view) { return {view.begin(), view.end()}; }

// One end and everything it has said.
struct Peer {
  explicit Peer(const Certificate& certificate, SessionOptions options)
      : session{std::make_unique<Session>(certificate, options)}, role{options.role} {}

  void drain_events() {
    while (auto event = session->poll_event()) {
      std::visit(
          overloaded{[&](const Connected&) { connected = true; }, [&](const Failed& cause) { failed = cause; },
                     [&](const Closed&) { closed = true; }, [&](const KeyLogged& key) { keys.push_back(key.line); }},
          *event);
    }
  }

  void drain() {
    drain_events();
    while (const auto record = session->poll_record()) records.push_back(copy(*record));
    drain_events();
  }

  /// What it wants to send now, as datagrams.
  std::vector<Bytes> transmit() {
    TransmitQueue queue;
    session->poll_transmit({}, queue);
    std::vector<Bytes> datagrams;
    for (const auto& entry : queue.entries()) datagrams.push_back(copy(queue.bytes(entry)));
    return datagrams;
  }

  /// One record as a datagram; empty if it was refused.
  Bytes seal(ByteView payload) {
    TransmitQueue queue;
    if (!session->send(payload, {}, queue)) return {};
    return copy(queue.bytes(queue.entries().front()));
  }

  std::unique_ptr<Session> session;
  Role role;
  bool connected = false;
  bool closed = false;
  std::optional<Failed> failed{};
  std::vector<std::string> keys{};
  std::vector<Bytes> records{};
};

struct Sent {
  Role from;
  std::size_t index;  // over both directions, from 0
  Bytes bytes;
};

// How long after its sending each copy arrives; none: lost.
using Fate = std::function<std::vector<Duration>(const Sent&)>;

inline std::vector<Duration> arrives(const Sent&) { return {5ms}; }

struct PairOptions {
  const Certificate& client = ecdsa(0);
  const Certificate& server = ecdsa(1);
  SessionOptions both{};
  Fate fate = arrives;
};

class Pair {
 public:
  explicit Pair(PairOptions options = {})
      : client{options.client, with_role(options.both, Role::client)},
        server{options.server, with_role(options.both, Role::server)},
        fate_{std::move(options.fate)} {}

  void start() {
    server.session->start(now());
    client.session->start(now());
    collect();
  }

  static TimePoint now() { return sluice::test::virtual_time::now(); }

  Peer& other(const Peer& peer) { return &peer == &client ? server : client; }

  /// Hands one datagram over, past the wire, and puts the answer on the wire.
  void deliver(Peer& to, ByteView datagram) {
    to.session->handle_datagram(now(), datagram);
    collect();
  }

  /// Everything both want to say goes on the wire.
  void collect() {
    for (Peer* peer : {&client, &server}) {
      peer->drain();
      for (auto& datagram : peer->transmit()) post(*peer, std::move(datagram));
    }
  }

  void post(const Peer& from, Bytes datagram) {
    sent.push_back({from.role, sent.size(), std::move(datagram)});
    for (const auto delay : fate_(sent.back())) {
      wire_.push_back({now() + delay, from.role == Role::client ? &server : &client, sent.back().bytes});
    }
    std::ranges::stable_sort(wire_, {}, &InFlight::arrival);
  }

  /// Next arrival or timer; false if nothing is ever going to happen.
  bool step() {
    const auto timer = std::min(client.session->next_timeout(), server.session->next_timeout());
    const auto next = wire_.empty() ? timer : std::min(timer, wire_.front().arrival);
    if (next == never) return false;
    sluice::test::virtual_time::set(next);
    if (!wire_.empty() && wire_.front().arrival <= now()) {
      const auto arrived = std::move(wire_.front());
      wire_.erase(wire_.begin());
      arrived.to->session->handle_datagram(now(), arrived.bytes);
    } else {
      client.session->handle_timeout(now());
      server.session->handle_timeout(now());
    }
    collect();
    return true;
  }

  template <class Condition>
  bool run_until(Condition condition, Duration limit = 60s) {
    const auto end = now() + limit;
    while (!condition()) {
      if (!step() || now() > end) return condition();
    }
    return true;
  }

  bool connect() {
    start();
    return run_until([&] { return client.connected && server.connected; });
  }

  bool settle() {  // until the wire is empty
    return run_until([&] { return wire_.empty(); });
  }

  Peer client;
  Peer server;
  std::vector<Sent> sent{};

 private:
  struct InFlight {
    TimePoint arrival;
    Peer* to;
    Bytes bytes;
  };

  static SessionOptions with_role(SessionOptions options, Role role) {
    options.role = role;
    return options;
  }

  Fate fate_;
  std::vector<InFlight> wire_{};
};

}  // namespace sluice::dtls::test
