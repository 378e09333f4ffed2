#pragma once
// UdpSocket: one bound UDP socket that moves datagrams in batches.
//
// Asio is asked for readiness only; the system calls around it are ours. One sendmmsg takes the whole batch, neighbours
// of equal size and destination as one UDP GSO message; recvmmsg with UDP GRO brings many datagrams per call. Kernel
// refusals of GSO are remembered per socket. Not thread-safe: lives on one strand. Others may send by a UdpSender,
// which is the descriptor alone: the kernel takes datagrams of any thread.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/transmit_queue.hpp"

namespace sluice::net {

enum class Offload { allowed, off };  // segmentation by the kernel
// With other sockets of this user, SO_REUSEPORT: the system spreads the peers. `afterwards`: the port has to be free,
// or address_in_use; then others may share it.
enum class PortSharing { none, from_the_start, afterwards };

struct SocketOptions {
  std::size_t buffer_size = 0;  // for each direction, as far as the system allows it
  std::uint8_t dscp = 0;        // RFC 2474 §3
  PortSharing sharing = PortSharing::none;
};

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_{number} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  int number() const noexcept { return number_; }

 private:
  int number_;
};

/// Sends on a socket that another strand reads. The socket stays open as long as its senders.
class UdpSender {
 public:
  UdpSender(std::shared_ptr<const Descriptor> descriptor, SocketId id) : descriptor_{std::move(descriptor)}, id_{id} {}

  SocketId id() const noexcept { return id_; }
  std::size_t send(const TransmitQueue&, std::size_t from);  // as UdpSocket

 private:
  std::shared_ptr<const Descriptor> descriptor_;
  SocketId id_;
  Offload offload_ = Offload::allowed;
};

class UdpSocket {
 public:
  UdpSocket(boost::asio::any_io_executor, SocketId, Offload = Offload::allowed);
  ~UdpSocket() { close(); }

  /// Binds to the address; port 0 lets the system choose.
  boost::system::error_code open(const Endpoint& local, const SocketOptions&);
  Endpoint local_endpoint() const;
  SocketId id() const noexcept { return id_; }
  void close();
  /// Of the open socket.
  UdpSender sender();

  /// Completes when there is something to read.
  template <class Handler>
  void async_wait_readable(Handler handler) {
    socket_.async_wait(boost::asio::ip::udp::socket::wait_read, std::move(handler));
  }

  /// Completes when a send() that stopped may go on.
  template <class Handler>
  void async_wait_writable(Handler handler) {
    socket_.async_wait(boost::asio::ip::udp::socket::wait_write, std::move(handler));
  }

  /// Reads what is there into `batch`, by one system call for at most `limit` calls' worth of datagrams (each may be
  /// several, joined by the kernel). The views are valid until the next receive() of any socket on this thread.
  /// Returns how many were appended; 0: drained.
  std::size_t receive(std::vector<Datagram>& batch, std::size_t limit);
  /// Whether the last receive() may have left something.
  bool more() const noexcept { return more_; }

  /// Sends those entries of the queue whose path is this socket, starting at `from`, until the socket would block.
  /// Returns the index of the first entry not handled. A datagram the kernel refuses is dropped, as a network would.
  std::size_t send(const TransmitQueue&, std::size_t from);

  bool offloads() const noexcept { return offload_ == Offload::allowed; }

 private:
  boost::asio::ip::udp::socket socket_;
  SocketId id_;
  Offload offload_;
  bool more_ = false;
  std::shared_ptr<const Descriptor> shared_{};  // once there is a sender: then it owns what the socket has open
};

}  // namespace sluice::net
