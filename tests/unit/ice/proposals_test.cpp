// Local candidates that the owner of an agent may refuse.
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
const auto alice_address = at("10.0.0.1", 1000);
const auto bob_address = at("192.0.2.2", 2000);

std::optional<Bytes> answer_binding(const Packet& packet) {
  const auto request = stun::Message::parse(packet.bytes);
  if (!request) return std::nullopt;
  return stun::Builder{stun::Class::success_response, stun::Method::binding, request->transaction_id()}
      .add(stun::attribute::xor_mapped_address, packet.from)
      .fingerprint()
      .finish();
}

// Alice, behind a NAT, asks before she uses a candidate; Bob does not.
struct Two {
  Two() {
    world.servers[server] = answer_binding;
    alice.add_socket(alice_address);
    alice.nat = ip("198.51.100.1");
    bob.add_socket(bob_address);
  }

  // Answers what has been asked so far.
  void settle(std::set<CandidateType> allowed) {
    const auto proposed = alice.all<ice::CandidateProposed>();
    for (; settled != proposed.size(); ++settled) {
      const auto& each = proposed[settled];
      alice.agent.settle_proposal(world.now, each.number, allowed.contains(each.candidate.type));
      world.drain(alice);
    }
  }
  void run(std::set<CandidateType> allowed, Duration time = 2s) {
    for (const auto end = world.now + time; world.now < end; world.run_for(20ms)) settle(allowed);
  }
  std::size_t sent_to_bob() const {
    return static_cast<std::size_t>(std::ranges::count(world.log, bob_address, &Packet::to));
  }
  std::vector<CandidateType> told() const {
    std::vector<CandidateType> types;
    for (const auto& each : alice.all<ice::CandidateGathered>()) types.push_back(each.candidate.type);
    return types;
  }

  World world{};
  Host& alice = world.add_host({.ice_servers = {configured}, .proposes = true});
  Host& bob = world.add_host();
  std::size_t settled = 0;
};

}  // namespace

TEST_CASE("a candidate is neither told nor used before it is allowed, and gathering waits", "[ice]") {
  Two two;
  two.world.connect(two.alice, two.bob);
  two.world.run_for(1s);
  CHECK(two.told().empty());
  CHECK(two.sent_to_bob() == 0);
  CHECK(two.alice.all<ice::CandidateProposed>().size() == 2);
  CHECK(two.alice.agent.gathering_state() == GatheringState::gathering);
  two.run({CandidateType::host, CandidateType::server_reflexive});
  CHECK(two.told() == std::vector{CandidateType::host, CandidateType::server_reflexive});
  CHECK(two.alice.agent.gathering_state() == GatheringState::complete);
  CHECK(two.alice.agent.data_path().has_value());
  CHECK(two.bob.agent.data_path().has_value());
}

TEST_CASE("a socket of which no candidate is allowed sends and hears nothing", "[ice]") {
  Two two;
  two.alice.nat.reset();
  two.world.connect(two.alice, two.bob);
  two.alice.agent.add_remote_candidate(two.world.now, {.foundation = "1", .priority = 1, .address = bob_address});
  two.bob.agent.add_remote_candidate(two.world.now, {.foundation = "1", .priority = 1, .address = alice_address});
  two.run({}, 5s);
  CHECK(two.told().empty());
  CHECK(two.alice.agent.gathering_state() == GatheringState::complete);
  CHECK(two.sent_to_bob() == 0);
  CHECK_FALSE(two.bob.agent.data_path().has_value());
}

TEST_CASE("with a server-reflexive candidate alone the socket is used, and its address is not told", "[ice]") {
  Two two;
  two.world.connect(two.alice, two.bob);
  two.run({CandidateType::server_reflexive}, 5s);
  CHECK(two.told() == std::vector{CandidateType::server_reflexive});
  CHECK(two.alice.agent.data_path().has_value());
  CHECK(two.bob.agent.selected_pair()->remote.address.address == ip("198.51.100.1"));
}

TEST_CASE("an address that appears after gathering is asked for as well", "[ice]") {
  const bool allowed = GENERATE(true, false);
  Two two;
  two.world.connect(two.alice, two.bob);
  two.run({CandidateType::host});
  REQUIRE(two.alice.agent.data_path().has_value());
  const auto before = two.alice.all<ice::CandidateProposed>().size();
  const auto second = two.alice.add_socket(at("10.0.0.9", 1001), 65534);
  two.alice.agent.add_sockets(two.world.now, std::span{&second, 1});
  const SocketId first{0};
  two.alice.agent.withdraw_sockets(two.world.now, std::span{&first, 1});
  two.world.drain(two.alice);
  const auto proposed = two.alice.all<ice::CandidateProposed>();
  REQUIRE(proposed.size() == before + 1);
  CHECK(proposed.back().candidate.type == CandidateType::host);
  CHECK(proposed.back().candidate.address == second.address);
  two.run(allowed ? std::set{CandidateType::host} : std::set<CandidateType>{}, 3s);
  CHECK(two.alice.agent.data_path().has_value() == allowed);
  CHECK(two.told().size() == 1);
}
