#pragma once
// Port: a socket of one connection.
#include "api/backlog.hpp"
#include "net/udp_socket.hpp"

namespace sluice::api {

class Port {
 public:
  Port(const boost::asio::any_io_executor& executor, SocketId id) : socket_{executor, id} {}

  net::UdpSocket& socket() noexcept { return socket_; }

  /// Sends this socket's part of a flush. True: the rest waits here until the socket is writable.
  bool send(const TransmitQueue& queue) { return backlog_.send(socket_, queue); }
  /// The socket is writable. True: still something waits.
  bool resume() { return backlog_.resume(socket_); }

 private:
  net::UdpSocket socket_;
  Backlog backlog_{};
};

}  // namespace sluice::api
