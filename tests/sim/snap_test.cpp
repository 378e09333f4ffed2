// The SCTP handshake in the descriptions.   draft-hancke-tsvwg-snap-00
#include "sim/rounds.hpp"
#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto one_way = 25ms;

WorldOptions with_snap() {
  return {.link = {.delay = one_way}, .configure = [](peer::EngineOptions& options) { options.snap = true; }};
}

Duration time_to_connect(WorldOptions options) {
  World world{1, std::move(options)};
  const auto start = world.now();
  REQUIRE(world.connect());
  return world.now() - start;
}

bool says(const sdp::Description* description, std::string_view text) {
  return description != nullptr && description->sdp.find(text) != std::string::npos;
}

std::string init_of(Peer& peer) {
  const auto& sdp = peer.engine().signaling().current_local()->sdp;
  const auto start = sdp.find("a=sctp-init:");
  REQUIRE(start != std::string::npos);
  return sdp.substr(start, sdp.find('\r', start) - start);
}

TEST_CASE("with SNAP a connection is open at least one round trip earlier", "[sim][snap][setup]") {
  const auto without = time_to_connect({.link = {.delay = one_way}});
  const auto with = time_to_connect(with_snap());
  CHECK(with <= without - 2 * one_way);
}

TEST_CASE("SNAP is harmless with a peer that has it not", "[sim][snap]") {
  const bool offerer_has_it = GENERATE(true, false);
  World world{2};
  auto& carol = world.add_peer("carol", [](peer::EngineOptions& options) { options.snap = true; });
  auto& alice = world.alice();
  auto& offerer = offerer_has_it ? carol : alice;
  auto& answerer = offerer_has_it ? alice : carol;
  connect_and_greet(world, offerer, answerer);
  CHECK(says(offerer.engine().signaling().current_local(), "a=sctp-init:") == offerer_has_it);
  CHECK_FALSE(says(answerer.engine().signaling().current_local(), "a=sctp-init:"));
}

TEST_CASE("later descriptions repeat a=sctp-init as it was", "[sim][snap]") {
  World world{3, with_snap()};
  REQUIRE(world.connect());
  auto& alice = world.alice();
  auto& bob = world.bob();
  const auto before = init_of(alice);
  const auto before_bob = init_of(bob);
  bob.engine().restart_ice();
  bob.negotiate();
  REQUIRE(world.run_until([&] { return alice.stable() && bob.stable(); }, 5s));
  CHECK(init_of(alice) == before);
  CHECK(init_of(bob) == before_bob);
  const auto more = alice.open_channel({.label = "more"});
  REQUIRE(world.run_until([&] { return alice.has("open more"); }, 5s));
  alice.send(more, "still");
  REQUIRE(world.run_until([&] { return !bob.messages().empty(); }, 5s));
}

TEST_CASE("with SNAP peers connect and talk whatever the network loses", "[sim][snap][seeds]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    auto options = with_snap();
    options.link = {.delay = 20ms, .jitter = 15ms, .loss = 0.01 * static_cast<double>(seed % 31), .duplication = 0.05};
    World world{seed, std::move(options)};
    REQUIRE(world.connect());
    const auto back = world.bob().open_channel({.label = "back"});
    REQUIRE(world.run_until([&] { return world.alice().has("announced back"); }, 60s));
    world.bob().send(back, "to alice");
    REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 60s));
  }
}

}  // namespace
}  // namespace sluice::sim
