#include "sctp/chunks.hpp"

#include <algorithm>
#include <optional>

#include "base/reader.hpp"

namespace sluice::sctp {
namespace {

// A type-length-value element: a parameter (RFC 9260 §3.2.1) or an error cause (§3.3.10).
struct Element {
  std::size_t offset;  // of its type
  std::uint16_t type;
  ByteView value;
};

constexpr std::size_t element_header = 4;

// The next element of `in`, which reads `whole`. The length counts the header, and not the padding to 4 bytes, which
// the last element may lack.
std::optional<Element> next_element(Reader& in, ByteView whole) {
  Element element{whole.size() - in.remaining(), in.u16(), {}};
  const auto length = in.u16();
  if (length < element_header) return std::nullopt;
  element.value = in.bytes(length - element_header);
  in.skip(std::min<std::size_t>(-length & 3U, in.remaining()));
  if (!in.ok()) return std::nullopt;
  return element;
}

void overwrite(MutableBytes bytes, std::size_t offset, std::uint16_t value) {
  bytes[offset] = static_cast<std::byte>(value >> 8);
  bytes[offset + 1] = static_cast<std::byte>(value & 0xff);
}

bool is_data(ByteView value) {  // RFC 9260 §3.3.1: TSN, stream, sequence number, PPID; at least one byte follows
  return value.size() > 12;
}

bool is_i_data(ByteView value) {  // RFC 8260 §2.1: as DATA, with a MID of four bytes and a reserved field
  return value.size() > 16;
}

bool is_sack(ByteView value) {  // RFC 9260 §3.3.4
  Reader in{value};
  in.skip(8);  // cumulative TSN ack, a_rwnd
  const auto gap_blocks = in.u16();
  const auto duplicates = in.u16();
  for (unsigned i = 0; i < gap_blocks && in.ok(); ++i) {
    const auto start = in.u16();
    const auto end = in.u16();
    if (start == 0 || start > end) return false;
  }
  in.skip(std::size_t{4} * duplicates);
  return in.ok() && in.remaining() == 0;
}

bool is_heartbeat(ByteView value) {  // RFC 9260 §3.3.5: one Heartbeat Info parameter, which is sent back
  constexpr std::uint16_t heartbeat_info = 1;
  constexpr std::size_t longest = 1024;
  Reader in{value};
  const auto info = next_element(in, value);
  return info && info->type == heartbeat_info && in.remaining() == 0 && value.size() <= longest;
}

bool is_list_of_causes(ByteView value) {  // RFC 9260 §3.3.7, §3.3.10
  Reader in{value};
  while (in.remaining() != 0) {
    if (!next_element(in, value)) return false;
  }
  return true;
}

constexpr std::uint16_t outgoing_reset_request = 13;

// RFC 6525 §4. An SSN/TSN reset (15) is not among them: data channels never use it.
bool is_reconfiguration_parameter(const Element& parameter) {
  const auto size = parameter.value.size();
  switch (parameter.type) {
    case outgoing_reset_request:
      return size >= 12 && size % 2 == 0;  // §4.1 outgoing SSN reset request
    case 14:
      return size >= 4 && size % 2 == 0;  // §4.2 incoming SSN reset request
    case 16:
      return size == 8 || size == 16;  // §4.4 response
    case 17:                           // §4.5 add outgoing streams
    case 18:
      return size == 8;  // §4.6 add incoming streams
    default:
      return false;
  }
}

bool is_re_config(ByteView value) {  // RFC 6525 §3.1: one or two parameters
  Reader in{value};
  std::size_t count = 0;
  while (in.remaining() != 0) {
    const auto parameter = next_element(in, value);
    if (!parameter || !is_reconfiguration_parameter(*parameter)) return false;
    ++count;
  }
  return count == 1 || count == 2;
}

bool is_forward_tsn(ByteView value) {  // RFC 3758 §3.2: new cumulative TSN, then stream and sequence number
  return value.size() >= 4 && value.size() % 4 == 0;
}

bool is_i_forward_tsn(ByteView value) {  // RFC 8260 §2.3.1: entries of eight bytes
  return value.size() >= 4 && value.size() % 8 == 4;
}

// RFC 9260 §3.3.2.1, §3.3.3.1; 3758 §3.1; 5061 §4.2.7. Everything else becomes padding, RFC 4820 §4.
constexpr std::uint16_t state_cookie = 7;
constexpr std::uint16_t unrecognized_parameter = 8;
constexpr std::uint16_t padding = 0x8005;
constexpr std::uint16_t supported_extensions = 0x8008;
constexpr std::uint16_t forward_tsn_supported = 0xc000;

bool is_wanted(ChunkType chunk, std::uint16_t parameter) {
  switch (parameter) {
    case supported_extensions:
    case forward_tsn_supported:
    case padding:
      return true;
    case state_cookie:
    case unrecognized_parameter:
      return chunk == ChunkType::init_ack;
    default:
      return false;
  }
}

void inspect_extensions(MutableBytes list, InitParameters& result) {
  for (auto& octet : list) {
    switch (ChunkType{std::to_integer<std::uint8_t>(octet)}) {
      case ChunkType::i_data:
        result.interleaving = true;
        break;
      case ChunkType::re_config:
      case ChunkType::forward_tsn:
      case ChunkType::i_forward_tsn:
      case ChunkType::pad:
        break;
      default:
        octet = static_cast<std::byte>(ChunkType::pad);
        ++result.neutralised;
        break;
    }
  }
}

Acknowledgement acknowledgement(Reader& in) {
  Acknowledgement sack{};
  sack.cumulative_tsn = in.u32();
  sack.window = in.u32();
  const auto gaps = in.u16();
  in.skip(2);  // number of duplicates
  std::uint32_t highest = 0;
  for (unsigned i = 0; i != gaps && in.ok(); ++i) {
    const std::uint32_t first = in.u16();
    const std::uint32_t last = in.u16();
    if (first > last) continue;
    sack.beyond += last - first + 1;
    highest = std::max(highest, last);
  }
  sack.highest_tsn = sack.cumulative_tsn + highest;
  sack.beyond = std::min(sack.beyond, highest);  // the peer may repeat itself
  return sack;
}

}  // namespace

bool well_formed(ChunkType type, ByteView value) {
  switch (type) {
    case ChunkType::data:
      return is_data(value);
    case ChunkType::i_data:
      return is_i_data(value);
    case ChunkType::sack:
      return is_sack(value);
    case ChunkType::heartbeat:
    case ChunkType::heartbeat_ack:
      return is_heartbeat(value);
    case ChunkType::abort:
    case ChunkType::error:
      return is_list_of_causes(value);
    case ChunkType::shutdown:
      return value.size() == 4;
    case ChunkType::shutdown_ack:
    case ChunkType::shutdown_complete:
    case ChunkType::cookie_ack:
      return value.empty();
    case ChunkType::cookie_echo:
      return value.size() >= 4;
    case ChunkType::re_config:
      return is_re_config(value);
    case ChunkType::forward_tsn:
      return is_forward_tsn(value);
    case ChunkType::i_forward_tsn:
      return is_i_forward_tsn(value);
    default:
      return true;
  }
}

std::size_t blank_causes(MutableBytes value) {
  constexpr std::uint16_t colliding_state = 0x00b0;  // draft-ietf-tsvwg-natsupp; usrsctp acts on both
  constexpr std::uint16_t missing_state = 0x00b1;
  constexpr std::uint16_t user_initiated_abort = 12;  // RFC 9260 §3.3.10.12
  std::size_t count = 0;
  Reader in{value};
  while (in.remaining() != 0) {
    const auto cause = next_element(in, value);
    if (!cause) break;
    if (cause->type != colliding_state && cause->type != missing_state) continue;
    overwrite(value, cause->offset, user_initiated_abort);
    ++count;
  }
  return count;
}

InitParameters inspect_init(ChunkType type, MutableBytes value) {
  InitParameters result;
  Reader in{value};
  const auto initiate_tag = in.u32();
  in.skip(4);  // a_rwnd
  const auto outbound_streams = in.u16();
  const auto inbound_streams = in.u16();
  result.initial_tsn = in.u32();
  if (!in.ok() || initiate_tag == 0 || outbound_streams == 0 || inbound_streams == 0) return result;
  std::size_t cookies = 0;
  while (in.remaining() != 0) {
    const auto parameter = next_element(in, value);
    if (!parameter) return result;
    if (parameter->type == state_cookie) ++cookies;
    if (parameter->type == supported_extensions) {
      inspect_extensions(value.subspan(parameter->offset + element_header, parameter->value.size()), result);
    } else if (!is_wanted(type, parameter->type)) {
      overwrite(value, parameter->offset, padding);
      ++result.neutralised;
    }
  }
  result.well_formed = type == ChunkType::init || cookies == 1;  // RFC 9260 §3.3.3: the cookie is mandatory
  return result;
}

std::optional<ByteView> first_chunk(ChunkType type, ByteView packet) {
  Reader in{packet};
  in.skip(12);  // common header
  const auto chunk = packet.subspan(std::min<std::size_t>(12, packet.size()));
  const ChunkType found{in.u8()};
  in.skip(1);  // flags
  const auto length = in.u16();
  if (!in.ok() || found != type || length < element_header || length > chunk.size()) return std::nullopt;
  return chunk.first(length);
}

ByteView state_cookie_of(ByteView value) {
  Reader in{value};
  in.skip(16);  // initiate tag, a_rwnd, streams, initial TSN
  while (in.ok() && in.remaining() != 0) {
    const auto parameter = next_element(in, value);
    if (!parameter) break;
    if (parameter->type == state_cookie) return parameter->value;
  }
  return {};
}

std::optional<std::uint32_t> awaited_tsn(ByteView value) {
  Reader in{value};
  while (in.remaining() != 0) {
    const auto parameter = next_element(in, value);
    if (!parameter) break;
    if (parameter->type != outgoing_reset_request) continue;
    Reader request{parameter->value};
    request.skip(8);  // request and response sequence number
    return request.u32();
  }
  return std::nullopt;
}

Outline outline(ByteView packet) {
  Outline result;
  Reader in{packet};
  in.skip(12);  // common header
  while (in.ok() && in.remaining() != 0) {
    const ChunkType type{in.u8()};
    in.skip(1);  // flags
    const auto length = in.u16();
    if (length < element_header) break;
    Reader value{in.bytes(length - element_header)};
    if (type == ChunkType::sack) {
      const auto sack = acknowledgement(value);
      if (value.ok()) result.acknowledgement = sack;
    } else if (type == ChunkType::data || type == ChunkType::i_data) {
      const auto tsn = value.u32();
      if (value.ok()) result.data = {result.data ? result.data->first : tsn, tsn};
    }
    in.skip(std::min<std::size_t>(-length & 3U, in.remaining()));
  }
  return result;
}

}  // namespace sluice::sctp
