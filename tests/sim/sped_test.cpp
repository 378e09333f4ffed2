// DTLS inside the connectivity checks.   draft-hancke-webrtc-sped
#include "sim/rounds.hpp"
#include "sim/set_up.hpp"
#include "stun/message.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto one_way = 25ms;

// Of all datagrams from now on.
struct Seen {
  std::size_t packets = 0;
  std::size_t acknowledgements = 0;
  std::size_t messages = 0;  // of STUN
  std::size_t longest = 0;
};

void watch(World& world, Seen& seen) {
  world.network().set_filter([&seen](const Endpoint&, const Endpoint&, Bytes& datagram) {
    const auto message = stun::Message::parse(datagram);
    if (!message) return true;
    ++seen.messages;
    seen.packets += message->has(stun::attribute::dtls_in_stun) ? 1U : 0U;
    seen.acknowledgements += message->has(stun::attribute::dtls_in_stun_acknowledgement) ? 1U : 0U;
    seen.longest = std::max(seen.longest, datagram.size());
    return true;
  });
}

bool lists_option(Peer& peer) {
  const auto& sdp = peer.engine().signaling().local()->sdp;
  return sdp.find("a=ice-options:trickle ice2 sped\r\n") != std::string::npos;
}

TEST_CASE("with SPED both halves of the handshake ride in STUN until both ends are connected", "[sim][sped]") {
  SetUp set_up{1, one_way, with_sped};
  Seen seen;
  watch(set_up.world(), seen);
  REQUIRE(set_up.run(5s));
  CHECK(lists_option(set_up.world().alice()));
  CHECK(lists_option(set_up.world().bob()));
  CHECK(seen.packets >= 3);
  CHECK(seen.acknowledgements >= seen.packets);
  CHECK(seen.longest <= 1200);
  seen = {};
  set_up.world().run_for(20s);
  CHECK(seen.messages >= 4);
  CHECK(seen.packets == 0);
  CHECK(seen.acknowledgements == 0);
}

TEST_CASE("SPED is harmless with a peer that has it not", "[sim][sped]") {
  const bool offerer_has_it = GENERATE(true, false);
  World world{2};
  Seen seen;
  watch(world, seen);
  auto& carol = world.add_peer("carol", with_sped);
  auto& alice = world.alice();
  auto& offerer = offerer_has_it ? carol : alice;
  auto& answerer = offerer_has_it ? alice : carol;
  connect_and_greet(world, offerer, answerer);
  CHECK(lists_option(offerer) == offerer_has_it);
  CHECK_FALSE(lists_option(answerer));
  CHECK(seen.packets + seen.acknowledgements == 0);
}

TEST_CASE("a ClientHello that overtakes the answer is not lost", "[sim][sped]") {
  SetUp set_up{1, one_way, with_both, 4 * one_way};
  REQUIRE(set_up.run(5s));
  CHECK(set_up.steps().dtls_of_answerer == 7);  // the answer comes after 4, and the flight it waited for leaves at once
  CHECK(set_up.steps().dtls == 6);
  CHECK(set_up.steps().message == 7);
}

TEST_CASE("with SPED a path that is found late is not too late", "[sim][sped]") {
  SetUp set_up{1, one_way, with_sped};
  auto& network = set_up.world().network();
  network.set_cut(true);
  set_up.world().at(set_up.world().now() + 35s, [&] { network.set_cut(false); });
  REQUIRE(set_up.run(45s));
}

TEST_CASE("with SPED an ICE restart before anything has connected goes on with the handshake", "[sim][sped]") {
  SetUp set_up{3, one_way, with_both};
  auto& world = set_up.world();
  world.network().set_cut(true);
  world.at(world.now() + 2s, [&] {
    world.network().set_cut(false);
    world.alice().engine().restart_ice();
    world.alice().negotiate();
  });
  REQUIRE(set_up.run(10s));
}

TEST_CASE("with SPED a peer with another certificate is refused", "[sim][sped][security]") {
  World world{4, {.configure = with_sped}};
  auto& carol =
      world.add_peer("carol", [](peer::EngineOptions& options) { options.certificate = other_certificate(); });
  auto& alice = world.alice();
  alice.set_trickle(false);
  alice.open_channel({.label = "chat"});
  const auto fingerprint =
      "a=fingerprint:sha-256 " +
      dtls::to_string(certificate().fingerprint(dtls::HashAlgorithm::sha_256)).substr(std::string{"sha-256 "}.size());
  REQUIRE(round(world, alice, carol, unchanged, with_line("a=fingerprint", fingerprint)).has_value());
  REQUIRE(world.run_until([&] { return alice.engine().dtls_state() == peer::DtlsState::failed; }, 5s));
  CHECK(alice.failure()->reason == Reason::fingerprint_mismatch);
  CHECK_FALSE(alice.has("open chat"));
}

TEST_CASE("with SPED peers connect and talk whatever the network loses", "[sim][sped][seeds]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    const auto& configure = seed % 2 == 0 ? with_sped : with_both;
    World world{
        seed,
        {.link = {.delay = 20ms, .jitter = 15ms, .loss = 0.01 * static_cast<double>(seed % 31), .duplication = 0.05},
         .signaling_delay = 10ms * (seed % 7),
         .configure = configure}};
    REQUIRE(world.connect());
    const auto back = world.bob().open_channel({.label = "back"});
    REQUIRE(world.run_until([&] { return world.alice().has("announced back"); }, 60s));
    world.bob().send(back, "to alice");
    REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 60s));
  }
}

}  // namespace
}  // namespace sluice::sim
