#pragma once
// TurnClient: one allocation on one TURN server.   RFC 8656, 8489 §9.2
//
// One five-tuple, one allocation: what comes on its path and is TURN belongs here. A peer gets a permission when
// something is sent to it, and a channel when that is data; while the channel is being bound, data travels in
// indications. What comes from an address that has neither is dropped, whatever the server says.
#include <deque>
#include <string>
#include <variant>

#include "base/random.hpp"
#include "base/transmit_queue.hpp"
#include "ice/events.hpp"
#include "ice/turn_peers.hpp"
#include "stun/long_term.hpp"
#include "stun/message.hpp"
#include "stun/transaction.hpp"

namespace sluice::ice {

class TurnClient {
 public:
  enum class Families : std::uint8_t { v4, both };  // RFC 8656 §5: of the relayed addresses
  struct Options {
    Path server{};
    Families families = Families::v4;
    bool reliable = false;  // a stream: nothing is sent again, RFC 8489 §6.2.2
    std::string username{};
    std::string password{};
  };
  struct Allocated {
    std::vector<Endpoint> relayed;  // one of each family at most
    Endpoint mapped;                // of our socket, as the server sees it
  };
  struct Confirmed {};  // after confirm(): it still exists
  struct Redirect {     // RFC 8489 §10
    Endpoint server{};
    std::string domain{};  // for its certificate; empty: the same as before
  };
  struct Ended {  // was not granted, or is gone; final
    unsigned code;
    std::string reason;
    std::optional<Redirect> redirect{};
  };
  using Event = std::variant<Allocated, Confirmed, Ended>;

  // Why a datagram went no further.
  struct Counters {
    std::uint64_t unauthenticated = 0;
    std::uint64_t unexpected = 0;  // from the server: no answer to us, or of a peer that has no permission
    std::uint64_t refused = 0;     // of ours: to a peer that the server does not permit, or more peers than we allow
  };

  TurnClient(Options, Random&);

  // inputs: of our server's path
  void handle_message(TimePoint now, const stun::Message&);
  void handle_timeout(TimePoint now);
  struct FromPeer {
    Endpoint peer{};
    ByteView data{};
  };
  std::optional<FromPeer> unwrap(const stun::Message& data_indication);
  std::optional<FromPeer> unwrap(ByteView channel_data);

  // commands
  void allocate(TimePoint now);
  void confirm(TimePoint now);
  void close(TimePoint now);  // gives the allocation back; the request is not sent again
  /// What leaves now, in order: what has to be asked for first, then the datagram.
  void send(TimePoint now, const Endpoint& peer, ByteView datagram, TransmitQueue&);

  // outputs
  void poll_transmit(TransmitQueue&);
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  const Path& server() const noexcept { return options_.server; }
  bool allocated() const noexcept { return phase_ == Phase::allocated; }
  const Counters& counters() const noexcept { return counters_; }
  std::size_t pending() const noexcept { return requests_.size(); }
  const TurnPeers& peers() const noexcept { return peers_; }

 private:
  enum class Phase : std::uint8_t { idle, allocating, allocated, ended };

  struct Request {
    stun::Method method{};
    std::optional<Endpoint> peer{};      // of CreatePermission and ChannelBind
    std::uint16_t channel = 0;           // of ChannelBind
    std::optional<Duration> lifetime{};  // of Refresh
    unsigned challenges = 0;             // answered
    bool is_signed = false;
    stun::TransactionId id{};
    Bytes message{};
    std::optional<stun::Transaction> transaction{};
  };

  void send_by_channel(std::uint16_t number, ByteView datagram, TransmitQueue&);
  void start(TimePoint now, Request);
  Bytes compose(const Request&) const;
  void handle_success(TimePoint now, const Request&, const stun::Message&);
  void handle_allocated(TimePoint now, const stun::Message&);
  void handle_refusal(TimePoint now, const Request&, const stun::ErrorCode&);
  std::optional<Redirect> redirect(const stun::Message&) const;
  void handle_silence(const Request&);
  void refresh(TimePoint now);
  void schedule_refresh(TimePoint now, std::uint32_t lifetime);
  void ask(TimePoint now, TurnPeers::Permission&);
  void ask(TimePoint now, TurnPeers::Channel&);
  void end(unsigned code, std::string reason, std::optional<Redirect> = {});
  bool awaits(stun::Method) const noexcept;
  bool relays(const IpAddress&) const noexcept;

  Options options_;
  Random* random_;
  stun::LongTerm credentials_;
  Phase phase_ = Phase::idle;
  bool confirming_ = false;
  std::vector<Request> requests_{};
  std::vector<IpAddress::Family> families_{};  // that have a relayed address
  TurnPeers peers_{};
  TimePoint refresh_at_ = never;
  TransmitQueue outbox_{};
  std::deque<Event> events_{};
  Counters counters_{};
};

/// Whether the first byte says so: RFC 8656 §12.6 of the path of a TURN server, RFC 7983 §7.
inline bool is_channel_data(ByteView datagram) noexcept {
  return !datagram.empty() && std::to_integer<unsigned>(datagram.front()) >= 64 &&
         std::to_integer<unsigned>(datagram.front()) <= 79;
}

}  // namespace sluice::ice
