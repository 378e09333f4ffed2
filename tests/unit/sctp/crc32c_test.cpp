#include "sctp/crc32c.hpp"

#include <random>

#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp {
namespace {

using sluice::test::hex;
using sluice::test::text_bytes;

TEST_CASE("CRC32c gives the well-known values", "[sctp][rfc9260-a]") {
  CHECK(crc32c({}) == 0);
  CHECK(crc32c(text_bytes("123456789")) == 0xe3069283);
  CHECK(crc32c(Bytes(32, std::byte{0})) == 0x8a9136aa);  // RFC 7143 appendix A.4
  CHECK(crc32c(Bytes(32, std::byte{0xff})) == 0x62a8ab43);
}

TEST_CASE("CRC32c by instruction equals CRC32c by table, for every length", "[sctp][rfc9260-a]") {
  std::mt19937_64 random{1};
  Bytes bytes;
  for (std::size_t length = 0; length < 4000; ++length) {
    REQUIRE(crc32c(bytes) == crc32c_by_table(bytes));
    bytes.push_back(static_cast<std::byte>(random()));
  }
  bytes.resize(65'536, std::byte{7});
  CHECK(crc32c(bytes) == crc32c_by_table(bytes));
}

TEST_CASE("a sealed packet is found right, and wrong when any bit changes", "[sctp][rfc9260-6.8]") {
  auto packet = hex("1388 1388 01020304 00000000 0b000004");
  seal(packet);
  auto copy = packet;
  CHECK(unseal(copy));
  for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
    copy = packet;
    copy[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    CHECK_FALSE(unseal(copy));
  }
}

}  // namespace
}  // namespace sluice::sctp
