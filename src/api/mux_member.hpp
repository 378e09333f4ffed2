#pragma once
// MuxMember: one connection as a UdpMux sees it.   MuxLink: a UdpMux as one of its connections sees it.
//
// A member belongs to two strands. The mux reads its id and strand, which never change, and counts the bytes that are
// on their way to it; all else is of the connection's strand. Neither owns the other: the mux owns members until they
// leave, a connection owns its link and by that the mux.
#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>
#include <memory>
#include <string>
#include <vector>

#include "api/backlog.hpp"
#include "ice/events.hpp"
#include "net/udp_socket.hpp"
#include "peer/mux_table.hpp"
#include "sluice/udp_mux.hpp"

namespace sluice::api {

class Driver;
class MuxShard;

inline constexpr std::uint16_t first_mux_socket = 0x2000;  // SocketId; below ice::first_stream

class MuxMember : public std::enable_shared_from_this<MuxMember> {
 public:
  using Strand = asio::strand<asio::any_io_executor>;

  // A socket of the mux, to send on.
  struct Outlet {
    net::UdpSender sender;
    Endpoint local{};
    Backlog backlog{};
  };

  MuxMember(peer::MemberId id, Strand strand) : id_{id}, strand_{std::move(strand)} {}

  // The mux's strands.
  peer::MemberId id() const noexcept { return id_; }
  const Strand& strand() const noexcept { return strand_; }
  std::shared_ptr<Driver> driver() const noexcept { return driver_.lock(); }
  /// Nothing more than `max_waiting` bytes at once, so that a busy connection costs the others nothing.
  bool reserve(std::size_t bytes) noexcept;
  void release(std::size_t bytes) noexcept { waiting_.fetch_sub(bytes, std::memory_order_relaxed); }
  /// Tells the connection, by post, which sockets there are; none: the mux is closed.
  void attach(std::weak_ptr<MuxShard>, std::vector<Outlet>);
  void lose();
  void handle_writable(SocketId);

  // The connection's strand.
  void set_driver(std::weak_ptr<Driver> driver) noexcept { driver_ = std::move(driver); }
  const std::vector<Outlet>& outlets() const noexcept { return outlets_; }
  void send(const TransmitQueue&);
  void drop_outlets() noexcept { outlets_.clear(); }
  /// Whether it has got something that has not been settled; if it lives on the strand of a shard.
  bool exchange_fed(bool fed) noexcept { return std::exchange(fed_, fed); }

 private:
  static constexpr std::size_t max_waiting = 1024 * 1024;

  const peer::MemberId id_;
  const Strand strand_;
  std::atomic<std::size_t> waiting_ = 0;
  std::weak_ptr<Driver> driver_{};  // set before it joins
  std::weak_ptr<MuxShard> home_{};
  std::vector<Outlet> outlets_{};
  bool fed_ = false;
};

class MuxLink {
 public:
  MuxLink(std::shared_ptr<UdpMux::Impl>, peer::MemberId, MuxMember::Strand);

  MuxMember& member() noexcept { return *member_; }
  /// Asks for the sockets, on which Driver::handle_mux_sockets() follows. Several questions get one answer.
  void join(std::weak_ptr<Driver>);
  void joined() noexcept { joining_ = false; }
  /// Instead of those before; empty ones are none.
  void set_ufrags(const std::array<std::string_view, 3>&);
  void leave();

 private:
  std::shared_ptr<UdpMux::Impl> mux_;
  std::shared_ptr<MuxMember> member_;
  std::array<std::string, 3> ufrags_{};
  bool joining_ = false;
  bool member_of_ = false;
};

}  // namespace sluice::api
