// Associations over paths that carry packets up to a size.
#include "base/reader.hpp"
#include "network.hpp"
#include "sctp/association.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

constexpr std::size_t base = AssociationOptions{}.max_packet;
constexpr AssociationOptions discovering{.largest_packet = 16'384};

std::vector<Bytes> bulk(std::size_t count) {
  std::vector<Bytes> messages;
  for (std::size_t i = 0; i < count; ++i) messages.push_back(patterned(50'000, i));
  return messages;
}

std::size_t path_mtu(const Peer& peer) { return peer.association->statistics()->path_mtu; }

// One who sends bulk, and what is seen of it.
struct Bulk {
  explicit Bulk(const PathModel& path, AssociationOptions alice = discovering, AssociationOptions bob = discovering)
      : pair{network.add_pair(path, alice, bob)} {
    REQUIRE(connect(network, pair));
    pair.alice.sees_sent = [this](ByteView packet) {
      largest = std::max(largest, packet.size());
      if (packet[12] == std::byte{4}) ++probes;
      if (packet.size() > base) ++large;
    };
  }
  void send(std::size_t count) {
    first = expected.size();
    for (auto& message : bulk(count)) expected.push_back(std::move(message));
    sender.emplace(pair.alice, std::uint16_t{1},
                   std::vector<Bytes>(expected.begin() + static_cast<std::ptrdiff_t>(first), expected.end()));
    sender->go();
  }
  bool arrives(Duration limit) {
    return network.run_until([&] { return pair.bob.messages.size() == expected.size(); }, limit);
  }
  void check_messages() {
    REQUIRE(pair.bob.messages.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(pair.bob.messages[i].message == expected[i]);
    CHECK_FALSE(pair.alice.aborted);
    CHECK(pair.bob.association->counters().packets_refused == 0);
    CHECK(pair.alice.association->counters().packets_refused == 0);
  }

  Network network{3};
  Network::Pair pair;
  std::vector<Bytes> expected;
  std::size_t first = 0;
  std::optional<Sender> sender;
  std::size_t largest = 0;
  std::size_t probes = 0;
  std::size_t large = 0;
};

TEST_CASE("packets grow to what the path carries, and every message arrives", "[sctp][path-mtu][rfc8899-5.3]") {
  struct Row {
    std::size_t path, found;
  };
  const auto row =
      GENERATE(Row{1'163, 1'163}, Row{1'400, 1'332}, Row{1'435, 1'432}, Row{8'915, 8'912}, Row{65'536, 16'384});
  CAPTURE(row.path);
  Bulk test{{.delay = 5ms, .mtu = row.path}};
  test.send(100);
  REQUIRE(test.arrives(60s));
  test.network.run(4s);
  test.check_messages();
  CHECK(path_mtu(test.pair.alice) == row.found);
  CHECK(path_mtu(test.pair.bob) == base);  // which has nothing to send
  CHECK(test.pair.alice.association->statistics()->retransmissions == 0);
  const auto large_before = test.large;
  test.send(100);
  REQUIRE(test.arrives(60s));
  test.check_messages();
  if (row.found > 2 * base) CHECK(test.large > large_before + 100);
}

TEST_CASE("who has little to send probes nothing", "[sctp][path-mtu]") {
  Bulk test{{.delay = 5ms}};
  test.send(2);
  REQUIRE(test.arrives(60s));
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(test.pair.alice.send(2, patterned(100)) == SendResult::sent);
    test.network.run(20ms);
  }
  CHECK(test.probes == 0);
  CHECK(test.largest <= base);
}

TEST_CASE("a path that shrinks under bulk holds it up for a retransmission time-out", "[sctp][path-mtu][rfc8899-4.3]") {
  const std::size_t narrow = GENERATE(1'163U, 1'435U, 8'915U);
  CAPTURE(narrow);
  Bulk test{{.delay = 5ms}};
  test.send(100);
  REQUIRE(test.arrives(60s));
  REQUIRE(path_mtu(test.pair.alice) == 16'384);
  test.send(200);
  test.network.run(30ms);
  REQUIRE(test.pair.bob.messages.size() < test.expected.size());
  test.pair.alice.path.mtu = narrow;
  const auto before = test.pair.bob.messages.size();
  REQUIRE(test.network.run_until([&] { return test.pair.bob.messages.size() > before + 20; }, 2s));
  REQUIRE(test.arrives(60s));
  test.network.run(8s);
  test.check_messages();
  CHECK(path_mtu(test.pair.alice) <= narrow);
}

TEST_CASE("an outage does not shrink packets for good", "[sctp][path-mtu]") {
  Bulk test{{.delay = 5ms}};
  test.send(100);
  REQUIRE(test.arrives(60s));
  test.send(200);
  test.network.run(30ms);
  test.pair.alice.path.loss = test.pair.bob.path.loss = 1;
  test.network.run(10s);
  test.pair.alice.path.loss = test.pair.bob.path.loss = 0;
  REQUIRE(test.arrives(60s));
  test.network.run(20s);
  test.check_messages();
  CHECK(path_mtu(test.pair.alice) == 16'384);
}

TEST_CASE("loss by chance leaves the size as it is in the end", "[sctp][path-mtu]") {
  Bulk test{{.delay = 5ms, .loss = 0.01}};
  test.send(400);
  REQUIRE(test.arrives(300s));
  test.network.run(10s);
  test.check_messages();
  CHECK(path_mtu(test.pair.alice) > base);
}

TEST_CASE("a peer that answers heartbeats and no more gets no larger packet", "[sctp][path-mtu]") {
  Bulk test{{.delay = 5ms}};
  test.pair.bob.alters_sent = [](MutableBytes packet) {  // without what is ours behind its HEARTBEAT ACK
    if (packet.size() > 44 && packet[12] == std::byte{5}) std::ranges::fill(packet.subspan(44), std::byte{0});
  };
  test.send(200);
  REQUIRE(test.arrives(60s));
  test.network.run(1200s);
  test.send(200);
  REQUIRE(test.arrives(60s));
  test.check_messages();
  CHECK(test.probes == 1);
  CHECK(test.largest <= base);
}

TEST_CASE("an association that discovers nothing answers who does", "[sctp][path-mtu]") {
  Bulk test{{.delay = 5ms}, discovering, {}};
  test.send(100);
  REQUIRE(test.arrives(60s));
  test.check_messages();
  CHECK(path_mtu(test.pair.alice) == 16'384);
}

TEST_CASE("on another path packets are small again, those that wait as well", "[sctp][path-mtu]") {
  Bulk test{{.delay = 5ms}};
  test.send(100);
  REQUIRE(test.arrives(60s));
  test.send(200);
  test.network.run(30ms);
  test.largest = 0;
  test.pair.alice.path.mtu = base;
  test.pair.alice.association->handle_path(false);
  REQUIRE(test.arrives(60s));
  test.check_messages();
  CHECK(test.largest <= base);
  CHECK(path_mtu(test.pair.alice) == base);
}

TEST_CASE("both sides discover, each for itself", "[sctp][path-mtu]") {
  Bulk test{{.delay = 5ms}};
  test.pair.bob.path.mtu = 8'915;
  Sender back{test.pair.bob, 1, bulk(100)};
  test.send(100);
  back.go();
  REQUIRE(test.arrives(60s));
  REQUIRE(test.network.run_until([&] { return test.pair.alice.messages.size() == 100; }, 60s));
  test.network.run(5s);
  CHECK(path_mtu(test.pair.alice) == 16'384);
  CHECK(path_mtu(test.pair.bob) == 8'912);
}

TEST_CASE("who asks for ever gets an answer each, of a few bytes", "[sctp][path-mtu][hostile]") {
  Network network;
  const auto pair = network.add_pair({}, {}, {});
  std::uint32_t tag = 0;
  pair.alice.sees_sent = [&](ByteView packet) {
    Reader in{packet};
    in.skip(4);
    if (const auto seen = in.u32(); seen != 0) tag = seen;
  };
  REQUIRE(connect(network, pair));
  std::size_t answers = 0, bytes = 0;
  pair.bob.sees_sent = [&](ByteView packet) {
    ++answers;
    bytes += packet.size();
  };
  for (std::uint64_t i = 0; i < 1000; ++i) {
    auto probe = make_probe({5000, 5000, tag}, {i, 1160});
    pair.bob.association->handle_packet(virtual_time::now(), probe);
    network.drain();
  }
  CHECK(answers == 1000);
  CHECK(bytes == 56'000);
}

}  // namespace
}  // namespace sluice::sctp::test
