#pragma once
// Relays: the TURN allocations of a connection, as sockets of their own.   RFC 8656, RFC 8445 §5.1.1.2
//
// An allocation belongs to a local socket and a server, not to a generation of ICE: as the socket does, it outlives a
// restart, which asks the server whether it still has it. A server over TCP or TLS is asked on a stream of its own,
// which has a SocketId from first_stream on. A relayed address has a SocketId from first_relay on; what
// is sent on a path with such an id passes forward(), what comes from a server passes receive().
//
// A server may send us to another port of its own, and to another host if the configuration says so (RFC 8489 §10):
// that one is shown the user name and proofs of the password.
#include <memory>
#include <span>

#include "base/fifo.hpp"
#include "ice/turn_client.hpp"

namespace sluice::ice {

inline constexpr std::uint16_t first_stream = 0x4000;
inline constexpr std::uint16_t first_relay = 0x8000;
constexpr bool is_relay(SocketId id) noexcept { return raw(id) >= first_relay; }

struct RelayLost {
  SocketId socket{};
};
struct RelaysGathered {};  // every server has answered or has been given up

class Relays {
 public:
  using Event = std::variant<RelayedSocket, RelayLost, RelaysGathered, GatheringFailed, ResolveNeeded, StreamNeeded,
                             StreamReleased>;

  static constexpr std::size_t max_allocations = 32;
  static constexpr std::size_t max_redirections = 3;  // ours: of one allocation

  explicit Relays(Random& random) : random_{&random} {}

  // inputs
  enum class Origin : std::uint8_t { elsewhere, server, peer };
  struct Received {
    Origin origin = Origin::elsewhere;  // not of a TURN server
    Datagram datagram{};                // of a peer
  };
  Received receive(TimePoint now, const Datagram&);
  void handle_located(TimePoint now, const ResolveNeeded&, std::span<const Endpoint>);
  void handle_stream_connected(TimePoint now, SocketId);
  void handle_stream_closed(TimePoint now, SocketId, std::string_view reason);
  void handle_timeout(TimePoint now);

  // commands
  /// One allocation for each socket and server. Those there are already are told again, once confirmed.
  void gather(TimePoint now, std::span<const IceServer>, std::span<const LocalSocket>);
  /// Later sockets ask the same servers, if the gathering is not over.
  void add(TimePoint now, std::span<const LocalSocket>);
  /// The allocations that were asked for on these are lost; their servers forget them in time.
  void withdraw(TimePoint now, std::span<const SocketId>);
  /// Nobody uses what the last gather() did not ask for.
  void release_unwanted(TimePoint now);
  void close();

  // outputs
  /// Those on paths of relays leave through their servers, the others as they are.
  void forward(TimePoint now, const TransmitQueue& from, TransmitQueue& to);
  void poll_transmit(TransmitQueue&);
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  bool empty() const noexcept { return allocations_.empty(); }
  std::size_t size() const noexcept { return allocations_.size(); }
  std::uint64_t dropped() const noexcept { return dropped_; }  // sent on a relay that is gone

 private:
  enum class Phase : std::uint8_t { queued, connecting, asked, live };

  struct Allocation;
  struct Server {
    bool asks(const Allocation&) const;

    IceServer configured{};
    std::vector<Path> tuples{};      // of its allocations
    std::vector<Endpoint> places{};  // once resolved
    bool resolving = true;
    bool settled = false;
    unsigned code = server_unreachable;
    std::string reason{};
    std::optional<Endpoint> local{};  // that was told the reason
  };
  struct Allocation {
    IceServer server{};
    LocalSocket base{};              // or a stream, which has no address that we know
    bool connected = false;          // the stream
    Endpoint asked{};                // of the server's places this one
    std::vector<Endpoint> others{};  // to be tried when that is silent or refuses a stream
    TimePoint yields_at = never;     // to them
    std::vector<Endpoint> redirected_by{};
    std::string domain{};  // in the certificate of whom it was redirected to; empty: the server's
    SocketId id{};         // of the IPv4 address; the next one is of the IPv6 address
    Phase phase = Phase::queued;
    bool wanted = true;
    bool reported = false;  // to the current gathering
    bool over = false;
    std::vector<Endpoint> relayed{};
    Endpoint mapped{};
    TurnClient client;
  };

  void ask(TimePoint now, Server&, std::vector<Endpoint> places);
  void ask_by_datagrams(TimePoint now, Server&, std::span<const LocalSocket>);
  void add(Server&, const LocalSocket& base, std::span<const Endpoint>);
  void ask_by_stream(TimePoint now, Server&);
  void reuse(TimePoint now, Server&, Allocation&);
  void try_next_place(Allocation&);
  bool follow(Allocation&, const TurnClient::Redirect&);
  void retarget(Allocation&, const Endpoint& place);
  void release_stream(const Allocation&);
  void start(TimePoint now, Allocation&);
  void start_next(TimePoint now);
  void advance(TimePoint now);
  bool read_events(Allocation&);
  bool handle_end(Allocation&, const TurnClient::Ended&);
  void report(Allocation&);
  void report_lost(const Allocation&);
  void settle();
  TurnClient make_client(const IceServer&, const LocalSocket&, const Endpoint& server);
  Allocation* find(const LocalSocket& base, std::span<const Endpoint> places);
  Allocation* find_stream(const IceServer&, std::span<const Endpoint> places);
  Allocation* of_stream(SocketId) noexcept;
  SocketId next_stream() noexcept;
  Allocation* of_server(const Path&) noexcept;
  Allocation* of_relay(SocketId) noexcept;
  void drain(Allocation&);

  Random* random_;
  std::vector<Server> servers_{};
  std::vector<LocalSocket> sockets_{};
  std::vector<std::unique_ptr<Allocation>> allocations_{};
  std::uint16_t next_id_ = first_relay;
  std::uint16_t next_stream_ = first_stream;
  TransmitQueue outbox_{};
  Fifo<Event, 0> events_{};
  TimePoint now_{};
  TimePoint next_slot_{};
  TimePoint deadline_ = never;  // of the gathering
  std::uint64_t dropped_ = 0;
};

}  // namespace sluice::ice
