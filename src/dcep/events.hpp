#pragma once
// What Channels is given and what it tells its owner.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "base/failure.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"

namespace sluice::dcep {

enum class ChannelId : std::uint32_t {};  // ours; a stream id comes later and is reused
enum class State : std::uint8_t { connecting, open, closing, closed };
enum class Kind : std::uint8_t { text, binary };

struct ChannelInit {
  std::string label{};
  std::string protocol{};
  bool ordered = true;
  std::optional<std::uint16_t> max_retransmits{};
  std::optional<std::uint16_t> max_packet_life_time{};  // milliseconds on the wire, RFC 8832 §5.1
  std::uint16_t priority = 256;                         // RFC 8831 §6.4: normal
  bool negotiated = false;
  std::optional<std::uint16_t> id{};  // only with negotiated
};

struct Opened {
  ChannelId channel;
};
struct Announced {
  ChannelId channel;
};  // the peer opened it; it is open already
struct MessageReceived {
  ChannelId channel;
  Kind kind;
  Bytes data;
};
struct BufferedAmountLow {
  ChannelId channel;
};
struct Closing {
  ChannelId channel;
};  // the peer closes it
struct ChannelClosed {
  ChannelId channel;
  std::optional<Failure> error;
  std::uint16_t sctp_cause = 0;
};

using Event = std::variant<Opened, Announced, MessageReceived, BufferedAmountLow, Closing, ChannelClosed>;

// A message on its way to the transport; views into the channel's queue, valid until pop_outgoing().
struct Outgoing {
  StreamId stream{};
  Ppid ppid{};
  ByteView message{};
  bool ordered = true;
  std::optional<std::uint16_t> max_retransmits{};
  std::optional<std::chrono::milliseconds> lifetime{};
};

struct Limits {
  std::size_t channels = 1024;                     // that are not closed
  std::size_t label_and_protocol = 64 * 1024;      // of an OPEN we receive, together
  std::size_t buffered_amount = 16 * 1024 * 1024;  // per channel
};

// Of one channel: messages and bytes of the application, nothing else. W3C webrtc-stats, data-channel
struct Traffic {
  std::uint64_t messages_sent = 0;  // taken for sending
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages_received = 0;  // delivered
  std::uint64_t bytes_received = 0;
};

struct Counters {
  std::uint64_t refused_opens = 0;
  std::uint64_t unknown_ppids = 0;
  std::uint64_t expired_messages = 0;
};

}  // namespace sluice::dcep
