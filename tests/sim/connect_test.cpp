// Two whole engines connect over a bad network, in virtual time, for many seeds.
#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

TEST_CASE("two peers connect over a clean link within four round trips", "[sim][setup]") {
  World world{1, {.link = {.delay = 25ms}}};
  const auto start = world.now();
  REQUIRE(world.connect());
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(world.now() - start);
  INFO("took " << took.count() << " ms at 50 ms round trip");
  CHECK(took <= 225ms);  // the ACK-less "open" at both ends; data of the opener is there half a round trip earlier
}

TEST_CASE("the states pass in W3C's order", "[sim][IC-4][ST-1][ST-2]") {
  World world{2};
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return world.alice().connected() && world.bob().connected(); }, 10s));
  const auto position = [](const Peer& peer, std::string_view entry) {
    const auto found = std::find(peer.log().begin(), peer.log().end(), entry);
    REQUIRE(found != peer.log().end());
    return found - peer.log().begin();
  };
  for (auto* peer : {&world.alice(), &world.bob()}) {
    CHECK(position(*peer, "gathering gathering") < position(*peer, "gathering complete"));
    CHECK(position(*peer, "ice checking") < position(*peer, "ice connected"));
    CHECK(position(*peer, "connection connecting") < position(*peer, "connection connected"));
    CHECK(position(*peer, "ice connected") < position(*peer, "connection connected"));
  }
}

TEST_CASE("peers connect and talk both ways whatever the network loses, repeats and reorders", "[sim][seeds]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const double loss = 0.01 * static_cast<double>(seed % 31);
    INFO("seed " << seed << ", loss " << loss);
    World world{seed,
                {.link = {.delay = 20ms, .jitter = 15ms, .loss = loss, .duplication = 0.05},
                 .signaling_delay = std::chrono::milliseconds{seed % 7 * 20}}};
    REQUIRE(world.connect());
    const auto back = world.bob().open_channel({.label = "back", .ordered = false});
    REQUIRE(world.run_until([&] { return world.alice().has("announced back"); }, 60s));
    world.alice().send(*world.alice().channel("back"), "to bob");
    world.bob().send(back, "to alice");
    REQUIRE(world.run_until([&] { return !world.alice().messages().empty() && !world.bob().messages().empty(); }, 60s));
    CHECK(world.alice().messages() == std::vector<ReceivedMessage>{{"back", dcep::Kind::text, "to alice"}});
    CHECK(world.bob().messages() == std::vector<ReceivedMessage>{{"back", dcep::Kind::text, "to bob"}});
  }
}

TEST_CASE("losing any one datagram of the set-up delays it, at most", "[sim][setup]") {
  World clean{7};
  REQUIRE(clean.connect());
  const auto datagrams = clean.network().sent();
  for (std::size_t lost = 0; lost < datagrams; ++lost) {
    INFO("datagram " << lost << " of " << datagrams << " is lost");
    World world{7};
    world.network().lose(lost);
    const auto start = world.now();
    REQUIRE(world.connect());
    CHECK(world.now() - start < 3s);
  }
}

TEST_CASE("the peer that answers may be the one that opens channels", "[sim][dcep]") {
  World world{11};
  REQUIRE(world.connect());
  world.bob().open_channel({.label = "from bob"});
  REQUIRE(world.run_until([&] { return world.alice().has("announced from bob"); }, 10s));
  CHECK(world.bob().has("open from bob"));
}

TEST_CASE("the same seed gives the same virtual time", "[sim][deterministic]") {
  const auto run = [] {
    World world{42, {.link = {.delay = 30ms, .jitter = 20ms, .loss = 0.1}}};
    REQUIRE(world.connect());
    return world.network().sent();
  };
  CHECK(run() == run());
}

}  // namespace
}  // namespace sluice::sim
