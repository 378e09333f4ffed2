// The receiving half of Association: from usrsctp's read queue to events, one step per poll.
#include <utility>

#include "base/overloaded.hpp"
#include "sctp/association.hpp"
#include "sctp/notification.hpp"

namespace sluice::sctp {
namespace {

constexpr std::uint16_t protocol_violation = 13;  // RFC 9260 §3.3.10.13

}  // namespace

std::optional<Event> Association::poll_event(bool read_messages) {
  const auto anything = [&] { return !events_.empty() || writable_; };
  while (read_messages && !anything() && attachment_.readable && socket_.is_open() && !ended()) read();
  if (!events_.empty()) return events_.pop_front();
  if (std::exchange(writable_, false)) return Writable{};
  return std::nullopt;
}

void Association::read() {
  const auto buffer = reassembly_.buffer();
  const auto part = socket_.receive(buffer);
  if (!part) {
    attachment_.readable = false;
    return confirm();
  }
  switch (part->kind) {
    case Part::Kind::notification:
      notification_.insert(notification_.end(), buffer.begin(),
                           buffer.begin() + static_cast<std::ptrdiff_t>(part->size));
      if (part->last) handle_notification();
      break;
    case Part::Kind::data:
      confirm();
      receive(*part);
      break;
    case Part::Kind::end:
      attachment_.readable = false;
      confirm();
      end(State::aborted, Aborted{0, "the association ended"});
      break;
  }
}

void Association::receive(const Part& part) {
  auto message = reassembly_.add(part);
  if (!message) {
    switch (message.error()) {
      case Reassembly::Overflow::message:
        return fail(protocol_violation, "a message exceeds our max-message-size");
      case Reassembly::Overflow::total:
        return fail(protocol_violation, "too much of unfinished messages");
    }
  }
  if (!*message) return;
  if (part.size == (*message)->message.size()) {
    events_.push_back(*std::move(*message));
  } else {
    unconfirmed_ = std::move(*message);
  }
}

// When FORWARD TSN (RFC 3758) ends a message of which parts were delivered, usrsctp marks what is left as its end,
// and only the notification behind it tells.
void Association::confirm() {
  if (unconfirmed_) events_.push_back(*std::exchange(unconfirmed_, {}));
}

void Association::handle_notification() {
  const auto notification = parse_notification(std::exchange(notification_, {}));
  if (!notification) return confirm();
  if (const auto* aborted = std::get_if<PartialDeliveryAborted>(&*notification)) {
    if (unconfirmed_ && unconfirmed_->stream == aborted->stream) unconfirmed_.reset();
    reassembly_.drop(aborted->stream);
    return confirm();
  }
  confirm();
  std::visit(overloaded{
                 [&](const CommunicationUp& up) { handle(up); },
                 [&](const CommunicationLost& lost) {
                   end(State::aborted, Aborted{lost.cause, lost.reason});
                 },
                 [&](const Restarted&) { fail(protocol_violation, "the peer restarted the association"); },
                 [&](const ShutdownComplete&) { end(State::closed, Closed{}); },
                 [&](const PeerShutsDown&) {},  // usrsctp sends what it has, and answers
                 [&](const StreamsReset& reset) { handle(reset); },
                 [&](const PartialDeliveryAborted&) {},
             },
             *notification);
}

void Association::handle(const CommunicationUp& up) {
  if (state_ != State::connecting) return;
  state_ = State::connected;
  set_up_ = true;
  guard_.handle_established();
  inbound_streams_ = up.inbound_streams;
  outbound_streams_ = up.outbound_streams;
  socket_.acknowledge_by_round_trip();
  events_.push_back(Connected{up.inbound_streams, up.outbound_streams});
  if (auto beyond = resets_.beyond(outbound_streams_); !beyond.empty()) conclude_resets(std::move(beyond));
  proceed();
}

void Association::handle(StreamsReset reset) {
  if (reset.streams.empty()) {  // RFC 6525 §4.1: no list, all streams
    for (std::uint16_t stream = 0; stream < inbound_streams_; ++stream) reset.streams.push_back(StreamId{stream});
  }
  switch (reset.side) {
    case StreamsReset::Side::incoming:
      events_.push_back(IncomingReset{std::move(reset.streams)});
      break;
    case StreamsReset::Side::outgoing:
      conclude_resets(std::move(reset.streams));
      proceed();
      break;
  }
}

void Association::fail(std::uint16_t cause, std::string reason) {
  end(State::aborted, Aborted{cause, std::move(reason)});
}

// RFC 9260 §9. After a shutdown the socket stays: usrsctp answers a repeated SHUTDOWN ACK with it.
void Association::end(State state, Event event) {
  state_ = state;
  deadline_ = never;
  sending_.clear();
  writable_ = false;
  if (state == State::aborted) socket_.close();
  events_.push_back(std::move(event));
}

}  // namespace sluice::sctp
