#pragma once
// Crowd: whole connections by the thousand, in virtual time. Each client has an address of its own; their connections
// at the server share one, behind a peer::MuxTable that says whose a datagram is.
//
// What a UdpMux does with its table is done here without its strands and sockets. RFC 8445 §7.3
#include <deque>
#include <functional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "dtls/certificate.hpp"
#include "peer/engine.hpp"
#include "peer/mux_table.hpp"
#include "support/seeded_random.hpp"

namespace sluice::sim {

class Crowd {
 public:
  static constexpr std::size_t path_mtu = 1472;  // UDP payload on Ethernet; what is larger is lost

  Crowd();

  /// Clients come, each with a channel; descriptions reach the other side at once.
  void add(std::uint32_t clients);
  /// From both ends of every connection at once: a message with the connection's number, and the other end's answer.
  void say_something();
  /// These clients' connections close at both ends.
  void close(std::uint32_t first, std::uint32_t count);
  /// False: it was not done within this virtual time.
  bool run_until(const std::function<bool()>& done, Duration limit);
  void run_for(Duration);

  /// Reads what anybody may send to the server; it belongs to nobody.
  peer::MuxTable::Route strange(const Path& from, ByteView datagram) { return table_.route(now(), {from, datagram}); }

  // observers
  std::uint32_t open() const noexcept { return open_; }            // channels, both ends counted
  std::uint32_t connected() const;                                 // ends that are
  std::uint32_t answers() const noexcept { return answers_; }      // to what was said last
  std::uint64_t misled() const noexcept { return misled_; }        // datagrams of clients that nobody got
  std::uint64_t misplaced() const noexcept { return misplaced_; }  // messages that another connection should have got
  const peer::MuxTable& table() const noexcept { return table_; }

 private:
  struct End {
    End(peer::EngineOptions options, Random& random) : engine{std::move(options), sctp::Stack::instance(), random} {}
    peer::Engine engine;
    std::optional<peer::ChannelId> channel{};
    std::optional<sctp::AssociationId> association{};
    TimePoint due = never;  // as the queue of timers has it
  };
  struct Packet {
    TimePoint due{};
    Endpoint from{};
    Endpoint to{};
    Bytes bytes{};
  };
  using Timer = std::pair<TimePoint, std::uint32_t>;

  static TimePoint now();
  void introduce(std::uint32_t client);
  void drain(std::uint32_t index);
  void send(std::uint32_t index);
  void handle(std::uint32_t index, peer::Event);
  void handle_text(std::uint32_t index, std::string_view text);
  void tell(End&, std::string text);
  void deliver(const Packet&);
  void deliver_to_server(const Path&, ByteView);
  void schedule(std::uint32_t index);
  void note_association(std::uint32_t index);
  void step(TimePoint);
  void run_timers();
  TimePoint next() const;

  test::SeededRandom random_{};
  dtls::Certificate certificate_;  // of everybody: making one costs more than a handshake
  stun::MarkKey key_{std::byte{9}};
  peer::MuxTable table_{{.key = key_, .seed = 3, .unknown_per_second = 10}};
  std::deque<End> ends_{};  // of the client and of the server, in turns
  std::deque<Packet> wire_{};
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_{};
  TimePoint next_tick_;
  std::unordered_map<sctp::AssociationId, std::uint32_t> associations_{};
  TransmitQueue queue_{};
  std::uint32_t round_ = 0;  // of what they say
  std::uint32_t open_ = 0;
  std::uint32_t answers_ = 0;
  std::uint64_t misled_ = 0;
  std::uint64_t misplaced_ = 0;
};

}  // namespace sluice::sim
