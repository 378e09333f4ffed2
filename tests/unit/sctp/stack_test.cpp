// What associations share: the stack, its clock, its threads. And what they cost.
#include "sctp/stack.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "network.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (auto* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

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

TEST_CASE("a packet in steady state costs no allocation of ours", "[sctp][speed]") {
  Association alice{Stack::instance(), {}};
  Association bob{Stack::instance(), {}};
  Bytes wire;
  wire.reserve(65'536);
  std::size_t packets = 0;
  std::vector<AssociationId> woken;
  woken.reserve(16);
  const auto pump = [&] {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto [from, to] : {std::pair{&alice, &bob}, std::pair{&bob, &alice}}) {
        while (const auto packet = from->poll_packet()) {
          wire.assign(packet->begin(), packet->end());
          to->handle_packet(virtual_time::now(), wire);
          ++packets;
          moved = true;
        }
        while (from->poll_event()) moved = true;
      }
    }
  };
  alice.connect(virtual_time::now());
  bob.connect(virtual_time::now());
  pump();
  REQUIRE(alice.connected());
  const Bytes message(60'000, std::byte{1});
  const auto send = [&] {
    REQUIRE(alice.send(virtual_time::now(), StreamId{1}, Ppid::binary, message, {}) == SendResult::sent);
    pump();
    virtual_time::advance(10ms);
    Stack::instance().advance(virtual_time::now(), woken);
    woken.clear();
    alice.handle_wake(virtual_time::now());
    bob.handle_wake(virtual_time::now());
    pump();
  };
  for (int i = 0; i < 50; ++i) send();
  const auto before_packets = packets;
  const auto before = allocations.load();
  for (int i = 0; i < 100; ++i) send();
  const auto per_message = static_cast<double>(allocations - before) / 100;
  CAPTURE(packets - before_packets);
  CHECK(packets - before_packets > 5'000);
  CHECK(per_message <= 4);  // the buffer that leaves with the message, and the queue of events
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
