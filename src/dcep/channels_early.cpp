// Before a channel is open: its OPEN, and messages that leave with it.   RFC 8832 §6, W3C §6.1.3.3
//
// SCTP takes messages while it is connecting, and they ride with its COOKIE ECHO (RFC 9260 §5.1): one round trip before
// the channel is open. Nothing overtakes the OPEN, since all is ordered until the peer has answered.
#include <algorithm>
#include <cassert>
#include <utility>

#include "dcep/channels.hpp"

namespace sluice::dcep {
namespace {

Open open_message(const ChannelInit& init) {
  Open open{.ordered = init.ordered, .priority = init.priority, .label = init.label, .protocol = init.protocol};
  if (init.max_retransmits) open.max_retransmits = *init.max_retransmits;
  if (init.max_packet_life_time) open.max_packet_life_time = *init.max_packet_life_time;
  return open;
}

bool is_reliable(const ChannelInit& init) { return !init.max_retransmits && !init.max_packet_life_time; }

}  // namespace

Expected<void> Channels::enqueue_early(TimePoint now, ChannelId key, Kind kind, Bytes data) {
  auto* const channel = find(key);
  if (!channel || channel->state != State::connecting) {
    return Failure{Reason::closed, "The channel is closed: open a new one."};
  }
  if (auto failure = too_much(*channel, data.size())) return *std::move(failure);
  ++channel->traffic.messages_sent;
  channel->traffic.bytes_sent += data.size();
  push(now, *channel, kind, std::move(data));
  assert(consistent());
  return {};
}

// The OPEN goes before what the application has queued meanwhile. How much the peer takes is known by now.
void Channels::announce(Channel& channel) {
  const bool possible = transport_ == Transport::connecting || transport_ == Transport::up;
  if (!possible || !channel.stream || channel.state != State::connecting) return;
  auto early = scheduler_.withdraw(channel);
  if (!channel.init.negotiated) {
    scheduler_.push(channel, {.ppid = Ppid::dcep, .data = serialize(open_message(channel.init))});
  }
  while (!early.empty()) {
    auto message = early.pop_front();
    if (const auto failure = too_large(message.data.size())) return finish(channel, failure);
    scheduler_.push(channel, std::move(message));
  }
}

// Whether the peer may have heard of a channel that is still connecting.
bool Channels::announced(const Channel& channel) const {
  return transport_ == Transport::connecting && channel.stream && !channel.init.negotiated;
}

void Channels::handle_new_transport() {
  const bool was_up = transport_ == Transport::up;
  replaced_ = true;
  transport_ = Transport::starting;
  side_.reset();
  resets_.clear();
  streams_ = {};
  for (auto& [key, channel] : channels_) {
    const bool kept = keep_early(channel);
    if (channel.state == State::closed) continue;
    if (was_up || channel.state == State::closing || !kept) {
      finish(channel);
    } else if (channel.stream) {
      streams_.take(*channel.stream, &channel);
    }
  }
  assert(consistent());
}

// What was in hand and the OPEN go: the new association says it again. What only waits goes on waiting. False: the old
// association has taken messages that the new one would have to repeat.
bool Channels::keep_early(Channel& channel) {
  auto early = scheduler_.withdraw(channel);
  std::size_t waiting = 0;
  while (!early.empty()) {
    auto message = early.pop_front();
    if (message.ppid == Ppid::dcep || channel.state != State::connecting) continue;
    scheduler_.push(channel, std::move(message));
    ++waiting;
  }
  return waiting == channel.traffic.messages_sent || !is_reliable(channel.init);
}

}  // namespace sluice::dcep
