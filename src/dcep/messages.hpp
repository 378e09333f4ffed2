#pragma once
// The two messages of the Data Channel Establishment Protocol.   RFC 8832 §5
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "base/outcome.hpp"

namespace sluice::dcep {

// DATA_CHANNEL_OPEN, §5.1. At most one of the two reliability parameters is set; none means reliable.
struct Open {
  bool ordered = true;
  std::optional<std::uint32_t> max_retransmits{};
  std::optional<std::uint32_t> max_packet_life_time{};  // milliseconds
  std::uint16_t priority = 0;
  std::string label{};     // always valid UTF-8: what is not becomes U+FFFD
  std::string protocol{};  // likewise

  friend bool operator==(const Open&, const Open&) = default;
};

struct Ack {};  // DATA_CHANNEL_ACK, §5.2

using Message = std::variant<Open, Ack>;

enum class ParseError { truncated, trailing_bytes, unknown_message_type, unknown_channel_type };

Outcome<Message, ParseError> parse(ByteView);

/// Label and protocol are at most 65535 bytes each.
Bytes serialize(const Open&);
Bytes serialize(const Ack&);

}  // namespace sluice::dcep
