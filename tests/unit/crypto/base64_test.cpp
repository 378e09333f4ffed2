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
