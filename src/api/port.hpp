#pragma once
// Port: a socket, and the datagrams that it could not send at once.
#include "net/udp_socket.hpp"

namespace sluice::api {

class Port {
 public:
  static constexpr std::size_t messages_per_read = 16;

  Port(const boost::asio::any_io_executor& executor, SocketId id) : socket_{executor, id} {}

  net::UdpSocket& socket() noexcept { return socket_; }

  /// Sends this socket's part of a flush. True: the rest waits here until the socket is writable.
  bool send(const TransmitQueue&);
  /// The socket is writable. True: still something waits.
  bool resume();

 private:
  // Beyond this what cannot be sent is lost, as in any full queue of the network.
  static constexpr std::size_t max_waiting = 512 * 1024;

  void keep(const TransmitQueue&, std::size_t from);

  net::UdpSocket socket_;
  TransmitQueue waiting_{};
  std::size_t sent_ = 0;  // of waiting_
};

}  // namespace sluice::api
