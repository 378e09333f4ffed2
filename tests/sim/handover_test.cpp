// Another device takes the place of the peer: another certificate, so another DTLS association.   RFC 8842 §3.1
#include <algorithm>

#include "sim/rounds.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

void use_other_certificate(peer::EngineOptions& options) { options.certificate = other_certificate(); }

struct Three {
  World world{81};
  Peer& alice = world.alice();
  Peer& bob = world.bob();
  Peer& carol = world.add_peer("carol", use_other_certificate);

  Three() {
    alice.set_trickle(false);
    bob.set_trickle(false);
  }

  void connect(Peer& offerer, Peer& answerer) {
    offerer.open_channel({.label = "first"});
    REQUIRE(round(world, offerer, answerer).has_value());
    REQUIRE(world.run_until([&] { return offerer.has("open first") && answerer.has("announced first"); }, 10s));
    REQUIRE(world.run_until([&] { return offerer.connected() && answerer.connected(); }, 10s));
    world.run_for(1s);
  }

  // Both open a channel and say something on that of the other.
  void check_data(Peer& one, Peer& other) {
    const auto before = one.messages().size() + other.messages().size();
    one.open_channel({.label = "from one"});
    other.open_channel({.label = "from other"});
    REQUIRE(world.run_until([&] { return one.channel("from other") && other.channel("from one"); }, 20s));
    one.send(*one.channel("from other"), "hello");
    other.send(*other.channel("from one"), "hello");
    REQUIRE(world.run_until([&] { return one.messages().size() + other.messages().size() == before + 2; }, 20s));
    REQUIRE(world.run_until([&] { return one.connected() && other.connected(); }, 20s));
  }
};

std::size_t count(const Peer& peer, std::string_view entry) {
  return static_cast<std::size_t>(std::ranges::count(peer.log(), entry));
}

TEST_CASE("another device with an ICE restart is another association; the channels of the old one close",
          "[sim][SD-15][rfc8842-3.1]") {
  const bool bob_was_client = GENERATE(true, false);
  const bool bob_offers = GENERATE(true, false);
  INFO("bob was the DTLS " << (bob_was_client ? "client" : "server") << " and " << (bob_offers ? "offers" : "answers"));
  Three three;
  auto& world = three.world;
  auto& alice = three.alice;
  auto& bob = three.bob;
  auto& carol = three.carol;
  bob_was_client ? three.connect(alice, bob) : three.connect(bob, alice);
  REQUIRE(bob.engine().signaling().negotiated().dtls_client == bob_was_client);
  std::size_t to_alice = 0;
  world.network().set_filter([&](const Endpoint& from, const Endpoint& to, ByteView datagram) {
    // DTLS handshakes: whatever of the new association goes to the old peer
    if (from == bob.address() && to == alice.address() && datagram.front() == std::byte{22}) ++to_alice;
    return true;
  });

  if (bob_offers) {
    bob.engine().restart_ice();
    REQUIRE(round(world, bob, carol).has_value());
  } else {
    carol.open_channel({.label = "takes over"});
    REQUIRE(round(world, carol, bob).has_value());
  }
  CHECK(count(bob, "closed first") == 1);
  CHECK(bob.engine().transport_number() == 1);
  CHECK(bob.engine().association_number() == 1);
  CHECK(bob.engine().ice_connection_state() == peer::IceConnectionState::checking);
  three.check_data(bob, carol);
  CHECK(to_alice == 0);
  CHECK_FALSE(bob.has("connection failed"));
  CHECK(count(bob, "connection connected") == 2);
  REQUIRE(world.run_until([&] { return alice.has("error first") || alice.has("closed first"); }, 5s));
}

TEST_CASE("another certificate without a restart is refused, and nothing happens", "[sim][SD-15][SD-8]") {
  Three three;
  auto& world = three.world;
  auto& alice = three.alice;
  auto& bob = three.bob;
  three.connect(alice, bob);
  const auto other =
      with_line("a=fingerprint",
                "a=fingerprint:" + dtls::to_string(other_certificate().fingerprint(dtls::HashAlgorithm::sha_256)));
  const auto log = alice.log();
  SECTION("in an offer") {
    const auto refused = round(world, bob, alice, other);
    REQUIRE(refused.has_error());
    CHECK(refused.error().reason == Reason::invalid_description);
    CHECK(alice.stable());
  }
  SECTION("in an answer") {
    const auto refused = round(world, alice, bob, unchanged, other);
    REQUIRE(refused.has_error());
    CHECK(refused.error().reason == Reason::invalid_description);
    CHECK(alice.engine().signaling().state() == sdp::SignalingState::have_local_offer);
  }
  CHECK(alice.engine().transport_number() == 0);
  bob.send(*bob.channel("first"), "still here");
  REQUIRE(world.run_until([&] { return alice.messages().size() == 1; }, 5s));
}

TEST_CASE("the final answer may come from another device than the provisional one", "[sim][SD-22]") {
  const bool reached = GENERATE(true, false);
  INFO("the device that rang first was " << (reached ? "" : "not ") << "reached");
  Three three;
  auto& world = three.world;
  auto& alice = three.alice;
  auto& bob = three.bob;
  auto& carol = three.carol;
  if (!reached) {
    world.network().set_filter([&](const Endpoint& from, const Endpoint& to, ByteView) {
      return from != bob.address() && to != bob.address();
    });
  }
  const auto channel = alice.open_channel({.label = "first"});
  const auto offer = describe(world, alice);
  REQUIRE(take(world, bob, sdp::Type::offer, offer).has_value());
  REQUIRE(take(world, alice, sdp::Type::pranswer, describe(world, bob, sdp::Type::pranswer)).has_value());
  if (reached) {
    REQUIRE(world.run_until([&] { return alice.has("open first") && alice.connected(); }, 10s));
  } else {
    world.run_for(2s);
  }
  REQUIRE(take(world, carol, sdp::Type::offer, offer).has_value());
  REQUIRE(take(world, alice, sdp::Type::answer, describe(world, carol)).has_value());
  CHECK(alice.stable());
  CHECK(count(alice, "closed first") == (reached ? 1 : 0));
  if (!reached) {  // the channel has waited
    REQUIRE(world.run_until([&] { return alice.has("open first") && carol.has("announced first"); }, 20s));
    alice.send(channel, "to carol");
    REQUIRE(world.run_until([&] { return carol.messages().size() == 1; }, 5s));
  }
  three.check_data(alice, carol);
  CHECK(count(alice, "candidate found") == 1);
  CHECK(count(alice, "gathering complete") == 1);
  CHECK(count(alice, "candidate null") == 1);
}

TEST_CASE("a final answer of the device that answered provisionally changes nothing", "[sim][SD-22]") {
  Three three;
  auto& world = three.world;
  auto& alice = three.alice;
  auto& bob = three.bob;
  alice.open_channel({.label = "first"});
  REQUIRE(take(world, bob, sdp::Type::offer, describe(world, alice)).has_value());
  REQUIRE(take(world, alice, sdp::Type::pranswer, describe(world, bob, sdp::Type::pranswer)).has_value());
  REQUIRE(world.run_until([&] { return alice.has("open first") && bob.has("announced first"); }, 10s));
  CHECK(alice.engine().signaling().state() == sdp::SignalingState::have_remote_pranswer);
  CHECK(bob.engine().signaling().state() == sdp::SignalingState::have_local_pranswer);
  const auto association = alice.engine().association();
  REQUIRE(take(world, alice, sdp::Type::answer, describe(world, bob, sdp::Type::answer)).has_value());
  CHECK(alice.stable());
  CHECK(bob.stable());
  CHECK(alice.engine().association() == association);
  CHECK(alice.engine().transport_number() == 0);
  world.run_for(40s);
  bob.send(*bob.channel("first"), "still here");
  REQUIRE(world.run_until([&] { return alice.messages().size() == 1; }, 5s));
}

TEST_CASE("an answer that restarts when the offer did not, or the other way round, leaves all as it was",
          "[sim][SD-16][SD-8]") {
  Three three;
  auto& world = three.world;
  auto& alice = three.alice;
  auto& bob = three.bob;
  three.connect(alice, bob);
  const bool restart = GENERATE(false, true);
  const auto before = bob.engine().signaling().local()->sdp;
  if (restart) alice.engine().restart_ice();
  const auto offer = describe(world, alice, sdp::Type::offer);
  REQUIRE(take(world, bob, sdp::Type::offer, offer).has_value());
  const auto answer = describe(world, bob);
  auto wrong = with_line("a=ice-ufrag", "a=ice-ufrag:other")(answer);
  wrong = with_line("a=ice-pwd", "a=ice-pwd:otherotherotherotherother")(wrong);
  if (restart) {  // the credentials of before
    const auto old_line = [&](const std::string& prefix) {
      const auto at = before.find(prefix);
      return before.substr(at, before.find("\r\n", at) - at);
    };
    wrong = with_line("a=ice-ufrag", old_line("a=ice-ufrag"))(answer);
    wrong = with_line("a=ice-pwd", old_line("a=ice-pwd"))(wrong);
  }
  const auto refused = take(world, alice, sdp::Type::answer, wrong);
  REQUIRE(refused.has_error());
  CHECK(refused.error().reason == Reason::invalid_description);
  CHECK(alice.engine().signaling().state() == sdp::SignalingState::have_local_offer);
  bob.send(*bob.channel("first"), "one");
  REQUIRE(world.run_until([&] { return alice.messages().size() == 1; }, 5s));
  REQUIRE(take(world, alice, sdp::Type::answer, answer).has_value());
  world.run_for(40s);
  CHECK(alice.connected());
  CHECK(bob.connected());
  bob.send(*bob.channel("first"), "two");
  REQUIRE(world.run_until([&] { return alice.messages().size() == 2; }, 5s));
}

}  // namespace
}  // namespace sluice::sim
