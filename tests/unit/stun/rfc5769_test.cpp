#include "rfc5769.hpp"

#include "crypto/digest.hpp"
#include "stun/message.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::stun;
namespace samples = sluice::test::rfc5769;
using test::hex;

namespace {

const crypto::HmacSha1 key{as_bytes(samples::password)};

Bytes long_term_key(crypto::Hash hash) {  // RFC 8489 §18.5.1; the password is after SASLprep
  return crypto::digest(hash, {as_bytes("マトリックス"), as_bytes(":example.org:"), as_bytes("TheMatrIX")});
}

}  // namespace

TEST_CASE("the sample request is read as its author wrote it", "[stun][rfc5769-2.1]") {
  const auto bytes = samples::request();
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->message_class() == Class::request);
  CHECK(message->method() == Method::binding);
  CHECK(message->get(attribute::software) == "STUN test client");
  CHECK(message->get(attribute::priority) == 0x6e0001ffu);
  CHECK(message->get(attribute::ice_controlled) == 0x932ff9b151263b36u);
  CHECK(message->get(attribute::username) == samples::username);
  CHECK(message->attributes().size() == 4);
  CHECK(message->has_fingerprint());
  CHECK(message->authenticated_by(key));
}

TEST_CASE("the sample responses carry the mapped address", "[stun][rfc5769-2.2][rfc5769-2.3]") {
  const auto v4 = samples::response_v4();
  const auto v6 = samples::response_v6();
  const auto first = Message::parse(v4);
  const auto second = Message::parse(v6);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->message_class() == Class::success_response);
  CHECK(to_string(first->get(attribute::xor_mapped_address).value()) == "192.0.2.1:32853");
  CHECK(to_string(second->get(attribute::xor_mapped_address).value()) ==
        "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  CHECK(first->authenticated_by(key));
  CHECK(second->authenticated_by(key));
}

TEST_CASE("a long-term credential is just another key", "[stun][rfc5769-2.4][rfc8489-9.2.2]") {
  const auto bytes = samples::request_long_term();
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->get(attribute::realm) == "example.org");
  CHECK(message->get(attribute::nonce) == "f//499k954d6OL34oL9FSTvy64sA");
  CHECK_FALSE(message->has_fingerprint());
  CHECK(message->authenticated_by(crypto::HmacSha1{long_term_key(crypto::Hash::md5)}));
  CHECK_FALSE(message->authenticated_by(key));
}

TEST_CASE("the sample request with SHA-256 verifies", "[stun][rfc8489-b.1]") {
  const auto bytes =
      hex("00010090 2112a442 78ad3433c6ad72c029da412e"  // length as corrected by the errata
          "001e0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
          "00150029 6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39465354767936347341 000000"
          "0014000b 6578616d706c652e6f7267 00"
          "001d0004 00020000"
          "001c0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65");
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->has_integrity_sha256());
  CHECK_FALSE(message->has_integrity());
  CHECK(message->authenticated_by(crypto::HmacSha256{long_term_key(crypto::Hash::sha256)}));
  CHECK_FALSE(message->authenticated_by(crypto::HmacSha256{as_bytes(samples::password)}));
}

TEST_CASE("the builder writes the sample responses bit for bit but for the padding", "[stun][rfc5769-2.2]") {
  const auto bytes = samples::response_v4();
  const auto sample = Message::parse(bytes);
  REQUIRE(sample.has_value());
  const auto rebuilt = Builder{Class::success_response, Method::binding, sample->transaction_id()}
                           .add(attribute::software, "test vector")
                           .add(attribute::xor_mapped_address, {IpAddress::parse("192.0.2.1").value(), 32853})
                           .integrity(key)
                           .fingerprint()
                           .finish();
  REQUIRE(rebuilt.size() == bytes.size());
  const auto up_to_padding = header_size + 4 + 11;
  CHECK(std::equal(rebuilt.begin(), rebuilt.begin() + up_to_padding, bytes.begin()));
  const auto message = Message::parse(rebuilt);
  REQUIRE(message.has_value());
  CHECK(message->authenticated_by(key));
}

TEST_CASE("a sample cut anywhere is refused", "[stun][rfc8489-6.3]") {
  for (const auto& bytes :
       {samples::request(), samples::response_v4(), samples::response_v6(), samples::request_long_term()}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(Message::parse(ByteView{bytes}.first(size)).has_value());
    }
  }
}

TEST_CASE("a sample with any single byte changed is refused or not authentic", "[stun][rfc8489-14.5][rfc8489-14.7]") {
  for (const auto& bytes : {samples::request(), samples::response_v4(), samples::response_v6()}) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const auto change : {0x01, 0x80, 0xff}) {
        auto changed = bytes;
        changed[at] ^= static_cast<std::byte>(change);
        CAPTURE(at, change);
        const auto message = Message::parse(changed);
        // Only the type of FINGERPRINT itself is covered by neither code: it then is an unknown attribute, ignored.
        const bool fingerprint_type = at == bytes.size() - 8 || at == bytes.size() - 7;
        if (fingerprint_type) {
          REQUIRE(message.has_value());
          CHECK_FALSE(message->has_fingerprint());
        } else {
          CHECK_FALSE(message.has_value());
        }
      }
    }
  }
}

TEST_CASE("without a fingerprint, a changed byte fails the integrity check", "[stun][rfc8489-14.5]") {
  const auto bytes = samples::request_long_term();
  const crypto::HmacSha1 long_term{long_term_key(crypto::Hash::md5)};
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] ^= std::byte{0x10};
    CAPTURE(at);
    const auto message = Message::parse(changed);
    CHECK_FALSE((message && message->authenticated_by(long_term)));
  }
}
