#include "sctp/gate.hpp"

#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

TEST_CASE("who has the gate alone meets nobody, and a stream of others does not keep him out", "[sctp][threads]") {
  constexpr int rounds = 200;
  Gate gate;
  std::atomic<int> present{0};
  std::atomic<int> met{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      while (!over) {
        gate.enter();
        ++present;
        std::this_thread::yield();
        --present;
        gate.leave();
      }
    });
  }
  for (int round = 0; round < rounds; ++round) {
    gate.alone([&] { met += present; });
  }
  over = true;
  for (auto& other : others) other.join();
  CHECK(met == 0);
}

}  // namespace
}  // namespace sluice::sctp::test
