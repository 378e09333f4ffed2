#pragma once
// Port: a socket of one connection.
#include <algorithm>

#include "api/backlog.hpp"
#include "net/udp_socket.hpp"

namespace sluice::api {

/// The lowest that none of them has.
template <class Ports>
std::size_t unused_rank(const Ports& ports) {
  std::size_t rank = 0;
  while (std::ranges::any_of(ports, [&](const auto& each) { return each->rank() == rank; })) ++rank;
  return rank;
}

class Port {
 public:
  Port(const boost::asio::any_io_executor& executor, SocketId id) : socket_{executor, id} {}

  net::UdpSocket& socket() noexcept { return socket_; }

  /// Its place among the addresses of a gathering, from 0, and never that of another one there. RFC 8445 §5.1.2.1
  std::size_t rank() const noexcept { return rank_; }
  void set_rank(std::size_t rank) noexcept { rank_ = rank; }

  /// How many messages the next read takes; the driver's to decide.
  std::size_t per_read = 1;

  /// Sends this socket's part of a flush. True: the rest waits here until the socket is writable.
  bool send(const TransmitQueue& queue) { return backlog_.send(socket_, queue); }
  /// The socket is writable. True: still something waits.
  bool resume() { return backlog_.resume(socket_); }

 private:
  net::UdpSocket socket_;
  Backlog backlog_{};
  std::size_t rank_ = 0;
};

}  // namespace sluice::api
