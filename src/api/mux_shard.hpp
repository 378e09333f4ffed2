#pragma once
// MuxShard: the sockets of a UdpMux that one strand reads, and the table that says whose their datagrams are.
//
// With SO_REUSEPORT there are several of them, equal and independent: every connection joins each, and an address is
// learned by the shard to which the system gives its datagrams. Private members run on the strand.
#include <array>
#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>

#include "api/dispatcher.hpp"
#include "api/event_stream.hpp"
#include "api/mux_member.hpp"

namespace sluice::api {

// Copies for connections on other strands. Any thread takes and gives; what does not fit is freed.
class BatchPool {
 public:
  using Batch = std::unique_ptr<TransmitQueue>;
  BatchPool() = default;
  BatchPool(const BatchPool&) = delete;
  BatchPool& operator=(const BatchPool&) = delete;
  ~BatchPool();
  Batch take();
  void give(Batch);

 private:
  static constexpr std::size_t largest = 128 * 1024;  // bytes in a batch that is kept
  std::array<std::atomic<TransmitQueue*>, 16> slots_{};
};

class MuxShard : public std::enable_shared_from_this<MuxShard> {
 public:
  struct Counters {
    std::atomic<std::uint64_t> connections = 0;
    std::atomic<std::uint64_t> strangers = 0;
    std::atomic<std::uint64_t> unknown_ufrags = 0;
    std::atomic<std::uint64_t> contested = 0;
    std::atomic<std::uint64_t> overflows = 0;
  };

  MuxShard(asio::any_io_executor, const peer::MuxTable::Options&);

  /// Before start(): binds one socket more.
  error_code open(const Endpoint& local, const net::SocketOptions&);
  const std::vector<Endpoint>& locals() const noexcept { return locals_; }
  /// Begins to read. What is unknown is told by `front`.
  void start(const std::shared_ptr<MuxShard>& front);

  // Any thread.
  const MuxMember::Strand& strand() const noexcept { return strand_; }
  const Counters& counters() const noexcept { return counters_; }
  void join(std::shared_ptr<MuxMember>);
  void attach(std::shared_ptr<MuxMember>);  // answers with the sockets
  void set_ufrags(peer::MemberId, std::vector<std::string>);
  void claim(const Path&, peer::MemberId);
  void leave(peer::MemberId);
  void wait_writable(SocketId, std::weak_ptr<MuxMember>);
  void close();

  // The strand.
  EventStream<UnknownUfrag>& unknown_ufrags() noexcept { return unknown_ufrags_; }

 private:
  struct Routed {
    peer::MemberId member{};
    std::uint32_t index = 0;  // in the batch
    bool claims = false;
  };
  struct Socket {
    Socket(const MuxMember::Strand& strand, SocketId id) : udp{strand, id} {}
    net::UdpSocket udp;
    std::vector<std::weak_ptr<MuxMember>> blocked{};  // until it is writable
  };

  void read(Socket&);
  void handle_readable(Socket&, error_code);
  void distribute(TimePoint now);
  void sort_out(TimePoint now);
  void hand_over(const std::shared_ptr<MuxMember>&, std::span<const Datagram>, bool claims);
  void post_to(const std::shared_ptr<MuxMember>&, std::span<const Datagram>, bool claims);
  void settle();
  void tell(const peer::MuxTable::Route&, const Path&);
  void handle_writable(Socket&);
  void finish();
  Socket* find(SocketId) noexcept;

  MuxMember::Strand strand_;
  peer::MuxTable table_;
  std::vector<Endpoint> locals_{};  // by SocketId
  std::vector<std::unique_ptr<Socket>> sockets_{};
  std::unordered_map<peer::MemberId, std::shared_ptr<MuxMember>> members_{};
  Counters counters_{};
  BatchPool pool_{};
  Dispatcher dispatcher_;
  Owners owners_{};
  EventStream<UnknownUfrag> unknown_ufrags_;
  std::weak_ptr<MuxShard> front_{};
  // Of one wake-up, kept for their memory.
  std::vector<Datagram> batch_{};
  std::vector<Routed> routed_{};
  std::vector<Datagram> part_{};
  std::vector<std::shared_ptr<MuxMember>> fed_{};
  bool closed_ = false;
};

}  // namespace sluice::api
