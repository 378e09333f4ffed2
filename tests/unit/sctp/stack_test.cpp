// What associations share: the stack, its clock, its threads.
#include "sctp/stack.hpp"

#include <atomic>
#include <thread>

#include "network.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

using sluice::test::text_bytes;

TEST_CASE("an id is never given twice", "[sctp][A3]") {
  std::vector<AssociationId> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(Association{Stack::instance(), {}}.id());
  CHECK(std::ranges::is_sorted(ids));
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
  CHECK(Stack::instance().association_count() == 0);
}

TEST_CASE("a hundred pairs share the stack", "[sctp]") {
  Network network;
  std::vector<Network::Pair> pairs;
  for (int i = 0; i < 100; ++i) pairs.push_back(network.add_pair({.delay = 10ms, .loss = 0.05}));
  CHECK(Stack::instance().association_count() == 200);
  for (auto& pair : pairs) {
    pair.alice.connect();
    pair.bob.connect();
    REQUIRE(pair.alice.send(1, patterned(50'000)) == SendResult::sent);
  }
  CHECK(network.run_until(
      [&] { return std::ranges::all_of(pairs, [](auto& pair) { return pair.bob.messages.size() == 1; }); }, 60s));
  for (auto& pair : pairs) CHECK(pair.bob.messages.front().message == patterned(50'000));
}

TEST_CASE("nothing is heard of an association after its end", "[sctp][A5]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  REQUIRE(pair.alice.send(1, patterned(200'000)) == SendResult::sent);
  network.run(15ms);
  const auto id = pair.alice.association->id();
  pair.alice.association.reset();
  network.forget_packets();
  std::vector<AssociationId> woken;
  for (int i = 0; i < 1000; ++i) {
    virtual_time::advance(100ms);
    Stack::instance().advance(virtual_time::now(), woken);
  }
  CHECK(std::ranges::count(woken, id) == 0);
}

TEST_CASE("advancing twice to the same time runs the timers once", "[sctp]") {
  Network network;
  const auto pair = network.add_pair();
  pair.alice.connect();
  std::size_t sent = 0;
  pair.alice.sees_sent = [&](ByteView) { ++sent; };
  network.run(500ms);
  CHECK(sent == 1);
  std::vector<AssociationId> woken;
  for (int i = 0; i < 1000; ++i) Stack::instance().advance(virtual_time::now(), woken);
  network.drain();
  CHECK(sent == 1);
  network.run(600ms);
  CHECK(sent == 2);  // the INIT again
}

TEST_CASE("associations on several threads and a clock on another do not meet", "[sctp][threads]") {
  constexpr int threads = 4;
  constexpr int rounds = 6;
  std::atomic<int> running{threads};
  std::atomic<int> delivered{0};
  const auto work = [&] {
    for (int round = 0; round < rounds; ++round) {
      Association alice{Stack::instance(), {}};
      Association bob{Stack::instance(), {}};
      const auto now = TimePoint{1s};
      alice.connect(now);
      bob.connect(now);
      const Bytes message(20'000, std::byte{1});
      std::size_t received = 0;
      std::size_t sent = 0;
      for (int step = 0; step < 200'000 && received < 100; ++step) {
        if (sent < 100 && alice.send(now, StreamId{1}, Ppid::binary, message, {}) == SendResult::sent) ++sent;
        for (auto [from, to] : {std::pair{&alice, &bob}, std::pair{&bob, &alice}}) {
          from->handle_wake(now);
          while (const auto packet = from->poll_packet()) {
            Bytes copy{packet->begin(), packet->end()};
            to->handle_packet(now, copy);
          }
          while (const auto event = from->poll_event()) {
            if (std::holds_alternative<Received>(*event)) ++received;
          }
        }
      }
      if (received == 100) ++delivered;
      if (round % 2 == 0) alice.abort();
    }
    --running;
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  std::vector<AssociationId> woken;
  auto now = TimePoint{1s};
  while (running > 0) {
    now += 1ms;
    Stack::instance().advance(now, woken);
    woken.clear();
    std::this_thread::yield();
  }
  for (auto& worker : workers) worker.join();
  CHECK(delivered == threads * rounds);
  CHECK(Stack::instance().association_count() == 0);
}

}  // namespace
}  // namespace sluice::sctp::test
