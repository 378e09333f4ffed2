#include "sctp/send_queue.hpp"

#include <algorithm>
#include <utility>

namespace sluice::sctp {
namespace {

constexpr std::size_t largest_held = 1024;  // larger ones nearly fill a packet

}  // namespace

SendResult SendQueue::send(const Outgoing& outgoing, ByteView message, bool interleaving) {
  // Without I-DATA usrsctp sends nothing else before the message it has begun: what came in between would take the
  // room that its end needs.
  const bool small = message.size() <= largest_held;
  if (!small) bulk_ = outgoing.stream;
  if (small && saturated_ && bulk_ != outgoing.stream) window_.note_follower(acknowledged_at_);
  if (remainder_ && (!interleaving || remainder_->outgoing.stream == outgoing.stream)) return block(message.size());
  if (small) {
    if (!release(false)) return block(message.size());
    held_outgoing_ = outgoing;
    held_.assign(message.begin(), message.end());
    holding_ = true;
    return SendResult::sent;
  }
  if (!release(false)) return block(message.size());
  cork(false);
  if (message.size() > largest_whole()) return send_in_pieces(outgoing, message);
  if (!has_room(message.size())) return block(message.size());
  const auto sent = socket_->send(outgoing, message);
  if (sent) {
    count(message.size());
    return SendResult::sent;
  }
  switch (sent.error()) {
    case Socket::Refusal::full:
      return block(message.size());
    case Socket::Refusal::too_large:
      return SendResult::too_large;
    case Socket::Refusal::gone:
      return SendResult::gone;
  }
  return SendResult::gone;
}

void SendQueue::flush() {
  release(true);
  saturated_ = blocked_ != unblocked || remainder_;
}

// False if there is no room for the held message, which must stay before those that follow.
bool SendQueue::release(bool last) {
  if (!holding_) return true;
  if (!has_room(held_.size())) return false;
  cork(!last);
  const auto sent = socket_->send(held_outgoing_, held_);
  if (!sent && sent.error() == Socket::Refusal::full) return false;
  if (sent) count(held_.size());
  holding_ = false;
  return true;
}

// Only while more follows: RFC 8831 §6.6 wants no Nagle.
void SendQueue::cork(bool corked) {
  if (std::exchange(corked_, corked) != corked) socket_->set_no_delay(!corked);
}

SendResult SendQueue::block(std::size_t size) {
  blocked_ = std::min(blocked_, size);
  return SendResult::blocked;
}

// A message near the size of the window would hardly ever find room for all of itself.
SendResult SendQueue::send_in_pieces(const Outgoing& outgoing, ByteView message) {
  if (remainder_) return block(message.size());
  const auto taken = hand_over(outgoing, message);
  if (!taken) return SendResult::gone;
  if (*taken == 0) return block(message.size());
  const auto rest = message.subspan(*taken);
  if (!rest.empty()) remainder_.emplace(Remainder{outgoing, {rest.begin(), rest.end()}, 0});
  return SendResult::sent;
}

// As much as there is room for; nothing if the message cannot be continued.
std::optional<std::size_t> SendQueue::hand_over(const Outgoing& outgoing, ByteView rest) {
  std::size_t taken = 0;
  while (taken < rest.size()) {
    const auto size = std::min(rest.size() - taken, piece());
    if (!has_room(size)) break;
    const auto last = taken + size == rest.size();
    const auto sent = socket_->send_piece(outgoing, rest.subspan(taken, size), last);
    if (!sent && sent.error() == Socket::Refusal::full) break;
    if (!sent) return std::nullopt;
    taken += *sent;
    count(*sent);
    if (*sent < size) break;
  }
  return taken;
}

void SendQueue::proceed() {
  release(true);
  if (!remainder_) return;
  const auto rest = ByteView{remainder_->message}.subspan(remainder_->sent);
  if (room() < std::min(rest.size(), piece())) return;
  const auto taken = hand_over(remainder_->outgoing, rest);
  if (taken && *taken < rest.size()) {
    remainder_->sent += *taken;
    return;
  }
  remainder_.reset();  // all of it, or the message was abandoned (RFC 3758), or the association is gone
}

bool SendQueue::take_writable(bool interleaving) {
  if (blocked_ == unblocked || holding_) return false;
  if (remainder_ && !interleaving) return false;
  if (room() < std::min(blocked_, largest_whole())) return false;
  blocked_ = unblocked;
  return true;
}

bool SendQueue::concerns(StreamId stream) const noexcept {
  return (holding_ && held_outgoing_.stream == stream) || (remainder_ && remainder_->outgoing.stream == stream);
}

void SendQueue::clear() {
  holding_ = false;
  remainder_.reset();
  blocked_ = unblocked;
}

void SendQueue::handle_acknowledged(TimePoint now, const Acknowledgement& sack) {
  look();
  note_arrived(sack);
  acknowledged_at_ = now;
  const auto sent = socket_->sent(sack.highest_tsn);
  if (sent.timed) window_.handle_acknowledged(now, *sent.timed, delivered_);
  control_congestion(sack, sent);
}

void SendQueue::note_arrived(const Acknowledgement& sack) {
  const auto advance = arrived_.cumulative_tsn ? sack.cumulative_tsn - *arrived_.cumulative_tsn : 0;
  if (advance > std::numeric_limits<std::int32_t>::max()) return;  // an old one, RFC 1982
  const auto released = taken_ - inside_;
  if (advance > 0) {
    const auto chunk = static_cast<double>(released - arrived_.released) / advance;
    arrived_.chunk += (chunk - arrived_.chunk) / (arrived_.chunk == 0 ? 1 : 8);
    arrived_.beyond = 0;
  }
  arrived_.cumulative_tsn = sack.cumulative_tsn;
  arrived_.released = released;
  arrived_.beyond = std::max(arrived_.beyond, sack.beyond);
  arrived_.reported = std::min(static_cast<std::size_t>(arrived_.chunk * arrived_.beyond), inside_);
  delivered_ = std::max(delivered_, released + arrived_.reported);
}

// usrsctp halves its window for every loss, and then adds a packet in each round trip. What the path carries is known
// better here: after a loss by chance its window is ours again, and after congestion ours is what leaves no queue.
void SendQueue::control_congestion(const Acknowledgement& sack, const Socket::Sent& sent) {
  if (control_ == CongestionControl::loss_based) return;
  const auto newest = sent.newest_tsn.value_or(sack.cumulative_tsn);
  const auto cause = losses_.handle_acknowledged({sack.cumulative_tsn, newest, sent.repeated, window_.queue()});
  if (!cause) return;
  if (*cause == LossEpisode::Cause::congestion) {
    window_.handle_congestion();
    if (window_.size() == SendWindow::least) return;  // more than a slow path carries
  }
  socket_->raise_congestion_window(window_.size());
}

void SendQueue::handle_retransmission_timeout() {
  if (!arrived_.cumulative_tsn) return;
  if (const auto newest = socket_->newest_tsn()) losses_.handle_retransmission_timeout(*newest);
}

Departure SendQueue::departure(TimePoint now) const noexcept {
  return {.time = now, .delivered = delivered_, .delivered_at = acknowledged_at_, .busy = saturated_};
}

std::size_t SendQueue::room() const noexcept {
  const auto in_flight = inside_ - std::min(arrived_.reported, inside_);
  return std::min(window_.size() - std::min(in_flight, window_.size()),
                  window_.most() - std::min(inside_, window_.most()));
}

// Asked of usrsctp only when it matters: what we know is never too little.
bool SendQueue::has_room(std::size_t size) {
  if (size > room()) look();
  return size <= room();
}

void SendQueue::count(std::size_t bytes) noexcept {
  taken_ += bytes;
  inside_ += bytes;
}

void SendQueue::look() { inside_ = std::min(socket_->bytes_in_send_buffer(), inside_); }

}  // namespace sluice::sctp
