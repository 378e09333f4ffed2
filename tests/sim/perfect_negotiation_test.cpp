// Perfect negotiation: the recipe of W3C §10.7 holds whatever collides, late and in bursts.
//
// The signaling channel loses and delays datagrams and repeats what is lost, as an application's would (see Line): a
// channel that loses messages for good needs an application that notices, and is not what the recipe is for.
#include <algorithm>
#include <set>

#include "sim/application.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

std::string line_of(const std::string& sdp, std::string_view prefix) {
  const auto at = sdp.find(prefix);
  return at == std::string::npos ? std::string{} : sdp.substr(at, sdp.find("\r\n", at) - at);
}

std::uint64_t version_of(const sdp::Description& description) {
  const auto origin = line_of(description.sdp, "o=");  // o=- <id> <version> IN ...
  const auto id = origin.find(' ', 4);
  return std::stoull(origin.substr(id + 1));
}

class Soak {
 public:
  explicit Soak(std::uint64_t seed, Link link = {.delay = 20ms, .loss = 0.02})
      : world_{seed, {.link = link}},
        random_{seed},
        alice_{world_, world_.alice(), false, seed * 10, {}},
        bob_{world_, world_.bob(), true, seed * 10 + 5, {}} {
    alice_.connect_to(bob_);
    bob_.connect_to(alice_);
    world_.alice().open_channel({.label = "first"});
    settle();
  }

  std::size_t ignored() const { return alice_.ignored(); }

  void run_round() {
    act(alice_);
    world_.run_for(pick(30) * 1ms);
    act(bob_);
    if (pick(3) == 0) {  // and somebody once more before the dust has settled
      world_.run_for(pick(400) * 1ms);
      act(pick(2) == 0 ? alice_ : bob_);
    }
    settle();
  }

  // The connection has been one and the same from its first moment on.
  void check_history() {
    for (auto* peer : {&world_.alice(), &world_.bob()}) {
      const auto& log = peer->log();
      CHECK(std::ranges::count(log, "connection connected") == 1);
      CHECK(std::ranges::count(log, "connection connecting") == 1);
      CHECK_FALSE(peer->has("connection disconnected"));
      CHECK_FALSE(peer->has("connection failed"));
      CHECK(peer->engine().transport_number() == 0);
      CHECK(peer->engine().association_number() == 0);
    }
  }

 private:
  unsigned pick(unsigned count) { return std::uniform_int_distribution<unsigned>{0, count - 1}(random_); }

  // Something that makes an offer, if the state allows one.
  void act(Application& application) {
    auto& peer = application.peer();
    switch (pick(4)) {
      case 0:
        peer.engine().restart_ice();
        peer.drain();
        return;
      case 1:
        peer.open_channel({.label = "channel " + std::to_string(++channels_), .ordered = pick(2) == 0});
        break;
      case 2:
        if (auto open = application.open(); open.size() > 4) {
          open.erase("first");
          peer.close_channel(std::next(open.begin(), pick(static_cast<unsigned>(open.size())))->second);
        }
        break;
      case 3:
        break;
    }
    if (peer.stable() && application.idle()) application.negotiate();
  }

  bool settled(Application& one) {
    return one.idle() && one.peer().stable() && one.peer().connected() && !one.signaling().negotiation_needed();
  }

  void settle() {
    const auto done = [&] {
      return settled(alice_) && settled(bob_) && labels(alice_) == labels(bob_) && alice_.open().contains("first");
    };
    const bool in_time = world_.run_until(done, 60s);
    INFO("alice: " << alice_.error() << ", bob: " << bob_.error());
    REQUIRE(alice_.error().empty());
    REQUIRE(bob_.error().empty());
    REQUIRE(in_time);
    check_agreement(alice_, bob_, alice_version_);
    check_agreement(bob_, alice_, bob_version_);
    check_data();
  }

  static std::set<std::string> labels(const Application& application) {
    std::set<std::string> result;
    for (const auto& [label, channel] : application.open()) result.insert(label);
    return result;
  }

  // What the one has said is what the other has heard.
  void check_agreement(Application& one, Application& other, std::uint64_t& version) {
    const auto& said = one.signaling();
    const auto& heard = other.signaling();
    REQUIRE_FALSE(said.pending_local());
    REQUIRE_FALSE(said.pending_remote());
    REQUIRE(said.current_local());
    REQUIRE(heard.current_remote());
    for (const auto* prefix : {"o=", "a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=mid", "a=sctp-port", "a=tls-id"}) {
      REQUIRE(line_of(said.current_local()->sdp, prefix) == line_of(heard.current_remote()->sdp, prefix));
    }
    REQUIRE(said.current_local()->type == heard.current_remote()->type);
    REQUIRE(said.negotiated().local->ufrag == heard.negotiated().remote->ufrag);
    REQUIRE(said.negotiated().local_is_offerer != heard.negotiated().local_is_offerer);
    REQUIRE(said.negotiated().dtls_client == !*heard.negotiated().dtls_client);
    REQUIRE(version_of(*said.current_local()) >= version);
    version = version_of(*said.current_local());
  }

  void check_data() {
    const auto text = std::to_string(++messages_);
    for (auto* one : {&alice_, &bob_}) one->peer().send(one->open().at("first"), text);
    const auto arrived = [&](Application& one) {
      return !one.peer().messages().empty() && one.peer().messages().back().data == text;
    };
    REQUIRE(world_.run_until([&] { return arrived(alice_) && arrived(bob_); }, 30s));
  }

  World world_;
  std::mt19937_64 random_;
  Application alice_;  // impolite
  Application bob_;
  std::uint64_t alice_version_ = 0;
  std::uint64_t bob_version_ = 0;
  unsigned channels_ = 0;
  unsigned messages_ = 0;
};

TEST_CASE("two thousand rounds of glare leave two peers who agree and talk", "[sim][PN-1][PN-2][SD-1][SD-4][OP-6]") {
  std::size_t glare = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Soak soak{seed};
    while (soak.ignored() < 250) {
      INFO("seed " << seed << ", after " << soak.ignored() << " rounds of glare");
      soak.run_round();
    }
    soak.check_history();
    glare += soak.ignored();
  }
  CHECK(glare >= 2000);
}

TEST_CASE("the very first offers may collide", "[sim][PN-1][SD-4][SD-6]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    World world{seed};
    Application alice{world, world.alice(), false, seed, {}};
    Application bob{world, world.bob(), true, seed + 100, {}};
    alice.connect_to(bob);
    bob.connect_to(alice);
    world.alice().open_channel({.label = "of alice"});
    world.bob().open_channel({.label = "of bob"});
    REQUIRE(world.run_until([&] { return alice.open().size() == 2 && bob.open().size() == 2; }, 20s));
    CHECK(alice.ignored() == 1);
    CHECK(bob.collisions() == 1);
    CHECK(alice.error() + bob.error() == "");
    CHECK(std::ranges::count(world.bob().log(), "gathering new") == 1);  // of the offer that was rolled back
    world.run_for(5s);
    CHECK(alice.peer().stable());
    CHECK(bob.peer().stable());
    CHECK_FALSE(alice.signaling().negotiation_needed());
    CHECK_FALSE(bob.signaling().negotiation_needed());
  }
}

TEST_CASE("an offer that comes while an answer is being set is judged after it", "[sim][PN-2]") {
  World world{9};
  Application alice{world, world.alice(), false, 1, {.jitter = 0ms, .loss = 0}};
  Application bob{world, world.bob(), true, 2, {.jitter = 0ms, .loss = 0}};
  alice.connect_to(bob);
  bob.connect_to(alice);
  alice.set_operation_time(100ms);
  world.alice().open_channel({.label = "first"});
  REQUIRE(world.run_until([&] { return world.bob().has("signaling stable"); }, 5s));
  bob.negotiate();  // its offer follows the answer at once, and alice takes a while for the answer
  REQUIRE(world.run_until([&] { return world.alice().has("signaling have-remote-offer"); }, 5s));
  REQUIRE(world.run_until([&] { return world.alice().stable() && world.bob().stable() && alice.idle(); }, 5s));
  CHECK(alice.collisions() == 0);
  CHECK(alice.error() + bob.error() == "");
}

}  // namespace
}  // namespace sluice::sim
