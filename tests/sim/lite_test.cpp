// Peers of which one, or both, are lite.   RFC 8445 §2.5
#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

enum class Lite : std::uint8_t { alice, bob, both };

TEST_CASE("a lite peer connects to a full one whoever offers, and to a lite one", "[sim][lite][seeds][rfc8445-6.1.1]") {
  const auto lite = GENERATE(Lite::alice, Lite::bob, Lite::both);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed << ", lite: " << static_cast<int>(lite));
    int made = 0;  // alice first
    World world{seed,
                {.link = {.delay = 20ms, .jitter = 10ms, .loss = seed % 2 == 0 ? 0.05 : 0},
                 .signaling_delay = 20ms,
                 .configure = [&](peer::EngineOptions& options) {
                   options.ice_lite = lite == Lite::both || (made++ == 0) == (lite == Lite::alice);
                 }}};
    REQUIRE(world.connect(20s));
    world.bob().send(*world.bob().channel("first"), "hello");
    REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 20s));
    world.run_for(60s);
    CHECK(world.alice().connected());
    CHECK(world.bob().connected());
    const auto is_lite = [](Peer& peer) {
      return peer.engine().signaling().local()->sdp.find("a=ice-lite\r\n") != std::string::npos;
    };
    CHECK(is_lite(world.alice()) == (lite != Lite::bob));
    CHECK(is_lite(world.bob()) == (lite != Lite::alice));
    const auto alice_role = lite == Lite::alice ? ice::Role::controlled : ice::Role::controlling;
    CHECK(world.alice().engine().ice_role() == alice_role);
    CHECK(world.bob().engine().ice_role() != alice_role);
  }
}

TEST_CASE("a restart with a lite peer keeps the data going", "[sim][lite][rfc8445-9]") {
  int made = 0;
  World world{3, {.configure = [&](peer::EngineOptions& options) { options.ice_lite = made++ == 0; }}};
  REQUIRE(world.connect(20s));
  world.bob().engine().restart_ice();
  world.bob().negotiate();
  world.run_for(10s);
  world.bob().send(*world.bob().channel("first"), "still here");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 20s));
  CHECK(world.alice().connected());
}

}  // namespace
}  // namespace sluice::sim
