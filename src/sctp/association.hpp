#pragma once
// Association: one SCTP association over DTLS.   RFC 9260, 8261, 8831, 6525, 3758, 7496
//
// One record in is one packet, one packet out is one record. Messages stay inside usrsctp until poll_event() is
// called, so an owner who stops polling closes the receive window: that is the back-pressure.
#include <optional>
#include <span>

#include "sctp/events.hpp"
#include "sctp/stack.hpp"

namespace sluice::sctp {

struct AssociationOptions {
  std::uint16_t streams = 256;           // each way; the memory is paid at set-up
  std::size_t max_packet = 1200 - 37;    // one DTLS record of at most 1200 bytes
  std::size_t max_message = 256 * 1024;  // what we announce as max-message-size; more is an Aborted
  std::size_t send_buffer = 1024 * 1024;
  std::size_t receive_buffer = 1024 * 1024;
  Duration initial_rto = std::chrono::milliseconds{1000};
  std::uint16_t port = 5000;  // a=sctp-port, both ends
  std::uint16_t remote_port = 5000;
};

class Association {
 public:
  Association(Stack&, AssociationOptions);
  ~Association();  // ABORT if still up; nothing leaves afterwards

  // inputs
  void handle_packet(TimePoint now, MutableBytes packet);
  void handle_wake(TimePoint now);     // Stack::advance() named this association
  void handle_timeout(TimePoint now);  // the shutdown limit

  // commands
  void connect(TimePoint now);
  SendResult send(TimePoint now, StreamId, Ppid, ByteView message, const SendOptions&);
  void reset(TimePoint now, std::span<const StreamId>);  // outgoing side; data already sent on them goes first
  void shutdown(TimePoint now);                          // graceful; ends in Closed or Aborted
  void abort();                                          // one ABORT, cause 12 (RFC 9260 §3.3.10.12)

  // outputs
  /// Packets wait in one reused arena; views are valid until the next call of any other member.
  std::optional<ByteView> poll_packet();
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  AssociationId id() const noexcept;
  bool connected() const noexcept;
  const Counters& counters() const noexcept;
};

}  // namespace sluice::sctp
