#pragma once
// Channels: the data channels of one connection.   RFC 8832, RFC 8831 §6, W3C §6
//
// Knows ids, states, reliability and the queue of each channel; knows nothing of SCTP but streams and messages.
// What the application queued waits here, not in the transport, so that partial reliability can drop what was never
// sent and buffered_amount is W3C's (it falls when data is handed to the transport).
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"

namespace sluice::dcep {

enum class ChannelId : std::uint32_t {};  // ours; a stream id comes later and is reused
enum class State : std::uint8_t { connecting, open, closing, closed };
enum class Kind : std::uint8_t { text, binary };
enum class Side : std::uint8_t { even, odd };  // DTLS client: even streams, server: odd. RFC 8832 §6

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
  std::size_t channels = 1024;
  std::size_t label_and_protocol = 64 * 1024;      // of an OPEN we receive, together
  std::size_t buffered_amount = 16 * 1024 * 1024;  // per channel
};

struct Counters {
  std::uint64_t refused_opens = 0;
  std::uint64_t unknown_ppids = 0;
  std::uint64_t expired_messages = 0;
};

class Channels {
 public:
  explicit Channels(Limits = {});

  // inputs
  void handle_role(Side);                                       // known from the answer on: ids are assigned
  void handle_connected(TimePoint now, std::uint16_t streams);  // SCTP is up with so many streams each way
  void handle_message(TimePoint now, StreamId, Ppid, Bytes message);
  void handle_incoming_reset(TimePoint now, StreamId);
  void handle_outgoing_reset(TimePoint now, StreamId);
  void handle_disconnected(std::optional<Failure>, std::uint16_t sctp_cause);  // every channel ends
  void handle_timeout(TimePoint now);  // messages whose lifetime ended in the queue

  // commands
  Expected<ChannelId> open(TimePoint now, ChannelInit);
  /// Checks a message and says how it travels; the result views `data`. If idle(), the owner may hand it to the
  /// transport at once; otherwise, or if the transport blocks, enqueue() keeps a copy in its place.
  Expected<Outgoing> prepare(ChannelId, Kind, ByteView data) const;
  void enqueue(TimePoint now, ChannelId, Kind, Bytes data);
  void close(ChannelId);  // what is queued goes first. W3C §6.2.4
  void set_buffered_amount_low_threshold(ChannelId, std::size_t);
  void set_max_message_size(std::uint64_t);  // of the peer; 0: no limit

  // outputs
  /// What goes to the transport next, fairly among the channels; the same again until pop_outgoing().
  std::optional<Outgoing> next_outgoing(TimePoint now);
  void pop_outgoing();
  std::vector<StreamId> poll_resets();  // streams whose outgoing side is to be reset
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  bool idle() const;  // nothing waits in any queue
  // a ChannelId stays valid until forget()
  State state(ChannelId) const;
  std::optional<std::uint16_t> id(ChannelId) const;
  const ChannelInit& init(ChannelId) const;
  std::size_t buffered_amount(ChannelId) const;
  const Counters& counters() const noexcept;
  void forget(ChannelId);  // a closed channel nobody asks about any more
};

}  // namespace sluice::dcep
