#pragma once
// Gatherer: asks STUN servers how they see our sockets.   RFC 8445 §5.1.1.2, RFC 8489
//
// A server that does not answer is given up after at most 10 s; nothing else ever waits for it. Of several addresses
// the next is asked when one is silent for a while. Servers are not authenticated: an answer counts if it comes from an
// address asked, on the socket that asked.
#include <span>

#include "base/fifo.hpp"
#include "base/random.hpp"
#include "base/transmit_queue.hpp"
#include "ice/events.hpp"
#include "stun/message.hpp"
#include "stun/transaction.hpp"
#include "stun/transaction_mark.hpp"

namespace sluice::ice {

inline constexpr Duration gathering_limit = std::chrono::seconds{10};  // for servers that do not answer

inline constexpr Duration address_patience = std::chrono::seconds{1};  // with a silent one, if the server has others

/// Those that a socket of this address reaches: of its family, and loopback only from loopback.
std::vector<Endpoint> reachable(const IpAddress& local, std::span<const Endpoint> servers);

class Gatherer {
 public:
  struct Discovered {
    SocketId socket{};
    Endpoint mapped{};
    std::string url{};
    Endpoint server{};
  };
  using Output = std::variant<Discovered, GatheringFailed, ResolveNeeded>;

  Gatherer(std::vector<IceServer>, Random&, const std::optional<stun::TransactionMark>& = {});

  void start(TimePoint now, std::span<const LocalSocket>);
  /// Later sockets ask the same servers, within the same time.
  void add(TimePoint now, std::span<const LocalSocket>);
  void withdraw(std::span<const SocketId>);
  void handle_located(TimePoint now, const ResolveNeeded&, std::span<const Endpoint>);
  /// Whether the message answers one of our requests.
  bool handle_response(const Path&, const stun::Message&);
  void handle_timeout(TimePoint now);

  void poll_transmit(TransmitQueue&);
  std::optional<Output> poll();
  bool done() const noexcept;
  TimePoint next_timeout() const noexcept;

 private:
  enum class Phase : std::uint8_t { resolving, asking, finished };

  struct Server {
    IceServer configured{};
    Phase phase = Phase::resolving;
    bool answered = false;           // or its silence has been told
    std::vector<Endpoint> places{};  // once resolved
  };
  struct Request {
    std::size_t server = 0;
    Path path{};
    Bytes message{};
    stun::TransactionId id{};
    std::optional<stun::Transaction> transaction{};  // none: not sent yet
    std::vector<Endpoint> others{};                  // of the server, not asked yet
    TimePoint yields_at = never;                     // to them
  };

  void ask(TimePoint now, Server&, std::vector<Endpoint> places);
  void ask(Server&, std::span<const LocalSocket>);
  void ask(std::size_t server, SocketId, std::span<const Endpoint>);
  void ask_others(TimePoint now);
  void send_next(TimePoint now);
  void handle_error(Server&, SocketId, const stun::Message&);
  void settle();

  std::vector<Server> servers_{};
  Random* random_;
  std::optional<stun::TransactionMark> transaction_mark_;
  std::vector<LocalSocket> sockets_{};
  std::vector<Request> requests_{};
  Fifo<Output, 0> outputs_{};
  TransmitQueue outbox_{};
  TimePoint next_slot_{};
  TimePoint deadline_ = never;
};

}  // namespace sluice::ice
