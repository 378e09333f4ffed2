#include "sctp/association.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "sctp/crc32c.hpp"

namespace sluice::sctp {
namespace {

using namespace std::chrono_literals;

constexpr auto shutdown_limit = 10s;  // what is queued goes first, and that may be much
constexpr std::size_t most_early_packets = 8;
constexpr std::size_t smallest_packet = 12 + 4;  // RFC 9260 §3: common header and one chunk
constexpr std::size_t largest_packet = 65536;
constexpr std::uint16_t user_initiated_abort = 12;  // RFC 9260 §3.3.10.12

void write_destination_port(MutableBytes packet, std::uint16_t port) {
  packet[2] = static_cast<std::byte>(port >> 8);
  packet[3] = static_cast<std::byte>(port & 0xff);
}

}  // namespace

Association::Association(Stack& stack, AssociationOptions options)
    : stack_{&stack},
      options_{options},
      guard_{{.local = options.port, .remote = options.remote_port}},
      sending_{socket_, SendWindow{options.send_buffer, options.first_window}, options.congestion_control},
      path_mtu_{options.max_packet, options.largest_packet},
      packet_limit_{options.max_packet},
      reassembly_{options.max_message},
      outbound_streams_{options.streams} {
  attachment_.wire_port = options.port;
  if (stack.attach(attachment_)) socket_.open(options);
}

// First unknown to the callbacks, so that none can come; then gone.
Association::~Association() {
  stack_->detach(attachment_);
  socket_.close();
  stack_->release_port(attachment_);
}

void Association::handle_packet(TimePoint now, MutableBytes packet) {
  now_ = now;
  ++counters_.packets_received;
  if (packet.size() < smallest_packet || packet.size() > largest_packet || !unseal(packet) || !socket_.is_open()) {
    ++counters_.packets_refused;
    return;
  }
  if (state_ == State::idle || state_ == State::prepared) {  // usrsctp would answer an INIT with an ABORT
    if (early_.size() < most_early_packets) early_.emplace_back(packet.begin(), packet.end());
    return;
  }
  input(now, packet);
  proceed();
  assert(consistent());
}

void Association::input(TimePoint now, MutableBytes packet) {
  const auto verdict = guard_.inspect(packet);
  const auto probes = guard_.take_probes();
  counters_.chunks_neutralised = guard_.neutralised();
  if (verdict == Verdict::drop) {
    ++counters_.packets_refused;
    return;
  }
  if (set_up_) handle(probes);
  write_destination_port(packet, attachment_.internal_port);
  const auto sack = outline(packet).acknowledgement;
  attachment_.departure = sending_.departure(now);
  socket_.input(packet);
  if (sack) sending_.handle_acknowledged(now, *sack);
  if (set_up_ || !socket_.established()) return;
  set_up_ = true;
  guard_.handle_established();
}

void Association::handle_wake(TimePoint now) {
  now_ = now;
  stack_->collect(attachment_);
  if (std::exchange(attachment_.repeated, false)) {
    path_mtu_.handle_retransmission_timeout();
    sending_.handle_retransmission_timeout();
  }
  attachment_.readable = true;
  if (socket_.is_open()) sending_.look();
  proceed();
  assert(consistent());
}

void Association::handle_timeout(TimePoint now) {
  now_ = now;
  events_.trim();
  if (set_up_ && socket_.is_open() && socket_.bytes_in_send_buffer() == 0) recent_.release();
  path_mtu_.handle_timeout(now);
  follow_path_mtu();
  if (now < deadline_) return;
  fail(user_initiated_abort, "the peer did not finish the shutdown in time");
  assert(consistent());
}

void Association::connect(TimePoint now) {
  now_ = now;
  if (state_ != State::idle) return;
  if (!socket_.is_open()) return fail(0, "no SCTP endpoint could be made: memory or ports are exhausted");
  state_ = State::connecting;
  socket_.connect(options_.remote_port);
  for (auto& packet : std::exchange(early_, {})) input(now, packet);
  proceed();
  assert(consistent());
}

SendResult Association::send(TimePoint now, StreamId stream, Ppid ppid, ByteView message, const SendOptions& options) {
  assert(!message.empty());  // RFC 8831 §6.6: an empty message has a PPID of its own and one byte
  now_ = now;
  if (!open() || raw(stream) >= outbound_streams_) return SendResult::gone;
  if (resets_.concerns(stream)) {
    blocked_by_reset_ = true;
    return SendResult::blocked;
  }
  attachment_.departure = sending_.departure(now);
  return sending_.send({stream, ppid, options}, message, guard_.interleaving());
}

void Association::reset(TimePoint, std::span<const StreamId> streams) {
  if (!open()) return;
  for (const auto stream : streams) {
    if (raw(stream) < outbound_streams_) resets_.want(stream);
  }
  proceed();
  assert(consistent());
}

void Association::shutdown(TimePoint now) {
  switch (state_) {
    case State::idle:
    case State::prepared:
    case State::connecting:
      socket_.close();
      end(State::closed, Closed{});
      break;
    case State::connected:
      state_ = State::shutting_down;
      deadline_ = now + shutdown_limit;
      proceed();
      break;
    case State::shutting_down:
    case State::closed:
    case State::aborted:
      break;
  }
  assert(consistent());
}

void Association::abort() {
  socket_.close();
  if (ended()) return;
  events_.clear();
  writable_ = false;
  state_ = State::aborted;
  deadline_ = never;
  assert(consistent());
}

void Association::repeat_recent() {
  sending_.handle_path_changed();
  const bool handshake = state_ == State::connecting && !set_up_;
  if (socket_.is_open() && !ended() && (handshake || socket_.bytes_in_send_buffer() != 0)) recent_.again();
}

TimePoint Association::next_timeout() const { return std::min(deadline_, path_mtu_.next_timeout()); }

std::optional<Statistics> Association::statistics() const {
  if (!set_up_) return std::nullopt;
  return Statistics{socket_.path_statistics(), socket_.retransmissions(), counters_};
}

// What may have become possible since the last input.
void Association::proceed() {
  if (!socket_.is_open() || ended()) return;
  follow_path_mtu();
  follow_acknowledgements();
  sending_.proceed();
  request_resets();
  shut_when_flushed();
  if (open() && sending_.take_writable(guard_.interleaving())) writable_ = true;
}

// Interleaved messages (RFC 8260) could fill the window without one of them being large enough to be delivered in
// parts. When the window is half full of what we cannot read, parts of any size will do.
void Association::follow_acknowledgements() {
  if (!attachment_.acknowledged) return;
  const auto acknowledged = *std::exchange(attachment_.acknowledged, {});
  guard_.handle_acknowledged(acknowledged.cumulative_tsn);
  if (auto packet = guard_.take_deferred()) {
    write_destination_port(*packet, attachment_.internal_port);
    socket_.input(*packet);
  }
  if (delivers_early_ || attachment_.readable || acknowledged.window > options_.receive_buffer / 2) return;
  delivers_early_ = true;
  socket_.deliver_early();
}

void Association::request_resets() {
  if (!resets_.waiting() || state_ == State::connecting) return;  // the peer may take fewer streams than we asked for
  const auto streams = resets_.ready([&](StreamId stream) { return sending_.concerns(stream); });
  switch (socket_.reset(streams)) {
    case Socket::ResetResult::later:
      break;
    case Socket::ResetResult::accepted:
      resets_.asked(streams);
      break;
    case Socket::ResetResult::unsupported:
      conclude_resets(streams);
      break;
  }
}

void Association::conclude_resets(std::vector<StreamId> streams) {
  resets_.done(streams);
  events_.push_back(OutgoingReset{std::move(streams)});
  if (std::exchange(blocked_by_reset_, false)) writable_ = true;
}

void Association::shut_when_flushed() {
  if (state_ != State::shutting_down || !sending_.empty() || std::exchange(shut_down_, true)) return;
  socket_.shutdown();
}

bool Association::consistent() const {
  switch (state_) {
    case State::idle:
    case State::prepared:
      return sending_.empty() && !set_up_ && deadline_ == never;
    case State::connecting:
    case State::connected:
      return early_.empty() && deadline_ == never && !shut_down_;
    case State::shutting_down:
      return deadline_ != never;
    case State::closed:
      return deadline_ == never;
    case State::aborted:
      return deadline_ == never && !socket_.is_open();
  }
  return false;
}

}  // namespace sluice::sctp
