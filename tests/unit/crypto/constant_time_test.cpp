#include "crypto/constant_time.hpp"

#include "support/catch.hpp"

using namespace sluice;
using crypto::constant_time_equal;

TEST_CASE("codes are equal only if every byte and the length are", "[crypto]") {
  CHECK(constant_time_equal(as_bytes("abcd"), as_bytes("abcd")));
  CHECK_FALSE(constant_time_equal(as_bytes("abcd"), as_bytes("abce")));
  CHECK_FALSE(constant_time_equal(as_bytes("abcd"), as_bytes("bbcd")));
  CHECK_FALSE(constant_time_equal(as_bytes("abcd"), as_bytes("abc")));
  CHECK(constant_time_equal({}, {}));
}
