// ICE over TCP: where UDP gets nowhere, and only there.
#include "ice/candidate.hpp"
#include "sim/rounds.hpp"
#include "sim/world.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::sim;
using namespace std::chrono_literals;

namespace {

std::uint64_t any_seed() { return GENERATE(range(std::uint64_t{0}, std::uint64_t{20})); }

ice::Transport transport(Peer& peer) { return peer.engine().selected_pair()->local.transport; }

// alice connects, bob listens, and alice's network lets no UDP through.
struct Blocked {
  explicit Blocked(std::uint64_t seed, WorldOptions options = {}) : world{seed, std::move(options)} {
    world.alice().use_tcp(false);
    world.bob().use_tcp(true);
    world.block_udp(world.alice());
    own = world.alice().open_channel({.label = "own"});
  }
  World world;
  peer::ChannelId own{};
};

}  // namespace

TEST_CASE("where UDP is blocked a TCP connection to the side that listens carries the data", "[sim][rfc6544-7]") {
  const auto seed = any_seed();
  INFO("seed " << seed);
  Blocked blocked{seed};
  auto& world = blocked.world;
  REQUIRE(world.connect(10s));
  CHECK(transport(world.alice()) == ice::Transport::tcp_active);
  CHECK(transport(world.bob()) == ice::Transport::tcp_passive);
  CHECK(world.alice().engine().selected_pair()->local.type == ice::CandidateType::host);
  CHECK(world.bob().engine().selected_pair()->remote.type == ice::CandidateType::peer_reflexive);
  const std::string text(100'000, 'x');
  world.alice().send(blocked.own, text);
  world.bob().send(*world.bob().channel("first"), text);
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty() && !world.bob().messages().empty(); }, 60s));
  CHECK(world.alice().messages().front().data == text);
  world.run_for(10min);  // consent goes through it
  CHECK(world.alice().connected());
  CHECK(world.bob().connected());
  CHECK(world.tcp_connections() == 1);
}

TEST_CASE("the side that listens may be the offerer", "[sim][rfc6544-7]") {
  World world{1};
  world.alice().use_tcp(true);
  world.bob().use_tcp(false);
  world.block_udp(world.bob());
  REQUIRE(world.connect(10s));
  CHECK(transport(world.alice()) == ice::Transport::tcp_passive);
}

TEST_CASE("both may connect and listen, and agree on one connection", "[sim][rfc6544-6.2]") {
  const auto seed = any_seed();
  INFO("seed " << seed);
  Blocked blocked{seed};
  auto& world = blocked.world;
  world.alice().use_tcp(true);
  REQUIRE(world.connect(10s));
  world.run_for(30s);
  const auto ours = world.alice().engine().selected_pair();
  const auto theirs = world.bob().engine().selected_pair();
  CHECK(ours->local.transport == ice::opposite(theirs->local.transport));
  world.run_for(3min);
  CHECK(world.tcp_connections() == 1);  // the other one has been idle
  CHECK(world.alice().connected());
}

TEST_CASE("where UDP works no connection is even tried", "[sim][rfc6544-4.2]") {
  World world{any_seed()};
  world.alice().use_tcp(true);
  world.bob().use_tcp(true);
  REQUIRE(world.connect(10s));
  world.run_for(1min);
  CHECK(transport(world.alice()) == ice::Transport::udp);
  CHECK(world.tcp_attempts() == 0);
}

TEST_CASE("a connection that breaks is made anew, and nothing is lost on a reliable channel", "[sim][rfc6544-7]") {
  const auto seed = any_seed();
  INFO("seed " << seed);
  Blocked blocked{seed};
  auto& world = blocked.world;
  REQUIRE(world.connect(10s));
  for (int i = 0; i < 50; ++i) world.alice().send(blocked.own, std::to_string(i));
  world.break_tcp();
  CHECK(world.bob().engine().ice_connection_state() == peer::IceConnectionState::disconnected);
  for (int i = 50; i < 100; ++i) world.alice().send(blocked.own, std::to_string(i));
  REQUIRE(world.run_until([&] { return world.bob().messages().size() == 100; }, 20s));
  CHECK(world.bob().messages().back().data == "99");
  CHECK(world.alice().connected());
  CHECK(world.bob().connected());
}

TEST_CASE("a connection that breaks for good ends in disconnected, then failed", "[sim][rfc6544-7]") {
  Blocked blocked{3};
  auto& world = blocked.world;
  REQUIRE(world.connect(10s));
  world.set_listeners(GENERATE(World::Listeners::refuse, World::Listeners::silent));
  world.break_tcp();
  CHECK(world.alice().engine().ice_connection_state() == peer::IceConnectionState::disconnected);
  CHECK(world.bob().engine().ice_connection_state() == peer::IceConnectionState::disconnected);
  REQUIRE(world.run_until([&] { return world.alice().has("ice failed") && world.bob().has("ice failed"); }, 31s));
}

TEST_CASE("a host that refuses connections, or does not answer them, fails the pair and the connection in time",
          "[sim][rfc6544-7.1]") {
  Blocked blocked{4};
  auto& world = blocked.world;
  world.set_listeners(GENERATE(World::Listeners::refuse, World::Listeners::silent));
  CHECK_FALSE(world.connect(90s));
  CHECK(world.alice().has("ice failed"));
  CHECK(world.tcp_attempts() == 1);
}

TEST_CASE("a restart makes another connection, and the old one is closed", "[sim][rfc8445-9]") {
  Blocked blocked{any_seed()};
  auto& world = blocked.world;
  REQUIRE(world.connect(10s));
  world.alice().engine().restart_ice();
  world.alice().negotiate();
  world.run_for(2s);
  CHECK(world.tcp_attempts() == 2);
  CHECK(world.alice().connected());
  world.run_for(10s);
  CHECK(world.tcp_connections() == 1);
  world.alice().send(blocked.own, "hello");
  CHECK(world.run_until([&] { return !world.bob().messages().empty(); }, 5s));
}

TEST_CASE("when UDP comes back a restart takes it, and the connection is closed", "[sim][rfc6544-4.2]") {
  World world{5};
  world.alice().use_tcp(false);
  world.bob().use_tcp(true);
  bool blocked = true;
  world.network().set_filter([&](const Endpoint&, const Endpoint&, Bytes&) { return !blocked; });
  REQUIRE(world.connect(10s));
  blocked = false;
  world.alice().engine().restart_ice();
  world.alice().negotiate();
  world.run_for(15s);
  CHECK(transport(world.alice()) == ice::Transport::udp);
  CHECK(world.tcp_connections() == 0);
}

TEST_CASE("with the relay policy nothing is said of TCP, and nothing connects", "[sim][rfc6544]") {
  World world{6, {.configure = [](peer::EngineOptions& options) { options.relay_only = true; }}};
  world.alice().use_tcp(true);
  world.bob().use_tcp(true);
  CHECK_FALSE(world.connect(60s));
  CHECK(world.alice().engine().signaling().local()->sdp.find("tcptype") == std::string::npos);
  CHECK(world.tcp_attempts() == 0);
}

TEST_CASE("an ICE-lite side listens and never connects", "[sim][rfc6544]") {
  Blocked blocked{7};
  auto& world = blocked.world;
  auto& lite = world.add_peer("lite", [](peer::EngineOptions& options) { options.ice_lite = true; });
  lite.use_tcp(true);
  lite.open_channel({.label = "x"});
  (void)lite.engine().set_local_description(world.now(), std::nullopt, {});
  lite.drain();
  const auto& sdp = lite.engine().signaling().local()->sdp;
  CHECK(sdp.find("tcptype passive") != std::string::npos);
  CHECK(sdp.find("tcptype active") == std::string::npos);
}
