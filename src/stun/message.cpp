#include "stun/message.hpp"

#include <algorithm>
#include <cassert>

#include "base/reader.hpp"
#include "crypto/constant_time.hpp"
#include "crypto/crc32.hpp"

namespace sluice::stun {
namespace {

constexpr AttributeType message_integrity{0x0008};         // RFC 8489 §14.5
constexpr AttributeType message_integrity_sha256{0x001C};  // §14.6
constexpr AttributeType message_fingerprint{0x8028};       // §14.7
constexpr std::uint32_t fingerprint_mask = 0x5354554e;     // §14.7
constexpr std::size_t attribute_header_size = 4;           // §14
constexpr std::size_t fingerprint_size = attribute_header_size + 4;
constexpr std::size_t min_sha256_size = 16;  // §14.6

constexpr auto understood = std::to_array<AttributeType>({
    attribute::mapped_address.type,
    attribute::username.type,
    attribute::error_code.type,
    attribute::unknown_attributes.type,
    attribute::realm.type,
    attribute::nonce.type,
    attribute::xor_mapped_address.type,
    attribute::priority.type,
    attribute::use_candidate.type,
});

constexpr std::size_t padding(std::size_t size) noexcept { return (4 - size % 4) % 4; }

// RFC 8489 §5: the two bits of the class lie at 0x010 and 0x100, between those of the method.
constexpr Class class_of(std::uint16_t type) noexcept {
  return static_cast<Class>((type >> 4 & 0x1) | (type >> 7 & 0x2));
}

constexpr Method method_of(std::uint16_t type) noexcept {
  return static_cast<Method>((type & 0x000f) | (type >> 1 & 0x0070) | (type >> 2 & 0x0f80));
}

constexpr std::uint16_t message_type(Class message_class, Method method) noexcept {
  const unsigned c = raw(message_class);
  const unsigned m = raw(method);
  return static_cast<std::uint16_t>((m & 0x00f) | (m & 0x070) << 1 | (m & 0xf80) << 2 | (c & 1) << 4 | (c & 2) << 7);
}

static_assert(message_type(Class::error_response, Method::binding) == 0x0111);
static_assert(message_type(Class::request, Method{0xfff}) == 0x3eef);
static_assert(method_of(0x3eef) == Method{0xfff} && class_of(0x3fff) == Class::error_response);

std::uint32_t fingerprint_of(ByteView before) noexcept { return crypto::crc32(before) ^ fingerprint_mask; }

// The code over everything before `offset`, with a length field that ends at `end`. RFC 8489 §14.5
template <class Mac>
typename Mac::Code integrity_code(const Mac& mac, ByteView message, std::size_t offset, std::size_t end) {
  const auto length = end - header_size;
  const std::array length_field{static_cast<std::byte>(length >> 8), static_cast<std::byte>(length & 0xff)};
  return mac({message.first(2), length_field, message.subspan(4, offset - 4)});
}

template <class Mac>
bool authenticates(const Mac& mac, ByteView message, std::size_t offset, ByteView code) {
  const auto expected = integrity_code(mac, message, offset, offset + attribute_header_size + code.size());
  return crypto::constant_time_equal(ByteView{expected}.first(code.size()), code);
}

}  // namespace

bool is_stun(ByteView datagram) noexcept {
  Reader in{datagram};
  const auto type = in.u16();
  in.skip(2);
  const auto cookie = in.u32();
  in.skip(std::tuple_size_v<TransactionId>);
  return in.ok() && type < 0x4000 && cookie == magic_cookie;
}

TransactionId new_transaction_id(Random& random) {
  TransactionId id{};
  random.fill(id);
  return id;
}

Outcome<Message, ParseError> Message::parse(ByteView datagram) {
  if (!is_stun(datagram)) return ParseError::not_stun;
  Message message;
  message.datagram_ = datagram;
  Reader in{datagram};
  const auto type = in.u16();
  const auto length = in.u16();
  in.skip(sizeof magic_cookie);
  std::ranges::copy(in.bytes(message.id_.size()), message.id_.begin());
  if (length % 4 != 0 || length != in.remaining()) return ParseError::bad_length;
  message.class_ = class_of(type);
  message.method_ = method_of(type);
  if (const auto error = message.read_attributes()) return *error;
  return message;
}

std::optional<ParseError> Message::read_attributes() {
  Reader in{datagram_.subspan(header_size)};
  for (std::size_t seen = 0; in.remaining() != 0; ++seen) {
    if (seen == max_attributes) return ParseError::too_many_attributes;
    const auto offset = datagram_.size() - in.remaining();
    const auto type = AttributeType{in.u16()};
    const auto size = in.u16();
    const auto value = in.bytes(size);
    in.skip(padding(size));
    if (!in.ok()) return ParseError::bad_attribute;
    if (const auto error = accept(type, value, offset)) return error;
  }
  return std::nullopt;
}

std::optional<ParseError> Message::accept(AttributeType type, ByteView value, std::size_t offset) {
  if (type == message_fingerprint) return accept_fingerprint(value, offset);
  if (integrity_sha256_) return std::nullopt;  // RFC 8489 §14.6
  if (type == message_integrity_sha256) return accept_integrity_sha256(value, offset);
  if (integrity_) return std::nullopt;  // §14.5
  if (type == message_integrity) return accept_integrity(value, offset);
  attributes_[count_++] = {type, value};
  return std::nullopt;
}

std::optional<ParseError> Message::accept_integrity(ByteView value, std::size_t offset) {
  if (value.size() != crypto::HmacSha1::size) return ParseError::bad_attribute;
  integrity_ = {offset, value};
  return std::nullopt;
}

std::optional<ParseError> Message::accept_integrity_sha256(ByteView value, std::size_t offset) {
  const auto size = value.size();
  if (size < min_sha256_size || size > crypto::HmacSha256::size || size % 4 != 0) return ParseError::bad_attribute;
  integrity_sha256_ = {offset, value};
  return std::nullopt;
}

std::optional<ParseError> Message::accept_fingerprint(ByteView value, std::size_t offset) {
  Reader in{value};
  const auto fingerprint = in.u32();
  if (!in.ok() || in.remaining() != 0) return ParseError::bad_attribute;
  if (offset + fingerprint_size != datagram_.size()) return ParseError::bad_fingerprint;
  if (fingerprint != fingerprint_of(datagram_.first(offset))) return ParseError::bad_fingerprint;
  fingerprint_ = true;
  return std::nullopt;
}

std::optional<ByteView> Message::find(AttributeType type) const noexcept {
  const auto all = attributes();
  const auto found = std::ranges::find(all, type, &RawAttribute::type);
  if (found == all.end()) return std::nullopt;
  return found->value;
}

std::vector<AttributeType> Message::unknown_required() const {
  std::vector<AttributeType> unknown;
  for (const auto& [type, value] : attributes()) {
    if (!comprehension_required(type) || std::ranges::find(understood, type) != understood.end()) continue;
    if (std::ranges::find(unknown, type) == unknown.end()) unknown.push_back(type);
  }
  return unknown;
}

bool Message::authenticated_by(const crypto::HmacSha1& key) const {
  return integrity_ && authenticates(key, datagram_, integrity_->offset, integrity_->code);
}

bool Message::authenticated_by(const crypto::HmacSha256& key) const {
  return integrity_sha256_ && authenticates(key, datagram_, integrity_sha256_->offset, integrity_sha256_->code);
}

Builder::Builder(Class message_class, Method method, const TransactionId& id) : id_{id} {
  message_.reserve(128);  // a connectivity check with all its attributes
  Writer out{message_};
  out.u16(message_type(message_class, method));
  out.u16(0);
  out.u32(magic_cookie);
  out.bytes(id);
}

Builder& Builder::add(AttributeType type, ByteView value) {
  enter(Stage::attributes);
  append(type, value);
  return *this;
}

Builder& Builder::integrity(const crypto::HmacSha1& key) {
  enter(Stage::integrity);
  const auto end = message_.size() + attribute_header_size + crypto::HmacSha1::size;
  append(message_integrity, integrity_code(key, message_, message_.size(), end));
  return *this;
}

Builder& Builder::integrity(const crypto::HmacSha256& key) {
  enter(Stage::integrity_sha256);
  const auto end = message_.size() + attribute_header_size + crypto::HmacSha256::size;
  append(message_integrity_sha256, integrity_code(key, message_, message_.size(), end));
  return *this;
}

Builder& Builder::fingerprint() {
  enter(Stage::fingerprint);
  set_length(message_.size() + fingerprint_size);  // §14.7: the length counts the fingerprint before it is computed
  const auto start = open(message_fingerprint);
  Writer{message_}.u32(fingerprint_of(ByteView{message_}.first(start - attribute_header_size)));
  close(start);
  return *this;
}

void Builder::enter(Stage stage) {
  assert(stage > stage_ || (stage == Stage::attributes && stage_ == Stage::attributes));
  stage_ = stage;
}

void Builder::append(AttributeType type, ByteView value) {
  const auto start = open(type);
  Writer{message_}.bytes(value);
  close(start);
}

std::size_t Builder::open(AttributeType type) {
  Writer out{message_};
  out.u16(raw(type));
  out.u16(0);
  return message_.size();
}

void Builder::close(std::size_t start) {
  Writer out{message_};
  const auto size = message_.size() - start;
  out.patch_u16(start - 2, static_cast<std::uint16_t>(size));
  out.zeros(padding(size));
  set_length(message_.size());
}

void Builder::set_length(std::size_t end) {
  assert(end - header_size <= 0xffff);
  Writer{message_}.patch_u16(2, static_cast<std::uint16_t>(end - header_size));
}

}  // namespace sluice::stun
