// Two engines that reach each other through TURN servers only.
#include "sim/world.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::sim;
using namespace std::chrono_literals;

namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

const ice::IceServer turn{.url = "turn:203.0.113.5",
                          .host = "203.0.113.5",
                          .kind = ice::IceServer::Kind::turn,
                          .username = "alice",
                          .password = "wonderland"};

test::TurnServerOptions server_options() {
  return {.address = {ip("203.0.113.5"), 3478}, .relay_v4 = ip("203.0.113.9")};
}

WorldOptions through(Link link, std::vector<ice::IceServer> servers = {turn}, bool relay_only = true) {
  return {.link = link, .configure = [servers = std::move(servers), relay_only](peer::EngineOptions& options) {
            options.ice_servers = servers;
            options.relay_only = relay_only;
          }};
}

bool is_peer(const Endpoint& endpoint) {
  return endpoint.address == ip("192.0.2.1") || endpoint.address == ip("192.0.2.2");
}

// Hosts that cannot reach each other, as behind NATs that map by destination.
void separate(World& world) {
  world.network().set_filter(
      [](const Endpoint& from, const Endpoint& to, Bytes&) { return !is_peer(from) || !is_peer(to); });
}

bool relays(Peer& peer) {
  const auto pair = peer.engine().selected_pair();
  return pair && pair->local.type == ice::CandidateType::relayed;
}

}  // namespace

TEST_CASE("two peers with policy relay connect, and no other datagram passes between them", "[sim][turn][CF-11]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    World world{seed, through({.delay = 20ms, .jitter = 10ms})};
    auto& server = world.add_turn_server(server_options());
    bool direct = false;
    world.network().set_filter([&](const Endpoint& from, const Endpoint& to, Bytes&) {
      direct |= is_peer(from) && is_peer(to);
      return true;
    });
    REQUIRE(world.connect(5s));
    CHECK(relays(world.alice()));
    CHECK(relays(world.bob()));
    CHECK_FALSE(direct);
    const auto& sdp = world.alice().engine().signaling().local()->sdp;
    CHECK(sdp.find("192.0.2.") == std::string::npos);
    CHECK(sdp.find("typ relay raddr 0.0.0.0 rport 0") != std::string::npos);
    CHECK(server.faults().empty());
  }
}

TEST_CASE("where only the relays work they are found, with loss too", "[sim][turn]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    World world{seed, through({.delay = 30ms, .jitter = 20ms, .loss = 0.1, .duplication = 0.02}, {turn}, false)};
    auto& server = world.add_turn_server(server_options());
    separate(world);
    REQUIRE(world.connect(60s));
    CHECK((relays(world.alice()) || relays(world.bob())));
    const std::string text(20000, 'x');
    const auto channel = world.bob().channel("first").value();
    for (int i = 0; i < 10; ++i) world.bob().send(channel, text);
    REQUIRE(world.run_until([&] { return world.alice().messages().size() == 10; }, 120s));
    CHECK(server.faults().empty());
    CHECK(server.channel_messages() > 0);
  }
}

TEST_CASE("a direct path is preferred to a relayed one", "[sim][turn][rfc8445-5.1.2]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World world{seed, through({.delay = 20ms, .jitter = 20ms}, {turn}, false)};
    world.add_turn_server(server_options());
    REQUIRE(world.connect(5s));
    world.run_for(5s);
    CHECK_FALSE(relays(world.alice()));
    CHECK_FALSE(relays(world.bob()));
  }
}

TEST_CASE("a TURN server that is dead delays neither the other one nor the connection", "[sim][turn][IC-13]") {
  auto dead = turn;
  dead.url = "turn:203.0.113.66";
  dead.host = "203.0.113.66";
  World world{1, through({}, {dead, turn})};
  world.add_turn_server(server_options());
  REQUIRE(world.connect(2s));
  CHECK_FALSE(world.alice().has("gathering complete"));
  REQUIRE(world.run_until([&] { return world.alice().has("gathering complete"); }, 10s));
  CHECK(world.alice().has("candidate-error turn:203.0.113.66"));
  CHECK_FALSE(world.alice().has("candidate-error turn:203.0.113.5"));
}

TEST_CASE("of a TURN server with several addresses the next is asked when one is silent", "[sim][turn]") {
  auto named = turn;
  named.host = "turn.example.org";
  named.carrier = GENERATE(ice::IceServer::Carrier::udp, ice::IceServer::Carrier::tcp);
  World world{1, through({}, {named})};
  world.add_turn_server(server_options());
  world.set_names({{"turn.example.org", {ip("203.0.113.66"), ip("203.0.113.67"), ip("203.0.113.5")}}});
  REQUIRE(world.connect(4s));
  CHECK(relays(world.alice()));
  REQUIRE(world.run_until([&] { return world.alice().has("gathering complete"); }, 4s));
  CHECK_FALSE(world.alice().has("candidate-error turn:203.0.113.5"));
}

TEST_CASE("closing gives the allocations back", "[sim][turn][rfc8656-8]") {
  World world{1, through({})};
  auto& server = world.add_turn_server(server_options());
  REQUIRE(world.connect(2s));
  CHECK(server.allocations(world.now()) == 2);
  world.alice().close();
  world.bob().close();
  world.run_for(1s);
  CHECK(server.allocations(world.now()) == 0);
}

TEST_CASE("a restart keeps its allocations, and the data goes on", "[sim][turn]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    World world{seed, through({.delay = 20ms, .loss = 0.05})};
    auto& server = world.add_turn_server(server_options());
    REQUIRE(world.connect(30s));
    for (int round = 1; round <= 3; ++round) {
      world.alice().engine().restart_ice();
      world.alice().negotiate();
      const auto channel = world.bob().channel("first").value();
      world.bob().send(channel, "still here");
      REQUIRE(world.run_until([&] { return world.alice().messages().size() == static_cast<std::size_t>(round); }, 60s));
      world.run_for(12s);
      CHECK(relays(world.alice()));
      CHECK(world.alice().connected());
    }
    CHECK(server.allocations(world.now()) == 2);
    CHECK(server.count(stun::Method::allocate) <= 4);
    CHECK(server.faults().empty());
  }
}

TEST_CASE("after the server has forgotten everything a restart finds new relays", "[sim][turn]") {
  World world{1, through({})};
  auto& server = world.add_turn_server(server_options());
  REQUIRE(world.connect(2s));
  server.restart();
  REQUIRE(world.run_until([&] { return !world.alice().connected(); }, 60s));
  world.alice().engine().restart_ice();
  world.alice().negotiate();
  REQUIRE(world.run_until([&] { return world.alice().connected() && world.bob().connected(); }, 20s));
  const auto channel = world.bob().channel("first").value();
  world.bob().send(channel, "back");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 10s));
  CHECK(server.count(stun::Method::allocate) == 4);
}

TEST_CASE("servers of a new configuration take over with the next restart, and the old allocations end",
          "[sim][turn][CF-10]") {
  World world{1, through({})};
  auto& before = world.add_turn_server(server_options());
  auto& after = world.add_turn_server({.address = {ip("203.0.113.6"), 3478}, .relay_v4 = ip("203.0.113.10")});
  REQUIRE(world.connect(2s));
  auto next = turn;
  next.host = "203.0.113.6";
  for (auto* peer : {&world.alice(), &world.bob()}) peer->engine().set_ice_servers({next}, true);
  CHECK(before.allocations(world.now()) == 2);
  world.alice().negotiate();
  world.run_for(15s);
  CHECK(world.alice().connected());
  CHECK(before.allocations(world.now()) == 0);
  CHECK(after.allocations(world.now()) == 2);
  CHECK(before.faults().empty());
  CHECK(after.faults().empty());
}

TEST_CASE("through streams to the servers data passes as well", "[sim][turn][rfc8656-12.5]") {
  auto stream = turn;
  stream.carrier = GENERATE(ice::IceServer::Carrier::tcp, ice::IceServer::Carrier::tls);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    World world{seed, through({.delay = 20ms, .jitter = 10ms, .loss = 0.05}, {stream})};
    auto& server = world.add_turn_server(server_options());
    REQUIRE(world.connect(30s));
    for (std::size_t size = 1; size <= 5; ++size) {
      world.bob().send(world.bob().channel("first").value(), std::string(size, 'x'));
    }
    REQUIRE(world.run_until([&] { return world.alice().messages().size() == 5; }, 60s));
    CHECK(server.channel_messages() > 0);
    CHECK(server.faults().empty());
  }
}

TEST_CASE("datagrams to a TURN server are preferred to a stream", "[sim][turn]") {
  auto stream = turn;
  stream.carrier = ice::IceServer::Carrier::tcp;
  World world{1, through({}, {stream, turn})};
  world.add_turn_server(server_options());
  REQUIRE(world.connect(5s));
  world.run_for(5s);
  CHECK(world.alice().engine().selected_pair()->local.priority ==
        ice::candidate_priority(ice::CandidateType::relayed, 65535 / 2, 1));
}

TEST_CASE("a stream that is refused is reported, and nothing waits for it", "[sim][turn][IC-13]") {
  auto refused = turn;
  refused.url = "turn:203.0.113.66?transport=tcp";
  refused.host = "203.0.113.66";
  refused.carrier = ice::IceServer::Carrier::tcp;
  World world{1, through({}, {refused, turn})};
  world.add_turn_server(server_options());
  REQUIRE(world.connect(2s));
  CHECK(world.alice().has("candidate-error turn:203.0.113.66?transport=tcp"));
  CHECK(world.alice().has("gathering complete"));
}

TEST_CASE("after its streams have broken a restart opens new ones", "[sim][turn]") {
  auto stream = turn;
  stream.carrier = ice::IceServer::Carrier::tcp;
  World world{1, through({}, {stream})};
  auto& server = world.add_turn_server(server_options());
  REQUIRE(world.connect(5s));
  world.close_streams(world.alice());
  server.restart();
  REQUIRE(world.run_until([&] { return !world.alice().connected(); }, 60s));
  world.alice().engine().restart_ice();
  world.alice().negotiate();
  REQUIRE(world.run_until([&] { return world.alice().connected() && world.bob().connected(); }, 20s));
  world.bob().send(world.bob().channel("first").value(), "back");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 10s));
}
