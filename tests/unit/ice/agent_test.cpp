// Two agents that mean well, on networks that mostly do.
#include "ice/agent.hpp"

#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::Role;
using ice::State;

namespace {

const auto alice_address = at("192.0.2.1", 1000);
const auto bob_address = at("192.0.2.2", 2000);
const SocketId first{0};

struct Couple {
  explicit Couple(std::uint64_t seed = 1, Link link = {}) : world{seed, link} {
    alice.add_socket(alice_address);
    bob.add_socket(bob_address);
  }
  bool connected() const { return is_connected(alice) && is_connected(bob); }

  World world;
  Host& alice = world.add_host();
  Host& bob = world.add_host();
};

}  // namespace

TEST_CASE("two agents on one network connect in one round trip", "[ice][rfc8445-12.1]") {
  Couple pair;
  const auto start = pair.world.now;
  pair.world.connect(pair.alice, pair.bob);
  REQUIRE(pair.world.run_until([&] { return pair.connected(); }, 1s));
  CHECK(pair.world.now - start == 40ms);
  CHECK(pair.alice.agent.data_path() == Path{first, bob_address});
  CHECK(pair.bob.agent.data_path() == Path{first, alice_address});
  CHECK(pair.alice.agent.round_trip() == 40ms);
  CHECK(pair.alice.all<ice::PathChanged>().size() == 1);
  CHECK(pair.bob.all<ice::PathChanged>().size() == 1);
}

TEST_CASE("the states are entered one after the other, once", "[ice][rfc8445-12.1]") {
  Couple pair;
  CHECK(pair.alice.agent.state() == State::new_);
  pair.world.connect(pair.alice, pair.bob);
  pair.world.run_for(1s);
  CHECK(pair.alice.states() == std::vector{State::checking, State::connected});
  pair.world.end_of_candidates(pair.alice);
  pair.world.end_of_candidates(pair.bob);
  CHECK(pair.alice.states() == std::vector{State::checking, State::connected, State::completed});
  pair.world.run_for(120s);
  CHECK(pair.alice.agent.state() == State::completed);
  CHECK(pair.bob.states() == std::vector{State::checking, State::connected, State::completed});
}

TEST_CASE("an agent that has nothing left to check is connected before it is completed", "[ice][rfc8445-12.1]") {
  Couple pair;
  pair.world.connect(pair.alice, pair.bob);
  pair.world.run_for(1ms);
  pair.world.end_of_candidates(pair.alice);
  pair.world.run_for(1s);
  CHECK(pair.alice.states() == std::vector{State::checking, State::connected, State::completed});
}

TEST_CASE("the offerer answers checks that arrive before the answer does, and checks back as soon as it can",
          "[ice][rfc8445-7.3]") {
  Couple pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  alice.agent.set_role(Role::controlling);
  bob.agent.set_role(Role::controlled);
  world.trickle(alice, bob);
  world.introduce(bob, alice);
  world.gather(alice);
  world.gather(bob);
  alice.trickles_to = nullptr;
  REQUIRE(world.run_until([&] { return is_connected(bob); }, 1s));
  CHECK(alice.agent.state() != State::connected);
  CHECK(alice.agent.admits(Path{first, bob_address}));
  CHECK_FALSE(alice.agent.data_path().has_value());
  world.introduce(alice, bob);
  const auto start = world.now;
  REQUIRE(world.run_until([&] { return pair.connected(); }, 1s));
  CHECK(world.now - start == 40ms);
}

TEST_CASE("early checks of somebody with another user name fragment are forgotten when the answer arrives",
          "[ice][rfc8445-7.3]") {
  Couple pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  bob.agent.set_role(Role::controlled);
  world.introduce(bob, alice);
  world.gather(alice);
  world.gather(bob);
  world.at_time(world.now, [&] {
    auto candidate = alice.all<ice::CandidateGathered>().front().candidate;
    bob.agent.add_remote_candidate(world.now, candidate);
    world.drain(bob);
  });
  world.run_for(1s);
  REQUIRE(alice.agent.admits(Path{first, bob_address}));
  world.introduce(alice, {"someone", "else-with-a-long-password"});
  world.run_for(1s);
  CHECK_FALSE(alice.agent.admits(Path{first, bob_address}));
  CHECK(alice.agent.state() == State::new_);
}

TEST_CASE("a peer whose candidates never arrive is found by its checks", "[ice][rfc8445-7.3.1.3]") {
  Couple pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  world.introduce(alice, bob);
  world.introduce(bob, alice);
  alice.agent.set_role(Role::controlling);
  bob.agent.set_role(Role::controlled);
  alice.trickles_to = &bob;  // one direction only
  world.gather(alice);
  world.gather(bob);
  REQUIRE(world.run_until([&] { return pair.connected(); }, 1s));
  const auto selected = alice.agent.selected_pair();
  REQUIRE(selected.has_value());
  CHECK(selected->remote.type == ice::CandidateType::peer_reflexive);
  CHECK(selected->remote.address == bob_address);
}

TEST_CASE("a peer-reflexive candidate that is signaled later becomes what it is", "[ice][rfc8445-7.3.1.3]") {
  Couple pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  world.signaling_delay = 300ms;
  alice.agent.set_role(Role::controlling);
  bob.agent.set_role(Role::controlled);
  world.introduce(alice, bob);
  world.introduce(bob, alice);
  bob.trickles_to = &alice;
  world.gather(alice);
  world.gather(bob);
  bob.agent.add_remote_candidate(world.now, alice.all<ice::CandidateGathered>().front().candidate);
  world.drain(bob);
  REQUIRE(world.run_until([&] { return is_connected(alice); }, 200ms));
  CHECK(alice.agent.selected_pair()->remote.type == ice::CandidateType::peer_reflexive);
  world.run_for(300ms);
  CHECK(alice.agent.selected_pair()->remote.type == ice::CandidateType::host);
  CHECK(alice.all<ice::PathChanged>().size() == 1);
}

TEST_CASE("both ends settle on the same best pair", "[ice][rfc8445-8.1.1]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    World world{seed, {.delay = 10ms, .jitter = 60ms, .loss = 0.1}};
    auto& alice = world.add_host();
    auto& bob = world.add_host();
    alice.add_socket(at("2001:db8::1", 1000), 65535);
    alice.add_socket(at("192.0.2.1", 1001), 65534);
    alice.add_socket(at("198.51.100.1", 1002), 65533);
    bob.add_socket(at("192.0.2.2", 2000), 65534);
    bob.add_socket(at("2001:db8::2", 2001), 65535);
    world.connect(alice, bob);
    world.run_for(15s);
    INFO("seed " << seed);
    REQUIRE(alice.agent.data_path().has_value());
    CHECK(alice.agent.data_path() == Path{SocketId{0}, at("2001:db8::2", 2001)});
    CHECK(bob.agent.data_path() == Path{SocketId{1}, at("2001:db8::1", 1000)});
  }
}

TEST_CASE("two agents that both believe to be in control find out who is", "[ice][rfc8445-7.3.1.1]") {
  for (const auto role : {Role::controlling, Role::controlled}) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      Couple pair{seed, {.delay = 20ms, .jitter = 20ms, .loss = 0.1}};
      auto& world = pair.world;
      auto& alice = pair.alice;
      auto& bob = pair.bob;
      world.connect(alice, bob);
      alice.agent.set_role(role);
      bob.agent.set_role(role);
      INFO("seed " << seed);
      REQUIRE(world.run_until([&] { return pair.connected(); }, 10s));
      world.run_for(10s);
      CHECK(alice.agent.role() != bob.agent.role());
      CHECK(pair.connected());
    }
  }
}

TEST_CASE("nine of ten connections over a link that loses every third datagram take less than two seconds",
          "[ice][rfc8445-14.3]") {
  std::vector<Duration> times;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Couple pair{seed, {.delay = 40ms, .jitter = 30ms, .loss = 0.33, .duplication = 0.1}};
    auto& world = pair.world;
    auto& alice = pair.alice;
    auto& bob = pair.bob;
    const auto start = world.now;
    world.connect(alice, bob);
    INFO("seed " << seed);
    REQUIRE(world.run_until([&] { return pair.connected(); }, 39s));
    times.push_back(world.now - start);
  }
  std::ranges::sort(times);
  CHECK(times[times.size() / 2] < 600ms);
  CHECK(times[times.size() * 9 / 10] < 2s);
}

TEST_CASE("equal seeds give equal packets at equal times", "[ice]") {
  const auto trace = [] {
    Couple pair{42, {.delay = 30ms, .jitter = 20ms, .loss = 0.2}};
    pair.world.connect(pair.alice, pair.bob);
    pair.world.run_for(60s);
    return pair.world.log;
  };
  const auto one = trace();
  const auto two = trace();
  REQUIRE(one.size() == two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    REQUIRE(one[i].sent == two[i].sent);
    REQUIRE(one[i].bytes == two[i].bytes);
  }
}

TEST_CASE("a connection that only works relayed by nothing never surfaces or checks a direct address", "[ice][relay]") {
  World world;
  auto& alice = world.add_host({.ice_servers = {{"stun:192.0.2.9", "192.0.2.9", 3478}}, .relay_only = true});
  auto& bob = world.add_host();
  alice.add_socket(alice_address);
  bob.add_socket(bob_address);
  world.connect(alice, bob);
  world.run_for(5s);
  CHECK(alice.all<ice::CandidateGathered>().empty());
  CHECK(alice.agent.gathering_state() == ice::GatheringState::complete);
  for (const auto& packet : world.log) CHECK(packet.from != alice_address);
}

TEST_CASE("early and repeated timeouts change nothing", "[ice]") {
  Couple pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  world.connect(alice, bob);
  world.run_for(2s);
  const auto sent = world.log.size();
  const auto deadline = alice.agent.next_timeout();
  for (int i = 0; i < 10; ++i) alice.agent.handle_timeout(world.now);
  world.drain(alice);
  CHECK(world.log.size() == sent);
  CHECK(alice.agent.next_timeout() == deadline);
}

TEST_CASE("a closed agent is silent", "[ice]") {
  Couple pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  world.connect(alice, bob);
  REQUIRE(world.run_until([&] { return pair.connected(); }, 1s));
  alice.agent.close();
  alice.agent.close();
  const auto sent = world.log.size();
  world.receive(alice, first, bob_address, world.log.front().bytes);
  alice.agent.handle_timeout(world.now + 10s);
  world.drain(alice);
  CHECK(world.log.size() == sent);
  CHECK(alice.agent.next_timeout() == never);
  CHECK_FALSE(alice.agent.data_path().has_value());
  CHECK(alice.states().back() == State::closed);
}

TEST_CASE("a peer whose NAT gives it a new port is followed", "[ice][rfc8445-7.3.1.3]") {
  for (const bool controlling_moves : {true, false}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      Couple pair{seed};
      auto& world = pair.world;
      auto& moving = controlling_moves ? pair.alice : pair.bob;
      moving.nat = ip("198.51.100.1");
      world.connect(pair.alice, pair.bob);
      world.run_for(20s + seed * 370ms);
      REQUIRE(pair.connected());
      auto& outside = moving.mappings.begin()->second;
      outside.port = 50000;
      world.run_for(12s);
      INFO("seed " << seed);
      CHECK(pair.connected());
      auto& staying = controlling_moves ? pair.bob : pair.alice;
      CHECK(staying.agent.data_path() == Path{first, at("198.51.100.1", 50000)});
      world.run_for(60s);
      CHECK(pair.connected());
    }
  }
}

TEST_CASE("a lite peer is nominated one pair, when that has proved to work", "[ice][rfc8445-8.1.1]") {
  World world;
  auto& alice = world.add_host();
  auto& lite = world.add_host();
  alice.add_socket(alice_address);
  lite.add_socket(bob_address);
  std::vector<bool> nominating;
  world.drops = [&](const Packet& packet) {
    if (packet.from != alice_address) return false;
    const auto message = stun::Message::parse(packet.bytes);
    if (message && message->is_request()) nominating.push_back(message->has(stun::attribute::use_candidate));
    return false;
  };
  lite.agent.set_role(Role::controlled);
  world.gather(lite);
  alice.agent.set_role(Role::controlled);
  alice.agent.set_remote_credentials(world.now, lite.credentials, true);
  CHECK(alice.agent.role() == Role::controlling);
  world.gather(alice);
  alice.agent.add_remote_candidate(world.now, lite.all<ice::CandidateGathered>().front().candidate);
  world.drain(alice);
  world.run_for(3s);
  CHECK(is_connected(alice));
  CHECK(nominating == std::vector{false, true});
}
