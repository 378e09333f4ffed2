// What an attacker on the path, and a path that dies, can do to a connection.
#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a certificate that the description does not name ends in failed, without a channel",
          "[sim][SD-17][security-C2]") {
  World world{31};
  world.alice().open_channel({.label = "first"});
  auto& alice = world.alice().engine();
  auto& bob = world.bob().engine();
  REQUIRE(alice.set_local_description(world.now(), std::nullopt, {}).has_value());
  auto offer = alice.signaling().local()->sdp;
  const auto digest = offer.find("a=fingerprint:sha-256 ") + 22;
  offer[digest] = offer[digest] == 'A' ? 'B' : 'A';
  REQUIRE(bob.set_remote_description(world.now(), sdp::Type::offer, offer).has_value());
  REQUIRE(bob.set_local_description(world.now(), std::nullopt, {}).has_value());
  REQUIRE(alice.set_remote_description(world.now(), sdp::Type::answer, bob.signaling().local()->sdp).has_value());
  REQUIRE(world.run_until([&] { return world.bob().has("connection failed"); }, 30s));
  REQUIRE(world.run_until([&] { return world.alice().has("connection failed"); }, 30s));
  CHECK_FALSE(world.alice().has("open first"));
  CHECK_FALSE(world.bob().has("announced first"));
}

TEST_CASE("datagrams from strangers change nothing", "[sim][security-C1][security-D1]") {
  World world{32, {.link = {.delay = 10ms}}};
  const Endpoint stranger{*IpAddress::parse("203.0.113.66"), 666};
  std::size_t answered = 0;
  world.network().set_filter([&](const Endpoint&, const Endpoint& to, ByteView) {
    if (to == stranger) ++answered;
    return true;
  });
  test::SeededRandom random{32};
  const auto flood = [&] {
    for (int i = 0; i < 50; ++i) {
      Bytes junk(random.u32() % 200 + 1);
      random.fill(junk);
      junk.front() = static_cast<std::byte>(random.u32() % 2 == 0 ? 0 : 20 + random.u32() % 44);
      for (auto* peer : {&world.alice(), &world.bob()})
        world.network().send(world.now(), stranger, peer->address(), junk);
    }
  };
  flood();
  world.alice().open_channel({.label = "first"});
  world.alice().negotiate();
  for (int i = 0; i < 100; ++i) {
    flood();
    world.run_for(5ms);
  }
  REQUIRE(world.run_until([&] { return world.alice().has("open first") && world.bob().has("announced first"); }, 10s));
  CHECK(answered == 0);
  CHECK(world.alice().engine().refused_datagrams() > 0);
}

TEST_CASE("every datagram repeated three times does no harm", "[sim][security-C6]") {
  World world{33, {.link = {.delay = 10ms, .duplication = 1.0}}};
  REQUIRE(world.connect());
  world.bob().send(*world.bob().channel("first"), "once");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 5s));
  world.run_for(2s);
  CHECK(world.alice().messages().size() == 1);
}

TEST_CASE("a path that dies is disconnected within seconds and failed after thirty", "[sim][ST-8][rfc7675-5.1]") {
  World world{34};
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return world.alice().connected(); }, 5s));
  world.network().set_cut(true);
  const auto cut = world.now();
  REQUIRE(world.run_until([&] { return world.alice().has("ice disconnected"); }, 15s));
  REQUIRE(world.run_until([&] { return world.alice().has("ice failed"); }, 40s));
  CHECK(world.now() - cut <= 40s);
  const auto sent = world.network().sent();
  world.run_for(20s);
  CHECK(world.network().sent() == sent);  // RFC 7675 §5.1: silent for good
}

TEST_CASE("an outage shorter than consent is survived without loss", "[sim][rfc7675-5.1]") {
  World world{35};
  REQUIRE(world.connect());
  const auto channel = *world.bob().channel("first");
  world.network().set_cut(true);
  world.bob().send(channel, "through the outage");
  world.run_for(20s);
  world.network().set_cut(false);
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 15s));
  REQUIRE(world.run_until([&] { return world.alice().connected() && world.bob().connected(); }, 15s));
}

}  // namespace
}  // namespace sluice::sim
