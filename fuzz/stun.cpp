// Any datagram: parsing is total, and what was read can be written and read again.
#include <algorithm>
#include <cstdint>

#include "property.hpp"
#include "stun/message.hpp"

namespace {

using namespace sluice;
using namespace sluice::stun;
using fuzz::property;

constexpr std::size_t max_input = 60'000;  // leaves room for integrity and fingerprint in the 16 bits of the length

const crypto::HmacSha1 sha1{as_bytes("key")};
const crypto::HmacSha256 sha256{as_bytes("key")};

bool same(Flag, Flag) { return true; }
bool same(ByteView left, ByteView right) { return std::ranges::equal(left, right); }
template <class Value>
bool same(const Value& left, const Value& right) {
  return left == right;
}

template <class Codec>
void check_value(const Message& message, Attribute<Codec> attribute) {
  const auto value = message.get(attribute);
  if (!value) return;
  property(message.has(attribute), "a value belongs to an attribute");
  const auto bytes =
      Builder{message.message_class(), message.method(), message.transaction_id()}.add(attribute, *value).finish();
  const auto again = Message::parse(bytes);
  property(again.has_value(), "a value that was read can be written");
  const auto copy = again->get(attribute);
  property(copy && same(*copy, *value), "a value that was written reads the same");
}

void check_values(const Message& message) {
  check_value(message, attribute::mapped_address);
  check_value(message, attribute::username);
  check_value(message, attribute::error_code);
  check_value(message, attribute::unknown_attributes);
  check_value(message, attribute::realm);
  check_value(message, attribute::nonce);
  check_value(message, attribute::xor_mapped_address);
  check_value(message, attribute::priority);
  check_value(message, attribute::use_candidate);
  check_value(message, attribute::channel_number);
  check_value(message, attribute::lifetime);
  check_value(message, attribute::xor_peer_address);
  check_value(message, attribute::data);
  check_value(message, attribute::xor_relayed_address);
  check_value(message, attribute::requested_address_family);
  check_value(message, attribute::password_algorithms);
  check_value(message, attribute::software);
  check_value(message, attribute::ice_controlled);
  check_value(message, attribute::ice_controlling);
}

bool same_attribute(const RawAttribute& left, const RawAttribute& right) {
  return left.type == right.type && std::ranges::equal(left.value, right.value);
}

void check_rebuilt(const Message& message) {
  Builder builder{message.message_class(), message.method(), message.transaction_id()};
  for (const auto& [type, value] : message.attributes()) builder.add(type, value);
  const bool room = message.attributes().size() + 3 <= max_attributes;
  if (room) builder.integrity(sha1).integrity(sha256).fingerprint();
  const auto bytes = builder.finish();
  const auto again = Message::parse(bytes);
  property(again.has_value(), "a message that was read can be written");
  property(again->message_class() == message.message_class(), "the class survives");
  property(again->method() == message.method(), "the method survives");
  property(again->transaction_id() == message.transaction_id(), "the transaction id survives");
  property(std::ranges::equal(again->attributes(), message.attributes(), same_attribute), "attributes survive");
  property(again->unknown_required() == message.unknown_required(), "so does the list of unknown ones");
  if (!room) return;
  property(again->authenticated_by(sha1) && again->authenticated_by(sha256), "our own codes verify");
  property(again->has_fingerprint(), "our own fingerprint verifies");
}

void check(ByteView datagram) {
  const auto message = Message::parse(datagram);
  if (!message) return;
  property(is_stun(datagram), "what parses is STUN");
  property(message->attributes().size() <= max_attributes, "the number of attributes is bounded");
  property(message->has_integrity() || !message->authenticated_by(sha1), "no code, no authenticity");
  property(message->has_integrity_sha256() || !message->authenticated_by(sha256), "no code, no authenticity");
  check_values(*message);
  check_rebuilt(*message);
}

// The same input with a header that lets the parser reach the attributes.
Bytes repaired(ByteView datagram) {
  Bytes bytes{datagram.begin(), datagram.end()};
  bytes.resize(std::max(header_size, bytes.size() / 4 * 4));
  Writer out{bytes};
  bytes[0] &= std::byte{0x3f};
  out.patch_u16(2, static_cast<std::uint16_t>(bytes.size() - header_size));
  out.patch_u16(4, magic_cookie >> 16);
  out.patch_u16(6, magic_cookie & 0xffff);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto datagram = std::as_bytes(std::span{data, std::min(size, max_input)});
  check(datagram);
  check(repaired(datagram));
  return 0;
}
