#include "dcep/messages.hpp"

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "dcep/utf8.hpp"

namespace sluice::dcep {
namespace {

// §8.2.1
constexpr std::uint8_t message_type_ack = 0x02;
constexpr std::uint8_t message_type_open = 0x03;

// §5.1 Channel Type; the highest bit means unordered.
constexpr std::uint8_t channel_type_reliable = 0x00;
constexpr std::uint8_t channel_type_partial_reliable_rexmit = 0x01;
constexpr std::uint8_t channel_type_partial_reliable_timed = 0x02;
constexpr std::uint8_t channel_type_unordered = 0x80;

std::uint8_t channel_type(const Open& open) {
  const std::uint8_t order = open.ordered ? 0 : channel_type_unordered;
  if (open.max_retransmits) return order | channel_type_partial_reliable_rexmit;
  if (open.max_packet_life_time) return order | channel_type_partial_reliable_timed;
  return order | channel_type_reliable;
}

bool apply_channel_type(Open& open, std::uint8_t type, std::uint32_t parameter) {
  open.ordered = (type & channel_type_unordered) == 0;
  switch (type & ~channel_type_unordered) {
    case channel_type_reliable:
      return true;  // the parameter is ignored
    case channel_type_partial_reliable_rexmit:
      open.max_retransmits = parameter;
      return true;
    case channel_type_partial_reliable_timed:
      open.max_packet_life_time = parameter;
      return true;
    default:
      return false;
  }
}

Outcome<Message, ParseError> parse_open(Reader& in) {
  Open open;
  const auto type = in.u8();
  open.priority = in.u16();
  const auto reliability_parameter = in.u32();
  const auto label_length = in.u16();
  const auto protocol_length = in.u16();
  open.label = valid_utf8(in.bytes(label_length));
  open.protocol = valid_utf8(in.bytes(protocol_length));
  if (!in.ok()) return ParseError::truncated;
  if (in.remaining() != 0) return ParseError::trailing_bytes;
  if (!apply_channel_type(open, type, reliability_parameter)) return ParseError::unknown_channel_type;
  return Message{std::move(open)};
}

}  // namespace

Outcome<Message, ParseError> parse(ByteView message) {
  Reader in{message};
  const auto type = in.u8();
  if (!in.ok()) return ParseError::truncated;
  if (type == message_type_open) return parse_open(in);
  if (type == message_type_ack) return Message{Ack{}};
  return ParseError::unknown_message_type;
}

Bytes serialize(const Open& open) {
  Bytes message;
  message.reserve(12 + open.label.size() + open.protocol.size());
  Writer out{message};
  out.u8(message_type_open);
  out.u8(channel_type(open));
  out.u16(open.priority);
  out.u32(open.max_retransmits.value_or(open.max_packet_life_time.value_or(0)));
  out.u16(static_cast<std::uint16_t>(open.label.size()));
  out.u16(static_cast<std::uint16_t>(open.protocol.size()));
  out.bytes(as_bytes(open.label));
  out.bytes(as_bytes(open.protocol));
  return message;
}

Bytes serialize(const Ack&) { return {std::byte{message_type_ack}}; }

}  // namespace sluice::dcep
