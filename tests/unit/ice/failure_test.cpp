// When there is no path: that it ends, that it says why, and what brings it back.   RFC 8445 §8.3, RFC 8863
#include "ice/failure.hpp"

#include <set>

#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::Failed;
using ice::State;

namespace {

bool in(const Host& host, State state) { return host.agent.state() == state; }

bool mentions(const Failed& failed, std::string_view words) {
  return ice::explain(failed).find(words) != std::string::npos;
}

// Two that have nothing but IPv4 in common, which carries nothing.
struct Unreachable {
  explicit Unreachable(std::uint64_t seed = 1) : world{seed} {
    alice.add_socket(at("192.0.2.1", 1000));
    alice.add_socket(at("2001:db8::1", 1001));
    bob.add_socket(at("192.0.2.2", 2000));
    world.drops = [](const Packet& packet) { return packet.to.address.is_v4(); };
    world.connect(alice, bob);
  }

  World world;
  Host& alice = world.add_host();
  Host& bob = world.add_host();
};

}  // namespace

TEST_CASE("a peer that never says that its candidates are complete does not hold the end up for ever",
          "[ice][rfc8863-4]") {
  Unreachable pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  world.run_for(60s);
  CHECK(in(alice, State::disconnected));
  REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 20s));
  CHECK(alice.states() == std::vector{State::checking, State::disconnected, State::failed});
  CHECK(alice.all<Failed>().back().reason == Failed::Reason::no_answer);
  CHECK(alice.agent.next_timeout() == never);
}

TEST_CASE("before that a late candidate is checked, and after it too", "[ice][rfc8838-8]") {
  const auto waits = GENERATE(45s, 120s, 3600s);
  Unreachable pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  world.run_for(waits);
  alice.agent.add_remote_candidate(world.now, *ice::parse_candidate("candidate:9 1 udp 7 2001:db8::2 5 typ host"));
  world.drain(alice);
  CHECK(in(alice, State::checking));
  REQUIRE(world.run_until([&] { return in(alice, State::disconnected); }, 45s));
  REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 45s));
}

TEST_CASE("a check of the peer brings back who has failed too early, unless its candidates were complete",
          "[ice][rfc8445-7.3.1.4]") {
  const bool complete = GENERATE(false, true);
  Unreachable pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  if (complete) world.end_of_candidates(alice);
  REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 90s));
  world.drops = [](const Packet&) { return false; };
  bob.agent.add_remote_candidate(world.now, *ice::parse_candidate("candidate:9 1 udp 7 192.0.2.99 9 typ host"));
  world.drain(bob);  // he waits again
  const auto check = stun::Builder{stun::Class::request, stun::Method::binding, stun::TransactionId{}}
                         .add(stun::attribute::username, alice.credentials.ufrag + ':' + bob.credentials.ufrag)
                         .add(stun::attribute::priority, 1u)
                         .add(stun::attribute::ice_controlled, std::uint64_t{1})
                         .integrity(crypto::HmacSha1{as_bytes(alice.credentials.pwd)})
                         .fingerprint()
                         .finish();
  world.receive(alice, SocketId{0}, at("192.0.2.2", 2000), check);
  world.run_for(5s);
  CHECK(is_connected(alice) == !complete);
  CHECK(is_connected(bob) == !complete);
  CHECK(in(alice, State::failed) == complete);
}

TEST_CASE("a peer whose checks arrive but who never answers ours does not hold the end up for ever",
          "[ice][rfc8863-4]") {
  World world{7};
  auto& alice = world.add_host();
  auto& bob = world.add_host();
  alice.add_socket(at("192.0.2.1", 1000));
  bob.add_socket(at("192.0.2.2", 2000));
  world.drops = [](const Packet& packet) {
    const auto message = stun::Message::parse(packet.bytes);
    return packet.from == at("192.0.2.2", 2000) && message && message->is_response();
  };
  world.connect(alice, bob);
  world.end_of_candidates(alice);
  REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 80s));
  CHECK(alice.all<Failed>().back().reason == Failed::Reason::no_answer);
}

TEST_CASE("who fails says why: nobody answered, and there was no relay", "[ice][failure]") {
  Unreachable pair;
  auto& world = pair.world;
  auto& alice = pair.alice;
  world.end_of_candidates(alice);
  REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 41s));
  const auto failed = alice.all<Failed>().back();
  CHECK(failed.reason == Failed::Reason::no_answer);
  CHECK(failed.pairs == 1);
  CHECK_FALSE(failed.relayed);
  CHECK(mentions(failed, "configure a TURN server"));
  CHECK_FALSE(mentions({.reason = Failed::Reason::no_answer, .pairs = 3, .relayed = true}, "configure a TURN server"));
  CHECK(mentions({.reason = Failed::Reason::no_answer, .pairs = 3}, "None of 3 candidate pairs"));
}

TEST_CASE("who fails says why: there are no candidates, or none that go together", "[ice][failure]") {
  World world;
  auto& alice = world.add_host();
  auto expected = Failed::Reason::no_local_candidates;
  const auto fail = [&] {
    world.introduce(alice, {"ufrag", "a password of the peer"});
    world.gather(alice);
    world.end_of_candidates(alice);
    REQUIRE(world.run_until([&] { return in(alice, State::failed); }, 41s));
    CHECK(alice.all<Failed>().size() == 1);
    CHECK(alice.all<Failed>().back().reason == expected);
    CHECK_FALSE(ice::explain(alice.all<Failed>().back()).empty());
  };
  SECTION("of ours") { fail(); }
  SECTION("of the peer") {
    expected = Failed::Reason::no_remote_candidates;
    alice.add_socket(at("192.0.2.1", 1000));
    fail();
  }
  SECTION("of one family") {
    expected = Failed::Reason::no_common_family;
    alice.add_socket(at("192.0.2.1", 1000));
    alice.agent.add_remote_candidate(world.now, *ice::parse_candidate("candidate:9 1 udp 7 2001:db8::2 5 typ host"));
    fail();
  }
}

TEST_CASE("what a server's error code means is said in a sentence of its own", "[ice][failure][IC-13][rfc8656-19]") {
  std::set<std::string> sentences;
  const auto codes = {300u, 400u, 401u, 403u, 420u, 437u, 438u, 440u, 441u, 442u, 443u, 446u, 447u, 486u, 500u, 508u};
  for (const auto code : codes) {
    const auto sentence = ice::explain(ice::GatheringFailed{"turn:a", code, "their words", {}});
    CHECK(sentence.ends_with('.'));
    CHECK(sentence.find("their words") == std::string::npos);
    CHECK(sentences.insert(sentence).second);
  }
  CHECK(ice::explain(ice::GatheringFailed{"turn:a", 701, "TLS: bad", {}}).starts_with("TLS: bad"));
}

TEST_CASE("who fails says why: the only servers allowed gave no relay", "[ice][failure]") {
  CHECK(mentions({.reason = Failed::Reason::no_local_candidates, .relay_only = true}, "TURN"));
  CHECK(mentions({.reason = Failed::Reason::no_local_candidates}, "interface"));
}
