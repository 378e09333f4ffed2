// Server-reflexive candidates, servers that answer, and servers that do not.
#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::CandidateType;
using ice::GatheringState;
using ice::State;

namespace {

const auto server = at("203.0.113.5", 3478);
const ice::IceServer configured{"stun:203.0.113.5", "203.0.113.5", 3478};

bool complete(const Host& host) { return host.agent.gathering_state() == GatheringState::complete; }

std::vector<ice::Candidate> candidates(const Host& host) {
  std::vector<ice::Candidate> result;
  for (const auto& each : host.all<ice::CandidateGathered>()) result.push_back(each.candidate);
  return result;
}

}  // namespace

TEST_CASE("every socket becomes a host candidate, and gathering is complete at once without servers",
          "[ice][rfc8445-5.1.1]") {
  World world;
  auto& host = world.add_host();
  host.add_socket(at("192.0.2.1", 1000), 65535);
  host.add_socket(at("2001:db8::1", 1001), 65534);
  world.gather(host);
  const auto found = candidates(host);
  REQUIRE(found.size() == 2);
  CHECK(found[0].address == at("192.0.2.1", 1000));
  CHECK(found[0].priority == ice::candidate_priority(CandidateType::host, 65535, 1));
  CHECK(found[1].priority < found[0].priority);
  CHECK(found[0].foundation != found[1].foundation);
  CHECK(found[0].ufrag == host.credentials.ufrag);
  CHECK(complete(host));
  REQUIRE(host.events.size() == 4);
  CHECK(std::get<ice::GatheringStateChanged>(host.events.front()).state == GatheringState::gathering);
  CHECK(std::get<ice::GatheringStateChanged>(host.events.back()).state == GatheringState::complete);
}

TEST_CASE("behind a NAT a STUN server reveals the outside address", "[ice][rfc8445-5.1.1.2]") {
  World world;
  world.servers[server] = answer_binding;
  auto& host = world.add_host({.ice_servers = {configured}});
  host.add_socket(at("10.0.0.1", 1000));
  host.nat = ip("198.51.100.1");
  world.gather(host);
  REQUIRE(world.run_until([&] { return complete(host); }, 1s));
  const auto found = candidates(host);
  REQUIRE(found.size() == 2);
  CHECK(found[1].type == CandidateType::server_reflexive);
  CHECK(found[1].address == at("198.51.100.1", 40001));
  CHECK(found[1].related == at("10.0.0.1", 1000));
  CHECK(found[1].url == "stun:203.0.113.5");
  CHECK(found[1].priority == ice::candidate_priority(CandidateType::server_reflexive, 65535, 1));
  CHECK(found[1].foundation != found[0].foundation);
  CHECK(host.all<ice::GatheringFailed>().empty());
}

TEST_CASE("without a NAT, or with two servers that agree, nothing redundant is gathered", "[ice][rfc8445-5.1.3]") {
  World world;
  world.servers[server] = world.servers[at("203.0.113.6", 3478)] = answer_binding;
  const ice::IceServer second{"stun:203.0.113.6", "203.0.113.6", 3478};
  auto& open = world.add_host({.ice_servers = {configured, second}});
  open.add_socket(at("192.0.2.1", 1000));
  auto& natted = world.add_host({.ice_servers = {configured, second}});
  natted.add_socket(at("10.0.0.1", 1000));
  natted.nat = ip("198.51.100.1");
  world.gather(open);
  world.gather(natted);
  REQUIRE(world.run_until([&] { return complete(open) && complete(natted); }, 1s));
  CHECK(candidates(open).size() == 1);
  CHECK(candidates(natted).size() == 2);
}

TEST_CASE("two agents behind NATs that filter connect through their server-reflexive candidates",
          "[ice][rfc8445-5.1.1.2]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    World world{seed, {.delay = 30ms, .jitter = 30ms, .loss = 0.1}};
    world.servers[server] = answer_binding;
    auto& alice = world.add_host({.ice_servers = {configured}});
    auto& bob = world.add_host({.ice_servers = {configured}});
    alice.add_socket(at("10.0.0.1", 1000));
    bob.add_socket(at("10.0.1.1", 2000));
    alice.nat = ip("198.51.100.1");
    bob.nat = ip("198.51.100.2");
    alice.nat_filters = bob.nat_filters = true;
    world.connect(alice, bob);
    INFO("seed " << seed);
    REQUIRE(world.run_until([&] { return is_connected(alice) && is_connected(bob); }, 15s));
    CHECK(alice.agent.data_path()->remote == at("198.51.100.2", 40001));
    CHECK(alice.agent.selected_pair()->local.type == CandidateType::server_reflexive);
  }
}

TEST_CASE("an address that only the peer sees becomes a peer-reflexive local candidate, and is not signaled",
          "[ice][rfc8445-7.2.5.3.1]") {
  World world;
  auto& alice = world.add_host();
  auto& bob = world.add_host();
  alice.add_socket(at("10.0.0.1", 1000));
  alice.nat = ip("198.51.100.1");
  bob.add_socket(at("192.0.2.2", 2000));
  world.connect(alice, bob);
  REQUIRE(world.run_until([&] { return is_connected(alice) && is_connected(bob); }, 1s));
  const auto selected = alice.agent.selected_pair();
  REQUIRE(selected.has_value());
  CHECK(selected->local.type == CandidateType::peer_reflexive);
  CHECK(selected->local.address == at("198.51.100.1", 40001));
  CHECK(candidates(alice).size() == 1);
}

TEST_CASE("a server that is dead is reported once, within ten seconds, and delays nothing else", "[ice][IC-13]") {
  World world;
  const ice::IceServer named{"stun:stun.example.org", "stun.example.org", 3478};
  auto& alice = world.add_host({.ice_servers = {configured, named}});
  auto& bob = world.add_host();
  alice.add_socket(at("192.0.2.1", 1000));
  alice.add_socket(at("192.0.2.3", 1001), 65534);
  bob.add_socket(at("192.0.2.2", 2000));
  const auto start = world.now;
  world.connect(alice, bob);
  REQUIRE(alice.all<ice::ResolveNeeded>().size() == 1);
  CHECK(alice.all<ice::ResolveNeeded>().front().host == "stun.example.org");
  REQUIRE(world.run_until([&] { return is_connected(alice); }, 100ms));
  CHECK_FALSE(complete(alice));
  world.end_of_candidates(alice);
  CHECK(alice.agent.state() == State::connected);
  REQUIRE(world.run_until([&] { return complete(alice); }, 20s));
  CHECK(world.now - start <= 10s);
  const auto failures = alice.all<ice::GatheringFailed>();
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].code == 701);
  CHECK(failures[0].url == "stun:203.0.113.5");
  CHECK(failures[1].code == 701);
  CHECK(failures[1].url == "stun:stun.example.org");
  CHECK(alice.agent.state() == State::completed);
}

TEST_CASE("a name is asked for once, and its addresses are used by family", "[ice]") {
  World world;
  world.servers[at("203.0.113.5", 3478)] = world.servers[at("203.0.113.5", 3479)] = answer_binding;
  world.servers[at("2001:db8::5", 3478)] = answer_binding;
  auto& host =
      world.add_host({.ice_servers = {{"stun:s", "stun.example.org", 3478}, {"stun:t", "stun.example.org", 3479}}});
  host.add_socket(at("10.0.0.1", 1000));
  host.add_socket(at("2001:db8::1", 1001));
  host.nat = ip("198.51.100.1");
  world.gather(host);
  REQUIRE(host.all<ice::ResolveNeeded>().size() == 1);
  host.agent.handle_resolved(world.now, "stun.example.org", std::vector{ip("203.0.113.5"), ip("2001:db8::5")});
  world.drain(host);
  REQUIRE(world.run_until([&] { return complete(host); }, 11s));
  CHECK(candidates(host).size() == 3);
  CHECK(host.all<ice::GatheringFailed>().empty());
}

TEST_CASE("of a server with several addresses the next is asked when one is silent", "[ice]") {
  World world;
  const auto silent = GENERATE(0U, 1U, 2U);
  const std::vector addresses{ip("203.0.113.5"), ip("203.0.113.6"), ip("203.0.113.7")};
  for (auto each = silent; each < addresses.size(); ++each) world.servers[{addresses[each], 3478}] = answer_binding;
  auto& host = world.add_host({.ice_servers = {{"stun:s", "stun.example.org", 3478}}});
  host.add_socket(at("10.0.0.1", 1000));
  host.nat = ip("198.51.100.1");
  world.gather(host);
  const auto start = world.now;
  host.agent.handle_resolved(world.now, "stun.example.org", addresses);
  world.drain(host);
  REQUIRE(world.run_until([&] { return complete(host); }, 11s));
  CHECK(world.now - start < silent * 1s + 500ms);
  CHECK(candidates(host).size() == 2);
  CHECK(host.all<ice::GatheringFailed>().empty());
}

TEST_CASE("a name that has no address is reported", "[ice][IC-13]") {
  World world;
  auto& host = world.add_host({.ice_servers = {{"stun:s", "stun.example.org", 3478}}});
  host.add_socket(at("192.0.2.1", 1000));
  world.gather(host);
  host.agent.handle_resolved(world.now, "stun.example.org", {});
  world.drain(host);
  CHECK(complete(host));
  REQUIRE(host.all<ice::GatheringFailed>().size() == 1);
  CHECK(host.all<ice::GatheringFailed>().front().code == 701);
}

TEST_CASE("an error of the server is reported with its own code", "[ice][IC-13]") {
  World world;
  world.servers[server] = [](const Packet& packet) -> std::optional<Bytes> {
    const auto request = stun::Message::parse(packet.bytes);
    return stun::Builder{stun::Class::error_response, stun::Method::binding, request->transaction_id()}
        .add(stun::attribute::error_code, {400, "Bad Request"})
        .finish();
  };
  auto& host = world.add_host({.ice_servers = {configured}});
  host.add_socket(at("192.0.2.1", 1000));
  host.add_socket(at("192.0.2.2", 1000));
  world.gather(host);
  REQUIRE(world.run_until([&] { return complete(host); }, 1s));
  REQUIRE(host.all<ice::GatheringFailed>().size() == 1);
  CHECK(host.all<ice::GatheringFailed>().front().code == 400);
  CHECK(host.all<ice::GatheringFailed>().front().text == "Bad Request");
}

TEST_CASE("a lost answer of a server is asked for again", "[ice][rfc8489-6.2.1]") {
  World world;
  unsigned asked = 0;
  world.servers[server] = [&](const Packet& packet) -> std::optional<Bytes> {
    return ++asked < 4 ? std::nullopt : answer_binding(packet);
  };
  auto& host = world.add_host({.ice_servers = {configured}});
  host.add_socket(at("10.0.0.1", 1000));
  host.nat = ip("198.51.100.1");
  world.gather(host);
  REQUIRE(world.run_until([&] { return complete(host); }, 3s));
  CHECK(candidates(host).size() == 2);
  CHECK(asked == 4);
}

TEST_CASE("an answer that does not come from the server asked is ignored", "[ice]") {
  World world;
  auto& host = world.add_host({.ice_servers = {configured}});
  host.add_socket(at("192.0.2.1", 1000));
  world.gather(host);
  REQUIRE(world.log.size() == 1);
  auto forged = world.log.front();
  forged.from = at("198.51.100.66", 6666);
  world.receive(host, SocketId{0}, at("198.51.100.66", 3478), answer_binding(forged).value());
  CHECK(candidates(host).size() == 1);
  CHECK(host.agent.counters().unexpected == 1);
}

TEST_CASE("many sockets and servers are asked one after the other", "[ice][rfc8445-14.2]") {
  World world;
  auto& host = world.add_host({.ice_servers = {configured, {"stun:203.0.113.6", "203.0.113.6", 3478}}});
  for (std::uint16_t port = 1000; port < 1005; ++port) host.add_socket(at("192.0.2.1", port));
  world.gather(host);
  CHECK(world.log.size() == 1);
  world.run_for(200ms);
  CHECK(world.log.size() == 5);
}
