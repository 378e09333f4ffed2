// The connections of ICE over TCP: how many, how long, and what they may say before they are proven.
#include <set>

#include "ice/tcp_streams.hpp"
#include "stun/message.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
using namespace sluice::ice;
using namespace std::chrono_literals;

namespace {

constexpr SocketId active{1}, listener{2}, other_listener{3};
constexpr TimePoint start{1h};

Endpoint somebody(std::uint16_t port) { return {*IpAddress::parse("192.0.2.1"), port}; }
Path from(std::uint16_t port, SocketId id = listener) { return {id, somebody(port)}; }

Bytes stun_message(std::size_t padding = 0) {
  test::SeededRandom random{1};
  auto message = stun::Builder{stun::Class::request, stun::Method::binding, stun::new_transaction_id(random)}
                     .fingerprint()
                     .finish();
  message.resize(message.size() + padding);
  return message;
}

struct Bench {
  // What has come out since.
  std::set<Path> needed() { return all<TcpNeeded>(); }
  std::set<Path> released() { return all<TcpReleased>(); }

  void review() {
    streams.review(
        now, [&](const Path& path) { return proven.contains(path); },
        [&](const Path& path) { return kept.contains(path); });
  }

  TcpStreams streams{};
  TimePoint now = start;
  std::set<Path> proven{};
  std::set<Path> kept{};

 private:
  template <class Wanted>
  std::set<Path> all() {
    std::set<Path> result;
    while (auto event = streams.poll_event()) {
      if (const auto* wanted = std::get_if<Wanted>(&*event)) result.insert(wanted->path);
    }
    return result;
  }
};

}  // namespace

TEST_CASE("connections are opened a few at a time, in the order in which they were asked for", "[ice][rfc6544-7.1]") {
  Bench bench;
  const auto count = static_cast<std::uint16_t>(TcpStreams::max_connecting);
  for (std::uint16_t port = 1; port <= 3 * count; ++port) bench.streams.open(bench.now, {from(port, active), {}});
  auto needed = bench.needed();
  REQUIRE(needed.size() == count);
  CHECK(needed.contains(from(1, active)));
  CHECK(needed.contains(from(count, active)));
  bench.streams.handle_closed(bench.now, from(2, active));
  CHECK(bench.needed() == std::set{from(count + 1, active)});
  bench.streams.handle_connected(from(1, active));
  for (std::uint16_t port = 1; port <= 3 * count; ++port) bench.kept.insert(from(port, active));
  bench.review();
  CHECK(bench.needed() == std::set{from(count + 2, active)});
}

TEST_CASE("a connection that is not made in time is given up, and the next one has its turn", "[ice][rfc6544-7.1]") {
  Bench bench;
  const auto count = static_cast<std::uint16_t>(TcpStreams::max_connecting);
  for (std::uint16_t port = 1; port <= count + 1; ++port) bench.streams.open(bench.now, {from(port, active), {}});
  (void)bench.needed();
  REQUIRE(bench.streams.next_timeout() == start + TcpStreams::connect_limit);
  bench.streams.handle_timeout(start + TcpStreams::connect_limit - 1ms);
  CHECK(bench.released().empty());
  bench.streams.handle_timeout(start + TcpStreams::connect_limit);
  CHECK(bench.released().size() == count);
  CHECK(bench.streams.next_timeout() == start + 2 * TcpStreams::connect_limit);
}

TEST_CASE("what nobody has a use for any more is released", "[ice][rfc6544]") {
  Bench bench;
  bench.streams.open(bench.now, {from(1, active), {}});
  bench.streams.open(bench.now, {from(2, active), {}});
  (void)bench.needed();
  bench.kept = {from(1, active)};
  bench.review();
  CHECK(bench.released() == std::set{from(2, active)});
  bench.kept.clear();
  bench.review();
  CHECK(bench.released() == std::set{from(1, active)});
  CHECK(bench.streams.empty());
}

TEST_CASE("who connects and proves nothing is turned away in time", "[ice][rfc6544-7.2]") {
  Bench bench;
  bench.streams.handle_accepted(bench.now, from(1));
  bench.streams.handle_accepted(bench.now, from(2));
  bench.proven = bench.kept = {from(2)};
  bench.review();
  CHECK(bench.streams.next_timeout() == start + TcpStreams::unproven_limit);
  bench.streams.handle_timeout(start + TcpStreams::unproven_limit);
  CHECK(bench.released() == std::set{from(1)});
  CHECK(bench.streams.next_timeout() == never);
}

TEST_CASE("of many that prove nothing the oldest gives way; those that are proven, and of other sockets, do not",
          "[ice][rfc6544-7.2]") {
  Bench bench;
  bench.streams.handle_accepted(bench.now, from(1));
  bench.streams.handle_accepted(bench.now, from(1, other_listener));
  bench.streams.prove(from(1));
  const auto count = static_cast<std::uint16_t>(TcpStreams::max_unproven);
  for (std::uint16_t port = 2; port < 2 + count; ++port) bench.streams.handle_accepted(bench.now, from(port));
  CHECK(bench.released().empty());
  bench.streams.handle_accepted(bench.now, from(100));
  CHECK(bench.released() == std::set{from(2)});
  for (std::uint16_t port = 200; port < 10'200; ++port) bench.streams.handle_accepted(bench.now, from(port));
  const auto released = bench.released();
  CHECK(released.size() == 10'000);
  CHECK_FALSE(released.contains(from(1)));
  CHECK_FALSE(released.contains(from(1, other_listener)));
}

TEST_CASE("before it is proven a connection carries STUN alone", "[ice][rfc6544-7.2]") {
  Bench bench;
  const bool accepted = GENERATE(true, false);
  const auto path = accepted ? from(1) : from(1, active);
  if (accepted) {
    bench.streams.handle_accepted(bench.now, path);
  } else {
    bench.streams.open(bench.now, {path, {}});
    bench.streams.handle_connected(path);
    (void)bench.needed();
  }
  const auto check = stun_message();
  const Bytes hello(100, std::byte{22});
  CHECK(bench.streams.receive({path, check}));
  CHECK(bench.streams.unproven(path));
  SECTION("anything else ends it") {
    CHECK_FALSE(bench.streams.receive({path, hello}));
    CHECK(bench.released() == std::set{path});
  }
  SECTION("so does too much of it") {
    std::size_t sent = check.size();
    for (; sent + check.size() <= TcpStreams::max_unproven_bytes; sent += check.size()) {
      REQUIRE(bench.streams.receive({path, check}));
    }
    CHECK_FALSE(bench.streams.receive({path, check}));
    CHECK(bench.released() == std::set{path});
  }
  SECTION("then it may say what it wants") {
    bench.streams.prove(path);
    for (int i = 0; i < 1000; ++i) REQUIRE(bench.streams.receive({path, hello}));
    CHECK(bench.released().empty());
  }
}

TEST_CASE("other paths are none of its business", "[ice]") {
  Bench bench;
  const Bytes hello(100, std::byte{22});
  CHECK(bench.streams.receive({from(1), hello}));
  CHECK(bench.streams.empty());
}
