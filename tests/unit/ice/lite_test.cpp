// An agent that is lite itself.   RFC 8445 §2.5
#include <set>

#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::Role;
using ice::State;

namespace {

const auto lite_address = at("192.0.2.1", 1000);
const auto other_address = at("192.0.2.2", 2000);

std::size_t requests_from(const World& world, const Endpoint& address) {
  return static_cast<std::size_t>(std::ranges::count_if(world.log, [&](const Packet& packet) {
    const auto message = stun::Message::parse(packet.bytes);
    return packet.from == address && message && message->is_request();
  }));
}

struct Two {
  explicit Two(bool other_is_lite, bool lite_offers = true, std::uint64_t seed = 1, Link link = {})
      : world{seed, link}, other{world.add_host({.lite = other_is_lite})} {
    lite.add_socket(lite_address);
    other.add_socket(other_address);
    lite.agent.set_role(lite_offers ? Role::controlling : Role::controlled);
    other.agent.set_role(lite_offers ? Role::controlled : Role::controlling);
    world.trickle(lite, other);
    lite.agent.set_remote_credentials(world.now, other.credentials, other_is_lite);
    other.agent.set_remote_credentials(world.now, lite.credentials, true);
    world.gather(lite);
    world.gather(other);
    world.end_of_candidates(lite);
    world.end_of_candidates(other);
  }

  World world;
  Host& lite = world.add_host({.ice_servers = {{.url = "stun:192.0.2.3", .host = "192.0.2.3"}}, .lite = true});
  Host& other;
};

}  // namespace

TEST_CASE("a lite agent never asks, neither the peer nor a server, and carries data when the peer has nominated",
          "[ice][lite][rfc8445-2.5][rfc8445-7.3.2]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Two two{false, seed % 2 == 0, seed, {.jitter = 20ms, .loss = seed % 3 == 0 ? 0.1 : 0}};
    REQUIRE(two.world.run_until([&] { return is_connected(two.lite) && is_connected(two.other); }, 5s));
    CHECK(two.lite.agent.role() == Role::controlled);
    CHECK(two.other.agent.role() == Role::controlling);
    CHECK(two.lite.agent.data_path() == Path{SocketId{0}, other_address});
    two.world.run_for(120s);
    CHECK(is_connected(two.lite));
    CHECK(is_connected(two.other));
    CHECK(requests_from(two.world, lite_address) == 0);
    CHECK(two.lite.agent.gathering_state() == ice::GatheringState::complete);
    CHECK(two.lite.all<ice::CandidateGathered>().size() == 1);
  }
}

TEST_CASE("a lite agent sends nothing more when the peer has not checked for 30 seconds", "[ice][lite][rfc7675-5.1]") {
  Two two{false};
  auto& world = two.world;
  REQUIRE(world.run_until([&] { return is_connected(two.lite) && is_connected(two.other); }, 5s));
  world.run_for(60s);
  world.drops = [](const Packet&) { return true; };
  REQUIRE(world.run_until([&] { return two.lite.agent.state() == State::failed; }, 31s));
  CHECK_FALSE(two.lite.agent.data_path().has_value());
  CHECK(two.lite.all<ice::Failed>().back().reason == ice::Failed::Reason::consent_lost);
}

TEST_CASE("a lite agent whose peer stays silent is disconnected until it hears of it again", "[ice][lite][W3C-5.6]") {
  Two two{false};
  auto& world = two.world;
  REQUIRE(world.run_until([&] { return is_connected(two.lite) && is_connected(two.other); }, 5s));
  world.drops = [](const Packet&) { return true; };
  world.run_for(8s);
  CHECK(is_connected(two.lite));  // one check that is missing, or late, says nothing
  REQUIRE(world.run_until([&] { return two.lite.agent.state() == State::disconnected; }, 8s));
  CHECK(two.lite.agent.data_path().has_value());
  world.drops = [](const Packet&) { return false; };
  REQUIRE(world.run_until([&] { return is_connected(two.lite); }, 3s));
  CHECK(requests_from(world, lite_address) == 0);
}

TEST_CASE("a lite agent whom nobody checks fails", "[ice][lite][rfc8863-4]") {
  World world;
  auto& lite = world.add_host({.lite = true});
  lite.add_socket(lite_address);
  world.introduce(lite, {"ufrag", "a password of the peer"});
  world.gather(lite);
  lite.agent.add_remote_candidate(world.now, *ice::parse_candidate("candidate:9 1 udp 7 192.0.2.2 5 typ host"));
  world.end_of_candidates(lite);
  REQUIRE(world.run_until([&] { return lite.agent.state() == State::failed; }, 80s));
  CHECK(world.log.empty());
  CHECK(lite.all<ice::Failed>().back().reason == ice::Failed::Reason::not_checked);
}

TEST_CASE("a lite agent refuses a peer that does not take control", "[ice][lite][rfc8445-6.1.1]") {
  World world;
  auto& lite = world.add_host({.lite = true});
  lite.add_socket(lite_address);
  const ice::Credentials peer{"peer", "the password of the peer"};
  world.introduce(lite, peer);
  world.gather(lite);
  const auto check = stun::Builder{stun::Class::request, stun::Method::binding, stun::TransactionId{}}
                         .add(stun::attribute::username, lite.credentials.ufrag + ":peer")
                         .add(stun::attribute::priority, 1u)
                         .add(stun::attribute::ice_controlled, std::uint64_t{1})
                         .integrity(crypto::HmacSha1{as_bytes(lite.credentials.pwd)})
                         .fingerprint()
                         .finish();
  world.receive(lite, SocketId{0}, other_address, check);
  REQUIRE(world.log.size() == 1);
  const auto answer = stun::Message::parse(world.log.front().bytes);
  CHECK(answer->get(stun::attribute::error_code)->code == 487);
  CHECK(lite.agent.role() == Role::controlled);
  CHECK_FALSE(lite.agent.data_path().has_value());
}

TEST_CASE("two lite agents take the pair of the highest priority, and nobody checks", "[ice][lite][rfc8445-6.1.1]") {
  const bool lite_offers = GENERATE(true, false);
  Two two{true, lite_offers};
  two.world.run_for(1s);
  CHECK(is_connected(two.lite));
  CHECK(is_connected(two.other));
  CHECK(two.lite.agent.data_path() == Path{SocketId{0}, other_address});
  CHECK(two.other.agent.data_path() == Path{SocketId{0}, lite_address});
  CHECK(two.lite.agent.admits(Path{SocketId{0}, other_address}));
  CHECK(two.lite.agent.role() == (lite_offers ? Role::controlling : Role::controlled));
  two.world.run_for(600s);
  CHECK(is_connected(two.lite));
  CHECK(two.world.log.empty());
}
