#include "scale/crowd.hpp"

#include <stdexcept>

#include "base/overloaded.hpp"
#include "support/virtual_time.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using peer::MemberId;

constexpr auto one_way = 10ms;
constexpr auto tick = 50ms;  // of SCTP's timers: what api::sctp_tick() has for so many
constexpr SocketId socket_id{0};
constexpr std::uint32_t clients_per_host = 100;
constexpr std::uint16_t first_port = 5000;
const Endpoint server_address{*IpAddress::parse("192.0.2.1"), 3478};

// Many behind one NAT, many NATs.
Endpoint address_of(std::uint32_t client) {
  const auto host = client / clients_per_host;
  const std::array<std::byte, 4> octets{std::byte{10}, std::byte{0}, static_cast<std::byte>(host >> 8),
                                        static_cast<std::byte>(host & 0xff)};
  return {IpAddress::v4(octets), static_cast<std::uint16_t>(first_port + client % clients_per_host)};
}

std::uint32_t client_at(const Endpoint& address) {
  const auto octets = address.address.octets();
  const auto host = std::to_integer<std::uint32_t>(octets[2]) << 8 | std::to_integer<std::uint32_t>(octets[3]);
  return host * clients_per_host + address.port - first_port;
}

constexpr std::uint32_t client_end(std::uint32_t client) { return 2 * client; }
constexpr std::uint32_t server_end(std::uint32_t client) { return 2 * client + 1; }
constexpr bool is_client(std::uint32_t index) { return index % 2 == 0; }

template <class T>
void must(const Expected<T>& done) {
  if (!done) throw std::runtime_error{done.error().detail};
}

}  // namespace

Crowd::Crowd()
    : certificate_{dtls::Certificate::generate(dtls::KeyType::ecdsa_p256,
                                               std::chrono::system_clock::time_point{1'700'000'000s}, 720h)},
      next_tick_{now()} {}

TimePoint Crowd::now() { return test::virtual_time::now(); }

// what the test does

void Crowd::add(std::uint32_t clients) {
  const auto first = static_cast<std::uint32_t>(ends_.size() / 2);
  for (auto client = first; client != first + clients; ++client) {
    ends_.emplace_back(peer::EngineOptions{.certificate = certificate_}, random_);
    ends_.emplace_back(
        peer::EngineOptions{.certificate = certificate_, .transaction_mark = stun::TransactionMark{key_, client}},
        random_);
    table_.join(MemberId{client});
    introduce(client);
  }
}

void Crowd::introduce(std::uint32_t client) {
  auto& guest = ends_[client_end(client)];
  auto& host = ends_[server_end(client)];
  const auto channel = guest.engine.create_data_channel(now(), {.label = "chat"});
  must(channel);
  guest.channel = *channel;
  must(guest.engine.set_local_description(now(), sdp::Type::offer, {}));
  drain(client_end(client));
  must(host.engine.set_remote_description(now(), sdp::Type::offer, guest.engine.signaling().local()->sdp));
  must(host.engine.set_local_description(now(), sdp::Type::answer, {}));
  const std::array ufrags{std::string{host.engine.local_ufrags().front()}};
  table_.set_ufrags(MemberId{client}, ufrags);
  drain(server_end(client));
  must(guest.engine.set_remote_description(now(), sdp::Type::answer, host.engine.signaling().local()->sdp));
  drain(client_end(client));
}

void Crowd::say_something() {
  ++round_;
  answers_ = 0;
  for (std::uint32_t index = 0; index != ends_.size(); ++index) {
    auto& end = ends_[index];
    if (!end.channel) continue;
    tell(end, "ask " + std::to_string(index / 2) + ' ' + std::to_string(round_));
    drain(index);
  }
}

void Crowd::close(std::uint32_t first, std::uint32_t count) {
  for (auto client = first; client != first + count; ++client) {
    for (const auto index : {client_end(client), server_end(client)}) {
      ends_[index].engine.close();
      drain(index);
      ends_[index].channel.reset();
    }
    table_.leave(MemberId{client});
  }
}

std::uint32_t Crowd::connected() const {
  std::uint32_t count = 0;
  for (const auto& end : ends_) count += end.engine.connection_state() == peer::ConnectionState::connected;
  return count;
}

// the virtual world

bool Crowd::run_until(const std::function<bool()>& done, Duration limit) {
  const auto end = now() + limit;
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

void Crowd::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

TimePoint Crowd::next() const {
  return std::min({wire_.empty() ? never : wire_.front().due, timers_.empty() ? never : timers_.top().first,
                   associations_.empty() ? never : next_tick_});
}

void Crowd::step(TimePoint due) {
  test::virtual_time::set(due);
  while (!wire_.empty() && wire_.front().due <= now()) {
    const auto packet = std::move(wire_.front());
    wire_.pop_front();
    deliver(packet);
  }
  while (!timers_.empty() && timers_.top().first <= now()) {
    const auto [at, index] = timers_.top();
    timers_.pop();
    auto& end = ends_[index];
    if (at != end.due) continue;  // it has another deadline since
    end.due = never;
    end.engine.handle_timeout(now());
    drain(index);
  }
  if (next_tick_ <= now()) run_timers();
}

void Crowd::run_timers() {
  next_tick_ = now() + tick;
  std::vector<sctp::AssociationId> woken;
  sctp::Stack::instance().advance(now(), woken);
  for (const auto id : woken) {
    const auto index = associations_.at(id);
    ends_[index].engine.handle_sctp_wake(now());
    drain(index);
  }
}

void Crowd::schedule(std::uint32_t index) {
  auto& end = ends_[index];
  const auto due = end.engine.next_timeout();
  if (due == end.due) return;
  end.due = due;
  if (due != never) timers_.emplace(due, index);
}

// the way of a datagram

void Crowd::deliver(const Packet& packet) {
  if (packet.to == server_address) return deliver_to_server({socket_id, packet.from}, packet.bytes);
  const auto index = client_end(client_at(packet.to));
  const Datagram datagram{{socket_id, packet.from}, packet.bytes};
  ends_[index].engine.handle_datagrams(now(), std::span{&datagram, 1});
  drain(index);
}

// As api::MuxShard and api::Driver do.
void Crowd::deliver_to_server(const Path& path, ByteView bytes) {
  using To = peer::MuxTable::Route::To;
  const Datagram datagram{path, bytes};
  const auto route = table_.route(now(), datagram);
  if (route.to != To::owner && route.to != To::unproven) {
    ++misled_;
    return;
  }
  const auto index = server_end(raw(route.member));
  auto& engine = ends_[index].engine;
  engine.handle_datagrams(now(), std::span{&datagram, 1});
  if (route.claims && engine.authenticated_at(path) == now()) table_.claim(now(), path, route.member);
  drain(index);
}

void Crowd::drain(std::uint32_t index) {
  auto& engine = ends_[index].engine;
  for (bool moved = true; moved;) {
    moved = false;
    send(index);
    while (auto event = engine.poll_event()) {
      handle(index, std::move(*event));
      moved = true;
    }
  }
  note_association(index);
  schedule(index);
}

void Crowd::send(std::uint32_t index) {
  ends_[index].engine.poll_transmit(now(), queue_);
  const auto from = is_client(index) ? address_of(index / 2) : server_address;
  for (const auto& entry : queue_.entries()) {
    const auto bytes = queue_.bytes(entry);
    if (bytes.size() > path_mtu) continue;
    wire_.push_back({now() + one_way, from, entry.path.remote, {bytes.begin(), bytes.end()}});
  }
  queue_.clear();
}

void Crowd::note_association(std::uint32_t index) {
  auto& end = ends_[index];
  const auto association = end.engine.association();
  if (association == end.association) return;
  if (end.association) associations_.erase(*end.association);
  if (association) associations_.emplace(*association, index);
  end.association = association;
}

// what connections say

void Crowd::handle(std::uint32_t index, peer::Event event) {
  auto& end = ends_[index];
  std::visit(overloaded{[&](const peer::SocketsNeeded&) {
                          const auto address = is_client(index) ? address_of(index / 2) : server_address;
                          const ice::LocalSocket socket{
                              .id = socket_id, .address = address, .shared = !is_client(index)};
                          end.engine.handle_sockets(now(), std::span{&socket, 1});
                        },
                        [&](const dcep::Opened&) { ++open_; },
                        [&](const dcep::Announced& announced) {
                          end.channel = announced.channel;
                          ++open_;
                        },
                        [&](const dcep::MessageReceived& message) { handle_text(index, as_text(message.data)); },
                        [&](const dcep::ChannelClosed&) { --open_; }, [](const auto&) {}},
             event);
}

void Crowd::handle_text(std::uint32_t index, std::string_view text) {
  const auto own = ' ' + std::to_string(index / 2) + ' ' + std::to_string(round_);
  if (text == "ask" + own) {
    tell(ends_[index], "answer" + own);
  } else if (text == "answer" + own) {
    ++answers_;
  } else {
    ++misplaced_;
  }
}

void Crowd::tell(End& end, std::string text) {
  must(end.engine.send(now(), *end.channel, dcep::Kind::text, as_bytes(text)));
}

}  // namespace sluice::sim
