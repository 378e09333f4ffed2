// What the peer sends, and the closing of channels.   RFC 8832 §6, RFC 8831 §6.6 and §6.7
#include <algorithm>
#include <cassert>
#include <limits>

#include "base/overloaded.hpp"
#include "dcep/channels.hpp"

namespace sluice::dcep {
namespace {

std::optional<std::uint16_t> clamped(const std::optional<std::uint32_t>& parameter) {
  if (!parameter) return std::nullopt;
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(*parameter, std::numeric_limits<std::uint16_t>::max()));
}

ChannelInit init_of(const Open& open) {
  return {.label = open.label,
          .protocol = open.protocol,
          .ordered = open.ordered,
          .max_retransmits = clamped(open.max_retransmits),
          .max_packet_life_time = clamped(open.max_packet_life_time),
          .priority = open.priority};
}

}  // namespace

void Channels::handle_message(TimePoint, StreamId stream, Ppid ppid, Bytes message) {
  if (transport_ != Transport::up || !streams_.exists(stream)) return;
  // A peer sends again on a stream it has reset only after it saw our reset: the confirmation is merely late.
  if (streams_.find(stream).state == StreamState::awaiting_reset) handle_reset(stream, StreamStep::outgoing_reset);
  const auto [state, channel] = streams_.find(stream);
  if (state != StreamState::unused && !channel) return;  // refused before; its reset is under way

  switch (ppid) {
    case Ppid::dcep:
      receive_dcep(stream, channel, message);
      break;
    case Ppid::string:
    case Ppid::binary:
      if (!channel) return refuse(stream, channel);
      receive_user_message(*channel, ppid == Ppid::string ? Kind::text : Kind::binary, std::move(message));
      break;
    case Ppid::string_empty:
    case Ppid::binary_empty:
      if (!channel) return refuse(stream, channel);
      receive_user_message(*channel, ppid == Ppid::string_empty ? Kind::text : Kind::binary, {});
      break;
    case Ppid::string_partial:
    case Ppid::binary_partial:
    default:  // any number may come
      ++counters_.unknown_ppids;
      refuse(stream, channel);
      break;
  }
}

void Channels::receive_user_message(Channel& channel, Kind kind, Bytes message) {
  channel.answered = true;
  if (channel.state != State::open) return;
  ++channel.traffic.messages_received;
  channel.traffic.bytes_received += message.size();
  events_.push_back(MessageReceived{channel.key, kind, std::move(message)});
}

void Channels::receive_dcep(StreamId stream, Channel* channel, ByteView bytes) {
  const auto message = parse(bytes);
  if (!message) {
    ++counters_.refused_opens;
    return refuse(stream, channel);
  }
  std::visit(overloaded{[&](const Open& open) { receive_open(stream, channel, open); },
                        [&](const Ack&) {
                          if (channel) channel->answered = true;
                        }},
             *message);
}

void Channels::receive_open(StreamId stream, Channel* in_use, const Open& open) {
  if (in_use || !acceptable(stream, open)) {
    ++counters_.refused_opens;
    return refuse(stream, in_use);
  }
  auto& channel = add(init_of(open));
  channel.state = State::open;
  channel.stream = stream;
  channel.answered = true;
  streams_.take(stream, &channel);
  scheduler_.push(channel, {.ppid = Ppid::dcep, .data = serialize(Ack{})});
  events_.push_back(Announced{channel.key});
  assert(consistent());
}

bool Channels::acceptable(StreamId stream, const Open& open) const {
  const auto side = raw(stream) % 2 == 0 ? Side::even : Side::odd;
  return side_ && *side_ != side && not_closed_ < limits_.channels &&
         open.label.size() + open.protocol.size() <= limits_.label_and_protocol;
}

// RFC 8832 §6: the stream is reset, no ACK is sent, and a channel that had the stream is closed.
void Channels::refuse(StreamId stream, Channel* channel) {
  if (channel) return close_for_peer(*channel);
  streams_.take(stream, nullptr);
  ask_for_reset(stream);
}

// W3C §6.2.4
void Channels::close(ChannelId key) {
  auto* const channel = find(key);
  if (!channel || channel->state == State::closing || channel->state == State::closed) return;
  if (channel->state == State::connecting && !announced(*channel)) {
    if (channel->stream) streams_.release(*channel->stream);
    finish(*channel);
  } else {
    channel->state = State::closing;
    reset_when_flushed(*channel);
  }
  assert(consistent());
}

// What is still queued nobody would read.
void Channels::close_for_peer(Channel& channel) {
  if (channel.state == State::open) {
    channel.state = State::closing;
    events_.push_back(Closing{channel.key});
  }
  scheduler_.discard(channel);
  reset_when_flushed(channel);
  assert(consistent());
}

void Channels::reset_when_flushed(Channel& channel) {
  if (channel.state == State::closing && channel.queue.empty()) ask_for_reset(*channel.stream);
}

void Channels::ask_for_reset(StreamId stream) {
  if (streams_.advance(stream, StreamStep::reset_asked)) resets_.push_back(stream);
}

void Channels::handle_incoming_reset(TimePoint, StreamId stream) { handle_reset(stream, StreamStep::incoming_reset); }

void Channels::handle_outgoing_reset(TimePoint, StreamId stream) { handle_reset(stream, StreamStep::outgoing_reset); }

void Channels::handle_reset(StreamId stream, StreamStep step) {
  auto* const channel = streams_.find(stream).channel;
  if (!streams_.advance(stream, step) || !channel) return;
  if (streams_.find(stream).state == StreamState::unused) {
    finish(*channel);
  } else if (step == StreamStep::incoming_reset) {
    close_for_peer(*channel);
  }
  assert(consistent());
}

void Channels::finish(Channel& channel, std::optional<Failure> error, std::uint16_t sctp_cause) {
  if (channel.stream && streams_.find(*channel.stream).channel == &channel) streams_.release(*channel.stream);
  scheduler_.discard(channel);
  channel.state = State::closed;
  --not_closed_;
  events_.push_back(ChannelClosed{channel.key, std::move(error), sctp_cause});
}

}  // namespace sluice::dcep
