#include "crypto/system_random.hpp"

#include <set>

#include "support/catch.hpp"

using namespace sluice;

TEST_CASE("the system's chance does not repeat itself", "[crypto]") {
  crypto::SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.u64());
  CHECK(seen.size() == 1000);
  CHECK(random.text(24) != random.text(24));
}

TEST_CASE("asking the system for no chance at all is allowed", "[crypto]") {
  crypto::SystemRandom random;
  CHECK_NOTHROW(random.fill({}));
}
