// One allocation against a strict server, over hours of virtual time.
#include <functional>

#include "ice/turn_client.hpp"
#include "support/catch.hpp"
#include "support/turn_server.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
using ice::TurnClient;
using stun::Method;

namespace {

Endpoint at(std::string_view address, std::uint16_t port) { return {IpAddress::parse(address).value(), port}; }

const auto server_address = at("203.0.113.5", 3478);
const auto our_address = at("198.51.100.1", 1000);
const auto peer_address = at("192.0.2.77", 4000);
const Bytes data{std::byte{20}, std::byte{1}, std::byte{2}};  // not STUN, so it is worth a channel

stun::Message parsed(ByteView bytes) {
  const auto message = stun::Message::parse(bytes);
  REQUIRE(message.has_value());
  return *message;
}

TurnServerOptions usual() { return {.address = server_address, .relay_v4 = *IpAddress::parse("203.0.113.9")}; }

// A client, a server, and a peer that keeps what it gets. Datagrams arrive at once, those that are not dropped.
struct Bench {
  explicit Bench(TurnServerOptions options = usual(), std::string password = "wonderland",
                 TurnClient::Families families = TurnClient::Families::v4)
      : server{std::move(options)},
        client{{.server = {SocketId{0}, server_address},
                .families = families,
                .username = "alice",
                .password = std::move(password)},
               random} {}

  void allocate() {
    client.allocate(now);
    pump();
  }

  void send(ByteView bytes = data, const Endpoint& to = peer_address) {
    TransmitQueue queue;
    client.send(now, to, bytes, queue);
    for (const auto& entry : queue.entries()) deliver(queue.bytes(entry));
    pump();
  }

  void peer_sends(ByteView bytes, const Endpoint& from = peer_address) {
    for (const auto& each : server.handle(now, from, relayed(), bytes)) receive(each.bytes);
    pump();
  }

  void pump() {
    TransmitQueue queue;
    for (client.poll_transmit(queue); !queue.empty(); client.poll_transmit(queue)) {
      const auto batch = std::exchange(queue, {});
      for (const auto& entry : batch.entries()) deliver(batch.bytes(entry));
    }
    while (auto event = client.poll_event()) events.push_back(std::move(*event));
  }

  void deliver(ByteView bytes) {
    log.emplace_back(bytes.begin(), bytes.end());
    if (drops(bytes)) return;
    for (auto& each : server.handle(now, our_address, server_address, bytes)) {
      if (each.to == our_address) {
        receive(each.bytes);
      } else {
        arrived.push_back(std::move(each));
      }
    }
  }

  void receive(ByteView bytes) {
    if (ice::is_channel_data(bytes)) {
      if (const auto inner = client.unwrap(bytes))
        received.push_back({inner->peer, {inner->data.begin(), inner->data.end()}});
      return;
    }
    const auto message = parsed(bytes);
    if (message.method() == Method::data) {
      if (const auto inner = client.unwrap(message)) {
        received.push_back({inner->peer, {inner->data.begin(), inner->data.end()}});
      }
    } else {
      client.handle_message(now, message);
    }
  }

  void run_for(Duration duration) {
    const auto end = now + duration;
    while (client.next_timeout() <= end) {
      now = std::max(now, client.next_timeout());
      client.handle_timeout(now);
      pump();
      if (client.next_timeout() <= now) throw std::logic_error("the deadline does not move");
    }
    now = end;
  }

  Endpoint relayed() const { return std::get<TurnClient::Allocated>(events.at(0)).relayed.at(0); }
  const TurnClient::Ended* ended() const {
    return events.empty() ? nullptr : std::get_if<TurnClient::Ended>(&events.back());
  }

  TimePoint now{100h};
  SeededRandom random{7};
  TurnServer server;
  TurnClient client;
  std::function<bool(ByteView)> drops = [](ByteView) { return false; };
  std::vector<TurnClient::Event> events{};
  std::vector<TurnServer::Sent> arrived{};             // at peers
  std::vector<std::pair<Endpoint, Bytes>> received{};  // from peers
  std::vector<Bytes> log{};                            // what has left
};

bool contains(ByteView bytes, std::string_view text) { return as_text(bytes).find(text) != std::string_view::npos; }

}  // namespace

TEST_CASE("an allocation is granted after the server has asked for credentials", "[turn][rfc8656-7]") {
  Bench bench;
  bench.allocate();
  REQUIRE(bench.events.size() == 1);
  const auto& allocated = std::get<TurnClient::Allocated>(bench.events[0]);
  CHECK(allocated.relayed == std::vector{at("203.0.113.9", 50000)});
  CHECK(allocated.mapped == our_address);
  CHECK(bench.server.challenges() == 1);
  CHECK(bench.server.faults().empty());
}

TEST_CASE("a server that offers SHA-256 and hides user names gets both", "[turn][rfc8489-9.2.5]") {
  auto options = usual();
  options.sha256 = options.anonymous = true;
  Bench bench{std::move(options)};
  bench.allocate();
  REQUIRE(bench.client.allocated());
  bench.send();
  bench.send();
  CHECK(bench.arrived.size() == 2);
  for (const auto& each : bench.log) {
    CHECK_FALSE(contains(each, "alice"));
    CHECK_FALSE(contains(each, "wonderland"));
  }
  CHECK(bench.server.faults().empty());
}

TEST_CASE("an offer of SHA-256 that somebody has removed on the way is not answered with MD5",
          "[turn][rfc8489-9.2.5]") {
  Bench bench;
  bench.client.allocate(bench.now);
  TransmitQueue queue;
  bench.client.poll_transmit(queue);
  const auto request = parsed(queue.bytes(queue.entries()[0]));
  const auto challenge = stun::Builder{stun::Class::error_response, Method::allocate, request.transaction_id()}
                             .add(stun::attribute::error_code, {401, "Unauthorized"})
                             .add(stun::attribute::realm, "r")
                             .add(stun::attribute::nonce, "obMatJos2gAAAnonce")
                             .finish();
  bench.client.handle_message(bench.now, parsed(challenge));
  bench.pump();
  REQUIRE(bench.ended() != nullptr);
  CHECK(bench.ended()->code == 401);
  CHECK(bench.log.empty());
}

TEST_CASE("a wrong password ends the attempt with 401, after one try", "[turn][rfc8489-9.2.5]") {
  Bench bench{usual(), "queen of hearts"};
  bench.allocate();
  REQUIRE(bench.ended() != nullptr);
  CHECK(bench.ended()->code == 401);
  CHECK(bench.ended()->reason.find("hearts") == std::string::npos);
  CHECK(bench.log.size() == 2);
  CHECK(bench.client.next_timeout() == never);
}

TEST_CASE("the server's reason for refusing an allocation is told", "[turn][rfc8656-7.4]") {
  for (const unsigned code : {300u, 403u, 437u, 442u, 486u, 508u}) {
    auto options = usual();
    options.refuses = code;
    Bench bench{std::move(options)};
    bench.allocate();
    REQUIRE(bench.ended() != nullptr);
    CHECK(bench.ended()->code == code);
    CHECK(bench.client.next_timeout() == never);
  }
}

TEST_CASE("a server that does not answer is given up within ten seconds", "[turn]") {
  Bench bench;
  bench.drops = [](ByteView) { return true; };
  bench.allocate();
  bench.run_for(10s);
  REQUIRE(bench.ended() != nullptr);
  CHECK(bench.ended()->code == 701);
  CHECK(bench.log.size() == 6);
}

TEST_CASE("an answer that is not signed with our key is as good as none", "[turn][rfc8489-9.2.5]") {
  Bench bench;
  bench.server.options().password = "another";
  bench.client.allocate(bench.now);
  TransmitQueue queue;
  bench.client.poll_transmit(queue);
  for (const auto& each :
       bench.server.handle(bench.now, our_address, server_address, queue.bytes(queue.entries()[0]))) {
    bench.receive(each.bytes);
  }
  queue.clear();
  bench.client.poll_transmit(queue);
  const auto request = parsed(queue.bytes(queue.entries()[0]));
  auto forged = stun::Builder{stun::Class::success_response, Method::allocate, request.transaction_id()};
  forged.add(stun::attribute::xor_relayed_address, at("198.51.100.66", 1)).add(stun::attribute::lifetime, 600u);
  bench.client.handle_message(bench.now, parsed(forged.view()));
  bench.client.handle_message(bench.now, parsed(forged.integrity(crypto::HmacSha1{as_bytes("guess")}).view()));
  bench.pump();
  CHECK(bench.events.empty());
  CHECK(bench.client.counters().unauthenticated == 2);
}

TEST_CASE("the first datagram to a peer brings a permission, data a channel", "[turn][rfc8656-9][rfc8656-12]") {
  Bench bench;
  bench.allocate();
  const auto check = stun::Builder{stun::Class::request, Method::binding, {}}.finish();
  bench.send(check);
  CHECK(bench.server.count(Method::create_permission) == 1);
  CHECK(bench.server.count(Method::channel_bind) == 0);
  CHECK(bench.server.indications() == 1);
  bench.send();
  CHECK(bench.server.count(Method::create_permission) == 1);
  CHECK(bench.server.count(Method::channel_bind) == 1);
  bench.send();
  CHECK(bench.server.channel_messages() >= 1);
  REQUIRE(bench.arrived.size() == 3);
  for (const auto& each : bench.arrived) {
    CHECK(each.from == bench.relayed());
    CHECK(each.to == peer_address);
  }
  CHECK(bench.arrived[0].bytes == check);
  CHECK(bench.arrived[2].bytes == data);
  CHECK(bench.log.back().size() == data.size() + 4);
  CHECK(bench.server.faults().empty());
}

TEST_CASE("what a peer sends comes out, by indication and by channel", "[turn][rfc8656-11.4][rfc8656-12.6]") {
  Bench bench;
  bench.allocate();
  bench.send(stun::Builder{stun::Class::request, Method::binding, {}}.finish());
  bench.peer_sends(data);
  bench.send();
  bench.peer_sends(data);
  REQUIRE(bench.received.size() == 2);
  for (const auto& [peer, bytes] : bench.received) {
    CHECK(peer == peer_address);
    CHECK(bytes == data);
  }
}

TEST_CASE("nothing comes in of a peer to which nothing was sent, whatever the server says", "[turn][rfc8656-11.4]") {
  Bench bench;
  bench.allocate();
  stun::Builder indication{stun::Class::indication, Method::data, {}};
  indication.add(stun::attribute::xor_peer_address, peer_address).add(stun::attribute::data, data);
  bench.receive(indication.view());
  const Bytes channel{std::byte{0x40}, std::byte{0}, std::byte{0}, std::byte{1}, std::byte{9}};
  bench.receive(channel);
  CHECK(bench.received.empty());
  CHECK(bench.client.counters().unexpected == 2);
}

TEST_CASE("ChannelData that is cut short is dropped at every length", "[turn][rfc8656-12.4]") {
  Bench bench;
  bench.allocate();
  bench.send();
  bench.send();
  const auto whole = bench.log.back();
  for (std::size_t size = 1; size < whole.size(); ++size) bench.receive(ByteView{whole}.first(size));
  CHECK(bench.received.empty());
  bench.receive(whole);
  CHECK(bench.received.size() == 1);
}

TEST_CASE("a peer that the server forbids is asked for once, and nothing is sent to it", "[turn][rfc8656-9.1]") {
  auto options = usual();
  options.forbidden = {peer_address.address};
  Bench bench{std::move(options)};
  bench.allocate();
  const auto check = stun::Builder{stun::Class::request, Method::binding, {}}.finish();
  for (int i = 0; i < 10; ++i) bench.send(check);
  CHECK(bench.server.count(Method::create_permission) == 1);
  CHECK(bench.arrived.empty());
  CHECK(bench.client.counters().refused == 9);
  CHECK(bench.client.allocated());
}

TEST_CASE("permissions and channels are limited", "[turn]") {
  Bench bench;
  bench.allocate();
  const auto check = stun::Builder{stun::Class::request, Method::binding, {}}.finish();
  for (unsigned i = 0; i < 300; ++i) {
    const auto third = static_cast<std::uint8_t>(i / 200);
    const auto text = "10.0." + std::to_string(third) + "." + std::to_string(1 + i % 200);
    bench.send(check, at(text, 1));
  }
  CHECK(bench.server.count(Method::create_permission) == ice::TurnPeers::max_permissions);
  for (std::uint16_t port = 1; port <= 100; ++port) bench.send(data, at("10.0.0.1", port));
  CHECK(bench.server.count(Method::channel_bind) == ice::TurnPeers::max_channels);
  bench.run_for(20min);
  CHECK(bench.server.faults().empty());
  CHECK(bench.client.allocated());
}

TEST_CASE("nonces that become stale interrupt nothing", "[turn][rfc8489-9.2.5]") {
  auto options = usual();
  options.nonce_lifetime = 30s;
  Bench bench{std::move(options)};
  bench.allocate();
  for (int minute = 0; minute < 120; ++minute) {
    bench.send();
    bench.run_for(1min);
  }
  CHECK(bench.arrived.size() == 120);
  CHECK(bench.server.challenges() > 12);
  CHECK(bench.client.allocated());
  CHECK(bench.server.faults().empty());
}

TEST_CASE("a server whose nonces are always stale is not asked for ever", "[turn]") {
  auto options = usual();
  options.nonce_lifetime = 0s;
  Bench bench{std::move(options)};
  bench.allocate();
  REQUIRE(bench.ended() != nullptr);
  CHECK(bench.ended()->code == 438);
  CHECK(bench.log.size() == 4);
}

TEST_CASE("over a day of constant traffic nothing is lost and nothing grows", "[turn][rfc8656-8]") {
  auto options = usual();
  options.nonce_lifetime = 10min;
  Bench bench{std::move(options)};
  bench.allocate();
  constexpr int rounds = 24 * 3600 / 5;
  std::size_t most_pending = 0;
  for (int round = 0; round < rounds; ++round) {
    bench.send();
    bench.peer_sends(data);
    bench.run_for(5s);
    most_pending = std::max(most_pending, bench.client.pending());
    bench.log.clear();
  }
  CHECK(bench.arrived.size() == rounds);
  CHECK(bench.received.size() == rounds);
  CHECK(most_pending == 0);
  CHECK(bench.server.count(Method::refresh) <= 24u * 60 / 9 + 1);
  CHECK(bench.server.count(Method::create_permission) <= 24u * 60 / 4 + 1);
  CHECK(bench.server.count(Method::channel_bind) <= 24u * 60 / 9 + 1);
  CHECK(bench.server.faults().empty());
}

TEST_CASE("peers that come and go leave nothing behind", "[turn][rfc8656-12]") {
  auto options = usual();
  options.nonce_lifetime = 48h;  // a stale one would cost the first datagram to a new peer
  Bench bench{std::move(options)};
  bench.allocate();
  for (unsigned hour = 0; hour < 24; ++hour) {
    for (unsigned peer = 0; peer < 10; ++peer) {
      bench.send(data, at("10.0." + std::to_string(hour) + "." + std::to_string(peer), 9));
      bench.send(data, at("10.0." + std::to_string(hour) + "." + std::to_string(peer), 9));
    }
    bench.run_for(1h);
    CHECK(bench.client.next_timeout() - bench.now > 1s);
  }
  CHECK(bench.arrived.size() == 480);
  CHECK(bench.server.count(Method::channel_bind) == 480);  // each once more, as it has been used
  CHECK(bench.server.faults().empty());
}

TEST_CASE("a peer that is silent for long gets its channel again", "[turn][rfc8656-12]") {
  for (const auto pause : {4min, 9min, 11min, 14min, 16min, 40min}) {
    Bench bench;
    bench.allocate();
    for (int time = 0; time < 5; ++time) {
      bench.send();
      bench.send();
      bench.run_for(pause);
    }
    CHECK(bench.arrived.size() == 10);
    CHECK(bench.server.faults().empty());
  }
}

TEST_CASE("with a fifth of all datagrams lost the allocation lives on", "[turn]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Bench bench;
    SeededRandom dice{seed};
    bench.drops = [&](ByteView bytes) { return !ice::is_channel_data(bytes) && dice.u32() % 5 == 0; };
    bench.allocate();
    bench.run_for(10s);
    REQUIRE(bench.client.allocated());
    for (int i = 0; i < 360; ++i) {
      bench.send();
      bench.run_for(10s);
    }
    CHECK(bench.client.allocated());
    CHECK(bench.arrived.size() > 300);
    CHECK(bench.server.faults().empty());
  }
}

TEST_CASE("an allocation that the server has forgotten ends with 437", "[turn][rfc8656-8]") {
  Bench bench;
  bench.allocate();
  bench.server.restart();
  bench.client.confirm(bench.now);
  bench.pump();
  REQUIRE(bench.ended() != nullptr);
  CHECK(bench.ended()->code == 437);
  bench.send();
  CHECK(bench.client.counters().refused == 1);
  CHECK(bench.client.next_timeout() == never);
}

TEST_CASE("who answers a signed request without a signature sends nobody elsewhere", "[turn][rfc8489-9.2.5]") {
  Bench bench;
  bench.drops = [](ByteView bytes) { return parsed(bytes).has_integrity(); };
  bench.allocate();
  const auto request = parsed(bench.log.back());
  REQUIRE(request.has_integrity());
  stun::Builder forged{stun::Class::error_response, Method::allocate, request.transaction_id()};
  forged.add(stun::attribute::error_code, {300, "Try Alternate"})
      .add(stun::attribute::alternate_server, at("198.51.100.66", 3478));
  bench.receive(forged.finish());
  CHECK(bench.ended() == nullptr);
  CHECK(bench.client.counters().unauthenticated == 1);
}

TEST_CASE("an allocation that is still there is confirmed", "[turn][rfc8656-8]") {
  Bench bench;
  bench.allocate();
  bench.run_for(1min);
  bench.client.confirm(bench.now);
  bench.pump();
  REQUIRE(bench.events.size() == 2);
  CHECK(std::holds_alternative<TurnClient::Confirmed>(bench.events[1]));
}

TEST_CASE("closing gives the allocation back", "[turn][rfc8656-8]") {
  Bench bench;
  bench.allocate();
  bench.send();
  CHECK(bench.server.allocations(bench.now) == 1);
  bench.client.close(bench.now);
  bench.pump();
  CHECK(bench.server.allocations(bench.now) == 0);
  CHECK(bench.client.next_timeout() == never);
}

TEST_CASE("both families are relayed where the server has both", "[turn][rfc8656-7.1]") {
  auto options = usual();
  options.relay_v6 = IpAddress::parse("2001:db8::9");
  Bench bench{std::move(options), "wonderland", TurnClient::Families::both};
  bench.allocate();
  REQUIRE(std::get<TurnClient::Allocated>(bench.events.at(0)).relayed.size() == 2);
  bench.send(data, at("2001:db8::77", 1));
  bench.send(data, peer_address);
  REQUIRE(bench.arrived.size() == 2);
  CHECK(bench.arrived[0].from.address == *IpAddress::parse("2001:db8::9"));
  CHECK(bench.arrived[1].from.address == *IpAddress::parse("203.0.113.9"));
}
