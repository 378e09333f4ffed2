#include "crypto/base64.hpp"

#include "support/catch.hpp"

using namespace sluice;

TEST_CASE("base64 is that of the RFC's examples", "[crypto][rfc4648-10]") {
  CHECK(crypto::to_base64({}).empty());
  CHECK(crypto::to_base64(as_bytes("f")) == "Zg==");
  CHECK(crypto::to_base64(as_bytes("fo")) == "Zm8=");
  CHECK(crypto::to_base64(as_bytes("foo")) == "Zm9v");
  CHECK(crypto::to_base64(as_bytes("foobar")) == "Zm9vYmFy");
}

TEST_CASE("base64 is read back, and nothing else is taken for it", "[crypto][rfc4648-4]") {
  for (const auto* text : {"", "f", "fo", "foo", "foobar"}) {
    const auto bytes = crypto::from_base64(crypto::to_base64(as_bytes(text)));
    REQUIRE(bytes.has_value());
    CHECK(as_text(*bytes) == text);
  }
  for (const auto* text : {"Zg", "Zg=", "Zg===", "=g==", "Zg==Zg==", " Zg==", "Zm8=\n", "Zm-_", "Z g=", "===="}) {
    CAPTURE(text);
    CHECK_FALSE(crypto::from_base64(text).has_value());
  }
}
