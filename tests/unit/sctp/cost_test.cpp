// What a packet costs us in steady state. Sanitizers replace operator new themselves.
#include "support/sanitized.hpp"
#ifndef SLUICE_TEST_SANITIZED
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <new>

#include "sctp/association.hpp"
#include "support/catch.hpp"
#include "support/virtual_time.hpp"

namespace {

std::atomic<std::size_t> allocations{0};
thread_local bool out_of_memory = false;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (out_of_memory) throw std::bad_alloc{};
  if (auto* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sluice::sctp {
namespace {

using namespace std::chrono_literals;
namespace virtual_time = sluice::test::virtual_time;

TEST_CASE("in steady state nothing is allocated but the message that is handed out", "[sctp][speed]") {
  const auto size = GENERATE(100U, 1'000U, 20'000U, 60'000U);
  CAPTURE(size);
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
  const Bytes message(size, std::byte{1});
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
  const auto during = allocations - before;
  CHECK(packets - before_packets >= 100 * (1 + size / 1200));
  CHECK(during == 100);
}

TEST_CASE("a clock that runs without memory loses packets, and tells of what happened", "[sctp][A5]") {
  constexpr std::size_t count = 10;
  std::deque<Association> associations;
  for (std::size_t i = 0; i < count; ++i) associations.emplace_back(Stack::instance(), AssociationOptions{});
  for (auto& association : associations) {
    association.connect(virtual_time::now());
    while (association.poll_packet()) continue;
  }
  std::vector<AssociationId> woken;
  woken.reserve(10'000);
  for (int i = 0; i < 1'200; ++i) {  // two minutes: nobody answers
    virtual_time::advance(100ms);
    out_of_memory = true;
    Stack::instance().advance(virtual_time::now(), woken);
    out_of_memory = false;
  }
  for (auto& association : associations) {
    CHECK(std::ranges::count(woken, association.id()) != 0);
    association.handle_wake(virtual_time::now());
    CHECK_FALSE(association.poll_packet());
    const auto event = association.poll_event();
    REQUIRE(event);
    CHECK(std::holds_alternative<Aborted>(*event));
  }
}

}  // namespace
}  // namespace sluice::sctp
#endif
