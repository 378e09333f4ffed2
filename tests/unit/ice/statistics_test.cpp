// What an agent tells of its pairs and candidates.
#include <algorithm>

#include "ice/agent.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::CandidateType;
using ice::PairState;
using ice::Role;

namespace {

const auto alice_address = at("192.0.2.1", 1000);
const auto bob_address = at("192.0.2.2", 2000);
const SocketId first{0};

struct Couple {
  explicit Couple(Link link = {}) : world{1, link} {
    alice.add_socket(alice_address);
    bob.add_socket(bob_address);
  }
  bool connected() const { return is_connected(alice) && is_connected(bob); }

  World world;
  Host& alice = world.add_host();
  Host& bob = world.add_host();
};

ice::PairStatistics only_pair(const Host& host) {
  const auto statistics = host.agent.statistics();
  REQUIRE(statistics.pairs.size() == 1);
  return statistics.pairs[0];
}

bool is_request(const Packet& packet) {
  const auto message = stun::Message::parse(packet.bytes);
  return message && message->is_request();
}

}  // namespace

TEST_CASE("both ends count the same checks, and the round trip of each", "[ice][webrtc-stats]") {
  Couple pair;
  pair.world.connect(pair.alice, pair.bob);
  pair.world.run_for(60s);
  const auto alice = only_pair(pair.alice);
  const auto bob = only_pair(pair.bob);
  CHECK(alice.requests_sent >= 1);
  CHECK(alice.consent_requests_sent >= 9);
  CHECK(alice.requests_sent + alice.consent_requests_sent == bob.requests_received);
  CHECK(bob.requests_sent + bob.consent_requests_sent == alice.requests_received);
  CHECK(bob.responses_sent == bob.requests_received);
  CHECK(alice.responses_received == bob.responses_sent);
  CHECK(bob.responses_received == alice.responses_sent);
  CHECK(alice.total_round_trip == 40ms * static_cast<int>(alice.responses_received));
  CHECK(alice.current_round_trip == 40ms);
  CHECK(alice.state == PairState::succeeded);
  CHECK(alice.nominated);
  CHECK(bob.nominated);
  CHECK(alice.packets_sent + alice.packets_received + alice.bytes_sent + alice.bytes_received == 0);
}

TEST_CASE("a repeated request counts for who receives it only, and its round trip from the first on",
          "[ice][webrtc-stats]") {
  Couple pair;
  int responses = 0;
  pair.world.drops = [&](const Packet& packet) {
    return packet.from == bob_address && !is_request(packet) && ++responses <= 2;
  };
  pair.bob.agent.set_role(Role::controlled);
  pair.world.introduce(pair.bob, pair.alice);  // who has no candidate of the other does not check
  pair.world.introduce(pair.alice, pair.bob);
  pair.world.gather(pair.bob);
  pair.world.trickle(pair.bob, pair.alice);
  pair.alice.trickles_to = nullptr;
  pair.world.gather(pair.alice);
  pair.alice.agent.add_remote_candidate(pair.world.now, pair.bob.all<ice::CandidateGathered>().front().candidate);
  pair.world.drain(pair.alice);
  REQUIRE(pair.world.run_until([&] { return is_connected(pair.alice); }, 3s));
  const auto alice = only_pair(pair.alice);
  CHECK(alice.requests_sent < only_pair(pair.bob).requests_received);
  CHECK(alice.responses_received == 1);
  CHECK(alice.total_round_trip > 250ms);
}

TEST_CASE("data is counted on the pair it takes, and from elsewhere neither counted nor let in", "[ice][ST-D]") {
  Couple pair;
  pair.world.connect(pair.alice, pair.bob);
  REQUIRE(pair.world.run_until([&] { return pair.connected(); }, 1s));
  auto& agent = pair.alice.agent;
  const Path path{first, bob_address};
  CHECK(agent.admit(path, 100));
  CHECK(agent.admit(path, 23));
  CHECK_FALSE(agent.admit(Path{first, at("192.0.2.9", 9)}, 1000));
  agent.count_sent(path, 3, 3000);
  agent.count_sent(Path{first, at("192.0.2.9", 9)}, 1, 1000);
  const auto counted = only_pair(pair.alice);
  CHECK(counted.packets_received == 2);
  CHECK(counted.bytes_received == 123);
  CHECK(counted.packets_sent == 3);
  CHECK(counted.bytes_sent == 3000);
  agent.close();
  CHECK_FALSE(agent.admit(path, 1));
  CHECK(only_pair(pair.alice).bytes_received == 123);
}

TEST_CASE("what came before the answer counts for the pair that it becomes", "[ice][ST-D][rfc8445-7.3]") {
  Couple pair;
  auto& world = pair.world;
  pair.alice.agent.set_role(Role::controlling);
  pair.bob.agent.set_role(Role::controlled);
  world.trickle(pair.alice, pair.bob);
  world.introduce(pair.bob, pair.alice);
  world.gather(pair.alice);
  world.gather(pair.bob);
  pair.bob.trickles_to = nullptr;
  REQUIRE(world.run_until([&] { return is_connected(pair.bob); }, 1s));
  CHECK(pair.alice.agent.admit(Path{first, bob_address}, 77));
  world.introduce(pair.alice, pair.bob);
  REQUIRE(world.run_until([&] { return pair.connected(); }, 1s));
  const auto counted = only_pair(pair.alice);
  CHECK(counted.packets_received == 1);
  CHECK(counted.bytes_received == 77);
  CHECK(counted.requests_received >= 1);
  CHECK(counted.requests_received == counted.responses_sent);
  CHECK(counted.responses_sent == only_pair(pair.bob).responses_received);
}

TEST_CASE("statistics name the credentials, the candidates and the selected path", "[ice][webrtc-stats]") {
  Couple pair;
  CHECK(pair.alice.agent.statistics().pairs.empty());
  CHECK_FALSE(pair.alice.agent.statistics().remote.has_value());
  pair.world.connect(pair.alice, pair.bob);
  REQUIRE(pair.world.run_until([&] { return pair.connected(); }, 1s));
  const auto statistics = pair.alice.agent.statistics();
  CHECK(statistics.role == Role::controlling);
  CHECK(statistics.state == pair.alice.agent.state());
  CHECK(statistics.gathering == ice::GatheringState::complete);
  CHECK(statistics.local == pair.alice.credentials);
  CHECK(statistics.remote == pair.bob.credentials);
  REQUIRE(statistics.local_candidates.size() == 1);
  CHECK(statistics.local_candidates[0].address == alice_address);
  REQUIRE(statistics.remote_candidates.size() == 1);
  CHECK(statistics.remote_candidates[0].address == bob_address);
  CHECK(statistics.selected == Path{first, bob_address});
}

TEST_CASE("a remote candidate that was not signaled is seen in its pair only", "[ice][IC-14]") {
  Couple pair;
  pair.world.introduce(pair.alice, pair.bob);
  pair.world.introduce(pair.bob, pair.alice);
  pair.alice.agent.set_role(Role::controlling);
  pair.bob.agent.set_role(Role::controlled);
  pair.alice.trickles_to = &pair.bob;
  pair.world.gather(pair.alice);
  pair.world.gather(pair.bob);
  REQUIRE(pair.world.run_until([&] { return pair.connected(); }, 1s));
  CHECK(pair.alice.agent.statistics().remote_candidates.empty());
  CHECK(only_pair(pair.alice).pair.remote.type == CandidateType::peer_reflexive);
}

TEST_CASE("behind a NAT the local candidate of a pair is the one that the peer sees, with its server's url",
          "[ice][webrtc-stats][rfc8445-7.2.5.3.1]") {
  World world;
  const auto server = at("203.0.113.5", 3478);
  world.servers[server] = answer_binding;
  auto& inside = world.add_host({.ice_servers = {{"stun:203.0.113.5", "203.0.113.5", 3478}}});
  auto& outside = world.add_host();
  inside.add_socket(at("10.0.0.1", 1000));
  inside.nat = ip("198.51.100.1");
  outside.add_socket(bob_address);
  world.connect(inside, outside);
  REQUIRE(world.run_until([&] { return is_connected(inside) && is_connected(outside); }, 5s));
  const auto local = only_pair(inside).pair.local;
  CHECK(local.type == CandidateType::server_reflexive);
  CHECK(local.address == at("198.51.100.1", 40001));
  CHECK(local.url == "stun:203.0.113.5");
}
