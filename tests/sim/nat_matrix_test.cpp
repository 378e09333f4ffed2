// Two hosts behind NATs of every kind, with STUN alone and with TURN: if a path can exist it is found, within a bound;
// if not, both sides fail, within a bound, and say why.   RFC 4787, 5128
//
// SLUICE_SEEDS=n in the environment runs n times as many seeds, SLUICE_SEED=n only that one.
#include <cstdlib>

#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

struct Kind {
  enum class Access : std::uint8_t { translated, open, no_udp };
  Access access = Access::translated;
  Dependence mapping = Dependence::none;
  Dependence filtering = Dependence::none;
};

std::string name(const Kind& kind) {
  if (kind.access == Kind::Access::open) return "a public address";
  if (kind.access == Kind::Access::no_udp) return "UDP blocked";
  return std::string{word(kind.mapping)} + " mapping, " + std::string{word(kind.filtering)} + " filtering";
}

std::vector<Kind> kinds() {
  std::vector<Kind> result{{.access = Kind::Access::open}, {.access = Kind::Access::no_udp}};
  for (const auto mapping : {Dependence::none, Dependence::address, Dependence::address_and_port}) {
    for (const auto filtering : {Dependence::none, Dependence::address, Dependence::address_and_port}) {
      result.push_back({Kind::Access::translated, mapping, filtering});
    }
  }
  return result;
}

// Whether hole punching works. Each side sends to the address that a STUN server saw of the other (RFC 5128 §3.3).
//
// Both mappings endpoint-independent: both send from the address that the other expects; any filter opens.
// One is not: its checks come from a port that nobody was told of. They pass the other's filter if that looks at
//   addresses at most; then the other knows the port, and answers to it.
// Neither is: the first check has to pass a filter of a mapping that was made for the STUN server, so one filter must
//   not look at all; the reply, from an unknown port, has to pass the other's, which may look at addresses. If both
//   mappings depend on ports too, the reply is answered from yet another port, and so on without end.
bool direct_path_exists(const Kind& a, const Kind& b) {
  if (a.access == Kind::Access::no_udp || b.access == Kind::Access::no_udp) return false;
  const bool predictable_a = a.mapping == Dependence::none;
  const bool predictable_b = b.mapping == Dependence::none;
  if (predictable_a && predictable_b) return true;
  if (predictable_a || predictable_b) {
    return (predictable_a ? a : b).filtering != Dependence::address_and_port;
  }
  if (a.mapping == Dependence::address_and_port && b.mapping == Dependence::address_and_port) return false;
  const auto [looser, stricter] = std::minmax(a.filtering, b.filtering);
  return looser == Dependence::none && stricter != Dependence::address_and_port;
}

const ice::IceServer stun{.url = "stun:203.0.113.3", .host = "203.0.113.3"};
const ice::IceServer turn{.url = "turn:203.0.113.5",
                          .host = "203.0.113.5",
                          .kind = ice::IceServer::Kind::turn,
                          .username = "alice",
                          .password = "wonderland"};

std::vector<ice::IceServer> servers(bool with_turn) {
  if (!with_turn) return {stun};
  auto by_stream = turn;
  by_stream.carrier = ice::IceServer::Carrier::tcp;
  return {stun, turn, by_stream};
}

WorldOptions options(std::uint64_t seed, bool with_turn) {
  constexpr Duration delays[] = {10ms, 40ms, 150ms, 300ms};
  constexpr double losses[] = {0, 0.05, 0.1};
  const auto delay = delays[seed % std::size(delays)];
  return {.link = {.delay = delay, .jitter = delay / 4, .loss = losses[seed % std::size(losses)]},
          .signaling_delay = delay,
          .configure = [with_turn](peer::EngineOptions& engine) { engine.ice_servers = servers(with_turn); }};
}

void place(World& world, Peer& peer, const Kind& kind, std::string_view outside, bool preserves_ports) {
  if (kind.access == Kind::Access::no_udp) world.block_udp(peer);
  if (kind.access != Kind::Access::translated) return;
  auto& nat = world.add_nat({.outside = ip(outside),
                             .mapping = kind.mapping,
                             .filtering = kind.filtering,
                             .preserves_ports = preserves_ports});
  world.place(peer, nat, {ip("10.0.0.2"), 5000});  // both: private addresses repeat
}

struct Scene {
  Scene(std::uint64_t seed, const Kind& a, const Kind& b, bool with_turn) : world{seed, options(seed, with_turn)} {
    place(world, world.alice(), a, "198.51.100.1", seed % 2 == 0);
    place(world, world.bob(), b, "198.51.100.2", seed % 2 == 0);
    world.add_turn_server({.address = {ip("203.0.113.3"), 3478}, .relay_v4 = ip("203.0.113.4")});
    world.add_turn_server({.address = {ip("203.0.113.5"), 3478}, .relay_v4 = ip("203.0.113.9")});
  }

  World world;
};

bool ice_connected(Peer& peer) {
  const auto state = peer.engine().ice_connection_state();
  return state == peer::IceConnectionState::connected || state == peer::IceConnectionState::completed;
}

bool failed(Peer& peer) { return peer.engine().connection_state() == peer::ConnectionState::failed; }

bool is_relayed(Peer& peer) {
  const auto pair = peer.engine().selected_pair();
  return pair && (pair->local.type == ice::CandidateType::relayed || pair->remote.type == ice::CandidateType::relayed);
}

std::vector<std::uint64_t> seeds(std::uint64_t usual) {
  if (const auto* one = std::getenv("SLUICE_SEED")) return {std::strtoull(one, nullptr, 10)};
  const auto* factor = std::getenv("SLUICE_SEEDS");
  const auto count = usual * (factor ? std::strtoull(factor, nullptr, 10) : 1);
  std::vector<std::uint64_t> result(count);
  for (std::uint64_t i = 0; i < count; ++i) result[i] = i + 1;
  return result;
}

// The whole way: gathering, signaling, checks; with a tenth of all datagrams lost.
constexpr Duration bound = 10s;
constexpr Duration failure_bound = 85s;  // longest patience, RFC 8863 §4, and what gathering and signaling take

void check_connects(World& world, bool direct) {
  world.alice().open_channel({.label = "first"});
  world.alice().negotiate();
  REQUIRE(world.run_until([&] { return ice_connected(world.alice()) && ice_connected(world.bob()); }, bound));
  REQUIRE(world.run_until([&] { return world.alice().has("open first") && world.bob().has("announced first"); }, 60s));
  world.bob().send(*world.bob().channel("first"), "hello");
  REQUIRE(world.run_until([&] { return !world.alice().messages().empty(); }, 60s));
  if (direct) {
    CHECK(world.run_until([&] { return !is_relayed(world.alice()) && !is_relayed(world.bob()); }, bound));
  } else {
    CHECK((is_relayed(world.alice()) || is_relayed(world.bob())));
  }
}

void check_fails(World& world) {
  world.alice().open_channel({.label = "first"});
  world.alice().negotiate();
  REQUIRE(world.run_until([&] { return failed(world.alice()) && failed(world.bob()); }, failure_bound));
  for (auto* peer : {&world.alice(), &world.bob()}) {
    REQUIRE(peer->failure().has_value());
    CHECK(peer->failure()->reason == Reason::ice_failed);
    CHECK(peer->failure()->detail.find("configure a TURN server") != std::string::npos);
  }
}

TEST_CASE("behind any two NATs a path is found where there is one, and where there is none that is said",
          "[sim][nat][seeds][rfc4787-4.1][rfc4787-5]") {
  const bool with_turn = GENERATE(false, true);
  for (const auto& a : kinds()) {
    for (const auto& b : kinds()) {
      for (const auto seed : seeds(10)) {
        INFO("seed " << seed << ", with " << (with_turn ? "TURN" : "STUN only") << "; alice: " << name(a)
                     << "; bob: " << name(b));
        Scene scene{seed, a, b, with_turn};
        const bool direct = direct_path_exists(a, b);
        direct || with_turn ? check_connects(scene.world, direct) : check_fails(scene.world);
      }
    }
  }
}

struct Neighbours {
  explicit Neighbours(std::uint64_t seed, NatOptions nat_options) : world{seed, options(seed, false)} {
    nat_options.outside = ip("198.51.100.1");
    nat_options.filtering = Dependence::address_and_port;
    auto& nat = world.add_nat(std::move(nat_options));
    world.place(world.alice(), nat, {ip("10.0.0.2"), 5000});
    world.place(world.bob(), nat, {ip("10.0.0.3"), 5000});
    world.add_turn_server({.address = {ip("203.0.113.3"), 3478}, .relay_v4 = ip("203.0.113.4")});
  }

  World world;
};

TEST_CASE("two hosts behind one NAT connect inside, whatever it does", "[sim][nat][seeds]") {
  for (const auto seed : seeds(20)) {
    INFO("seed " << seed);
    Neighbours neighbours{seed, {.mapping = Dependence::address_and_port}};
    check_connects(neighbours.world, true);
    CHECK(neighbours.world.alice().engine().selected_pair()->path.remote == Endpoint{ip("10.0.0.3"), 5000});
  }
}

TEST_CASE("two hosts that their network keeps apart meet outside, if the NAT hairpins", "[sim][nat][rfc4787-6]") {
  for (const auto seed : seeds(20)) {
    INFO("seed " << seed);
    Neighbours hairpin{seed, {.hairpins = true, .isolates = true}};
    check_connects(hairpin.world, true);
    CHECK(hairpin.world.alice().engine().selected_pair()->path.remote.address == ip("198.51.100.1"));
    Neighbours no_hairpin{seed, {.isolates = true}};
    check_fails(no_hairpin.world);
  }
}

TEST_CASE("an idle connection keeps mappings alive that last for 15 seconds", "[sim][nat][rfc4787-4.3]") {
  for (const auto seed : seeds(5)) {
    INFO("seed " << seed);
    World world{seed, options(seed, false)};
    for (auto* peer : {&world.alice(), &world.bob()}) {
      auto& nat = world.add_nat({.outside = ip(peer == &world.alice() ? "198.51.100.1" : "198.51.100.2"),
                                 .filtering = Dependence::address_and_port,
                                 .lifetime = 15s});
      world.place(*peer, nat, {ip("10.0.0.2"), 5000});
    }
    world.add_turn_server({.address = {ip("203.0.113.3"), 3478}, .relay_v4 = ip("203.0.113.4")});
    check_connects(world, true);
    world.run_for(600s);
    CHECK(world.alice().connected());
    CHECK_FALSE(world.alice().has("connection disconnected"));
    CHECK_FALSE(world.bob().has("connection disconnected"));
  }
}

TEST_CASE("a NAT that forgets everything costs a new port, not the connection", "[sim][nat][rfc8445-7.3.1.3]") {
  for (const auto seed : seeds(20)) {
    INFO("seed " << seed);
    World world{seed, options(seed, false)};
    auto& nat = world.add_nat({.outside = ip("198.51.100.1"), .filtering = Dependence::address_and_port});
    world.place(world.alice(), nat, {ip("10.0.0.2"), 5000});
    world.add_turn_server({.address = {ip("203.0.113.3"), 3478}, .relay_v4 = ip("203.0.113.4")});
    check_connects(world, true);
    nat.restart();
    world.run_for(20s);
    CHECK(world.alice().connected());
    CHECK(world.bob().connected());
    world.bob().send(*world.bob().channel("first"), "again");
    REQUIRE(world.run_until([&] { return world.alice().messages().size() == 2; }, 60s));
  }
}

}  // namespace
}  // namespace sluice::sim
