// The state machine of path MTU discovery, by hand.
#include "sctp/path_mtu.hpp"

#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t base = 1163;
constexpr std::uint32_t everything = 16'384;

// A path and a peer to answer for, one probe at a time.
class Bench {
 public:
  explicit Bench(std::size_t largest = everything) : mtu{base, largest} {}

  void send_bulk() {
    for (int i = 0; i < 1024; ++i) mtu.handle_sent(now, base);
  }

  // Probes that are answered as the path and the peer would, until none is left to send.
  std::vector<std::size_t> settle(std::size_t path, std::optional<std::uint32_t> limit = everything) {
    std::vector<std::size_t> sizes;
    for (;;) {
      while (const auto probe = mtu.poll_probe(now)) {
        sizes.push_back(probe->size);
        if (probe->size <= path) mtu.handle_answer(now, *probe, limit);
      }
      if (mtu.next_timeout() == never) return sizes;
      now = mtu.next_timeout();
      if (alive) mtu.handle_received();
      mtu.handle_timeout(now);
    }
  }

  PathMtu mtu;
  TimePoint now{};
  bool alive = true;  // the path carries something
};

TEST_CASE("nothing is probed before there is bulk to send", "[sctp][path-mtu]") {
  Bench bench;
  for (int i = 0; i < 10'000; ++i) bench.mtu.handle_sent(bench.now, 200);
  for (int i = 0; i < 1023; ++i) bench.mtu.handle_sent(bench.now, base);
  CHECK(bench.settle(everything).empty());
  CHECK(bench.mtu.size() == base);
  CHECK(bench.mtu.next_timeout() == never);
}

TEST_CASE("the size rises to what the path carries", "[sctp][path-mtu][rfc8899-5.3.2]") {
  struct Row {
    std::size_t path, found;
  };
  const auto row = GENERATE(Row{1'200, base}, Row{1'335, 1'332}, Row{1'411, 1'332}, Row{1'412, 1'412},
                            Row{1'435, 1'432}, Row{8'915, 8'912}, Row{16'383, 8'912}, Row{60'000, 16'384});
  CAPTURE(row.path);
  Bench bench;
  bench.send_bulk();
  bench.settle(row.path);
  CHECK(bench.mtu.size() == row.found);
}

TEST_CASE("a size is lost only after three probes of it", "[sctp][path-mtu][rfc8899-5.1.2]") {
  Bench bench;
  bench.send_bulk();
  CHECK(bench.settle(1'432) == std::vector<std::size_t>{40, 1'332, 1'412, 1'432, 4'008, 4'008, 4'008});
  CHECK(bench.now == TimePoint{} + 3s);
}

TEST_CASE("a peer that does not say what it takes is asked once and never probed", "[sctp][path-mtu]") {
  Bench bench;
  bench.send_bulk();
  CHECK(bench.settle(everything, std::nullopt) == std::vector<std::size_t>{40});
  bench.mtu.handle_path(true);
  bench.now += 1h;
  for (int i = 0; i < 10; ++i) bench.send_bulk();
  CHECK(bench.settle(everything, std::nullopt).empty());
  CHECK(bench.mtu.size() == base);
}

TEST_CASE("a peer that does not answer is asked three times and never probed", "[sctp][path-mtu]") {
  Bench bench;
  bench.send_bulk();
  CHECK(bench.settle(0) == std::vector<std::size_t>{40, 40, 40});
  bench.now += 1h;
  for (int i = 0; i < 10; ++i) bench.send_bulk();
  CHECK(bench.settle(everything).empty());
}

TEST_CASE("no more is sent than the peer takes, or its user allows", "[sctp][path-mtu]") {
  Bench peer;
  peer.send_bulk();
  peer.settle(everything, 3'000);
  CHECK(peer.mtu.size() == 3'000);
  Bench small;
  small.send_bulk();
  small.settle(everything, 100);
  CHECK(small.mtu.size() == base);
  Bench user{5'000};
  user.send_bulk();
  user.settle(everything);
  CHECK(user.mtu.size() == 5'000);
  Bench off{base};
  off.send_bulk();
  CHECK(off.settle(everything).empty());
}

TEST_CASE("a search is repeated after ten minutes, while there is bulk", "[sctp][path-mtu][rfc8899-5.1.1]") {
  Bench bench;
  bench.send_bulk();
  bench.settle(1'432);
  bench.now += 599s;
  bench.send_bulk();
  CHECK(bench.settle(everything).empty());
  bench.now += 1s;
  CHECK(bench.settle(everything).empty());
  bench.send_bulk();
  CHECK_FALSE(bench.settle(everything).empty());
  CHECK(bench.mtu.size() == everything);
}

TEST_CASE("data repeated by a timer goes in small packets until the size is proven again",
          "[sctp][path-mtu][rfc8899-4.3]") {
  Bench bench;
  bench.send_bulk();
  bench.settle(everything);
  REQUIRE(bench.mtu.size() == everything);
  bench.mtu.handle_retransmission_timeout();
  CHECK(bench.mtu.size() == base);
  SECTION("the path still carries it") {
    CHECK(bench.settle(everything) == std::vector<std::size_t>{everything});
    CHECK(bench.mtu.size() == everything);
  }
  SECTION("the path has shrunk") {
    const auto probes = bench.settle(1'432);
    CHECK(std::vector(probes.begin(), probes.begin() + 4) ==
          std::vector<std::size_t>{everything, everything, everything, 1'332});
    CHECK(bench.mtu.size() == 1'432);
  }
  SECTION("the path carries nothing for half a minute") {
    bench.alive = false;
    const auto before = bench.now;
    while (bench.now < before + 30s) {
      (void)bench.mtu.poll_probe(bench.now);
      bench.now = bench.mtu.next_timeout();
      bench.mtu.handle_timeout(bench.now);
    }
    bench.alive = true;
    bench.settle(everything);
    CHECK(bench.mtu.size() == everything);
  }
  SECTION("nobody is there any more") {
    bench.alive = false;
    CHECK(bench.settle(0).size() == 6);
    CHECK(bench.mtu.size() == base);
  }
}

TEST_CASE("a timer at the base asks for nothing", "[sctp][path-mtu]") {
  Bench bench;
  bench.mtu.handle_retransmission_timeout();
  bench.send_bulk();
  bench.settle(base);
  bench.mtu.handle_retransmission_timeout();
  CHECK(bench.settle(everything).empty());
}

TEST_CASE("another path starts at the base and is searched anew", "[sctp][path-mtu]") {
  Bench bench;
  bench.send_bulk();
  bench.settle(everything);
  bench.mtu.handle_path(true);
  CHECK(bench.mtu.size() == base);
  CHECK(bench.settle(1'432).empty());
  bench.send_bulk();
  CHECK(bench.settle(1'432).front() == 1'332);  // what the peer takes is known
  CHECK(bench.mtu.size() == 1'432);
}

TEST_CASE("a path that may not be probed is not, and the one after it is", "[sctp][path-mtu]") {
  Bench bench;
  bench.mtu.handle_path(false);
  bench.send_bulk();
  CHECK(bench.settle(everything).empty());
  bench.mtu.handle_path(true);
  bench.send_bulk();
  bench.settle(everything);
  CHECK(bench.mtu.size() == everything);
}

TEST_CASE("an answer to another probe proves nothing", "[sctp][path-mtu]") {
  Bench bench;
  bench.send_bulk();
  const auto asked = bench.mtu.poll_probe(bench.now);
  REQUIRE(asked.has_value());
  bench.mtu.handle_answer(bench.now, {asked->id + 1, asked->size}, everything);
  bench.mtu.handle_answer(bench.now, {asked->id, everything}, everything);
  CHECK_FALSE(bench.mtu.poll_probe(bench.now).has_value());
  bench.mtu.handle_answer(bench.now, *asked, everything);
  const auto first = bench.mtu.poll_probe(bench.now);
  REQUIRE(first.has_value());
  bench.mtu.handle_answer(bench.now, *asked, everything);  // late, or repeated
  CHECK(bench.mtu.size() == base);
  bench.mtu.handle_answer(bench.now, *first, everything);
  CHECK(bench.mtu.size() == first->size);
}

}  // namespace
}  // namespace sluice::sctp::test
