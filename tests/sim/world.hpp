#pragma once
// World: two engines, a network between them and a signaling channel, on one virtual clock.
//
// Everything follows from the seed. A failing test prints it (Catch's INFO); the same seed replays the same packets.
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dtls/certificate.hpp"
#include "peer/engine.hpp"
#include "sim/nat.hpp"
#include "sim/network.hpp"
#include "support/seeded_random.hpp"
#include "support/turn_server.hpp"

namespace sluice::sim {

/// One certificate for all worlds, as making one costs more than a simulated handshake; and another one.
const dtls::Certificate& certificate();
const dtls::Certificate& other_certificate();

struct ReceivedMessage {
  std::string label;
  dcep::Kind kind;
  std::string data;
  friend bool operator==(const ReceivedMessage&, const ReceivedMessage&) = default;
};

class World;

// One engine with what it has said so far, in order.
class Peer {
 public:
  static constexpr SocketId listener_id{0x3000};  // for TCP
  static constexpr std::uint16_t listening_port = 443;

  Peer(World&, std::string name, Endpoint address, std::uint64_t seed, peer::EngineOptions);

  peer::ChannelId open_channel(dcep::ChannelInit);
  void send(peer::ChannelId, std::string_view text);
  void send(peer::ChannelId, ByteView data);
  void close_channel(peer::ChannelId);
  void close();
  void shutdown();
  /// Its host gets addresses and loses others, and an interface watcher tells the engine.
  void change_addresses(const std::vector<Endpoint>& added, const std::vector<Endpoint>& gone);
  /// Before it has gathered: its TCP candidates.
  void use_tcp(bool listens) { tcp_use_ = listens ? TcpUse::listens : TcpUse::connects; }
  /// Makes the description that the state calls for and sends it, and its candidates, to the other peer.
  void negotiate();
  /// In a collision the polite peer rolls its offer back, the other one ignores what comes. W3C §10.7
  void set_polite(bool polite) { polite_ = polite; }

  /// Whether candidates go to the other peer by themselves; otherwise they are in the descriptions only.
  void set_trickle(bool trickle) { trickle_ = trickle; }
  /// Sees each event before it is logged.
  void set_observer(std::function<void(const peer::Event&)> observer) { observer_ = std::move(observer); }
  /// Takes what the engine has to say; World does it after every step.
  void drain();

  peer::Engine& engine() { return *engine_; }
  /// The one it has had for the longest time.
  const Endpoint& address() const { return address_; }
  const std::vector<ReceivedMessage>& messages() const { return messages_; }
  void forget_messages() { messages_.clear(); }
  /// Words for the events so far: "signaling have-local-offer", "open chat", "closed chat", ...
  const std::vector<std::string>& log() const { return log_; }
  bool has(std::string_view entry) const;
  /// Why ICE, DTLS or SCTP ended, if it did by an error.
  const std::optional<Failure>& failure() const { return failure_; }
  std::optional<peer::ChannelId> channel(std::string_view label) const;  // that the other side opened
  std::size_t open_channels() const { return open_; }
  bool stable() const { return engine_->signaling().state() == sdp::SignalingState::stable; }
  bool connected() const { return engine_->connection_state() == peer::ConnectionState::connected; }

 private:
  friend class World;
  void handle(peer::Event);
  std::optional<Endpoint> local_end(SocketId) const;
  std::optional<SocketId> find_stream(const Endpoint&) const;
  std::optional<SocketId> find_socket(const Endpoint&) const;
  std::vector<ice::LocalSocket> sockets();
  void signal(std::function<void(Peer& other)>);
  void take(const sdp::Description&);

  World* world_;
  std::string name_;
  Endpoint address_;
  Nat* nat_ = nullptr;
  bool udp_blocked_ = false;
  test::SeededRandom random_;
  std::unique_ptr<peer::Engine> engine_;
  TransmitQueue queue_;
  std::vector<ReceivedMessage> messages_;
  std::vector<std::string> log_;
  std::map<std::string, peer::ChannelId, std::less<>> announced_;
  std::size_t open_ = 0;
  std::map<SocketId, Endpoint> sockets_;
  std::uint16_t last_socket_ = 0;
  std::map<SocketId, Endpoint> streams_;  // and where they leave from
  enum class TcpUse { none, connects, listens };
  TcpUse tcp_use_ = TcpUse::none;
  std::uint16_t last_active_ = 0;
  std::map<Path, Endpoint> tcp_;  // connections, and our end of them
  std::function<void(const peer::Event&)> observer_;
  std::optional<Failure> failure_;
  bool trickle_ = true;
  bool polite_ = false;
  bool ignoring_ = false;  // an offer, and the candidates that belong to it
};

struct WorldOptions {
  Link link{};
  Duration signaling_delay{};
  std::function<void(peer::EngineOptions&)> configure{};
  Duration tick = sctp::Stack::tick;  // of SCTP's timers
};

class World {
 public:
  explicit World(std::uint64_t seed, WorldOptions = {});
  ~World();

  Peer& alice() { return *peers_[0]; }
  Peer& bob() { return *peers_[1]; }
  /// A third one, who talks to the others only by what the test carries. `configure` may change what is special to it.
  Peer& add_peer(std::string name, const std::function<void(peer::EngineOptions&)>& configure);
  /// Every datagram to it and to its relayed addresses crosses the network as any other.
  test::TurnServer& add_turn_server(test::TurnServerOptions);
  Nat& add_nat(NatOptions);
  /// Before it has gathered: this is its address, which only its neighbours behind the same NAT can reach.
  void place(Peer&, Nat&, const Endpoint& inside);
  /// Nothing but streams leaves this peer, or reaches it.
  void block_udp(Peer&);
  /// What the names of servers stand for; others do not exist.
  void set_names(std::map<std::string, std::vector<IpAddress>> names) { names_ = std::move(names); }
  /// Nobody ever answers for this one.
  void silence_name(std::string name) { silent_names_.insert(std::move(name)); }
  /// What a service of a name stands for: {"_turn._udp.example.org", ...}. Others are the addresses of the name.
  void set_services(std::map<std::string, std::vector<Endpoint>> services) { services_ = std::move(services); }
  /// All streams of this peer break.
  void close_streams(Peer&);
  /// How connections of ICE over TCP are answered from now on. Silent: not at all.
  enum class Listeners { accept, refuse, silent };
  void set_listeners(Listeners listeners) { listeners_ = listeners; }
  /// All of those that there are break.
  void break_tcp();
  std::size_t tcp_connections() const;                        // now
  std::size_t tcp_attempts() const { return tcp_attempts_; }  // so far
  Network& network() { return network_; }
  TimePoint now() const;
  void at(TimePoint, std::function<void()>);

  /// Runs until `done`, or `limit` of virtual time has passed, or nothing can happen any more.
  bool run_until(const std::function<bool()>& done, Duration limit);
  void run_for(Duration);
  /// alice offers with one channel "first" and both run until it is open at both ends.
  bool connect(Duration limit = std::chrono::seconds{60});

 private:
  friend class Peer;
  Peer& other(const Peer& peer) { return &peer == peers_[0].get() ? *peers_[1] : *peers_[0]; }
  void step(TimePoint);
  void deliver(TimePoint);
  void send(const Peer&, const Endpoint& from, const Endpoint& to, ByteView);
  void deliver_to_peer(TimePoint, const Delivery&);
  const Peer* neighbour(const Peer&, const Endpoint&) const;
  void connect_stream(Peer&, const ice::StreamNeeded&);
  void connect_tcp(Peer&, const ice::TcpNeeded&);
  void release_tcp(Peer&, const Path&);
  void resolve(Peer&, const peer::ResolveNeeded&);
  bool find_stream(const Endpoint&) const;
  TimePoint next() const;
  void drain();
  peer::EngineOptions engine_options() const;

  WorldOptions options_;
  Network network_;
  std::multimap<TimePoint, std::function<void()>> signaling_;
  TimePoint next_tick_;
  std::uint64_t seed_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::list<test::TurnServer> turn_servers_;
  std::list<Nat> nats_;
  std::uint16_t next_stream_ = 10000;
  Listeners listeners_ = Listeners::accept;
  std::size_t tcp_attempts_ = 0;
  std::map<std::string, std::vector<IpAddress>> names_;
  std::set<std::string> silent_names_;
  std::map<std::string, std::vector<Endpoint>> services_;
};

}  // namespace sluice::sim
