// a=sctp-port names the association: another one is another association, 0 is none.   RFC 8841 §10.3, §10.4
#include "sim/rounds.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

struct Pair {
  World world{61};
  Pair() {
    world.alice().set_trickle(false);
    world.bob().set_trickle(false);
    world.alice().open_channel({.label = "first"});
    REQUIRE(round(world, world.alice(), world.bob()).has_value());
    REQUIRE(world.run_until([&] { return world.alice().has("open first") && world.bob().has("announced first"); }, 5s));
    REQUIRE(world.run_until([&] { return world.alice().connected() && world.bob().connected(); }, 5s));
  }

  // A channel of each side opens, and carries data both ways.
  void check_data(const std::string& label) {
    auto& alice = world.alice();
    auto& bob = world.bob();
    const auto before = alice.messages().size() + bob.messages().size();
    const auto one = alice.open_channel({.label = "a" + label});
    const auto two = bob.open_channel({.label = "b" + label});
    REQUIRE(world.run_until([&] { return alice.channel("b" + label) && bob.channel("a" + label); }, 10s));
    alice.send(one, "to bob");
    alice.send(*alice.channel("b" + label), "to bob");
    bob.send(two, "to alice");
    bob.send(*bob.channel("a" + label), "to alice");
    REQUIRE(world.run_until([&] { return alice.messages().size() + bob.messages().size() == before + 4; }, 10s));
  }
};

TEST_CASE("another sctp-port is another association over the same DTLS, on either side",
          "[sim][SD-18][AN-5][rfc8841-10.3][rfc8841-10.4]") {
  Pair pair;
  auto& world = pair.world;
  auto& alice = world.alice();
  auto& bob = world.bob();
  const auto before = bob.engine().association();

  // bob reads another port in the offer, so he takes another one as well; alice does not hear of it yet.
  REQUIRE(round(world, alice, bob, with_line("a=sctp-port", "a=sctp-port:6000"),
                with_line("a=sctp-port", "a=sctp-port:5000"))
              .has_value());
  CHECK(bob.has("closed first"));
  CHECK(bob.engine().association_number() == 1);
  CHECK(bob.engine().association() != before);
  CHECK(alice.engine().association_number() == 0);
  CHECK_FALSE(alice.has("closed first"));
  const auto waiting = bob.open_channel({.label = "waiting"});
  world.run_for(2s);
  CHECK_FALSE(bob.has("open waiting"));  // the old association of alice is not taken for the new one

  SECTION("in an answer") { REQUIRE(round(world, alice, bob).has_value()); }
  SECTION("in an offer") { REQUIRE(round(world, bob, alice).has_value()); }
  CHECK(alice.has("closed first"));
  CHECK(alice.engine().association_number() == 1);
  CHECK(bob.engine().association_number() == 2);
  REQUIRE(world.run_until([&] { return bob.has("open waiting") && alice.channel("waiting"); }, 10s));
  bob.send(waiting, "after all");
  REQUIRE(world.run_until([&] { return !alice.messages().empty(); }, 5s));
  pair.check_data("1");
  for (auto* peer : {&alice, &bob}) {
    CHECK(peer->engine().transport_number() == 0);
    CHECK(std::ranges::count(peer->log(), "connection connected") == 1);
    CHECK_FALSE(peer->has("error first"));
  }
}

TEST_CASE("sctp-port 0 ends the association and leaves DTLS as it is", "[sim][SD-18][AN-5][rfc8841-10.3]") {
  Pair pair;
  auto& world = pair.world;
  auto& alice = world.alice();
  auto& bob = world.bob();
  REQUIRE(round(world, alice, bob, with_line("a=sctp-port", "a=sctp-port:0")).has_value());
  for (auto* peer : {&alice, &bob}) {
    CHECK(peer->has("closed first"));
    CHECK_FALSE(peer->engine().association());
    CHECK(peer->engine().association_number() == 1);
    CHECK(peer->engine().transport_number() == 0);
    CHECK(peer->connected());
  }
  SECTION("and the next round may bring another one") {
    REQUIRE(round(world, alice, bob).has_value());
    pair.check_data("1");
  }
  SECTION("also of the side that said 0") {
    REQUIRE(round(world, bob, alice).has_value());
    pair.check_data("1");
  }
  CHECK(alice.engine().association_number() == 1);
  CHECK(alice.engine().transport_number() == 0);
}

TEST_CASE("a data section that was rejected can be opened again", "[sim][SD-18][SD-12][OA-9]") {
  Pair pair;
  auto& world = pair.world;
  auto& alice = world.alice();
  auto& bob = world.bob();
  const auto reject = [](std::string sdp) {
    const auto at = sdp.find("m=application ") + 14;
    return sdp.replace(at, sdp.find(' ', at) - at, "0");
  };
  REQUIRE(round(world, alice, bob, reject).has_value());
  for (auto* peer : {&alice, &bob}) {
    CHECK(peer->has("closed first"));
    CHECK_FALSE(peer->engine().association());
    CHECK(peer->engine().association_number() == 1);
    CHECK(peer->engine().transport_number() == 1);
  }
  world.run_for(2s);
  SECTION("by the side that offered") {
    alice.open_channel({.label = "again"});
    CHECK(alice.log().back() == "negotiation-needed");
    REQUIRE(round(world, alice, bob).has_value());
    REQUIRE(world.run_until([&] { return alice.has("open again") && bob.has("announced again"); }, 10s));
  }
  SECTION("by the side that rejected") {
    bob.open_channel({.label = "again"});
    REQUIRE(round(world, bob, alice).has_value());
    REQUIRE(world.run_until([&] { return bob.has("open again") && alice.has("announced again"); }, 10s));
  }
  pair.check_data("2");
  CHECK(alice.connected());
  CHECK(bob.connected());
  CHECK(alice.engine().association_number() == 1);
}

}  // namespace
}  // namespace sluice::sim
