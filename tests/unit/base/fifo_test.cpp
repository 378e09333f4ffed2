#include "base/fifo.hpp"

#include <array>
#include <deque>

#include "support/catch.hpp"
#include "support/seeded_random.hpp"

namespace sluice {
namespace {

TEST_CASE("a queue gives what it was given, in order, however it grows and wraps", "[base]") {
  test::SeededRandom random{1};
  Fifo<int> fifo;
  std::deque<int> expected;
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::byte, 1> octet{};
    random.fill(octet);
    // fuller for a while, then emptier
    if (std::to_integer<unsigned>(octet[0]) < (i / 4'000 % 2 == 0 ? 170U : 85U)) {
      fifo.push_back(i);
      expected.push_back(i);
    } else if (!expected.empty()) {
      REQUIRE(fifo.front() == expected.front());
      REQUIRE(fifo.pop_front() == expected.front());
      expected.pop_front();
    }
    REQUIRE(fifo.size() == expected.size());
    REQUIRE(fifo.empty() == expected.empty());
  }
}

TEST_CASE("the last of a queue may be taken back", "[base]") {
  Fifo<int> fifo;
  for (int i = 0; i < 3; ++i) fifo.push_back(i);
  fifo.pop_back();
  CHECK(fifo.size() == 2);
  CHECK(fifo.pop_front() == 0);
  CHECK(fifo.pop_front() == 1);
  CHECK(fifo.empty());
}

}  // namespace
}  // namespace sluice
