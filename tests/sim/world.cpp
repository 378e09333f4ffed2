#include "sim/world.hpp"

#include <algorithm>

#include "base/overloaded.hpp"
#include "ice/server_names.hpp"
#include "support/virtual_time.hpp"

namespace sluice::sim {
namespace {

using test::virtual_time::now;

constexpr SocketId socket_id{0};
constexpr std::uint16_t first_active = 0x2000;

Endpoint endpoint(std::string_view address, std::uint16_t port) { return {*IpAddress::parse(address), port}; }

dtls::Certificate generate() {
  return dtls::Certificate::generate(dtls::KeyType::ecdsa_p256,
                                     std::chrono::system_clock::time_point{std::chrono::seconds{1'700'000'000}},
                                     std::chrono::hours{24 * 30});
}

std::string_view word(sdp::SignalingState state) {
  switch (state) {
    case sdp::SignalingState::stable:
      return "stable";
    case sdp::SignalingState::have_local_offer:
      return "have-local-offer";
    case sdp::SignalingState::have_remote_offer:
      return "have-remote-offer";
    case sdp::SignalingState::have_local_pranswer:
      return "have-local-pranswer";
    case sdp::SignalingState::have_remote_pranswer:
      return "have-remote-pranswer";
    case sdp::SignalingState::closed:
      return "closed";
  }
  return "?";
}

std::string_view word(peer::ConnectionState state) {
  constexpr std::string_view words[] = {"new", "connecting", "connected", "disconnected", "failed", "closed"};
  return words[static_cast<std::size_t>(state)];
}

std::string_view word(peer::IceConnectionState state) {
  constexpr std::string_view words[] = {"new",          "checking", "connected", "completed",
                                        "disconnected", "failed",   "closed"};
  return words[static_cast<std::size_t>(state)];
}

std::string_view word(peer::DtlsState state) {
  constexpr std::string_view words[] = {"new", "connecting", "connected", "closed", "failed"};
  return words[static_cast<std::size_t>(state)];
}

std::string_view word(ice::GatheringState state) {
  constexpr std::string_view words[] = {"new", "gathering", "complete"};
  return words[static_cast<std::size_t>(state)];
}

}  // namespace

const dtls::Certificate& certificate() {
  static const auto made = generate();
  return made;
}

const dtls::Certificate& other_certificate() {
  static const auto made = generate();
  return made;
}

Peer::Peer(World& world, std::string name, Endpoint address, std::uint64_t seed, peer::EngineOptions options)
    : world_{&world},
      name_{std::move(name)},
      address_{address},
      random_{seed},
      engine_{std::make_unique<peer::Engine>(std::move(options), sctp::Stack::instance(), random_)},
      sockets_{{socket_id, address}} {}

peer::ChannelId Peer::open_channel(dcep::ChannelInit init) {
  const auto channel = engine_->create_data_channel(now(), std::move(init));
  if (!channel) throw std::runtime_error{channel.error().detail};
  drain();
  return *channel;
}

void Peer::send(peer::ChannelId channel, std::string_view text) {
  const auto sent = engine_->send(now(), channel, dcep::Kind::text, as_bytes(text));
  if (!sent) throw std::runtime_error{sent.error().detail};
  drain();
}

void Peer::send(peer::ChannelId channel, ByteView data) {
  const auto sent = engine_->send(now(), channel, dcep::Kind::binary, data);
  if (!sent) throw std::runtime_error{sent.error().detail};
  drain();
}

void Peer::close_channel(peer::ChannelId channel) {
  engine_->close_channel(now(), channel);
  drain();
}

void Peer::close() {
  engine_->close();
  drain();
}

void Peer::shutdown() {
  engine_->shutdown(now());
  drain();
}

void Peer::change_addresses(const std::vector<Endpoint>& added, const std::vector<Endpoint>& gone) {
  std::vector<SocketId> lost;
  for (const auto& each : gone) {
    const auto id = find_socket(each);
    lost.push_back(*id);
    sockets_.erase(*id);
  }
  std::vector<ice::LocalSocket> opened;
  for (const auto& each : added) {
    const SocketId id{++last_socket_};
    sockets_[id] = each;
    opened.push_back({id, each, static_cast<std::uint16_t>(65535 - raw(id))});
  }
  if (!sockets_.empty()) address_ = sockets_.begin()->second;
  engine_->handle_sockets_changed(now(), opened, lost);
  drain();
}

std::vector<ice::LocalSocket> Peer::sockets() {
  std::vector<ice::LocalSocket> result;
  for (const auto& [id, each] : sockets_) result.push_back({id, each, static_cast<std::uint16_t>(65535 - raw(id))});
  const auto add = [&](SocketId id, std::uint16_t port, ice::Transport transport) {
    result.push_back({.id = id, .address = {address_.address, port}, .transport = transport});
  };
  if (tcp_use_ != TcpUse::none) {
    add(SocketId{static_cast<std::uint16_t>(first_active + last_active_++)}, 9, ice::Transport::tcp_active);
  }
  if (tcp_use_ == TcpUse::listens) add(listener_id, listening_port, ice::Transport::tcp_passive);
  return result;
}

void Peer::negotiate() {
  const auto applied = engine_->set_local_description(now(), std::nullopt, {});
  if (!applied) throw std::runtime_error{applied.error().detail};
  signal([description = *engine_->signaling().local()](Peer& other) { other.take(description); });
  drain();
}

void Peer::take(const sdp::Description& description) {
  const bool is_offer = description.type == sdp::Type::offer;
  ignoring_ = is_offer && !stable() && !polite_;
  if (ignoring_) return;
  const auto taken = engine_->set_remote_description(now(), description.type, description.sdp);
  if (!taken) throw std::runtime_error{taken.error().detail};
  if (is_offer) negotiate();
  drain();
}

bool Peer::has(std::string_view entry) const { return std::ranges::find(log_, entry) != log_.end(); }

std::optional<peer::ChannelId> Peer::channel(std::string_view label) const {
  const auto found = announced_.find(label);
  return found == announced_.end() ? std::nullopt : std::optional{found->second};
}

void Peer::signal(std::function<void(Peer&)> message) {
  auto& other = world_->other(*this);
  world_->signaling_.emplace(now() + world_->options_.signaling_delay,
                             [&other, message = std::move(message)] { message(other); });
}

void Peer::drain() {
  for (bool moved = true; moved;) {
    moved = false;
    engine_->poll_transmit(now(), queue_);
    for (const auto& entry : queue_.entries()) {
      if (const auto end = tcp_.find(entry.path); end != tcp_.end()) {
        world_->network_.carry(now(), end->second, entry.path.remote, queue_.bytes(entry));
        continue;
      }
      const auto from = local_end(entry.path.local);
      if (!from) continue;  // it is gone
      if (!streams_.contains(entry.path.local)) {
        world_->send(*this, *from, entry.path.remote, queue_.bytes(entry));
      } else {
        world_->network_.carry(now(), *from, entry.path.remote, queue_.bytes(entry));
      }
    }
    queue_.clear();
    while (auto event = engine_->poll_event()) {
      handle(std::move(*event));
      moved = true;
    }
  }
}

void Peer::handle(peer::Event event) {
  if (observer_) observer_(event);
  const auto label = [&](peer::ChannelId channel) { return engine_->channels().init(channel).label; };
  const auto add = [&](std::string_view what, std::string_view value) {
    log_.push_back(std::string{what} + " " + std::string{value});
  };
  std::visit(
      overloaded{
          [&](const peer::SocketsNeeded&) {
            const auto all = sockets();
            engine_->handle_sockets(now(), all);
          },
          [&](const ice::StreamNeeded& needed) { world_->connect_stream(*this, needed); },
          [&](const ice::StreamReleased& released) { streams_.erase(released.id); },
          [&](const ice::TcpNeeded& needed) { world_->connect_tcp(*this, needed); },
          [&](const ice::TcpReleased& released) { world_->release_tcp(*this, released.path); },
          [&](const peer::ResolveNeeded& needed) { world_->resolve(*this, needed); },
          [&](const peer::NegotiationNeeded&) { log_.emplace_back("negotiation-needed"); },
          [&](const peer::SignalingStateChanged& e) { add("signaling", word(e.state)); },
          [&](const peer::IceGatheringStateChanged& e) { add("gathering", word(e.state)); },
          [&](const peer::IceConnectionStateChanged& e) { add("ice", word(e.state)); },
          [&](const peer::ConnectionStateChanged& e) { add("connection", word(e.state)); },
          [&](const peer::CandidateFound& e) {
            add("candidate", !e.candidate ? "null" : e.candidate->candidate.empty() ? "end" : "found");
            if (!e.candidate || !trickle_) return;
            signal([c = *e.candidate](Peer& other) {
              const auto added = other.engine_->add_ice_candidate(now(), {c.candidate, c.mid, c.mline_index, c.ufrag});
              if (!added && !other.ignoring_) other.log_.push_back("candidate-error " + added.error().detail);
            });
          },
          [&](const peer::CandidateProposed& e) { engine_->settle_proposal(now(), e.number, true); },
          [&](const peer::CandidateError& e) { add("candidate-error", e.url); },
          [&](const peer::IceFailed& e) {
            failure_ = e.failure;
            log_.emplace_back("ice-failed");
          },
          [&](const peer::TransportFailed& e) {
            failure_ = e.failure;
            add("transport-failed", e.failure.detail);
          },
          [&](const peer::SelectedPairChanged&) { log_.emplace_back("pair changed"); },
          [&](const peer::DtlsStateChanged& e) { add("dtls", word(e.state)); },
          [&](const peer::KeyLogged&) {},
          [&](const peer::SctpConnected&) { log_.emplace_back("sctp connected"); },
          [&](const peer::SctpClosed&) { log_.emplace_back("sctp closed"); },
          [&](const dcep::Opened& e) {
            ++open_;
            add("open", label(e.channel));
          },
          [&](const dcep::Announced& e) {
            ++open_;
            announced_[label(e.channel)] = e.channel;
            add("announced", label(e.channel));
          },
          [&](dcep::MessageReceived& e) {
            messages_.push_back({label(e.channel), e.kind, std::string{as_text(e.data)}});
          },
          [&](const dcep::BufferedAmountLow& e) { add("low", label(e.channel)); },
          [&](const dcep::Closing& e) { add("closing", label(e.channel)); },
          [&](const dcep::ChannelClosed& e) { add(e.error ? "error" : "closed", label(e.channel)); }},
      event);
}

World::World(std::uint64_t seed, WorldOptions options)
    : options_{std::move(options)}, network_{seed, options_.link}, next_tick_{test::virtual_time::now()}, seed_{seed} {
  test::virtual_time::seed(seed);
  peers_.push_back(std::make_unique<Peer>(*this, "alice", endpoint("192.0.2.1", 5001), seed * 2 + 1, engine_options()));
  peers_.push_back(std::make_unique<Peer>(*this, "bob", endpoint("192.0.2.2", 5002), seed * 2 + 2, engine_options()));
}

peer::EngineOptions World::engine_options() const {
  peer::EngineOptions result{.certificate = certificate()};
  if (options_.configure) options_.configure(result);
  return result;
}

Peer& World::add_peer(std::string name, const std::function<void(peer::EngineOptions&)>& configure) {
  auto options = engine_options();
  if (configure) configure(options);
  const auto number = peers_.size() + 1;
  const auto address = endpoint("192.0.2." + std::to_string(number), static_cast<std::uint16_t>(5000 + number));
  peers_.push_back(std::make_unique<Peer>(*this, std::move(name), address, seed_ * 1000 + number, std::move(options)));
  peers_.back()->set_trickle(false);
  return *peers_.back();
}

test::TurnServer& World::add_turn_server(test::TurnServerOptions options) {
  return turn_servers_.emplace_back(std::move(options));
}

Nat& World::add_nat(NatOptions options) { return nats_.emplace_back(std::move(options), seed_ * 31 + nats_.size()); }

void World::place(Peer& peer, Nat& nat, const Endpoint& inside) {
  peer.nat_ = &nat;
  peer.address_ = peer.sockets_[socket_id] = inside;
}

void World::block_udp(Peer& peer) { peer.udp_blocked_ = true; }

World::~World() = default;

TimePoint World::now() const { return test::virtual_time::now(); }

void World::at(TimePoint time, std::function<void()> what) { signaling_.emplace(time, std::move(what)); }

TimePoint World::next() const {
  const bool ticking = sctp::Stack::instance().association_count() != 0;
  auto earliest =
      std::min({network_.next(), signaling_.empty() ? never : signaling_.begin()->first, ticking ? next_tick_ : never});
  for (const auto& peer : peers_) earliest = std::min(earliest, peer->engine().next_timeout());
  return earliest;
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const auto end = now() + limit;
  drain();
  while (!done()) {
    const auto due = next();
    if (due > end) {
      test::virtual_time::set(end);
      return false;
    }
    step(due);
  }
  return true;
}

void World::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

void World::step(TimePoint due) {
  test::virtual_time::set(due);
  if (!signaling_.empty() && signaling_.begin()->first <= now()) {
    signaling_.extract(signaling_.begin()).mapped()();
  }
  deliver(now());
  for (const auto& peer : peers_) {
    if (peer->engine().next_timeout() <= now()) peer->engine().handle_timeout(now());
  }
  if (next_tick_ <= now()) {
    next_tick_ = now() + options_.tick;
    std::vector<sctp::AssociationId> woken;
    sctp::Stack::instance().advance(now(), woken);
    for (const auto& peer : peers_) {
      const auto id = peer->engine().association();
      if (id && std::ranges::find(woken, *id) != woken.end()) peer->engine().handle_sctp_wake(now());
    }
  }
  drain();
}

std::optional<Endpoint> Peer::local_end(SocketId id) const {
  if (const auto stream = streams_.find(id); stream != streams_.end()) return stream->second;
  const auto socket = sockets_.find(id);
  return socket == sockets_.end() ? std::nullopt : std::optional{socket->second};
}

std::optional<SocketId> Peer::find_socket(const Endpoint& end) const {
  for (const auto& [id, each] : sockets_) {
    if (each == end) return id;
  }
  return std::nullopt;
}

std::optional<SocketId> Peer::find_stream(const Endpoint& end) const {
  for (const auto& [id, each] : streams_) {
    if (each == end) return id;
  }
  return std::nullopt;
}

bool World::find_stream(const Endpoint& end) const {
  return std::ranges::any_of(peers_, [&](const auto& each) { return each->find_stream(end).has_value(); });
}

// A round trip later it is connected, or a server that is not there has refused it.
void World::connect_stream(Peer& peer, const ice::StreamNeeded& needed) {
  const auto listens = [&](const test::TurnServer& each) { return each.address() == needed.server; };
  const bool refused = std::ranges::none_of(turn_servers_, listens);
  at(now() + 2 * options_.link.delay, [this, &peer, id = needed.id, refused] {
    if (refused) {
      peer.engine().handle_stream_closed(now(), id, "connection refused");
    } else {
      // a NAT's streams have addresses of their own here: their ports do not meet those of its mappings
      const auto outside = peer.nat_ ? endpoint("198.18.0.1", 0).address : peer.address().address;
      peer.streams_[id] = {outside, static_cast<std::uint16_t>(peer.nat_ ? next_stream_++ : raw(id))};
      peer.engine().handle_stream_connected(now(), id);
    }
    peer.drain();
  });
}

void World::resolve(Peer& peer, const peer::ResolveNeeded& needed) {
  if (silent_names_.contains(needed.host)) return;
  const auto found = names_.find(needed.host);
  const auto addresses = found == names_.end() ? std::vector<IpAddress>{} : found->second;
  if (needed.service.empty()) return peer.engine().handle_resolved(now(), needed.host, addresses);
  const auto service = services_.find(needed.service + '.' + needed.host);
  peer.engine().handle_located(now(), needed,
                               service == services_.end() ? ice::without_ports(addresses) : service->second);
}

void World::close_streams(Peer& peer) {
  for (const auto& [id, end] : std::exchange(peer.streams_, {})) {
    peer.engine().handle_stream_closed(now(), id, "connection reset");
  }
  peer.drain();
}

void World::send(const Peer& peer, const Endpoint& from, const Endpoint& to, ByteView datagram) {
  if (peer.udp_blocked_) return;
  auto* nat = peer.nat_;
  if (nat == nullptr) return network_.send(now(), from, to, datagram);
  if (neighbour(peer, to) != nullptr) {
    if (!nat->options().isolates) network_.send(now(), from, to, datagram, nat);
    return;
  }
  const auto outside = nat->outbound(now(), from, to);
  if (to.address != nat->options().outside) return network_.send(now(), outside, to, datagram);
  const auto inside = nat->options().hairpins ? nat->inbound(now(), outside, to) : std::nullopt;
  if (inside) network_.send(now(), outside, *inside, datagram, nat);  // RFC 4787 §6: from its outside address
}

const Peer* World::neighbour(const Peer& peer, const Endpoint& at) const {
  const auto found = std::ranges::find_if(
      peers_, [&](const auto& each) { return each->nat_ == peer.nat_ && each->address_.address == at.address; });
  return found == peers_.end() ? nullptr : found->get();
}

void World::deliver(TimePoint time) {
  while (auto delivery = network_.receive(time)) {
    for (auto& server : turn_servers_) {
      if (delivery->inside_of != nullptr || !server.owns(delivery->to)) continue;
      for (const auto& each : server.handle(time, delivery->from, delivery->to, delivery->datagram)) {
        if (each.from == server.address() && find_stream(each.to)) {
          network_.carry(time, each.from, each.to, each.bytes);
        } else {
          network_.send(time, each.from, each.to, each.bytes);
        }
      }
    }
    for (auto& nat : nats_) {
      if (delivery->inside_of != nullptr || nat.options().outside != delivery->to.address) continue;
      const auto inside = nat.inbound(time, delivery->from, delivery->to);
      delivery->to = inside.value_or(Endpoint{});
      delivery->inside_of = &nat;
    }
    deliver_to_peer(time, *delivery);
  }
}

void World::deliver_to_peer(TimePoint time, const Delivery& delivery) {
  for (const auto& peer : peers_) {
    for (const auto& [path, end] : peer->tcp_) {
      if (end != delivery.to || path.remote != delivery.from) continue;
      const Datagram datagram{path, delivery.datagram};
      return peer->engine().handle_datagrams(time, std::span{&datagram, 1});
    }
  }
  for (const auto& peer : peers_) {
    const bool by_datagram = peer->nat_ == delivery.inside_of && !peer->udp_blocked_;
    auto socket = by_datagram ? peer->find_socket(delivery.to) : std::nullopt;
    if (!socket) socket = peer->find_stream(delivery.to);
    if (!socket) continue;
    const Datagram datagram{{*socket, delivery.from}, delivery.datagram};
    peer->engine().handle_datagrams(time, std::span{&datagram, 1});
  }
}

void World::drain() {
  for (const auto& peer : peers_) peer->drain();
}

bool World::connect(Duration limit) {
  alice().open_channel({.label = "first"});
  alice().negotiate();
  return run_until([&] { return alice().has("open first") && bob().has("announced first"); }, limit);
}

}  // namespace sluice::sim
