#pragma once
// TcpStreams: the TCP connections of ICE, of all generations of one peer connection.   RFC 6544
//
// A connection is a path: of an active socket to a passive candidate of the peer, or of a listening socket to the
// address that somebody has connected from. Whoever that is, it costs little until an authenticated check has come
// through: such connections are limited in number, time and bytes, and carry STUN alone.
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/fifo.hpp"
#include "ice/events.hpp"

namespace sluice::ice {

/// Those of UDP: from there STUN and TURN servers are asked.
std::vector<LocalSocket> datagram_sockets(std::span<const LocalSocket>);

class TcpStreams {
 public:
  using Event = std::variant<TcpNeeded, TcpReleased>;

  static constexpr std::size_t max_connecting = 8;  // others wait for their turn
  static constexpr Duration connect_limit = std::chrono::seconds{10};
  static constexpr std::size_t max_unproven = 16;  // of one listening socket; the oldest gives way to another one
  static constexpr Duration unproven_limit = std::chrono::seconds{10};
  static constexpr std::size_t max_unproven_bytes = 16 * 1024;

  // inputs
  void open(TimePoint now, const TcpNeeded&);
  void handle_connected(const Path&);
  void handle_accepted(TimePoint now, const Path&);
  void handle_closed(TimePoint now, const Path&);
  void handle_timeout(TimePoint now);
  /// False: it is not to be looked at. Of other paths always true.
  bool receive(const Datagram&);
  void prove(const Path&);
  /// Asks the agents of every connection: has a check been authenticated on it, and is it of use?
  template <class Proves, class Keeps>
  void review(TimePoint now, Proves proves, Keeps keeps);

  // outputs
  std::optional<Event> poll_event();
  TimePoint next_timeout() const noexcept;

  // observers
  bool empty() const noexcept { return streams_.empty() && events_.empty(); }
  bool unproven(const Path&) const noexcept;

 private:
  enum class Phase : std::uint8_t { queued, connecting, opened, accepted, proven };  // opened: by us, not proven yet

  struct Stream {
    Phase phase = Phase::queued;
    IpAddress local{};
    std::uint64_t number = 0;  // in order of coming
    TimePoint deadline = never;
    std::size_t received = 0;
  };

  void release(const Path&);
  void start_queued(TimePoint now);
  void make_room(SocketId listener);
  static bool is_unproven(const Stream& stream) noexcept {
    return stream.phase == Phase::opened || stream.phase == Phase::accepted;
  }

  std::map<Path, Stream> streams_{};
  Fifo<Event, 0> events_{};
  std::uint64_t last_number_ = 0;
};

template <class Proves, class Keeps>
void TcpStreams::review(TimePoint now, Proves proves, Keeps keeps) {
  std::vector<Path> useless;
  for (const auto& [path, stream] : streams_) {
    if (is_unproven(stream) && proves(path)) prove(path);
    if (stream.phase != Phase::accepted && !keeps(path)) useless.push_back(path);
  }
  for (const auto& path : useless) release(path);
  start_queued(now);
}

}  // namespace sluice::ice
