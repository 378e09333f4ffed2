#include "stun/attributes.hpp"

#include "stun/message.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::stun;
using test::hex;

namespace {

constexpr TransactionId id{std::byte{0xb7}, std::byte{0xe7}, std::byte{0xa7}, std::byte{0x01},
                           std::byte{0xbc}, std::byte{0x34}, std::byte{0xd6}, std::byte{0x86},
                           std::byte{0xfa}, std::byte{0x87}, std::byte{0xdf}, std::byte{0xae}};

template <class Codec>
std::optional<typename Codec::Value> read(Attribute<Codec>, std::string_view digits) {
  return Codec::read(hex(digits), id);
}

template <class Codec>
Bytes written(Attribute<Codec>, const typename Codec::Value& value) {
  Bytes bytes;
  Writer out{bytes};
  Codec::write(out, value, id);
  return bytes;
}

Endpoint endpoint(std::string_view address, std::uint16_t port) { return {IpAddress::parse(address).value(), port}; }

}  // namespace

TEST_CASE("addresses are written as the RFC draws them", "[stun][rfc8489-14.1][rfc8489-14.2]") {
  CHECK(written(attribute::mapped_address, endpoint("192.0.2.1", 32853)) == hex("00 01 8055 c0000201"));
  CHECK(written(attribute::xor_mapped_address, endpoint("192.0.2.1", 32853)) == hex("00 01 a147 e112a643"));
  CHECK(written(attribute::xor_mapped_address, endpoint("2001:db8:1234:5678:11:2233:4455:6677", 32853)) ==
        hex("00 02 a147 0113a9faa5d3f179bc25f4b5bed2b9d9"));
}

TEST_CASE("addresses are read back, whatever the reserved byte", "[stun][rfc8489-14.1]") {
  for (const auto& expected :
       {endpoint("0.0.0.0", 0), endpoint("203.0.113.9", 65535), endpoint("::", 1), endpoint("2001:db8::9", 9)}) {
    const auto plain = written(attribute::mapped_address, expected);
    auto disguised = written(attribute::xor_mapped_address, expected);
    CHECK(codec::Address::read(plain, id) == expected);
    CHECK(codec::XorAddress::read(disguised, id) == expected);
    disguised[0] = std::byte{0xff};
    CHECK(codec::XorAddress::read(disguised, id) == expected);
  }
}

TEST_CASE("an address whose size contradicts its family is no address", "[stun][rfc8489-14.1]") {
  CHECK_FALSE(read(attribute::mapped_address, ""));
  CHECK_FALSE(read(attribute::mapped_address, "0001 0001"));
  CHECK_FALSE(read(attribute::mapped_address, "0001 0001 c00002"));
  CHECK_FALSE(read(attribute::mapped_address, "0001 0001 c000020101"));
  CHECK_FALSE(read(attribute::mapped_address, "0002 0001 c0000201"));
  CHECK_FALSE(read(attribute::mapped_address, "0003 0001 c0000201"));
  CHECK_FALSE(read(attribute::xor_mapped_address, "0001 0001 00000000000000000000000000000000"));
}

TEST_CASE("numbers have exactly their size", "[stun][rfc8445-16.1]") {
  CHECK(read(attribute::priority, "6e0001ff") == 0x6e0001ffu);
  CHECK_FALSE(read(attribute::priority, "6e0001"));
  CHECK_FALSE(read(attribute::priority, "6e0001ff00"));
  CHECK(read(attribute::ice_controlling, "0000000000000000") == std::uint64_t{0});
  CHECK_FALSE(read(attribute::ice_controlling, "00000000000000"));
  CHECK_FALSE(read(attribute::ice_controlled, "000000000000000000"));
}

TEST_CASE("error codes are hundreds and a number", "[stun][rfc8489-14.8]") {
  CHECK(written(attribute::error_code, {487, "Role Conflict"}) == hex("0000 04 57 526f6c6520436f6e666c696374"));
  const auto bytes = hex("ffff fc 57 526f6c65");  // reserved bits are ignored
  CHECK(codec::Error::read(bytes, id) == ErrorCode{487, "Role"});
  CHECK(read(attribute::error_code, "0000 03 00") == ErrorCode{300, ""});
  CHECK(read(attribute::error_code, "0000 06 63") == ErrorCode{699, ""});
  CHECK_FALSE(read(attribute::error_code, "0000 02 63"));
  CHECK_FALSE(read(attribute::error_code, "0000 07 00"));
  CHECK_FALSE(read(attribute::error_code, "0000 04 64"));
  CHECK_FALSE(read(attribute::error_code, "0000 04"));
}

TEST_CASE("unknown attributes are a list of types", "[stun][rfc8489-14.13]") {
  const std::vector types{AttributeType{0x7777}, AttributeType{0x0003}, AttributeType{0x0004}};
  CHECK(written(attribute::unknown_attributes, types) == hex("7777 0003 0004"));
  CHECK(read(attribute::unknown_attributes, "7777 0003 0004") == types);
  CHECK(read(attribute::unknown_attributes, "")->empty());
  CHECK_FALSE(read(attribute::unknown_attributes, "7777 00"));
}

TEST_CASE("text longer than its attribute allows is neither read nor written", "[stun][rfc8489-14.3]") {
  const std::string longest(508, 'u');
  CHECK(codec::Text<508>::read(as_bytes(longest), id) == longest);
  CHECK_FALSE(codec::Text<508>::read(as_bytes(longest + "u"), id));
  CHECK(written(attribute::username, longest + "uuu").size() == 508);
}

TEST_CASE("a malformed attribute is as good as absent, but can be told from it", "[stun][rfc8489-14]") {
  const auto bytes =
      Builder{Class::request, Method::binding, id}.add(attribute::priority.type, as_bytes("abc")).finish();
  const auto message = Message::parse(bytes);
  REQUIRE(message.has_value());
  CHECK_FALSE(message->get(attribute::priority));
  CHECK(message->has(attribute::priority));
}

TEST_CASE("the upper half of the types may be ignored by who does not know them", "[stun][rfc8489-14]") {
  CHECK(comprehension_required(AttributeType{0x0000}));
  CHECK(comprehension_required(AttributeType{0x7fff}));
  CHECK_FALSE(comprehension_required(AttributeType{0x8000}));
  CHECK_FALSE(comprehension_required(attribute::ice_controlling.type));
}
