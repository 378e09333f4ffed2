// A connection that breaks: what the agent notices, and when it falls silent.
#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::State;

namespace {

const SocketId first{0};

struct Connected {
  explicit Connected(std::uint64_t seed) : world{seed} {
    alice.add_socket(at("192.0.2.1", 1000), 65535);
    bob.add_socket(at("192.0.2.2", 2000));
    world.connect(alice, bob);
    world.end_of_candidates(alice);
    world.end_of_candidates(bob);
    world.run_until([&] { return alice.agent.state() == State::completed && is_connected(bob); }, 5s);
  }

  World world;
  Host& alice = world.add_host();
  Host& bob = world.add_host();
};

// IPv6 is preferred.
struct DualStack {
  explicit DualStack(std::uint64_t seed) : world{seed} {
    alice.add_socket(at("2001:db8::1", 1000), 65535);
    alice.add_socket(at("192.0.2.1", 1001), 65534);
    bob.add_socket(at("2001:db8::2", 2000), 65535);
    bob.add_socket(at("192.0.2.2", 2001), 65534);
    world.connect(alice, bob);
  }

  World world;
  Host& alice = world.add_host();
  Host& bob = world.add_host();
};

bool in(const Host& host, State state) { return host.agent.state() == state; }

}  // namespace

TEST_CASE("a lost path is noticed within seconds, given up after 30, and silent from then on", "[ice][rfc7675-5.1]") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Connected pair{seed};
    auto& world = pair.world;
    auto& alice = pair.alice;
    auto& bob = pair.bob;
    world.run_for(60s + seed * 370ms);
    REQUIRE(in(alice, State::completed));
    world.drops = [](const Packet&) { return true; };
    const auto cut = world.now;
    REQUIRE(world.run_until([&] { return in(alice, State::disconnected); }, 10s));
    CHECK(world.now - cut >= 2s);
    CHECK(alice.agent.data_path().has_value());
    REQUIRE(world.run_until([&] { return in(alice, State::failed) && in(bob, State::failed); }, 31s));
    CHECK(world.now - cut >= 23s);
    CHECK(world.now - cut <= 30s);
    CHECK_FALSE(alice.agent.data_path().has_value());
    CHECK_FALSE(alice.agent.admits(Path{first, at("192.0.2.2", 2000)}));
    CHECK(alice.agent.next_timeout() == never);
    const auto sent = world.log.size();
    world.drops = [](const Packet&) { return false; };
    world.run_for(60s);
    CHECK(world.log.size() == sent);
  }
}

TEST_CASE("an outage of 20 seconds is survived", "[ice][rfc7675-5.1]") {
  Connected pair{5};
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  world.drops = [](const Packet&) { return true; };
  world.run_for(20s);
  CHECK(in(alice, State::disconnected));
  world.drops = [](const Packet&) { return false; };
  REQUIRE(world.run_until([&] { return is_connected(alice) && is_connected(bob); }, 3s));
  world.run_for(60s);
  CHECK(alice.states() == std::vector{State::checking, State::connected, State::completed, State::disconnected,
                                      State::connected, State::completed});
  CHECK(is_connected(bob));
}

TEST_CASE("the peer's own checks do not prolong our consent", "[ice][rfc7675-5.1]") {
  Connected pair{5};
  auto& world = pair.world;
  auto& alice = pair.alice;
  world.drops = [](const Packet& packet) {
    const auto message = stun::Message::parse(packet.bytes);
    return message && message->is_response() && packet.to == at("192.0.2.1", 1000);
  };
  REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 31s));
}

TEST_CASE("responses with a wrong password do not prolong consent", "[ice][rfc7675-5.1]") {
  Connected pair{6};
  auto& world = pair.world;
  auto& alice = pair.alice;
  world.drops = [&](const Packet& packet) {
    if (packet.to != at("192.0.2.2", 2000)) return packet.from == at("192.0.2.2", 2000);
    const auto request = stun::Message::parse(packet.bytes);
    if (!request || !request->is_request()) return true;
    const auto forged = stun::Builder{stun::Class::success_response, stun::Method::binding, request->transaction_id()}
                            .add(stun::attribute::xor_mapped_address, packet.from)
                            .integrity(crypto::HmacSha1{as_bytes("not the password of bob")})
                            .fingerprint()
                            .finish();
    world.after(20ms, [&world, &alice, forged] { world.receive(alice, first, at("192.0.2.2", 2000), forged); });
    return true;
  };
  REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 31s));
  CHECK(alice.agent.counters().unauthenticated > 10);
}

TEST_CASE("when the selected path dies, another one takes over", "[ice][rfc8445-8]") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    DualStack pair{seed};
    auto& world = pair.world;
    auto& alice = pair.alice;
    auto& bob = pair.bob;
    world.run_for(20s + seed * 370ms);
    REQUIRE(alice.agent.data_path() == Path{SocketId{0}, at("2001:db8::2", 2000)});
    world.drops = [](const Packet& packet) { return !packet.to.address.is_v4(); };
    world.run_for(15s);
    INFO("seed " << seed);
    CHECK(alice.agent.data_path() == Path{SocketId{1}, at("192.0.2.2", 2001)});
    CHECK(bob.agent.data_path() == Path{SocketId{1}, at("192.0.2.1", 1001)});
    CHECK(is_connected(alice));
    CHECK(is_connected(bob));
    world.run_for(120s);
    CHECK(is_connected(alice));
    CHECK(is_connected(bob));
  }
}

TEST_CASE("when consent expires, a pair that is being checked still gets its chance, and the old one none",
          "[ice][rfc7675-5.1]") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    DualStack pair{seed};
    auto& world = pair.world;
    auto& alice = pair.alice;
    auto& bob = pair.bob;
    world.end_of_candidates(alice);
    world.end_of_candidates(bob);
    world.run_for(20s + seed * 370ms);
    REQUIRE(alice.agent.data_path() == Path{SocketId{0}, at("2001:db8::2", 2000)});
    world.drops = [](const Packet&) { return true; };
    world.run_for(31s);
    CHECK(in(alice, State::checking));  // W3C RTCIceTransportState: consent has failed, others are checked
    CHECK(in(bob, State::checking));
    CHECK_FALSE(alice.agent.data_path().has_value());
    world.drops = [](const Packet&) { return false; };
    const auto sent = world.log.size();
    REQUIRE(world.run_until([&] { return is_connected(alice) && is_connected(bob); }, 5s));
    world.run_for(120s);
    CHECK(is_connected(alice));
    CHECK(alice.agent.data_path() == Path{SocketId{1}, at("192.0.2.2", 2001)});
    CHECK(bob.agent.data_path() == Path{SocketId{1}, at("192.0.2.1", 1001)});
    const auto to_v6 = [](const Packet& packet) { return !packet.to.address.is_v4(); };
    CHECK(std::count_if(world.log.begin() + static_cast<std::ptrdiff_t>(sent), world.log.end(), to_v6) == 0);
  }
}

TEST_CASE("when consent has expired and nothing else answers either, that is the end", "[ice][rfc7675-5.1]") {
  DualStack pair{3};
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  world.run_for(20s);
  world.drops = [](const Packet&) { return true; };
  REQUIRE(world.run_until([&] { return in(alice, State::failed) && in(bob, State::failed); }, 70s));
  CHECK(alice.all<ice::Failed>().back().reason == ice::Failed::Reason::consent_lost);
  CHECK(alice.agent.next_timeout() == never);
}

TEST_CASE("ten percent loss for ten minutes never disturbs a connection", "[ice][rfc7675-5.1]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Connected pair{seed};
    auto& world = pair.world;
    auto& alice = pair.alice;
    world.link.loss = 0.1;
    world.run_for(600s);
    INFO("seed " << seed);
    CHECK(alice.states().back() == State::completed);
    CHECK(std::ranges::count(alice.states(), State::disconnected) == 0);
  }
}

TEST_CASE("an idle connection sends one check per side every five seconds", "[ice][rfc7675-5.1]") {
  Connected pair{9};
  auto& world = pair.world;
  auto& alice = pair.alice;
  world.run_for(10s);
  const auto before = alice.agent.counters().checks_sent;
  world.run_for(600s);
  const auto checks = alice.agent.counters().checks_sent - before;
  CHECK(checks >= 110);
  CHECK(checks <= 130);
}

TEST_CASE("a peer that cannot be reached at all is failed after patience ends", "[ice][rfc8863-4]") {
  World world;
  auto& alice = world.add_host();
  auto& bob = world.add_host();
  alice.add_socket(at("192.0.2.1", 1000));
  bob.add_socket(at("192.0.2.2", 2000));
  world.drops = [](const Packet&) { return true; };
  const auto start = world.now;
  world.connect(alice, bob);
  world.end_of_candidates(alice);
  REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 60s));
  CHECK(world.now - start >= 39500ms);
  CHECK(world.now - start <= 40s);
  CHECK(alice.states() == std::vector{State::checking, State::failed});
}

TEST_CASE("an agent without any remote candidate stays new until patience ends", "[ice][rfc8863-4]") {
  World world;
  auto& alice = world.add_host();
  alice.add_socket(at("192.0.2.1", 1000));
  world.introduce(alice, {"ufrag", "a password of the peer"});
  world.gather(alice);
  world.run_for(39s);
  CHECK(in(alice, State::new_));
  world.end_of_candidates(alice);
  CHECK(in(alice, State::new_));
  world.run_for(1s);
  CHECK(in(alice, State::failed));
}

TEST_CASE("an agent that has no address fails when nothing more can come", "[ice][rfc8863-4]") {
  World world;
  auto& alice = world.add_host();
  world.introduce(alice, {"ufrag", "a password of the peer"});
  world.gather(alice);
  world.run_for(1s);
  CHECK(in(alice, State::new_));
  world.end_of_candidates(alice);
  CHECK(in(alice, State::failed));
}
