#include "crypto/digest.hpp"

#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace sluice;
using crypto::digest;
using crypto::Hash;
using test::hex;

TEST_CASE("digests of \"abc\" are the published ones", "[crypto][rfc1321-a.5][fips180-4]") {
  const auto abc = as_bytes("abc");
  CHECK(digest(Hash::md5, {abc}) == hex("900150983cd24fb0d6963f7d28e17f72"));
  CHECK(digest(Hash::sha1, {abc}) == hex("a9993e364706816aba3e25717850c26c9cd0d89d"));
  CHECK(digest(Hash::sha256, {abc}) == hex("ba7816bf8f01cfea414140de5dae2223 b00361a396177a9cb410ff61f20015ad"));
  CHECK(digest(Hash::sha384, {abc}) ==
        hex("cb00753f45a35e8bb5a03d699ac65007 272c32ab0eded1631a8b605a43ff5bed 8086072ba1e7cc2358baeca134c825a7"));
  CHECK(digest(Hash::sha512, {abc}) == hex("ddaf35a193617abacc417349ae204131 12e6fa4e89a97ea20a9eeee64b55d39a"
                                           "2192992a274fc1a836ba3c23a3feebbd 454d4423643ce80e2a9ac94fa54ca49f"));
}

TEST_CASE("a digest over parts is the digest over their concatenation", "[crypto]") {
  CHECK(digest(Hash::md5, {as_bytes("user"), as_bytes(":"), as_bytes("realm"), as_bytes(":pass")}) ==
        digest(Hash::md5, {as_bytes("user:realm:pass")}));
  CHECK(digest(Hash::sha1, {}) == hex("da39a3ee5e6b4b0d3255bfef95601890afd80709"));
}
