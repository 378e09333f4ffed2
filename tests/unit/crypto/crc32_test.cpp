#include "crypto/crc32.hpp"

#include "support/catch.hpp"

using namespace sluice;
using crypto::crc32;

TEST_CASE("CRC-32 gives the check value of the algorithm", "[crypto][rfc8489-14.7]") {
  CHECK(crc32(as_bytes("123456789")) == 0xCBF43926);
  CHECK(crc32(as_bytes("The quick brown fox jumps over the lazy dog")) == 0x414FA339);
  CHECK(crc32({}) == 0);
}
