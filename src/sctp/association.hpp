#pragma once
// Association: one SCTP association over DTLS.   RFC 9260, 8261, 8831, 6525, 3758, 7496
//
// One record in is one packet, one packet out is one record. Messages stay inside usrsctp until poll_event() is
// called, so an owner who stops polling closes the receive window: that is the back-pressure. Reading opens it again,
// which may put a packet out: poll_packet() after poll_event().
#include <optional>
#include <span>

#include "base/fifo.hpp"
#include "sctp/events.hpp"
#include "sctp/guard.hpp"
#include "sctp/notification.hpp"
#include "sctp/options.hpp"
#include "sctp/path_mtu.hpp"
#include "sctp/reassembly.hpp"
#include "sctp/recent_packets.hpp"
#include "sctp/send_queue.hpp"
#include "sctp/socket.hpp"
#include "sctp/stack.hpp"
#include "sctp/statistics.hpp"
#include "sctp/stream_resets.hpp"

namespace sluice::sctp {

class Association {
 public:
  Association(Stack&, AssociationOptions);
  ~Association();  // ABORT if still up; nothing leaves afterwards
  Association(const Association&) = delete;
  Association& operator=(const Association&) = delete;

  // inputs
  void handle_packet(TimePoint now, MutableBytes packet);
  void handle_wake(TimePoint now);     // Stack::advance() named this association
  void handle_timeout(TimePoint now);  // the shutdown limit, and lost probes
  /// Packets leave on another path from now on; larger ones than the base only if it may be probed, and was.
  void handle_path(bool may_be_probed);

  // commands
  void connect(TimePoint now);
  /// draft-hancke-tsvwg-snap: our INIT chunk, for signaling. Then connect() with the peer's brings the association up
  /// at once, without a packet. Empty: no endpoint could be made, as connect() will tell.
  ByteView prepare();
  void connect(TimePoint now, ByteView init_of_peer);
  SendResult send(TimePoint now, StreamId, Ppid, ByteView message, const SendOptions&);  // never an empty message
  void reset(TimePoint now, std::span<const StreamId>);  // outgoing side; data already sent on them goes first
  void shutdown(TimePoint now);                          // graceful; ends in Closed or Aborted
  void abort();                                          // one ABORT, cause 12 (RFC 9260 §3.3.10.12)
  /// The way to the peer is another one: if something waits to be acknowledged, what left last leaves again.
  void repeat_recent();

  // outputs
  /// Packets wait in one reused arena; views are valid until the next call of any other member.
  std::optional<ByteView> poll_packet();
  /// Without `read_messages` only what is known by now: what waits in usrsctp stays there, and the window closed.
  std::optional<Event> poll_event(bool read_messages = true);
  TimePoint next_timeout() const;

  // observers
  AssociationId id() const noexcept { return attachment_.id; }
  bool connected() const noexcept { return state_ == State::connected; }
  bool ended() const noexcept { return state_ == State::closed || state_ == State::aborted; }  // no event follows
  const Counters& counters() const noexcept { return counters_; }
  std::optional<Statistics> statistics() const;  // none before the association was set up

 private:
  enum class State : std::uint8_t {
    idle,        // packets wait for connect()
    prepared,    // and so does usrsctp, for what signaling brings
    connecting,  // messages are taken, and ride behind the COOKIE ECHO
    connected,
    shutting_down,
    closed,   // usrsctp still answers a peer who has not noticed
    aborted,  // or never began
  };

  bool open() const noexcept { return state_ == State::connecting || state_ == State::connected; }
  bool consistent() const;

  void input(TimePoint now, MutableBytes packet);
  bool play_handshake(TimePoint now, ByteView init_of_peer);
  void proceed();
  void follow_acknowledgements();
  void follow_path_mtu();
  std::optional<ByteView> next_packet();
  std::optional<ByteView> next_new_packet();
  std::optional<ByteView> next_probe();
  void request_resets();
  void conclude_resets(std::vector<StreamId>);
  void shut_when_flushed();

  void read();
  void receive(const Part&);
  void handle_notification();
  void confirm();
  void handle(const CommunicationUp&);
  void handle(const Guard::Probes&);
  void handle(StreamsReset);
  void fail(std::uint16_t cause, std::string reason);
  void end(State, Event);

  Stack* stack_;
  AssociationOptions options_;
  Attachment attachment_{};
  Socket socket_{attachment_};
  Guard guard_;
  SendQueue sending_;
  RecentPackets recent_{};
  PathMtu path_mtu_;
  std::size_t packet_limit_;            // as usrsctp knows it
  std::uint32_t verification_tag_ = 0;  // the peer's, as our packets have it
  Outbox parts_{};                      // of a packet that was too large
  TimePoint now_{};
  Counters counters_{};
  State state_ = State::idle;
  std::vector<Bytes> early_{};  // packets that came before connect()
  Bytes init_{};                // our chunk, since prepare()
  Reassembly reassembly_;
  std::optional<Received> unconfirmed_{};  // its parts are complete unless usrsctp takes it back next
  Bytes notification_{};
  StreamResets resets_{};
  bool blocked_by_reset_ = false;
  std::uint16_t inbound_streams_ = 0;
  std::uint16_t outbound_streams_;
  bool set_up_ = false;  // as the packets say; state_ follows when the event is polled
  bool delivers_early_ = false;
  bool shut_down_ = false;      // SHUTDOWN was asked of usrsctp
  TimePoint deadline_ = never;  // of the shutdown
  Fifo<Event> events_{};
  bool writable_ = false;  // an event, which need not be told twice
};

}  // namespace sluice::sctp
