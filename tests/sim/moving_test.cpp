// A host that moves: its addresses come and go during a transfer.   RFC 8445 §9, docs/decisions/0009
#include <algorithm>
#include <vector>

#include "sim/application.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

Endpoint place(int number) { return {*IpAddress::parse("198.51.100." + std::to_string(number)), 6000}; }

// Counts what arrives at one end, and the longest time in which nothing did.
class Reception {
 public:
  Reception(World& world, Peer& receiver) : world_{&world}, receiver_{&receiver} {}

  void watch() {
    const auto count = receiver_->messages().size();
    if (count != count_) last_ = world_->now();
    count_ = count;
    longest_ = std::max(longest_, world_->now() - last_);
  }
  void start() { last_ = world_->now(); }
  Duration longest() const { return longest_; }
  /// Whether the messages are 0, 1, 2, ... up to this.
  bool is_complete(std::size_t sent) const {
    const auto& messages = receiver_->messages();
    if (messages.size() != sent) return false;
    for (std::size_t i = 0; i != sent; ++i) {
      if (messages[i].data != std::to_string(i)) return false;
    }
    return true;
  }

 private:
  World* world_;
  Peer* receiver_;
  std::size_t count_ = 0;
  TimePoint last_{};
  Duration longest_{};
};

struct Conditions {
  double loss = 0;
  bool restarts = true;
};

// Two applications with a reliable channel, on which either says a number every 10 ms.
struct Transfer {
  World world;
  Application alice;
  Application bob;
  Reception at_alice{world, world.alice()};
  Reception at_bob{world, world.bob()};
  std::size_t sent = 0;

  Transfer(std::uint64_t seed, Conditions conditions)
      : world{seed,
              {.link = {.delay = 25ms, .jitter = 2ms, .loss = conditions.loss},
               .configure = [=](auto& options) { options.restart_on_change = conditions.restarts; }}},
        alice{world, world.alice(), false, seed, faults(conditions.loss)},
        bob{world, world.bob(), true, seed + 7, faults(conditions.loss)} {
    alice.connect_to(bob);
    bob.connect_to(alice);
    world.alice().open_channel({.label = "first"});
    REQUIRE(world.run_until([&] { return alice.open().contains("first") && bob.open().contains("first"); }, 30s));
    at_alice.start();
    at_bob.start();
  }

  // As a stream that repeats what is lost. It goes another way than the data.
  static Line::Faults faults(double loss) { return {.delay = 25ms, .jitter = 2ms, .loss = loss}; }

  void run(Duration duration) {
    for (const auto end = world.now() + duration; world.now() < end;) {
      const auto number = std::to_string(sent++);
      world.alice().send(alice.open().at("first"), number);
      world.bob().send(bob.open().at("first"), number);
      for (int i = 0; i != 2; ++i) {
        world.run_for(5ms);
        at_alice.watch();
        at_bob.watch();
      }
    }
  }

  bool arrives(Duration limit) {
    return world.run_until([&] { return at_alice.is_complete(sent) && at_bob.is_complete(sent); }, limit);
  }

  Duration interruption() const { return std::max(at_alice.longest(), at_bob.longest()); }
};

std::size_t count(const Peer& peer, std::string_view entry) {
  return static_cast<std::size_t>(std::ranges::count(peer.log(), entry));
}

Duration percentile_95(std::vector<Duration> times) {
  std::ranges::sort(times);
  return times[times.size() * 95 / 100];
}

// Runs `move` in the middle of a transfer, under many seeds with 0 to 5 % loss, and gives each one's interruption.
template <class Move>
std::vector<Duration> interruptions(std::uint64_t seeds, Move move, Duration after = 3s, bool restarts = true) {
  std::vector<Duration> result;
  for (std::uint64_t seed = 1000; seed != 1000 + seeds; ++seed) {
    INFO("seed " << seed);
    Transfer transfer{seed, {.loss = static_cast<double>(seed % 6) / 100, .restarts = restarts}};
    transfer.run(500ms + 7ms * (seed % 31));
    move(transfer, seed);
    transfer.run(after);
    REQUIRE(transfer.arrives(20s));
    CHECK(transfer.alice.error().empty());
    CHECK(transfer.bob.error().empty());
    CHECK(transfer.world.alice().connected());
    CHECK(transfer.world.bob().connected());
    for (auto* peer : {&transfer.world.alice(), &transfer.world.bob()}) {
      CHECK(count(*peer, "dtls connected") == 1);
      CHECK(count(*peer, "sctp connected") == 1);
    }
    result.push_back(transfer.interruption());
  }
  return result;
}

Peer& mover(Transfer& transfer, std::uint64_t seed) {
  return seed % 2 == 0 ? transfer.world.alice() : transfer.world.bob();
}

TEST_CASE("a host that moves is away for less than 1.5 s, and nothing is lost or repeated", "[sim][moving][IC-15]") {
  const auto times = interruptions(120, [](Transfer& transfer, std::uint64_t seed) {
    auto& peer = mover(transfer, seed);
    peer.change_addresses({place(1)}, {peer.address()});
    CHECK_FALSE(peer.has("ice failed"));
  });
  const auto p95 = percentile_95(times);
  INFO("p95 " << std::chrono::duration_cast<std::chrono::milliseconds>(p95).count() << " ms, longest "
              << std::chrono::duration_cast<std::chrono::milliseconds>(std::ranges::max(times)).count() << " ms");
  CHECK(p95 < 1500ms);
}

TEST_CASE("a host that has its next address before it loses the last one hardly notices", "[sim][moving]") {
  const auto times = interruptions(48, [](Transfer& transfer, std::uint64_t seed) {
    auto& peer = mover(transfer, seed);
    const auto before = peer.address();
    peer.change_addresses({place(1)}, {});
    transfer.run(700ms);
    CHECK(count(peer, "negotiation-needed") == (&peer == &transfer.world.alice() ? 1U : 0U));  // that of the channel
    peer.change_addresses({}, {before});
  });
  const auto p95 = percentile_95(times);
  INFO("p95 " << std::chrono::duration_cast<std::chrono::milliseconds>(p95).count() << " ms");
  CHECK(p95 < 1500ms);
}

TEST_CASE("a host may move while a restart is under way", "[sim][moving][IC-15]") {
  const auto times = interruptions(48, [](Transfer& transfer, std::uint64_t seed) {
    auto& peer = mover(transfer, seed);
    auto& restarter = seed % 4 < 2 ? transfer.world.alice() : transfer.world.bob();
    restarter.engine().restart_ice();
    transfer.run(10ms * (seed % 16));
    peer.change_addresses({place(1)}, {peer.address()});
  });
  const auto p95 = percentile_95(times);
  INFO("p95 " << std::chrono::duration_cast<std::chrono::milliseconds>(p95).count() << " ms");
  CHECK(p95 < 1500ms);
}

TEST_CASE("both hosts may move at once", "[sim][moving][PN-1]") {
  const auto times = interruptions(48, [](Transfer& transfer, std::uint64_t seed) {
    auto& alice = transfer.world.alice();
    auto& bob = transfer.world.bob();
    alice.change_addresses({place(1)}, {alice.address()});
    transfer.world.run_for(5ms * (seed % 20));
    bob.change_addresses({place(2)}, {bob.address()});
  });
  const auto p95 = percentile_95(times);
  INFO("p95 " << std::chrono::duration_cast<std::chrono::milliseconds>(p95).count() << " ms");
  CHECK(p95 < 1500ms);
}

TEST_CASE("without a negotiation a host that moves is found by its checks", "[sim][moving][rfc8445-7.3.1.3]") {
  const auto times = interruptions(
      48,
      [](Transfer& transfer, std::uint64_t seed) {
        auto& peer = mover(transfer, seed);
        peer.change_addresses({place(1)}, {peer.address()});
      },
      8s, false);
  const auto p95 = percentile_95(times);
  INFO("p95 " << std::chrono::duration_cast<std::chrono::milliseconds>(p95).count() << " ms");
  CHECK(p95 < 8s);  // the other one has to notice first
}

TEST_CASE("a network that is away for 20 s comes back, with the same or another address", "[sim][moving]") {
  const bool same = GENERATE(true, false);
  for (std::uint64_t seed = 1200; seed != 1210; ++seed) {
    INFO("seed " << seed);
    Transfer transfer{seed, {.loss = 0.02}};
    auto& peer = mover(transfer, seed);
    transfer.run(500ms);
    const auto before = peer.address();
    peer.change_addresses({}, {before});
    CHECK(peer.has("ice disconnected"));
    transfer.run(20s);
    CHECK_FALSE(peer.has("ice failed"));
    peer.change_addresses({same ? before : place(1)}, {});
    transfer.run(5s);
    REQUIRE(transfer.arrives(20s));
    CHECK(transfer.world.alice().connected());
    CHECK(transfer.world.bob().connected());
  }
}

bool reaches(Peer& from, const Peer& to) {
  const auto pair = from.engine().selected_pair();
  return pair && pair->path.remote == to.address();
}

// From when both ends have a path to each other until something new has arrived at both.
Duration resumption(Transfer& transfer) {
  auto& alice = transfer.world.alice();
  auto& bob = transfer.world.bob();
  const auto at_alice = alice.messages().size();
  const auto at_bob = bob.messages().size();
  while (!reaches(alice, bob) || !reaches(bob, alice)) transfer.run(10ms);
  const auto begin = transfer.world.now();
  REQUIRE(transfer.world.run_until(
      [&] { return alice.messages().size() != at_alice && bob.messages().size() != at_bob; }, 20s));
  return transfer.world.now() - begin;
}

TEST_CASE("data goes on as soon as there is a path, however long there was none", "[sim][moving][rfc9260-6.3.3]") {
  const bool restarts = GENERATE(true, false);
  Duration longest{};
  for (std::uint64_t seed = 1600; seed != 1624; ++seed) {
    INFO("seed " << seed << (restarts ? ", with a restart" : ""));
    Transfer transfer{seed, {.restarts = restarts}};
    auto& peer = mover(transfer, seed);
    transfer.run(500ms);
    peer.change_addresses({}, {peer.address()});
    transfer.run(300ms * (seed % 24));
    peer.change_addresses({place(1)}, {});
    longest = std::max(longest, resumption(transfer));
    REQUIRE(transfer.arrives(20s));
  }
  INFO("longest " << std::chrono::duration_cast<std::chrono::milliseconds>(longest).count() << " ms");
  CHECK(longest < 100ms);  // two round trips
}

TEST_CASE("a network that is away for longer fails, and comes back by a restart", "[sim][moving][rfc7675-5.1]") {
  Transfer transfer{1300, {}};
  auto& peer = transfer.world.alice();
  transfer.run(500ms);
  const auto before = peer.address();
  peer.change_addresses({}, {before});
  REQUIRE(transfer.world.run_until([&] { return peer.has("ice failed"); }, 35s));
  REQUIRE(transfer.world.run_until([&] { return transfer.world.bob().has("ice failed"); }, 35s));
  peer.change_addresses({place(1)}, {});
  transfer.run(2s);
  REQUIRE(transfer.arrives(20s));
  CHECK(transfer.world.alice().connected());
  CHECK(transfer.world.bob().connected());
}

TEST_CASE("an address that comes before the end of candidates is one of them", "[sim][moving][rfc8838-13]") {
  World world{1400, {.configure = [](peer::EngineOptions& options) {
                options.ice_servers = {{"stun:192.0.2.9", "192.0.2.9"}};  // nobody answers there
              }}};
  auto& alice = world.alice();
  alice.open_channel({.label = "first"});
  alice.negotiate();
  REQUIRE(alice.engine().ice_gathering_state() == ice::GatheringState::gathering);
  CHECK(count(alice, "candidate found") == 1);
  alice.change_addresses({place(1)}, {});
  CHECK(count(alice, "candidate found") == 2);
  CHECK(alice.engine().signaling().local()->sdp.find("198.51.100.1") != std::string::npos);
  REQUIRE(world.run_until([&] { return alice.has("gathering complete"); }, 15s));
  alice.change_addresses({place(2)}, {});
  world.run_for(1s);
  CHECK(count(alice, "candidate found") == 2);
  CHECK(count(alice, "gathering gathering") == 1);
  CHECK(alice.engine().signaling().local()->sdp.find("198.51.100.2") == std::string::npos);
}

TEST_CASE("without the option nothing asks for a negotiation", "[sim][moving]") {
  World world{1500};
  REQUIRE(world.connect());
  world.run_for(1s);
  world.alice().change_addresses({place(1)}, {world.alice().address()});
  world.run_for(10s);
  CHECK(count(world.alice(), "negotiation-needed") == 1);  // that of the channel
}

}  // namespace
}  // namespace sluice::sim
