#include "base/fifo.hpp"

#include <array>
#include <deque>
#include <memory>

#include "support/catch.hpp"
#include "support/seeded_random.hpp"

namespace sluice {
namespace {

TEMPLATE_TEST_CASE("a queue gives what it was given, in order, however it grows and wraps", "[base]", Fifo<int>,
                   (Fifo<int, 0>)) {
  test::SeededRandom random{1};
  TestType fifo;
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
      if (i % 2 == 0) fifo.trim();
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

TEST_CASE("a queue that was trimmed when it was empty works on", "[base]") {
  Fifo<std::unique_ptr<int>> fifo;
  for (int round = 0; round < 3; ++round) {
    fifo.push_back(std::make_unique<int>(round));
    fifo.push_back(nullptr);
    CHECK(*fifo.pop_front() == round);
    CHECK(fifo.pop_front() == nullptr);
    fifo.trim();
    CHECK(fifo.empty());
  }
}

}  // namespace
}  // namespace sluice
