#include "dcep/messages.hpp"

#include "dcep/utf8.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::dcep;
using sluice::test::hex;
using sluice::test::text_bytes;

namespace {

Bytes open_bytes(std::uint8_t channel_type = 0) {
  auto message = hex("03 00 01 00 00 00 00 07 00 04 00 02 63 68 61 74 76 31");
  message[1] = std::byte{channel_type};
  return message;
}

ParseError error_of(ByteView message) {
  const auto parsed = parse(message);
  REQUIRE_FALSE(parsed.has_value());
  return parsed.error();
}

Open parse_open(ByteView message) {
  const auto parsed = parse(message);
  REQUIRE(parsed.has_value());
  REQUIRE(std::holds_alternative<Open>(*parsed));
  return std::get<Open>(*parsed);
}

}  // namespace

TEST_CASE("an OPEN is read field by field", "[dcep][rfc8832-5.1][DC-10]") {
  const auto open = parse_open(open_bytes(0x81));
  CHECK(open == Open{.ordered = false, .max_retransmits = 7, .priority = 256, .label = "chat", .protocol = "v1"});
}

TEST_CASE("the six channel types say order and reliability", "[dcep][rfc8832-5.1]") {
  const auto expect = [](std::uint8_t type, bool ordered, std::optional<std::uint32_t> retransmits,
                         std::optional<std::uint32_t> life_time) {
    const auto open = parse_open(open_bytes(type));
    CHECK(open.ordered == ordered);
    CHECK(open.max_retransmits == retransmits);
    CHECK(open.max_packet_life_time == life_time);
    const auto again = parse_open(serialize(open));
    CHECK(again == open);
  };
  expect(0x00, true, {}, {});
  expect(0x80, false, {}, {});
  expect(0x01, true, 7, {});
  expect(0x81, false, 7, {});
  expect(0x02, true, {}, 7);
  expect(0x82, false, {}, 7);
}

TEST_CASE("an OPEN of an unknown channel type is refused", "[dcep][rfc8832-5.1][DC-12]") {
  for (const int type : {0x03, 0x7f, 0x83, 0xff}) {
    CHECK(error_of(open_bytes(static_cast<std::uint8_t>(type))) == ParseError::unknown_channel_type);
  }
}

TEST_CASE("an OPEN is written as the RFC draws it", "[dcep][rfc8832-5.1][DC-10]") {
  const Open open{.ordered = false, .max_packet_life_time = 500, .priority = 256, .label = "a", .protocol = "bc"};
  CHECK(serialize(open) == hex("03 82 01 00 00 00 01 f4 00 01 00 02 61 62 63"));
  CHECK(serialize(Open{}) == hex("03 00 00 00 00 00 00 00 00 00 00 00"));
}

TEST_CASE("an ACK is one octet, and more after it is no reason to refuse it", "[dcep][rfc8832-5.2]") {
  CHECK(serialize(Ack{}) == hex("02"));
  for (const auto& message : {hex("02"), hex("02 00 00 00")}) {
    const auto parsed = parse(message);
    REQUIRE(parsed.has_value());
    CHECK(std::holds_alternative<Ack>(*parsed));
  }
}

TEST_CASE("an OPEN cut anywhere is truncated", "[dcep][rfc8832-5.1]") {
  const auto whole = open_bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO("length " << length);
    CHECK(error_of(ByteView{whole}.first(length)) == ParseError::truncated);
  }
}

TEST_CASE("lengths that do not add up to the message are refused", "[dcep][rfc8832-5.1][B1]") {
  auto message = open_bytes();
  message.push_back(std::byte{0});
  CHECK(error_of(message) == ParseError::trailing_bytes);
  CHECK(error_of(hex("03 00 01 00 00 00 00 00 ff ff 00 01 61")) == ParseError::truncated);
  CHECK(error_of(hex("03 00 01 00 00 00 00 00 ff ff ff ff 61 62")) == ParseError::truncated);
  CHECK(error_of(hex("03 00 01 00 00 00 00 00 00 00 ff ff 61 62")) == ParseError::truncated);
}

TEST_CASE("a message of another type is neither OPEN nor ACK", "[dcep][rfc8832-8.2.1]") {
  for (const int type : {0x00, 0x01, 0x04, 0xff}) {
    auto message = open_bytes();
    message[0] = static_cast<std::byte>(type);
    CHECK(error_of(message) == ParseError::unknown_message_type);
  }
}

TEST_CASE("a label that is not UTF-8 reads U+FFFD where it is not", "[dcep][DC-3][B6]") {
  const std::string replacement = "\xEF\xBF\xBD";
  CHECK(parse_open(hex("03 00 00 00 00 00 00 00 00 03 00 01 61 ff 62 c3")).label == "a" + replacement + "b");
  CHECK(parse_open(hex("03 00 00 00 00 00 00 00 00 03 00 01 61 ff 62 c3")).protocol == replacement);
}

TEST_CASE("every ill-formed part becomes one U+FFFD and the rest stays", "[dcep][rfc3629-4][DC-3]") {
  const auto r = std::string{"\xEF\xBF\xBD"};
  const auto check = [](std::string_view in, const std::string& out) { CHECK(valid_utf8(as_bytes(in)) == out); };
  check("", "");
  check("z\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "z\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  check("\x80", r);
  check("\xC0\xAF", r + r);                  // overlong
  check("\xE0\x80\xAF", r + r + r);          // overlong
  check("\xED\xA0\x80", r + r + r);          // a surrogate
  check("\xF4\x90\x80\x80", r + r + r + r);  // above U+10FFFF
  check("\xF5x", r + "x");
  check("\xE2\x82", r);  // cut
  check("\xE2\x82z", r + "z");
  check("\xF0\x9F\x98", r);
  check("\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80", "\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80");
  check(std::string_view{"a\0b", 3}, std::string("a\0b", 3));
}
