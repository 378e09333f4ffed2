// What an engine tells, in which order, and what a failed call leaves as it was.   W3C §4.4.1.4, §5.5, §5.6
#include <algorithm>
#include <optional>
#include <tuple>

#include "sim/rounds.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using Log = std::vector<std::string>;

Log since(const Peer& peer, std::size_t mark) {
  return {peer.log().begin() + static_cast<std::ptrdiff_t>(mark), peer.log().end()};
}

struct Pair {
  World world;
  Peer& alice = world.alice();
  Peer& bob = world.bob();

  explicit Pair(std::uint64_t seed, WorldOptions options = {}) : world{seed, std::move(options)} {
    alice.set_trickle(false);
    bob.set_trickle(false);
  }
  void connect() {
    alice.open_channel({.label = "first"});
    REQUIRE(round(world, alice, bob).has_value());
    REQUIRE(world.run_until([&] { return alice.has("open first") && bob.has("announced first"); }, 5s));
    REQUIRE(world.run_until([&] { return alice.connected() && bob.connected(); }, 5s));
    world.run_for(2s);
  }
};

TEST_CASE("the whole of a connection is told in W3C's order", "[sim][ST-1][ST-2][ST-3][ST-5][IC-4][SD-9][DC-31]") {
  Pair pair{101};
  pair.connect();
  CHECK(pair.alice.log() == Log{"negotiation-needed", "signaling have-local-offer", "gathering gathering",
                                "candidate found", "candidate end", "gathering complete", "candidate null",
                                "signaling stable", "ice checking", "connection connecting", "pair changed",
                                "ice connected", "ice completed", "dtls connecting", "dtls connected",
                                "connection connected", "sctp connected", "open first"});
  CHECK(pair.bob.log() == Log{"signaling have-remote-offer", "signaling stable", "ice checking",
                              "connection connecting", "gathering gathering", "candidate found", "candidate end",
                              "gathering complete", "candidate null", "pair changed", "ice connected", "ice completed",
                              "dtls connecting", "dtls connected", "connection connected", "sctp connected",
                              "announced first"});
}

TEST_CASE("the peer's close without signaling ends SCTP, DTLS and the channels at once, and ICE when consent ends",
          "[sim][ST-8][DC-23][DC-24][DC-25][DC-31]") {
  Pair pair{102};
  pair.connect();
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  const auto mark = bob.log().size();
  alice.close();
  REQUIRE(world.run_until([&] { return bob.has("error first"); }, 1s));
  CHECK(since(bob, mark) == Log{"sctp closed", "error first", "dtls closed"});
  REQUIRE(world.run_until([&] { return bob.has("ice failed"); }, 60s));
  CHECK(since(bob, mark) == Log{"sctp closed", "error first", "dtls closed", "ice disconnected",
                                "connection disconnected", "ice-failed", "pair changed", "ice failed",
                                "connection failed"});
}

TEST_CASE("a channel without an id is told of after the signaling state, and before the next need",
          "[sim][SD-9][DC-6]") {
  Pair pair{103, {.configure = [](peer::EngineOptions& options) { options.channel_limits.channels = 65536; }}};
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  for (int id = 1; id < 65535; id += 2) {
    REQUIRE(alice.engine()
                .create_data_channel(world.now(), {.negotiated = true, .id = static_cast<std::uint16_t>(id)})
                .has_value());
  }
  alice.open_channel({.label = "poor"});
  REQUIRE(take(world, bob, sdp::Type::offer, describe(world, alice)).has_value());
  alice.engine().restart_ice();
  const auto mark = alice.log().size();
  REQUIRE(take(world, alice, sdp::Type::answer, describe(world, bob)).has_value());
  const auto log = since(alice, mark);
  REQUIRE(log.size() >= 3);
  CHECK(Log{log.begin(), log.begin() + 3} == Log{"signaling stable", "error poor", "negotiation-needed"});
}

TEST_CASE("negotiation is needed once for many reasons, and only in stable", "[sim][NN-1][NN-2][NN-3][NN-4][RI-1]") {
  Pair pair{104};
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  alice.engine().restart_ice();  // there is nothing to restart
  alice.drain();
  CHECK(alice.log().empty());
  alice.open_channel({.label = "one"});
  alice.open_channel({.label = "two"});
  alice.engine().restart_ice();
  CHECK(alice.log() == Log{"negotiation-needed"});

  REQUIRE(take(world, bob, sdp::Type::offer, describe(world, alice)).has_value());
  alice.open_channel({.label = "three"});
  REQUIRE(take(world, alice, sdp::Type::answer, describe(world, bob)).has_value());
  alice.open_channel({.label = "four"});
  world.run_for(2s);
  CHECK(std::ranges::count(alice.log(), "negotiation-needed") == 1);
  CHECK_FALSE(bob.has("negotiation-needed"));

  alice.engine().close();
  alice.engine().restart_ice();
  alice.drain();
  CHECK(std::ranges::count(alice.log(), "negotiation-needed") == 1);
}

TEST_CASE("a round without data leaves the need of a channel", "[sim][NN-4][NN-5]") {
  Pair pair{105};
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  bob.open_channel({.label = "bob's"});
  REQUIRE(take(world, bob, sdp::Type::offer, describe(world, alice)).has_value());  // no m= section
  CHECK(std::ranges::count(bob.log(), "negotiation-needed") == 1);
  REQUIRE(take(world, alice, sdp::Type::answer, describe(world, bob)).has_value());
  CHECK(std::ranges::count(bob.log(), "negotiation-needed") == 2);
}

TEST_CASE("rollback of a first offer is a new start", "[sim][SD-5][SD-6][NN-4][ST-5]") {
  Pair pair{111};
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  const auto channel = alice.open_channel({.label = "first"});
  const auto offer = describe(world, alice);
  const auto mark = alice.log().size();
  REQUIRE(alice.engine().set_local_description(world.now(), sdp::Type::rollback, {}).has_value());
  alice.drain();
  CHECK(since(alice, mark) == Log{"gathering new", "signaling stable", "negotiation-needed"});
  CHECK_FALSE(alice.engine().signaling().local());
  CHECK(alice.engine().channels().state(channel) == dcep::State::connecting);
  REQUIRE(round(world, alice, bob).has_value());
  CHECK(alice.engine().signaling().local()->sdp.find(offer.substr(offer.find("a=ice-ufrag"), 20)) == std::string::npos);
  REQUIRE(world.run_until([&] { return alice.has("open first") && bob.has("announced first"); }, 5s));
}

TEST_CASE("restart_ice asks again until a round has taken the old credentials out of use",
          "[sim][RI-1][RI-2][RI-3][RI-4][NN-3]") {
  Pair pair{106};
  pair.connect();
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  const auto needs = [&, before = std::ranges::count(alice.log(), "negotiation-needed")] {
    return std::ranges::count(alice.log(), "negotiation-needed") - before;
  };
  SECTION("also when the offer is rolled back") {
    alice.engine().restart_ice();
    alice.engine().restart_ice();
    alice.drain();
    CHECK(needs() == 1);
    describe(world, alice);
    REQUIRE(alice.engine().set_local_description(world.now(), sdp::Type::rollback, {}).has_value());
    alice.drain();
    CHECK(needs() == 2);
  }
  SECTION("also when the round was one of the peer's, who did not restart") {
    REQUIRE(take(world, alice, sdp::Type::offer, describe(world, bob)).has_value());
    alice.engine().restart_ice();
    alice.drain();
    CHECK(needs() == 0);  // not before it is stable
    REQUIRE(take(world, bob, sdp::Type::answer, describe(world, alice)).has_value());
    CHECK(needs() == 1);
  }
  SECTION("not when the peer has restarted") {
    bob.engine().restart_ice();
    REQUIRE(take(world, alice, sdp::Type::offer, describe(world, bob)).has_value());
    alice.engine().restart_ice();
    REQUIRE(take(world, bob, sdp::Type::answer, describe(world, alice)).has_value());
    CHECK(needs() == 0);
  }
  SECTION("and iceRestart in create_offer is no such wish") {
    REQUIRE(alice.engine().create_offer(true).has_value());
    alice.drain();
    CHECK(needs() == 0);
  }
}

// Everything that can be asked of an engine.
auto observed(Peer& peer) {
  const auto& engine = peer.engine();
  const auto& signaling = engine.signaling();
  const auto text = [](const sdp::Description* description) { return description ? description->sdp : "none"; };
  const auto& negotiated = signaling.negotiated();
  return std::tuple{signaling.state(),
                    text(signaling.current_local()),
                    text(signaling.pending_local()),
                    text(signaling.current_remote()),
                    text(signaling.pending_remote()),
                    signaling.can_trickle_ice_candidates(),
                    signaling.negotiation_needed(),
                    negotiated.local,
                    negotiated.remote,
                    negotiated.dtls_client,
                    negotiated.local_is_offerer,
                    engine.connection_state(),
                    engine.ice_connection_state(),
                    engine.ice_gathering_state(),
                    engine.dtls_state(),
                    engine.association(),
                    engine.association_number(),
                    engine.transport_number(),
                    engine.max_message_size(),
                    peer.log()};
}

TEST_CASE("a description that fails leaves every state, and the connection, as it was", "[sim][SD-7][SD-8]") {
  Pair pair{107};
  pair.connect();
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  const auto good = describe(world, bob, sdp::Type::offer);
  const auto bad =
      GENERATE(as<std::pair<const char*, const char*>>{}, std::pair{"a=ice-pwd", "a=ice-pwd:short"},
               std::pair{"a=ice-ufrag", ""}, std::pair{"a=fingerprint", ""},
               std::pair{"a=fingerprint", "a=fingerprint:sha-256 00:11"}, std::pair{"a=setup", "a=setup:x"},
               std::pair{"a=sctp-port", ""}, std::pair{"a=mid", "a=mid:other"}, std::pair{"m=", ""},
               std::pair{"s=", "garbled"}, std::pair{"a=tls-id", "a=tls-id:abcdefghijklmnopqrstuvwxyz"});
  INFO(bad.first << " -> " << bad.second);
  const bool glare = GENERATE(false, true);
  if (glare) {  // the rollback is undone as well
    alice.engine().restart_ice();
    describe(world, alice, sdp::Type::offer);
  }
  const auto before = observed(alice);
  const auto refused = take(world, alice, sdp::Type::offer, with_line(bad.first, bad.second)(good));
  REQUIRE(refused.has_error());
  CHECK((refused.error().reason == Reason::invalid_description || refused.error().reason == Reason::sdp_syntax));
  CHECK(observed(alice) == before);
  bob.send(*bob.channel("first"), "as before");
  REQUIRE(world.run_until([&] { return alice.messages().size() == 1; }, 5s));
  CHECK(observed(alice) == before);
  world.run_for(40s);  // longer than consent
  CHECK(alice.connected());
  REQUIRE(take(world, alice, sdp::Type::offer, good).has_value());
  REQUIRE(take(world, bob, sdp::Type::answer, describe(world, alice)).has_value());
}

TEST_CASE("a peer that cannot trickle has said all its candidates, and failing need not wait for more",
          "[sim][SD-19]") {
  const bool trickles = GENERATE(true, false);
  Pair pair{108};
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  alice.open_channel({.label = "first"});
  world.network().set_cut(true);
  const auto without_end = with_line("a=end-of-candidates", "");
  REQUIRE(round(world, alice, bob, unchanged, [&](std::string sdp) {
            sdp = without_end(std::move(sdp));
            return trickles ? sdp : with_line("a=ice-options", "")(std::move(sdp));
          }).has_value());
  CHECK(alice.engine().signaling().can_trickle_ice_candidates() == trickles);
  world.run_for(60s);
  CHECK(alice.has("ice failed") != trickles);
}

TEST_CASE("a restart is not seen where ICE works, and is checking where it does not", "[sim][IC-15][ST-5]") {
  Pair pair{109};
  pair.connect();
  auto& world = pair.world;
  auto& alice = pair.alice;
  auto& bob = pair.bob;
  REQUIRE(alice.engine().ice_connection_state() == peer::IceConnectionState::completed);
  auto mark = alice.log().size();
  const auto ice = [&] {
    Log result;
    for (const auto& entry : since(alice, mark)) {
      if (entry.starts_with("ice ") || entry.starts_with("connection ")) result.push_back(entry);
    }
    return result;
  };
  const auto association = alice.engine().association();
  alice.engine().restart_ice();
  REQUIRE(round(world, alice, bob).has_value());
  world.run_for(20s);
  CHECK(ice() == Log{"ice connected", "ice completed"});

  world.network().set_cut(true);
  REQUIRE(world.run_until([&] { return alice.has("ice failed") && bob.has("ice failed"); }, 60s));
  world.network().set_cut(false);
  mark = alice.log().size();
  alice.engine().restart_ice();
  REQUIRE(round(world, alice, bob).has_value());
  world.run_for(20s);
  CHECK(ice() ==
        Log{"ice checking", "connection connecting", "ice connected", "connection connected", "ice completed"});
  CHECK(alice.engine().association() == association);
  CHECK_FALSE(alice.has("closed first"));
}

TEST_CASE("the channels of a connection are as many as both have streams for", "[sim][DC-30][DC-31]") {
  World world{110};
  auto& alice = world.alice();
  alice.set_trickle(false);
  auto& few = world.add_peer("few", [](peer::EngineOptions& options) { options.sctp_streams = 16; });
  std::optional<std::uint16_t> ours;
  alice.set_observer([&](const peer::Event& event) {
    if (const auto* connected = std::get_if<peer::SctpConnected>(&event)) ours = connected->max_channels;
  });
  alice.open_channel({.label = "first"});
  REQUIRE(round(world, alice, few).has_value());
  REQUIRE(world.run_until([&] { return alice.has("open first"); }, 5s));
  CHECK(ours == 16);
}

}  // namespace
}  // namespace sluice::sim
