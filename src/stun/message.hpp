#pragma once
// Message and Builder: STUN messages read and written.   RFC 8489 §5, §14
//
// A Message is a view: it must not outlive the datagram it was parsed from. Nothing in it is trustworthy before
// authenticated_by() has said so; what follows the integrity attribute is never shown (§14.5).
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/outcome.hpp"
#include "base/random.hpp"
#include "crypto/hmac.hpp"
#include "stun/attributes.hpp"

namespace sluice::stun {

inline constexpr std::size_t header_size = 20;     // RFC 8489 §5
inline constexpr std::size_t max_attributes = 32;  // ours: more in one message is an attack

enum class Class : std::uint8_t { request, indication, success_response, error_response };  // RFC 8489 §5

// 12 bits; RFC 8489 §18.2, RFC 8656 §17
enum class Method : std::uint16_t {
  binding = 0x001,
  allocate = 0x003,
  refresh = 0x004,
  send = 0x006,
  data = 0x007,
  create_permission = 0x008,
  channel_bind = 0x009,
};

struct RawAttribute {
  AttributeType type{};
  ByteView value{};
};

enum class ParseError {
  not_stun,       // first two bits, magic cookie, or shorter than a header
  bad_length,     // of the message: not a multiple of 4, or not the rest of the datagram
  bad_attribute,  // does not fit, or an integrity or fingerprint attribute of the wrong size
  too_many_attributes,
  bad_fingerprint,  // wrong, or not the last attribute
};

/// Cheap: first byte (RFC 7983 §7) and magic cookie. Whoever passes may still fail to parse.
bool is_stun(ByteView datagram) noexcept;

TransactionId new_transaction_id(Random&);

class Message {
 public:
  /// Accepts one whole message that fills the datagram; checks FINGERPRINT if there is one.
  static Outcome<Message, ParseError> parse(ByteView datagram);

  Class message_class() const noexcept { return class_; }
  bool is_request() const noexcept { return class_ == Class::request; }
  bool is_response() const noexcept { return class_ == Class::success_response || class_ == Class::error_response; }
  Method method() const noexcept { return method_; }
  const TransactionId& transaction_id() const noexcept { return id_; }

  /// The value of the first attribute of that type; nothing if it is absent or malformed.
  template <class Codec>
  std::optional<typename Codec::Value> get(Attribute<Codec> attribute) const {
    const auto value = find(attribute.type);
    return value ? Codec::read(*value, id_) : std::nullopt;
  }
  template <class Codec>
  bool has(Attribute<Codec> attribute) const noexcept {
    return find(attribute.type).has_value();
  }
  /// The bytes of the first attribute of that type, for attributes this layer does not know.
  std::optional<ByteView> find(AttributeType) const noexcept;
  /// In wire order, without integrity and fingerprint and what must be ignored after them.
  std::span<const RawAttribute> attributes() const noexcept { return std::span{attributes_}.first(count_); }
  /// Comprehension-required attributes that this layer does not know: a reason for 420, RFC 8489 §6.3.1.
  std::vector<AttributeType> unknown_required() const;

  bool has_integrity() const noexcept { return integrity_.has_value(); }                // MESSAGE-INTEGRITY
  bool has_integrity_sha256() const noexcept { return integrity_sha256_.has_value(); }  // MESSAGE-INTEGRITY-SHA256
  bool has_fingerprint() const noexcept { return fingerprint_; }

  /// False also if the attribute is absent. RFC 8489 §14.5, §14.6
  bool authenticated_by(const crypto::HmacSha1&) const;
  bool authenticated_by(const crypto::HmacSha256&) const;

 private:
  struct Integrity {
    std::size_t offset = 0;  // of the attribute in the message
    ByteView code{};
  };

  Message() = default;
  std::optional<ParseError> read_attributes();
  std::optional<ParseError> accept(AttributeType, ByteView value, std::size_t offset);
  std::optional<ParseError> accept_integrity(ByteView value, std::size_t offset);
  std::optional<ParseError> accept_integrity_sha256(ByteView value, std::size_t offset);
  std::optional<ParseError> accept_fingerprint(ByteView value, std::size_t offset);

  ByteView datagram_{};
  Class class_{};
  Method method_{};
  TransactionId id_{};
  std::array<RawAttribute, max_attributes> attributes_{};
  std::size_t count_ = 0;
  std::optional<Integrity> integrity_{};
  std::optional<Integrity> integrity_sha256_{};
  bool fingerprint_ = false;
};

/// Appends attributes in order, then integrity, then the fingerprint; any other order is a bug of the caller.
///   Builder{Class::request, Method::binding, id}.add(attribute::username, name).integrity(key).fingerprint().finish()
class Builder {
 public:
  Builder(Class, Method, const TransactionId&);

  template <class Codec>
  Builder& add(Attribute<Codec> attribute, const typename Codec::Value& value) {
    enter(Stage::attributes);
    const auto start = open(attribute.type);
    Writer out{message_};
    Codec::write(out, value, id_);
    close(start);
    return *this;
  }
  Builder& add(Attribute<codec::Presence> attribute) { return add(attribute, Flag{}); }
  Builder& add(AttributeType, ByteView value);

  /// MESSAGE-INTEGRITY. A key from text is crypto::HmacSha1{as_bytes(password)}.
  Builder& integrity(const crypto::HmacSha1&);
  /// MESSAGE-INTEGRITY-SHA256, untruncated.
  Builder& integrity(const crypto::HmacSha256&);
  Builder& fingerprint();

  ByteView view() const noexcept { return message_; }
  Bytes finish() { return std::move(message_); }

 private:
  enum class Stage { attributes, integrity, integrity_sha256, fingerprint };

  std::size_t open(AttributeType);  // where its value starts
  void close(std::size_t start);    // pads, and corrects both lengths
  void set_length(std::size_t end);
  void enter(Stage);
  void append(AttributeType, ByteView value);

  TransactionId id_;
  Bytes message_{};
  Stage stage_ = Stage::attributes;
};

}  // namespace sluice::stun
