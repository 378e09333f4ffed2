#include "stun/message.hpp"

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
using namespace sluice::stun;
using test::hex;

namespace {

constexpr TransactionId id{std::byte{1}, std::byte{2}, std::byte{3}};
constexpr auto binding_header = "2112a442 010203000000000000000000";
constexpr AttributeType unknown_required{0x7777};
constexpr AttributeType unknown_optional{0xC070};

Builder request() { return Builder{Class::request, Method::binding, id}; }

ParseError error_of(const Bytes& bytes) {
  const auto message = Message::parse(bytes);
  REQUIRE_FALSE(message.has_value());
  return message.error();
}

Bytes with_header(std::string_view type_and_length, std::string_view attributes = "") {
  return hex(std::string{type_and_length} + binding_header + std::string{attributes});
}

// Appends an attribute to a finished message and corrects its length.
Bytes extended(Bytes message, std::string_view attribute) {
  const auto more = hex(attribute);
  message.insert(message.end(), more.begin(), more.end());
  Writer{message}.patch_u16(2, static_cast<std::uint16_t>(message.size() - header_size));
  return message;
}

}  // namespace

TEST_CASE("class and method survive every combination", "[stun][rfc8489-5]") {
  for (const auto message_class : {Class::request, Class::indication, Class::success_response, Class::error_response}) {
    for (unsigned method = 0; method <= 0xfff; ++method) {
      const auto bytes = Builder{message_class, Method{static_cast<std::uint16_t>(method)}, id}.finish();
      const auto message = Message::parse(bytes);
      REQUIRE(message.has_value());
      REQUIRE(message->message_class() == message_class);
      REQUIRE(message->method() == Method{static_cast<std::uint16_t>(method)});
    }
  }
}

TEST_CASE("a header alone is a message", "[stun][rfc8489-5]") {
  const auto bytes = with_header("0001 0000");
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->is_request());
  CHECK(message->transaction_id() == id);
  CHECK(message->attributes().empty());
  CHECK_FALSE(message->has_integrity());
  CHECK_FALSE(message->authenticated_by(crypto::HmacSha1{as_bytes("key")}));
}

TEST_CASE("only the first two bits and the cookie make a datagram STUN", "[stun][rfc7983-7][rfc8489-6.3]") {
  CHECK(is_stun(with_header("0001 0000")));
  CHECK(is_stun(with_header("3fff 0000")));
  CHECK_FALSE(is_stun(with_header("4001 0000")));
  CHECK_FALSE(is_stun(with_header("8001 0000")));
  CHECK_FALSE(is_stun(hex("0001 0000 2112a443 000000000000000000000000")));
  CHECK_FALSE(is_stun(hex("0001 0000 2112a442 0000000000000000000000")));
  CHECK_FALSE(is_stun({}));
  CHECK(error_of(with_header("4001 0000")) == ParseError::not_stun);
}

TEST_CASE("a length that is not the rest of the datagram is refused", "[stun][rfc8489-5]") {
  CHECK(error_of(with_header("0001 0004")) == ParseError::bad_length);
  CHECK(error_of(with_header("0001 0000", "80220000")) == ParseError::bad_length);
  CHECK(error_of(with_header("0001 0003", "802200")) == ParseError::bad_length);
  CHECK(error_of(with_header("0001 fffc", "80220000")) == ParseError::bad_length);
}

TEST_CASE("an attribute that does not fit is refused", "[stun][rfc8489-14]") {
  CHECK(error_of(with_header("0001 0004", "80220001")) == ParseError::bad_attribute);
  CHECK(error_of(with_header("0001 0008", "8022ffff 00000000")) == ParseError::bad_attribute);
  CHECK(error_of(with_header("0001 0008", "80220005 00000000")) == ParseError::bad_attribute);
}

TEST_CASE("padding may hold anything", "[stun][rfc8489-14]") {
  const auto bytes = with_header("0001 0008", "80220001 41ffeedd");
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->get(attribute::software) == "A");
}

TEST_CASE("a message with too many attributes is refused", "[stun]") {
  auto builder = request();
  for (std::size_t i = 0; i < max_attributes; ++i) builder.add(unknown_optional, {});
  CHECK(Message::parse(builder.view()).has_value());
  builder.add(unknown_optional, {});
  CHECK(error_of(builder.finish()) == ParseError::too_many_attributes);
}

TEST_CASE("of two attributes of one type the first counts", "[stun][rfc8489-14]") {
  const auto bytes = request().add(attribute::priority, 1).add(attribute::priority, 2).finish();
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->get(attribute::priority) == 1u);
}

TEST_CASE("a full check survives building and parsing", "[stun][rfc8445-16.1][rfc8489-14.5]") {
  const crypto::HmacSha1 key{as_bytes("password of the other side")};
  const auto bytes = request()
                         .add(attribute::username, "remote:local")
                         .add(attribute::ice_controlling, 0)
                         .add(attribute::priority, 0xffffffff)
                         .add(attribute::use_candidate)
                         .add(unknown_optional, as_bytes("opaque"))
                         .integrity(key)
                         .fingerprint()
                         .finish();
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->get(attribute::username) == "remote:local");
  CHECK(message->get(attribute::ice_controlling) == std::uint64_t{0});
  CHECK_FALSE(message->has(attribute::ice_controlled));
  CHECK(message->get(attribute::priority) == 0xffffffffu);
  CHECK(message->has(attribute::use_candidate));
  CHECK(as_text(message->find(unknown_optional).value()) == "opaque");
  CHECK(message->unknown_required().empty());
  CHECK(message->authenticated_by(key));
  CHECK_FALSE(message->authenticated_by(crypto::HmacSha1{as_bytes("another password")}));
}

TEST_CASE("what follows the integrity attribute is not shown", "[stun][rfc8489-14.5][D1]") {
  const crypto::HmacSha1 key{as_bytes("key")};
  const auto bytes = extended(request().add(attribute::priority, 7).integrity(key).finish(),
                              "00250000"                   // USE-CANDIDATE
                              "80290008 0000000000000001"  // ICE-CONTROLLED
                              "77770000");                 // unknown, comprehension-required
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->authenticated_by(key));
  CHECK(message->attributes().size() == 1);
  CHECK_FALSE(message->has(attribute::use_candidate));
  CHECK_FALSE(message->has(attribute::ice_controlled));
  CHECK(message->unknown_required().empty());
}

TEST_CASE("both integrity attributes and a fingerprint stand in one message", "[stun][rfc8489-14.6]") {
  const crypto::HmacSha1 sha1{as_bytes("key")};
  const crypto::HmacSha256 sha256{as_bytes("key")};
  const auto bytes = request().integrity(sha1).integrity(sha256).fingerprint().finish();
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->authenticated_by(sha1));
  CHECK(message->authenticated_by(sha256));
  CHECK_FALSE(message->authenticated_by(crypto::HmacSha256{as_bytes("kez")}));
}

TEST_CASE("MESSAGE-INTEGRITY after MESSAGE-INTEGRITY-SHA256 is ignored", "[stun][rfc8489-14.6]") {
  const crypto::HmacSha256 sha256{as_bytes("key")};
  const auto bytes = extended(request().integrity(sha256).finish(), "00080014 " + std::string(40, '0'));
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK_FALSE(message->has_integrity());
  CHECK(message->authenticated_by(sha256));
}

TEST_CASE("a SHA-256 code may be truncated to 16 bytes, in steps of 4", "[stun][rfc8489-14.6]") {
  const crypto::HmacSha256 key{as_bytes("key")};
  for (std::uint16_t size = 0; size <= 40; ++size) {
    Bytes bytes = request().add(attribute::priority, 1).finish();
    const auto padded = static_cast<std::size_t>((size + 3) / 4 * 4);
    Writer out{bytes};
    out.patch_u16(2, static_cast<std::uint16_t>(bytes.size() - header_size + 4 + padded));
    const auto code = key({bytes});
    out.u16(0x001C);
    out.u16(size);
    out.bytes(ByteView{code}.first(std::min<std::size_t>(size, code.size())));
    bytes.resize(header_size + 8 + 4 + padded);
    CAPTURE(size);
    const auto message = Message::parse(bytes);
    const bool allowed = size >= 16 && size <= 32 && size % 4 == 0;
    REQUIRE(message.has_value() == allowed);
    if (allowed) CHECK(message->authenticated_by(key));
  }
}

TEST_CASE("an integrity code of a wrong size is refused", "[stun][rfc8489-14.5]") {
  CHECK(error_of(with_header("0001 0014", "00080010 00000000000000000000000000000000")) == ParseError::bad_attribute);
  CHECK(error_of(with_header("0001 0004", "00080000")) == ParseError::bad_attribute);
}

TEST_CASE("a fingerprint is checked and must come last", "[stun][rfc8489-14.7]") {
  const auto good = request().add(attribute::priority, 1).fingerprint().finish();
  REQUIRE(Message::parse(good).has_value());
  CHECK(Message::parse(good)->has_fingerprint());
  auto wrong = good;
  wrong.back() ^= std::byte{1};
  CHECK(error_of(wrong) == ParseError::bad_fingerprint);
  CHECK(error_of(extended(good, "80220000")) == ParseError::bad_fingerprint);
  CHECK(error_of(with_header("0001 0008", "80280003 00000000")) == ParseError::bad_attribute);
}

TEST_CASE("unknown comprehension-required attributes are listed once each", "[stun][rfc8489-6.3.1]") {
  const auto bytes = request()
                         .add(unknown_required, {})
                         .add(unknown_optional, {})
                         .add(attribute::use_candidate)
                         .add(unknown_required, as_bytes("again"))
                         .add(AttributeType{0x0003}, {})
                         .finish();
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK(message->unknown_required() == std::vector{unknown_required, AttributeType{0x0003}});
}

TEST_CASE("transaction ids are drawn anew", "[stun][rfc8489-5]") {
  test::SeededRandom random;
  CHECK(new_transaction_id(random) != new_transaction_id(random));
}
