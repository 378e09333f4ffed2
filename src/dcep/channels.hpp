#pragma once
// Channels: the data channels of one connection.   RFC 8832, RFC 8831 §6, W3C §6
//
// Knows ids, states, reliability and the queue of each channel; knows nothing of SCTP but streams and messages.
// What the application queued waits here, not in the transport, so that partial reliability can drop what was never
// sent and buffered_amount is W3C's (it falls when data is handed to the transport).
//
// Not RFC 8831 §6.6: the deprecated partial PPIDs 52 and 54 are not reassembled but count as unknown, and an unknown
// PPID closes its channel: nobody sends them, and unbounded reassembly would be a present to an attacker.
#include <deque>
#include <map>
#include <variant>
#include <vector>

#include "dcep/events.hpp"
#include "dcep/messages.hpp"
#include "dcep/scheduler.hpp"
#include "dcep/streams.hpp"

namespace sluice::dcep {

class Channels {
 public:
  explicit Channels(Limits = {});
  Channels(Channels&&) = default;
  Channels& operator=(Channels&&) = default;

  // inputs
  void handle_role(Side);                                       // known from the answer on: ids are assigned
  void handle_connecting();                                     // SCTP takes messages, though it is not up
  void handle_connected(TimePoint now, std::uint16_t streams);  // SCTP is up with so many streams each way
  void handle_message(TimePoint now, StreamId, Ppid, Bytes message);
  void handle_incoming_reset(TimePoint now, StreamId);
  void handle_outgoing_reset(TimePoint now, StreamId);
  void handle_disconnected(std::optional<Failure>, std::uint16_t sctp_cause);  // every channel ends
  /// Another association will come. The channels of one that was up end; those that still wait go on waiting.
  void handle_new_transport();
  void handle_timeout(TimePoint now);  // messages whose lifetime ended in the queue

  // commands
  Expected<ChannelId> open(TimePoint now, ChannelInit);
  /// Takes a message for sending, or says why not, and how it travels; the result views `data`. If idle(), the owner
  /// may hand it to the transport at once; otherwise, or if the transport blocks, enqueue() keeps a copy in its place.
  Expected<Outgoing> prepare(ChannelId, Kind, ByteView data);
  /// True: nothing of this channel waited, so that the message is perhaps next.
  bool enqueue(TimePoint now, ChannelId, Kind, Bytes data);
  /// Takes a message for a channel that is connecting: it leaves with the packet that carries the OPEN.
  Expected<void> enqueue_early(TimePoint now, ChannelId, Kind, Bytes data);
  void close(ChannelId);  // what is queued goes first. W3C §6.2.4
  void set_buffered_amount_low_threshold(ChannelId, std::size_t);
  void set_max_message_size(std::uint64_t);  // of the peer; 0: no limit

  // outputs
  /// What goes to the transport next, fairly among the channels; the same again until pop_outgoing() or
  /// put_back_outgoing().
  std::optional<Outgoing> next_outgoing(TimePoint now);
  void pop_outgoing();
  /// The transport has no room for it. True: another message may go before it, and is next.
  bool put_back_outgoing();
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
  const Traffic& traffic(ChannelId) const;
  const Counters& counters() const noexcept;
  void forget(ChannelId);  // a closed channel nobody asks about any more

 private:
  enum class Transport : std::uint8_t { starting, connecting, up, gone };

  Channel* find(ChannelId);
  const Channel* find(ChannelId) const;
  Channel& add(ChannelInit);

  std::optional<Failure> check(const ChannelInit&) const;
  bool assign_stream(Channel&);
  void announce(Channel&);
  bool keep_early(Channel&);
  std::optional<Failure> too_large(std::size_t size) const;
  std::optional<Failure> too_much(const Channel&, std::size_t size) const;
  void push(TimePoint now, Channel&, Kind, Bytes data);
  void become_open(Channel&);
  bool announced(const Channel&) const;

  void receive_dcep(StreamId, Channel*, ByteView message);
  void receive_open(StreamId, Channel*, const Open&);
  void receive_user_message(Channel&, Kind, Bytes message);
  bool acceptable(StreamId, const Open&) const;
  void refuse(StreamId, Channel*);

  void expire(TimePoint now);
  void removed(const Scheduler::Removed&);
  void lower_buffered_amount(Channel&, std::size_t bytes);
  void close_for_peer(Channel&);
  void reset_when_flushed(Channel&);
  void ask_for_reset(StreamId);
  void handle_reset(StreamId, StreamStep);
  void finish(Channel&, std::optional<Failure> = {}, std::uint16_t sctp_cause = 0);
  bool consistent() const;

  Limits limits_;
  Counters counters_{};
  std::map<ChannelId, Channel> channels_;  // its nodes stay where they are: Streams and Scheduler point to them
  std::size_t not_closed_ = 0;
  Streams streams_;
  Scheduler scheduler_;
  std::optional<Side> side_;
  Transport transport_ = Transport::starting;
  bool replaced_ = false;                   // since the last role
  std::uint64_t max_message_size_ = 65536;  // RFC 8841 §6.1, until a description says otherwise
  std::uint32_t next_key_ = 0;
  std::vector<StreamId> resets_;
  Fifo<Event> events_;
};

}  // namespace sluice::dcep
