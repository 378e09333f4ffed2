// When an engine gathers: by descriptions, ahead of them for the pool, and again for other servers.   RFC 9429 §3.5
#include <algorithm>

#include "sim/rounds.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using Log = std::vector<std::string>;

Log since(const Peer& peer, std::size_t mark) {
  return {peer.log().begin() + static_cast<std::ptrdiff_t>(mark), peer.log().end()};
}

const std::vector<ice::IceServer> other_servers{{"stun:192.0.2.9", "192.0.2.9"}};

TEST_CASE("only a local description starts gathering", "[sim][IC-1]") {
  World world{71};
  auto& alice = world.alice();
  auto& bob = world.bob();
  alice.set_trickle(false);
  alice.open_channel({.label = "first"});
  REQUIRE(alice.engine().create_offer(false).has_value());
  alice.drain();
  CHECK(alice.log() == Log{"negotiation-needed"});
  REQUIRE(take(world, bob, sdp::Type::offer, describe(world, alice)).has_value());
  REQUIRE(bob.engine().create_answer().has_value());
  bob.drain();
  CHECK(bob.log() == Log{"signaling have-remote-offer"});
}

TEST_CASE("a pool gathers ahead, and its candidates surface right after the description", "[sim][IC-1][IC-2][CF-8]") {
  World world{72, {.configure = [](peer::EngineOptions& options) { options.candidate_pool = 1; }}};
  auto& alice = world.alice();
  alice.set_trickle(false);
  alice.engine().prefetch(world.now());
  alice.drain();
  world.run_for(1s);
  CHECK(alice.log().empty());
  CHECK(alice.engine().ice_gathering_state() == ice::GatheringState::new_);
  alice.open_channel({.label = "first"});
  REQUIRE(alice.engine().set_local_description(world.now(), {}, {}).has_value());
  const auto& local = alice.engine().signaling().local()->sdp;
  CHECK(local.find("a=candidate:") != std::string::npos);  // nobody was asked for sockets since
  CHECK(local.find("ufrag " + alice.engine().signaling().negotiated().local->ufrag) != std::string::npos);
  alice.drain();
  CHECK(alice.log() == Log{"negotiation-needed", "signaling have-local-offer", "gathering gathering", "candidate found",
                           "candidate end", "gathering complete", "candidate null"});
  const auto set = take(world, world.bob(), sdp::Type::offer, local);
  REQUIRE(set.has_value());
  world.bob().set_trickle(false);
  REQUIRE(take(world, alice, sdp::Type::answer, describe(world, world.bob())).has_value());
  REQUIRE(world.run_until([&] { return alice.has("open first"); }, 5s));
}

TEST_CASE("a pool that is taken back leaves nothing", "[sim][CF-8]") {
  World world{73};
  auto& alice = world.alice();
  alice.set_trickle(false);
  alice.engine().set_candidate_pool(world.now(), 2);
  alice.drain();
  alice.engine().set_candidate_pool(world.now(), 0);
  alice.open_channel({.label = "first"});
  REQUIRE(alice.engine().set_local_description(world.now(), {}, {}).has_value());
  CHECK(alice.engine().signaling().local()->sdp.find("a=candidate:") == std::string::npos);
  alice.drain();
  CHECK(alice.engine().signaling().local()->sdp.find("a=candidate:") != std::string::npos);
}

TEST_CASE("other servers hold from the next gathering on", "[sim][CF-10]") {
  World world{74};
  auto& alice = world.alice();
  auto& bob = world.bob();
  for (auto* peer : {&alice, &bob}) peer->set_trickle(false);
  std::size_t asked = 0;
  world.network().set_filter([&](const Endpoint&, const Endpoint& to, ByteView) {
    if (to.address == *IpAddress::parse("192.0.2.9")) ++asked;
    return true;
  });
  alice.open_channel({.label = "first"});
  SECTION("which is the first one") {
    alice.engine().set_ice_servers(other_servers, false);
    describe(world, alice);
    CHECK(asked != 0);
  }
  SECTION("which is the pool's, again") {
    alice.engine().set_candidate_pool(world.now(), 1);
    alice.drain();
    CHECK(asked == 0);
    alice.engine().set_ice_servers(other_servers, false);
    alice.drain();
    CHECK(asked != 0);
    CHECK(describe(world, alice).find("a=candidate:") != std::string::npos);
  }
  SECTION("which the next offer asks for by a restart") {
    REQUIRE(round(world, alice, bob).has_value());
    REQUIRE(world.run_until([&] { return alice.has("open first") && alice.connected(); }, 5s));
    const auto ufrag = alice.engine().signaling().negotiated().local->ufrag;
    const auto mark = alice.log().size();
    alice.engine().set_ice_servers(other_servers, false);
    alice.drain();
    CHECK(since(alice, mark).empty());
    CHECK(asked == 0);
    REQUIRE(round(world, alice, bob).has_value());
    CHECK(alice.engine().signaling().negotiated().local->ufrag != ufrag);
    CHECK(asked != 0);
    world.run_for(20s);
    CHECK(alice.connected());
  }
  SECTION("and the same ones change nothing") {
    REQUIRE(round(world, alice, bob).has_value());
    const auto ufrag = alice.engine().signaling().negotiated().local->ufrag;
    alice.engine().set_ice_servers({}, false);
    REQUIRE(round(world, alice, bob).has_value());
    CHECK(alice.engine().signaling().negotiated().local->ufrag == ufrag);
  }
}

}  // namespace
}  // namespace sluice::sim
