#include "dcep/channels.hpp"

#include <algorithm>
#include <cassert>

#include "dcep/utf8.hpp"

namespace sluice::dcep {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_text = 65535;   // of a label or protocol, RFC 8832 §5.1
constexpr std::uint16_t reserved_id = 65535;  // RFC 8832 §6
constexpr std::byte empty_message[] = {{}};   // SCTP has no empty messages: PPIDs 56, 57. RFC 8831 §6.6

Ppid ppid_of(Kind kind, ByteView data) {
  if (kind == Kind::text) return data.empty() ? Ppid::string_empty : Ppid::string;
  return data.empty() ? Ppid::binary_empty : Ppid::binary;
}

std::optional<milliseconds> lifetime_of(const Channel& channel) {
  if (!channel.init.max_packet_life_time) return std::nullopt;
  return std::max(milliseconds{1}, milliseconds{*channel.init.max_packet_life_time});  // 0 would mean for ever
}

Outgoing outgoing(const Channel& channel, Ppid ppid, ByteView data, std::optional<milliseconds> lifetime) {
  if (ppid == Ppid::dcep) return {.stream = *channel.stream, .ppid = ppid, .message = data};  // reliable, RFC 8832 §6
  return {.stream = *channel.stream,
          .ppid = ppid,
          .message = data.empty() ? ByteView{empty_message} : data,
          .ordered = channel.init.ordered || !channel.answered,  // RFC 8832 §6: nothing may overtake the OPEN
          .max_retransmits = channel.init.max_retransmits,
          .lifetime = lifetime};
}

bool fits(StreamId stream, Side side) { return (raw(stream) % 2 == 1) == (side == Side::odd); }

}  // namespace

Channels::Channels(Limits limits) : limits_{limits} {}

// W3C: an id never changes. But the final answer may come from another device than the provisional one, with the other
// role; nothing of the channel has been said to that one.
void Channels::handle_role(Side side) {
  side_ = side;
  const bool may_change = std::exchange(replaced_, false);
  for (auto& [key, channel] : channels_) {
    if (channel.state != State::connecting || channel.init.negotiated) continue;
    if (channel.stream && (!may_change || fits(*channel.stream, side))) continue;
    if (channel.stream) streams_.release(*channel.stream);
    assign_stream(channel);
  }
  assert(consistent());
}

// Without a role no channel has a stream yet that could carry its OPEN, or what it has queued.
void Channels::handle_connecting() {
  if (transport_ != Transport::starting || !side_) return;
  transport_ = Transport::connecting;
  for (auto& [key, channel] : channels_) announce(channel);
  assert(consistent());
}

void Channels::handle_connected(TimePoint, std::uint16_t streams) {
  handle_connecting();
  if (transport_ > Transport::connecting) return;
  transport_ = Transport::up;
  streams_.limit(std::min(streams, reserved_id));
  for (auto& [key, channel] : channels_) {
    if (channel.state == State::closed) continue;
    if (channel.stream && !streams_.exists(*channel.stream)) {
      streams_.release(*channel.stream);
      finish(channel, Failure{Reason::data_channel_failed, "The peer supports fewer channels: use a lower id."});
    } else if (channel.state == State::connecting && (channel.stream || assign_stream(channel))) {
      become_open(channel);
    }
  }
  assert(consistent());
}

void Channels::handle_disconnected(std::optional<Failure> error, std::uint16_t sctp_cause) {
  transport_ = Transport::gone;
  resets_.clear();
  for (auto& [key, channel] : channels_) {
    if (channel.state != State::closed) finish(channel, error, sctp_cause);
  }
  assert(consistent());
}

void Channels::handle_timeout(TimePoint now) {
  events_.trim();
  expire(now);
}

Expected<ChannelId> Channels::open(TimePoint, ChannelInit init) {
  init.label = valid_utf8(as_bytes(init.label));
  init.protocol = valid_utf8(as_bytes(init.protocol));
  if (!init.negotiated) init.id.reset();
  if (auto failure = check(init)) return *std::move(failure);
  auto& channel = add(std::move(init));
  if (channel.init.negotiated) {
    channel.stream = static_cast<StreamId>(*channel.init.id);
    channel.answered = true;  // without DCEP there is no OPEN to overtake
    streams_.take(*channel.stream, &channel);
  } else if (side_ || transport_ == Transport::up) {
    assign_stream(channel);
  }
  if (transport_ == Transport::up && channel.stream) become_open(channel);
  assert(consistent());
  return channel.key;
}

// W3C createDataChannel(), in its order.
std::optional<Failure> Channels::check(const ChannelInit& init) const {
  if (transport_ == Transport::gone) return Failure{Reason::closed, "The connection is closed: make a new one."};
  if (init.label.size() > longest_text) return Failure{Reason::bad_argument, "Shorten the label to 65535 bytes."};
  if (init.protocol.size() > longest_text) return Failure{Reason::bad_argument, "Shorten the protocol to 65535 bytes."};
  if (init.negotiated && !init.id) return Failure{Reason::bad_argument, "Give a negotiated channel its id."};
  if (init.max_packet_life_time && init.max_retransmits) {
    return Failure{Reason::bad_argument, "Set max_packet_life_time or max_retransmits, not both."};
  }
  if (init.id == reserved_id) return Failure{Reason::bad_argument, "Choose an id below 65535."};
  if (not_closed_ >= limits_.channels) return Failure{Reason::too_many, "Close a channel before opening another."};
  if (init.id) {
    const auto stream = static_cast<StreamId>(*init.id);
    if (streams_.find(stream).state != StreamState::unused) {
      return Failure{Reason::id_in_use, "Choose an id that no other channel has."};
    }
    if (!streams_.exists(stream)) return Failure{Reason::no_free_id, "Choose an id below the number of channels."};
  } else if (side_ && !streams_.lowest_unused(*side_)) {
    return Failure{Reason::no_free_id, "Close a channel before opening another."};
  }
  return std::nullopt;
}

Channel& Channels::add(ChannelInit init) {
  const ChannelId key{next_key_++};
  auto& channel = channels_[key];
  channel.key = key;
  channel.init = std::move(init);
  ++not_closed_;
  return channel;
}

bool Channels::assign_stream(Channel& channel) {
  const auto stream = side_ ? streams_.lowest_unused(*side_) : std::nullopt;
  if (!stream) {
    finish(channel, Failure{Reason::data_channel_failed, "No stream id is left for this channel."});
    return false;
  }
  channel.stream = *stream;
  streams_.take(*stream, &channel);
  announce(channel);
  return channel.state == State::connecting;
}

// W3C §6.1.3.3: as soon as the transport is, without waiting for the ACK.
void Channels::become_open(Channel& channel) {
  channel.state = State::open;
  events_.push_back(Opened{channel.key});
}

Expected<Outgoing> Channels::prepare(ChannelId key, Kind kind, ByteView data) {
  auto* const channel = find(key);
  if (!channel || channel->state == State::closing || channel->state == State::closed) {
    return Failure{Reason::closed, "The channel is closed: open a new one."};
  }
  if (channel->state == State::connecting) return Failure{Reason::not_open, "Wait until the channel is open."};
  if (auto failure = too_much(*channel, data.size())) return *std::move(failure);
  ++channel->traffic.messages_sent;
  channel->traffic.bytes_sent += data.size();
  return outgoing(*channel, ppid_of(kind, data), data, lifetime_of(*channel));
}

bool Channels::enqueue(TimePoint now, ChannelId key, Kind kind, Bytes data) {
  auto* const channel = find(key);
  if (!channel || channel->state != State::open) return false;
  push(now, *channel, kind, std::move(data));
  return channel->queue.size() == 1;
}

void Channels::push(TimePoint now, Channel& channel, Kind kind, Bytes data) {
  const auto lifetime = lifetime_of(channel);
  const auto ppid = ppid_of(kind, data);
  channel.buffered_amount += data.size();
  scheduler_.push(channel, {.ppid = ppid, .expiry = lifetime ? now + *lifetime : never, .data = std::move(data)});
}

std::optional<Failure> Channels::too_large(std::size_t size) const {
  if (max_message_size_ == 0 || size <= max_message_size_) return std::nullopt;
  return Failure{Reason::message_too_large, "Send messages of at most the peer's max-message-size."};
}

std::optional<Failure> Channels::too_much(const Channel& channel, std::size_t size) const {
  if (auto failure = too_large(size)) return failure;
  if (size > limits_.buffered_amount - std::min(channel.buffered_amount, limits_.buffered_amount)) {
    return Failure{Reason::send_queue_full, "Wait until buffered_amount has fallen."};
  }
  return std::nullopt;
}

void Channels::set_buffered_amount_low_threshold(ChannelId key, std::size_t threshold) {
  if (auto* const channel = find(key)) channel->buffered_amount_low_threshold = threshold;
}

void Channels::set_max_message_size(std::uint64_t size) { max_message_size_ = size; }

std::optional<Outgoing> Channels::next_outgoing(TimePoint now) {
  if (transport_ == Transport::starting || transport_ == Transport::gone) return std::nullopt;
  expire(now);
  const auto* const channel = scheduler_.next();
  if (!channel) return std::nullopt;
  const auto& message = channel->queue.front();
  std::optional<milliseconds> lifetime;
  if (message.expiry != never)
    lifetime = std::max(milliseconds{1}, std::chrono::ceil<milliseconds>(message.expiry - now));
  return outgoing(*channel, message.ppid, message.data, lifetime);
}

void Channels::pop_outgoing() {
  if (const auto taken = scheduler_.take()) removed(*taken);
  assert(consistent());
}

bool Channels::put_back_outgoing() { return scheduler_.put_back(); }

void Channels::expire(TimePoint now) {
  while (const auto dropped = scheduler_.drop_expired(now)) {
    ++counters_.expired_messages;
    removed(*dropped);
  }
  assert(consistent());
}

void Channels::removed(const Scheduler::Removed& message) {
  lower_buffered_amount(*message.channel, message.bytes);
  reset_when_flushed(*message.channel);
}

void Channels::lower_buffered_amount(Channel& channel, std::size_t bytes) {
  const auto before = channel.buffered_amount;
  const auto threshold = channel.buffered_amount_low_threshold;
  assert(bytes <= before);
  channel.buffered_amount -= bytes;
  if (before > threshold && channel.buffered_amount <= threshold && channel.state != State::closed) {
    events_.push_back(BufferedAmountLow{channel.key});
  }
}

std::vector<StreamId> Channels::poll_resets() { return std::exchange(resets_, {}); }

std::optional<Event> Channels::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop_front();
}

TimePoint Channels::next_timeout() const { return scheduler_.next_expiry(); }

bool Channels::idle() const { return scheduler_.empty(); }

State Channels::state(ChannelId key) const {
  const auto* const channel = find(key);
  return channel ? channel->state : State::closed;
}

std::optional<std::uint16_t> Channels::id(ChannelId key) const {
  const auto* const channel = find(key);
  if (!channel || !channel->stream) return std::nullopt;
  return raw(*channel->stream);
}

const ChannelInit& Channels::init(ChannelId key) const {
  static const ChannelInit nothing;
  const auto* const channel = find(key);
  return channel ? channel->init : nothing;
}

std::size_t Channels::buffered_amount(ChannelId key) const {
  const auto* const channel = find(key);
  return channel ? channel->buffered_amount : 0;
}

const Traffic& Channels::traffic(ChannelId key) const {
  static const Traffic nothing;
  const auto* const channel = find(key);
  return channel ? channel->traffic : nothing;
}

const Counters& Channels::counters() const noexcept { return counters_; }

void Channels::forget(ChannelId key) {
  const auto found = channels_.find(key);
  if (found == channels_.end() || found->second.state != State::closed) return;
  scheduler_.withdraw(found->second);
  channels_.erase(found);
  assert(consistent());
}

Channel* Channels::find(ChannelId key) {
  const auto found = channels_.find(key);
  return found == channels_.end() ? nullptr : &found->second;
}

const Channel* Channels::find(ChannelId key) const {
  const auto found = channels_.find(key);
  return found == channels_.end() ? nullptr : &found->second;
}

bool Channels::consistent() const {
  constexpr std::size_t most_looked_at = 1024;  // or tens of thousands of channels take tens of thousands of looks each
  if (channels_.size() > most_looked_at) return true;
  const auto alive = std::ranges::count_if(channels_, [](const auto& c) { return c.second.state != State::closed; });
  return static_cast<std::size_t>(alive) == not_closed_ && std::ranges::all_of(channels_, [&](const auto& entry) {
           const auto& channel = entry.second;
           const bool bound = channel.stream && streams_.find(*channel.stream).channel == &channel;
           switch (channel.state) {
             case State::connecting:
               return (transport_ == Transport::starting || (transport_ == Transport::connecting && channel.stream)) &&
                      bound == channel.stream.has_value();
             case State::open:
               return transport_ == Transport::up && bound;
             case State::closing:
               return (transport_ == Transport::connecting || transport_ == Transport::up) && bound;
             case State::closed:
               return !bound && channel.queue.size() <= 1;
           }
           return false;
         });
}

}  // namespace sluice::dcep
