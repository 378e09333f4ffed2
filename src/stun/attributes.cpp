#include "stun/attributes.hpp"

#include <algorithm>
#include <functional>

#include "base/reader.hpp"

namespace sluice::stun::codec {
namespace {

template <std::size_t size>
std::array<std::byte, size> array_of(ByteView octets) {
  std::array<std::byte, size> result{};
  std::ranges::copy(octets, result.begin());
  return result;
}

// Applied twice it gives the original. RFC 8489 §14.2
Endpoint xored(const Endpoint& plain, const TransactionId& id) {
  std::array<std::byte, 16> mask{std::byte{0x21}, std::byte{0x12}, std::byte{0xA4}, std::byte{0x42}};
  std::ranges::copy(id, mask.begin() + sizeof magic_cookie);
  std::array<std::byte, 16> octets{};
  std::ranges::transform(plain.address.octets(), mask, octets.begin(), std::bit_xor<>{});
  const auto address =
      plain.address.is_v4() ? IpAddress::v4(array_of<4>(ByteView{octets}.first(4))) : IpAddress::v6(octets);
  return {address, static_cast<std::uint16_t>(plain.port ^ magic_cookie >> 16)};
}

}  // namespace

std::optional<std::uint32_t> Unsigned32::read(ByteView value, const TransactionId&) {
  Reader in{value};
  const auto number = in.u32();
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return number;
}

void Unsigned32::write(Writer& out, Value value, const TransactionId&) { out.u32(value); }

std::optional<std::uint64_t> Unsigned64::read(ByteView value, const TransactionId&) {
  Reader in{value};
  const auto number = in.u64();
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return number;
}

void Unsigned64::write(Writer& out, Value value, const TransactionId&) { out.u64(value); }

std::optional<Endpoint> Address::read(ByteView value, const TransactionId&) {
  Reader in{value};
  in.skip(1);  // "MUST be ignored by receivers"
  const auto family = in.u8();
  const auto port = in.u16();
  const auto octets = in.rest();
  if (!in.ok()) return std::nullopt;
  if (family == family_v4 && octets.size() == 4) return Endpoint{IpAddress::v4(array_of<4>(octets)), port};
  if (family == family_v6 && octets.size() == 16) return Endpoint{IpAddress::v6(array_of<16>(octets)), port};
  return std::nullopt;
}

void Address::write(Writer& out, const Value& value, const TransactionId&) {
  out.u8(0);
  out.u8(value.address.is_v4() ? family_v4 : family_v6);
  out.u16(value.port);
  out.bytes(value.address.octets());
}

std::optional<Endpoint> XorAddress::read(ByteView value, const TransactionId& id) {
  const auto disguised = Address::read(value, id);
  if (!disguised) return std::nullopt;
  return xored(*disguised, id);
}

void XorAddress::write(Writer& out, const Value& value, const TransactionId& id) {
  Address::write(out, xored(value, id), id);
}

std::optional<ErrorCode> Error::read(ByteView value, const TransactionId&) {
  Reader in{value};
  in.skip(2);  // reserved, "MUST be ignored on receipt"
  const auto hundreds = in.u8() & 0x07u;
  const auto number = in.u8();
  const auto reason = in.rest();
  if (!in.ok() || hundreds < 3 || hundreds > 6 || number > 99) return std::nullopt;
  return ErrorCode{hundreds * 100 + number, as_text(reason)};
}

void Error::write(Writer& out, const Value& value, const TransactionId&) {
  out.u16(0);
  out.u8(static_cast<std::uint8_t>(value.code / 100));
  out.u8(static_cast<std::uint8_t>(value.code % 100));
  out.bytes(as_bytes(value.reason));
}

std::optional<std::vector<AttributeType>> TypeList::read(ByteView value, const TransactionId&) {
  std::vector<AttributeType> types;
  Reader in{value};
  while (in.remaining() != 0) types.push_back(AttributeType{in.u16()});
  if (!in.ok()) return std::nullopt;
  return types;
}

void TypeList::write(Writer& out, const Value& value, const TransactionId&) {
  for (const auto type : value) out.u16(raw(type));
}

std::optional<std::uint8_t> LeadingOctet::read(ByteView value, const TransactionId&) {
  Reader in{value};
  const auto octet = in.u8();
  in.skip(3);
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return octet;
}

void LeadingOctet::write(Writer& out, Value value, const TransactionId&) {
  out.u8(value);
  out.zeros(3);
}

std::optional<std::uint16_t> LeadingUnsigned16::read(ByteView value, const TransactionId&) {
  Reader in{value};
  const auto number = in.u16();
  in.skip(2);
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return number;
}

void LeadingUnsigned16::write(Writer& out, Value value, const TransactionId&) {
  out.u16(value);
  out.zeros(2);
}

std::optional<Flag> Presence::read(ByteView, const TransactionId&) { return Flag{}; }

void Presence::write(Writer&, Value, const TransactionId&) {}

}  // namespace sluice::stun::codec
