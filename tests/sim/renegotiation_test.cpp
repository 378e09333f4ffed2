// Later rounds of offer and answer: restarts, collisions, refusals.
#include <algorithm>

#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

std::size_t count(const Peer& peer, std::string_view entry) {
  return static_cast<std::size_t>(std::ranges::count(peer.log(), entry));
}

bool settled(World& world) {
  return world.alice().connected() && world.bob().connected() && world.alice().stable() && world.bob().stable();
}

TEST_CASE("a restart from either side moves the connection without anybody noticing", "[sim][IC-15][rfc8445-9]") {
  const bool by_answerer = GENERATE(false, true);
  const double loss = GENERATE(0.0, 0.1);
  World world{41, {.link = {.delay = 20ms, .loss = loss}, .signaling_delay = 40ms}};
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return settled(world); }, 10s));
  auto& restarter = by_answerer ? world.bob() : world.alice();
  const auto before = world.alice().engine().signaling().local()->sdp;
  const auto channel = *world.bob().channel("first");
  for (int i = 0; i < 200; ++i) {
    world.bob().send(channel, std::to_string(i));
    if (i == 50) {
      restarter.engine().restart_ice();
      restarter.negotiate();
    }
    world.run_for(10ms);
  }
  REQUIRE(world.run_until([&] { return world.alice().messages().size() == 200; }, 30s));
  for (int i = 0; i < 200; ++i) CHECK(world.alice().messages()[static_cast<std::size_t>(i)].data == std::to_string(i));
  world.run_for(10s);
  CHECK(settled(world));
  CHECK(count(world.alice(), "connection connected") == 1);
  CHECK(count(world.alice(), "connection disconnected") == 0);
  CHECK(world.alice().engine().signaling().local()->sdp != before);
}

TEST_CASE("a restart revives a connection that has failed", "[sim][IC-15]") {
  World world{42};
  REQUIRE(world.connect());
  world.network().set_cut(true);
  REQUIRE(world.run_until([&] { return world.alice().has("ice failed") && world.bob().has("ice failed"); }, 60s));
  world.network().set_cut(false);
  world.alice().engine().restart_ice();
  world.alice().negotiate();
  REQUIRE(world.run_until([&] { return world.alice().connected() && world.bob().connected(); }, 20s));
  world.bob().send(*world.bob().channel("first"), "again");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 20s));
}

TEST_CASE("offers that collide are settled by the polite side's rollback", "[sim][SD-4][PN-1]") {
  const bool restart = GENERATE(false, true);
  World world{43, {.signaling_delay = 30ms}};
  REQUIRE(world.connect());
  if (restart) {
    world.alice().engine().restart_ice();
    world.bob().engine().restart_ice();
  }
  world.bob().set_polite(true);
  world.alice().negotiate();
  world.bob().negotiate();
  REQUIRE(world.run_until([&] { return settled(world); }, 20s));
  world.run_for(15s);
  CHECK(settled(world));
  CHECK(count(world.bob(), "signaling have-remote-offer") >= 1);
  world.bob().send(*world.bob().channel("first"), "still here");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 10s));
}

TEST_CASE("a restart offer that is rolled back leaves the connection as it was", "[sim][SD-6]") {
  World world{44};
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return settled(world); }, 10s));
  world.run_for(1s);
  auto& alice = world.alice().engine();
  const auto credentials = alice.signaling().negotiated().local->ufrag;
  alice.restart_ice();
  REQUIRE(alice.set_local_description(world.now(), std::nullopt, {}).has_value());
  CHECK(alice.signaling().negotiated().local->ufrag != credentials);
  REQUIRE(alice.set_local_description(world.now(), sdp::Type::rollback, {}).has_value());
  CHECK(alice.signaling().negotiated().local->ufrag == credentials);
  CHECK(alice.ice_gathering_state() == ice::GatheringState::complete);
  world.run_for(40s);  // longer than consent
  CHECK(settled(world));
  world.bob().send(*world.bob().channel("first"), "as before");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 10s));
}

TEST_CASE("gathering goes on where it was when a restart is rolled back", "[sim][SD-6][IC-4]") {
  World world{47, {.configure = [](peer::EngineOptions& options) {
                options.ice_servers = {{"stun:192.0.2.9", "192.0.2.9"}};  // nobody answers there
              }}};
  REQUIRE(world.connect());
  auto& alice = world.alice().engine();
  REQUIRE(alice.ice_gathering_state() == ice::GatheringState::gathering);
  alice.restart_ice();
  REQUIRE(alice.set_local_description(world.now(), std::nullopt, {}).has_value());
  world.run_for(15s);  // longer than servers are waited for
  REQUIRE(alice.set_local_description(world.now(), sdp::Type::rollback, {}).has_value());
  world.run_for(1s);
  CHECK(alice.ice_gathering_state() == ice::GatheringState::complete);
  CHECK(alice.signaling().local()->sdp.find("a=end-of-candidates") != std::string::npos);
  CHECK(settled(world));
}

TEST_CASE("a restart upon a restart keeps the path that works until the last one has another", "[sim][IC-15]") {
  World world{48, {.link = {.delay = 100ms}}};
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return settled(world); }, 10s));
  for (int i = 0; i < 5; ++i) {  // each done before a check of the one before can have come back
    auto& restarter = i % 2 == 0 ? world.alice() : world.bob();
    restarter.engine().restart_ice();
    restarter.negotiate();
    world.run_for(20ms);
    REQUIRE(settled(world));
  }
  world.bob().send(*world.bob().channel("first"), "on the way");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 300ms));
  world.run_for(20s);
  for (auto* peer : {&world.alice(), &world.bob()}) {
    CHECK(peer->connected());
    CHECK(count(*peer, "connection connected") == 1);
    CHECK(count(*peer, "ice checking") == 1);
  }
}

TEST_CASE("a peer that refuses data later ends the association and its channels", "[sim][SD-18][rfc8841-10.3]") {
  World world{45};
  REQUIRE(world.connect());
  auto& alice = world.alice().engine();
  auto& bob = world.bob().engine();
  auto offer = *alice.create_offer(false);
  const auto line = offer.find("m=application ");
  REQUIRE(line != std::string::npos);
  const auto port = line + std::string_view{"m=application "}.size();
  offer.replace(port, offer.find(' ', port) - port, "0");
  REQUIRE(bob.set_remote_description(world.now(), sdp::Type::offer, offer).has_value());
  REQUIRE(bob.set_local_description(world.now(), std::nullopt, {}).has_value());
  REQUIRE(world.run_until([&] { return world.bob().has("closed first"); }, 5s));
  CHECK_FALSE(bob.association().has_value());
  REQUIRE(world.run_until([&] { return world.alice().has("error first") || world.alice().has("closed first"); }, 5s));
}

TEST_CASE("a second round without changes changes nothing", "[sim][OA-7]") {
  World world{46};
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return settled(world); }, 10s));
  world.bob().negotiate();
  REQUIRE(
      world.run_until([&] { return world.bob().stable() && world.alice().has("signaling have-remote-offer"); }, 5s));
  world.run_for(5s);
  CHECK(settled(world));
  CHECK(count(world.alice(), "gathering gathering") == 1);
  CHECK(count(world.alice(), "connection connected") == 1);
}

}  // namespace
}  // namespace sluice::sim
