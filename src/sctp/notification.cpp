#include "sctp/notification.hpp"

#include <usrsctp.h>

#include <algorithm>
#include <cstring>

#include "base/reader.hpp"

namespace sluice::sctp {
namespace {

// usrsctp's structures, by value; its flexible array members follow in `bytes`.
template <class T>
[[nodiscard]] bool read_head(ByteView bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  return true;
}

std::string printable(ByteView text) {
  constexpr std::size_t longest = 256;
  std::string result{as_text(text.first(std::min(text.size(), longest)))};
  std::ranges::replace_if(
      result, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return result;
}

// The reason in the peer's ABORT, RFC 9260 §3.3.7, §3.3.10.12; the guard has seen that it is well-formed.
std::string abort_reason(ByteView chunk) {
  Reader in{chunk};
  in.skip(4);  // type, flags, length
  in.skip(2);  // cause code
  const auto length = in.u16();
  if (length < 4) return {};
  const auto text = in.bytes(length - 4U);
  return in.ok() ? printable(text) : std::string{};
}

std::optional<Notification> parse_association_change(ByteView bytes) {
  sctp_assoc_change change{};
  if (!read_head(bytes, change)) return std::nullopt;
  switch (change.sac_state) {
    case SCTP_COMM_UP:
      return CommunicationUp{change.sac_inbound_streams, change.sac_outbound_streams};
    case SCTP_COMM_LOST:
      return CommunicationLost{change.sac_error, abort_reason(bytes.subspan(sizeof(sctp_assoc_change)))};
    case SCTP_CANT_STR_ASSOC:
      return CommunicationLost{change.sac_error, "the association could not be set up"};
    case SCTP_RESTART:
      return Restarted{};
    case SCTP_SHUTDOWN_COMP:
      return ShutdownComplete{};
    default:
      return std::nullopt;
  }
}

// A reset that the peer denied or could not perform counts as done: nothing more will come of it.
std::optional<Notification> parse_stream_reset(ByteView bytes) {
  sctp_stream_reset_event event{};
  if (!read_head(bytes, event)) return std::nullopt;
  StreamsReset result{};
  if ((event.strreset_flags & SCTP_STREAM_RESET_OUTGOING_SSN) != 0) {
    result.side = StreamsReset::Side::outgoing;
  } else if ((event.strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) != 0) {
    return std::nullopt;  // we never ask the peer to reset its side
  }
  const auto list = bytes.subspan(sizeof(sctp_stream_reset_event));
  for (auto rest = list; rest.size() >= 2; rest = rest.subspan(2)) {
    std::uint16_t stream = 0;
    std::memcpy(&stream, rest.data(), sizeof stream);
    result.streams.push_back(StreamId{stream});
  }
  return result;
}

}  // namespace

std::optional<Notification> parse_notification(ByteView bytes) {
  std::uint16_t type{};
  if (!read_head(bytes, type)) return std::nullopt;
  switch (type) {
    case SCTP_ASSOC_CHANGE:
      return parse_association_change(bytes);
    case SCTP_STREAM_RESET_EVENT:
      return parse_stream_reset(bytes);
    case SCTP_SHUTDOWN_EVENT:
      return PeerShutsDown{};
    case SCTP_PARTIAL_DELIVERY_EVENT: {
      sctp_pdapi_event event{};
      if (!read_head(bytes, event)) return std::nullopt;
      return PartialDeliveryAborted{StreamId{static_cast<std::uint16_t>(event.pdapi_stream)}};
    }
    default:
      return std::nullopt;
  }
}

}  // namespace sluice::sctp
