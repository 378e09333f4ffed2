#pragma once
// UdpSocket: one bound UDP socket that moves datagrams in batches.
//
// Asio is asked for readiness only; the loops around recvmsg and sendmsg are ours. Sending uses UDP GSO where
// neighbours have equal size and the kernel takes it, else sendmmsg; receiving uses UDP GRO, else single datagrams.
// Kernel refusals (EIO, EINVAL) are remembered per socket. Not thread-safe: lives on one strand.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <functional>
#include <span>

#include "base/transmit_queue.hpp"

namespace sluice::net {

class UdpSocket {
 public:
  UdpSocket(boost::asio::any_io_executor, SocketId);

  /// Binds to the address; port 0 lets the system choose.
  boost::system::error_code open(const Endpoint& local, std::size_t buffer_size);
  Endpoint local_endpoint() const;
  SocketId id() const noexcept;
  void close();

  /// Completes when there is something to read.
  template <class Handler>
  void async_wait_readable(Handler handler) {
    socket_.async_wait(boost::asio::ip::udp::socket::wait_read, std::move(handler));
  }

  /// Reads what is there into `batch` (views into a buffer of this socket, valid until the next call), at most
  /// `limit` datagrams. Returns how many were appended; 0: drained.
  std::size_t receive(std::vector<Datagram>& batch, std::size_t limit);

  /// Sends those entries of the queue whose path is this socket, starting at `from`, until the socket would block.
  /// Returns the index of the first entry not handled. A datagram the kernel refuses is dropped, as a network would.
  std::size_t send(const TransmitQueue&, std::size_t from);

 private:
  boost::asio::ip::udp::socket socket_;
};

}  // namespace sluice::net
