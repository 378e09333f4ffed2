#pragma once
// Attributes of STUN: their types, and how each value is read and written.   RFC 8489 §14, RFC 8445 §16.1,
//   RFC 8656 §18
//
// An Attribute names a type and the codec of its value, so that Message::get and Builder::add are typed:
//   message.get(attribute::priority) is std::optional<std::uint32_t>.
// A codec reads a whole value or nothing; a value of the wrong size is as good as absent.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/writer.hpp"

namespace sluice::stun {

using TransactionId = std::array<std::byte, 12>;  // RFC 8489 §5

inline constexpr std::uint32_t magic_cookie = 0x2112A442;  // RFC 8489 §5

enum class AttributeType : std::uint16_t {};

/// RFC 8489 §14: who meets an unknown attribute below 0x8000 must refuse the message.
constexpr bool comprehension_required(AttributeType type) noexcept { return raw(type) < 0x8000; }

// RFC 8489 §14.8
struct ErrorCode {
  unsigned code = 0;  // 300 to 699
  std::string_view reason{};
  friend bool operator==(const ErrorCode&, const ErrorCode&) = default;
};

struct Flag {};  // the value of an attribute that has none

// As attributes name them. RFC 8489 §14.1
inline constexpr std::uint8_t family_v4 = 0x01;
inline constexpr std::uint8_t family_v6 = 0x02;

namespace codec {

struct Unsigned32 {
  using Value = std::uint32_t;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, Value, const TransactionId&);
};

struct Unsigned64 {
  using Value = std::uint64_t;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, Value, const TransactionId&);
};

// RFC 8489 §14.1
struct Address {
  using Value = Endpoint;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, const Value&, const TransactionId&);
};

// RFC 8489 §14.2
struct XorAddress {
  using Value = Endpoint;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, const Value&, const TransactionId&);
};

struct Error {
  using Value = ErrorCode;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, const Value&, const TransactionId&);
};

// RFC 8489 §14.13
struct TypeList {
  using Value = std::vector<AttributeType>;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, const Value&, const TransactionId&);
};

// One octet and three that are reserved. RFC 8656 §18.6, §18.7
struct LeadingOctet {
  using Value = std::uint8_t;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, Value, const TransactionId&);
};

// A number of 16 bits and 16 that are reserved. RFC 8656 §18.1
struct LeadingUnsigned16 {
  using Value = std::uint16_t;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, Value, const TransactionId&);
};

struct Opaque {
  using Value = ByteView;
  static std::optional<Value> read(ByteView value, const TransactionId&) { return value; }
  static void write(Writer& out, Value value, const TransactionId&) { out.bytes(value); }
};

struct Presence {
  using Value = Flag;
  static std::optional<Value> read(ByteView, const TransactionId&);
  static void write(Writer&, Value, const TransactionId&);
};

template <std::size_t max_size>
struct Text {
  using Value = std::string_view;
  static std::optional<Value> read(ByteView value, const TransactionId&) {
    if (value.size() > max_size) return std::nullopt;
    return as_text(value);
  }
  static void write(Writer& out, Value value, const TransactionId&) { out.bytes(as_bytes(value.substr(0, max_size))); }
};

}  // namespace codec

template <class Codec>
struct Attribute {
  AttributeType type;
};

namespace attribute {

inline constexpr Attribute<codec::Address> mapped_address{AttributeType{0x0001}};                  // RFC 8489 §14.1
inline constexpr Attribute<codec::Text<508>> username{AttributeType{0x0006}};                      // §14.3
inline constexpr Attribute<codec::Error> error_code{AttributeType{0x0009}};                        // §14.8
inline constexpr Attribute<codec::TypeList> unknown_attributes{AttributeType{0x000A}};             // §14.13
inline constexpr Attribute<codec::LeadingUnsigned16> channel_number{AttributeType{0x000C}};        // RFC 8656 §18.1
inline constexpr Attribute<codec::Unsigned32> lifetime{AttributeType{0x000D}};                     // RFC 8656 §18.2
inline constexpr Attribute<codec::XorAddress> xor_peer_address{AttributeType{0x0012}};             // RFC 8656 §18.3
inline constexpr Attribute<codec::Opaque> data{AttributeType{0x0013}};                             // RFC 8656 §18.4
inline constexpr Attribute<codec::Text<763>> realm{AttributeType{0x0014}};                         // §14.9
inline constexpr Attribute<codec::Text<763>> nonce{AttributeType{0x0015}};                         // §14.10
inline constexpr Attribute<codec::XorAddress> xor_relayed_address{AttributeType{0x0016}};          // RFC 8656 §18.5
inline constexpr Attribute<codec::LeadingOctet> requested_address_family{AttributeType{0x0017}};   // RFC 8656 §18.6
inline constexpr Attribute<codec::LeadingOctet> requested_transport{AttributeType{0x0019}};        // RFC 8656 §18.8
inline constexpr Attribute<codec::Opaque> password_algorithm{AttributeType{0x001D}};               // RFC 8489 §14.12
inline constexpr Attribute<codec::Opaque> userhash{AttributeType{0x001E}};                         // §14.4
inline constexpr Attribute<codec::XorAddress> xor_mapped_address{AttributeType{0x0020}};           // §14.2
inline constexpr Attribute<codec::Unsigned32> priority{AttributeType{0x0024}};                     // RFC 8445 §16.1
inline constexpr Attribute<codec::Presence> use_candidate{AttributeType{0x0025}};                  // RFC 8445 §16.1
inline constexpr Attribute<codec::LeadingOctet> additional_address_family{AttributeType{0x8000}};  // RFC 8656 §18.11
inline constexpr Attribute<codec::Opaque> password_algorithms{AttributeType{0x8002}};              // RFC 8489 §14.11
inline constexpr Attribute<codec::Text<255>> alternate_domain{AttributeType{0x8003}};              // RFC 8489 §14.16
inline constexpr Attribute<codec::Text<763>> software{AttributeType{0x8022}};                      // RFC 8489 §14.14
inline constexpr Attribute<codec::Address> alternate_server{AttributeType{0x8023}};                // RFC 8489 §14.15
inline constexpr Attribute<codec::Unsigned64> ice_controlled{AttributeType{0x8029}};               // RFC 8445 §16.1
inline constexpr Attribute<codec::Unsigned64> ice_controlling{AttributeType{0x802A}};              // RFC 8445 §16.1
inline constexpr Attribute<codec::Opaque> dtls_in_stun{AttributeType{0xC070}};  // draft-hancke-webrtc-sped
inline constexpr Attribute<codec::Opaque> dtls_in_stun_acknowledgement{AttributeType{0xC071}};

}  // namespace attribute
}  // namespace sluice::stun
