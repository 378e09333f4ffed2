// Candidates that are multicast DNS names, the peer's and ours.   draft-ietf-mmusic-mdns-ice-candidates
#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::State;

namespace {

const std::string first_name = "1f4712db-ea17-4bcf-a596-105139dfd8bf.local";
const std::string second_name = "4557aa9e-b5ba-4c2e-8b3f-0bd25eb7e5a9.local";

struct Fixture {
  explicit Fixture(ice::AgentOptions options = {}) : a{world.add_host(std::move(options))}, b{world.add_host()} {
    a.add_socket(at("192.0.2.1", 1000));
    b.add_socket(at("192.0.2.2", 2000));
  }

  void signal(std::string_view line) {
    a.agent.add_remote_candidate(world.now, *ice::parse_candidate(line));
    world.drain(a);
  }
  void resolve(const std::string& name, const std::vector<IpAddress>& addresses) {
    a.agent.handle_resolved(world.now, name, addresses);
    world.drain(a);
  }
  std::vector<std::string> asked() const {
    std::vector<std::string> hosts;
    for (const auto& each : a.all<ice::ResolveNeeded>()) hosts.push_back(each.host);
    return hosts;
  }
  // Both know each other's credentials, and only b's name is signaled: nobody else can begin.
  void begin() {
    a.agent.set_role(ice::Role::controlling);
    b.agent.set_role(ice::Role::controlled);
    world.introduce(a, b);
    world.introduce(b, a);
    world.gather(a);
    world.gather(b);
  }

  World world;
  Host& a;
  Host& b;
};

std::string line(const std::string& name, int port = 2000) {
  return "candidate:1 1 udp 2113937151 " + name + ' ' + std::to_string(port) + " typ host";
}

}  // namespace

TEST_CASE("a name of the peer is asked for, and checked once its address is known",
          "[ice][mdns][draft-mdns-ice-3.2.1]") {
  Fixture fixture;
  auto& [world, a, b] = fixture;
  fixture.begin();
  fixture.signal(line("1F4712DB-EA17-4BCF-A596-105139DFD8BF.local"));
  CHECK(fixture.asked() == std::vector{first_name});
  world.run_for(1s);
  CHECK(world.log.empty());
  fixture.resolve(first_name, {ip("192.0.2.2")});
  REQUIRE(world.run_until([&] { return is_connected(fixture.a) && is_connected(fixture.b); }, 1s));
  const auto pair = a.agent.selected_pair();
  REQUIRE(pair.has_value());
  CHECK(pair->path.remote == at("192.0.2.2", 2000));
  CHECK(pair->remote.host_name == "1F4712DB-EA17-4BCF-A596-105139DFD8BF.local");
  CHECK(pair->remote.type == ice::CandidateType::host);
}

TEST_CASE("what else is a name is not asked for", "[ice][mdns][D7]") {
  Fixture fixture;
  fixture.begin();
  for (const auto* name : {"router.local", "example.com", "1f4712db-ea17-4bcf-a596-105139dfd8bf.example"}) {
    fixture.signal(line(name));
  }
  fixture.signal("candidate:1 1 tcp 5 " + first_name + " 9 typ host tcptype active");
  fixture.signal(line(first_name, 0));
  CHECK(fixture.asked().empty());
  CHECK(fixture.a.agent.counters().unexpected == 4);
}

TEST_CASE("with the relay policy, or when told so, no name is asked for", "[ice][mdns][CF-11]") {
  Fixture fixture{GENERATE(ice::AgentOptions{.relay_only = true}, ice::AgentOptions{.resolve_mdns = false})};
  fixture.begin();
  fixture.signal(line(first_name));
  CHECK(fixture.asked().empty());
}

TEST_CASE("candidates of one name on several ports wait for one answer", "[ice][mdns]") {
  Fixture fixture;
  fixture.begin();
  for (const auto port : {2000, 2001, 2000}) fixture.signal(line(first_name, port));
  CHECK(fixture.asked() == std::vector{first_name});
  fixture.resolve(first_name, {ip("192.0.2.2")});
  CHECK(fixture.a.agent.statistics().remote_candidates.size() == 2);
  fixture.resolve(first_name, {ip("192.0.2.2")});  // nobody waits any more
  CHECK(fixture.a.agent.statistics().remote_candidates.size() == 2);
}

TEST_CASE("names that wait are bounded", "[ice][mdns][D7]") {
  Fixture fixture;
  fixture.begin();
  for (int i = 0; i != 100; ++i) {
    auto name = first_name;
    name.replace(0, 3, std::to_string(100 + i));
    fixture.signal(line(name));
  }
  CHECK(fixture.asked().size() == 8);
  CHECK(fixture.a.agent.counters().over_limit == 92);
}

TEST_CASE("a name without an address, or with several, delays nothing and is forgotten",
          "[ice][mdns][draft-mdns-ice-3.2.1]") {
  Fixture fixture;
  auto& [world, a, b] = fixture;
  fixture.begin();
  fixture.signal(line(first_name));
  fixture.signal(line(second_name));
  fixture.signal("candidate:1 1 udp 5 192.0.2.2 2000 typ host");
  REQUIRE(world.run_until([&] { return is_connected(fixture.a) && is_connected(fixture.b); }, 1s));
  fixture.resolve(first_name, {});
  fixture.resolve(second_name, {ip("192.0.2.3"), ip("192.0.2.4")});
  CHECK(a.agent.statistics().remote_candidates.size() == 1);
}

TEST_CASE("the end of candidates waits for names", "[ice][mdns][rfc8838-14]") {
  Fixture fixture;
  auto& [world, a, b] = fixture;
  fixture.begin();
  fixture.signal(line(first_name));
  fixture.signal("candidate:1 1 udp 5 192.0.2.77 2000 typ host");  // nobody is there
  world.end_of_candidates(a);
  world.run_for(60s);  // longer than anybody asks
  CHECK(a.states() == std::vector{State::checking, State::disconnected});
  SECTION("and then it counts") {
    fixture.resolve(first_name, {});
    CHECK(a.agent.state() == State::failed);
  }
  SECTION("which may still work") {
    fixture.resolve(first_name, {ip("192.0.2.2")});
    CHECK(world.run_until([&] { return is_connected(fixture.a); }, 1s));
  }
}

TEST_CASE("a connection is complete only when no name waits any more", "[ice][mdns]") {
  Fixture fixture;
  auto& [world, a, b] = fixture;
  fixture.begin();
  fixture.signal(line(first_name));
  fixture.signal("candidate:1 1 udp 5 192.0.2.2 2000 typ host");
  world.end_of_candidates(a);
  REQUIRE(world.run_until([&] { return is_connected(fixture.a); }, 1s));
  CHECK(a.agent.state() == State::connected);
  fixture.resolve(first_name, {});
  CHECK(a.agent.state() == State::completed);
}

TEST_CASE("loopback and link-local addresses behind names are as little use as without names", "[ice][mdns][D7]") {
  Fixture fixture;
  auto& [world, a, b] = fixture;
  fixture.begin();
  fixture.signal(line(first_name));
  fixture.signal(line(second_name));
  fixture.resolve(first_name, {ip("127.0.0.1")});
  fixture.resolve(second_name, {ip("224.0.0.251")});
  world.run_for(1s);
  CHECK(world.log.empty());
}

TEST_CASE("no candidate tells an address that has a name", "[ice][mdns][draft-mdns-ice-3.1.1]") {
  World world;
  world.servers[at("203.0.113.5", 3478)] = answer_binding;
  auto& host = world.add_host({.ice_servers = {{"stun:203.0.113.5", "203.0.113.5", 3478}}});
  host.add_socket(at("10.0.0.1", 1000)).name = first_name;
  const bool natted = GENERATE(true, false);
  if (natted) host.nat = ip("198.51.100.1");
  world.gather(host);
  REQUIRE(world.run_until([&] { return host.agent.gathering_state() == ice::GatheringState::complete; }, 1s));
  const auto found = host.all<ice::CandidateGathered>();
  REQUIRE(found.size() == 2);  // without a NAT, too: what the name hides is not redundant
  CHECK(ice::to_string(found[0].candidate).find(' ' + first_name + " 1000 typ host") != std::string::npos);
  CHECK(ice::to_string(found[1].candidate).find("typ srflx raddr 0.0.0.0 rport 9") != std::string::npos);
  CHECK(found[1].candidate.address == (natted ? at("198.51.100.1", 40001) : at("10.0.0.1", 1000)));
}

TEST_CASE("the selected pair shows our name, on both sides of a NAT", "[ice][mdns]") {
  Fixture fixture;
  auto& [world, a, b] = fixture;
  a.sockets[0].name = first_name;
  if (GENERATE(true, false)) a.nat = ip("198.51.100.1");
  fixture.begin();
  fixture.signal("candidate:1 1 udp 5 192.0.2.2 2000 typ host");
  REQUIRE(world.run_until([&] { return is_connected(fixture.a) && is_connected(fixture.b); }, 1s));
  const auto pair = a.agent.selected_pair();
  REQUIRE(pair.has_value());
  CHECK(pair->local.host_name == first_name);
  CHECK_FALSE(pair->local.related.has_value());
}
