#include "crypto/hmac.hpp"

#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::crypto;
using test::hex;
using test::text_bytes;

namespace {

template <class Mac>
Bytes code(const Bytes& key, const Bytes& data) {
  const auto result = Mac{key}({data});
  return {result.begin(), result.end()};
}

}  // namespace

TEST_CASE("HMAC-SHA1 gives the published codes", "[crypto][rfc2202-3]") {
  CHECK(code<HmacSha1>(Bytes(20, std::byte{0x0b}), text_bytes("Hi There")) ==
        hex("b617318655057264e28bc0b6fb378c8ef146be00"));
  CHECK(code<HmacSha1>(text_bytes("Jefe"), text_bytes("what do ya want for nothing?")) ==
        hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
  CHECK(code<HmacSha1>(Bytes(80, std::byte{0xaa}),
                       text_bytes("Test Using Larger Than Block-Size Key - Hash Key First")) ==
        hex("aa4ae5e15272d00e95705637ce8a3b55ed402112"));
}

TEST_CASE("HMAC-SHA256 gives the published codes", "[crypto][rfc4231-4]") {
  CHECK(code<HmacSha256>(Bytes(20, std::byte{0x0b}), text_bytes("Hi There")) ==
        hex("b0344c61d8db38535ca8afceaf0bf12b 881dc200c9833da726e9376c2e32cff7"));
  CHECK(code<HmacSha256>(text_bytes("Jefe"), text_bytes("what do ya want for nothing?")) ==
        hex("5bdcc146bf60754e6a042426089575c7 5a003f089d2739839dec58b964ec3843"));
}

TEST_CASE("an empty key is a key", "[crypto][rfc2104-2]") {
  CHECK(code<HmacSha1>({}, {}) == hex("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"));
}

TEST_CASE("one prepared key gives the same code every time, however the data is cut", "[crypto][rfc2104-4]") {
  const HmacSha1 mac{as_bytes("Jefe")};
  const auto whole = mac({as_bytes("what do ya want for nothing?")});
  CHECK(mac({as_bytes("what do ya "), ByteView{}, as_bytes("want for nothing?")}) == whole);
  CHECK(mac({as_bytes("something else")}) != whole);
  CHECK(mac({as_bytes("what do ya want for nothing?")}) == whole);
}

TEST_CASE("a moved key keeps working", "[crypto]") {
  HmacSha1 first{as_bytes("Jefe")};
  const auto expected = first({as_bytes("data")});
  HmacSha1 second{as_bytes("other")};
  second = std::move(first);
  const HmacSha1 third{std::move(second)};
  CHECK(third({as_bytes("data")}) == expected);
}

TEMPLATE_TEST_CASE("a key that has rested authenticates as before", "[crypto]", HmacSha1, HmacSha256) {
  const auto key = GENERATE(Bytes{}, text_bytes("Jefe"), Bytes(80, std::byte{0xaa}));
  const TestType mac{key};
  const auto before = mac({as_bytes("what do ya"), as_bytes(" want for nothing?")});
  mac.rest();
  mac.rest();
  CHECK(mac({as_bytes("what do ya"), as_bytes(" want for nothing?")}) == before);
  CHECK(mac({as_bytes("what do ya want for nothing?")}) == before);
}
