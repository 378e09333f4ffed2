#pragma once
// MulticastSocket: one interface's share of a multicast group.   RFC 6762 §11, §15
//
// Others on this host have the same port, and hear what we send: loop back is on. What comes from elsewhere than the
// interface's own networks is not received. Not thread-safe: lives on one strand.
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <optional>

#include "net/links.hpp"

namespace sluice::net {

class MulticastSocket {
 public:
  MulticastSocket(boost::asio::any_io_executor executor, SocketId id, Link link)
      : socket_{std::move(executor)}, id_{id}, link_{std::move(link)} {}

  /// Binds to the group's port and joins it.
  boost::system::error_code open(const Endpoint& group);
  void close();
  const Link& link() const noexcept { return link_; }
  /// The same one, perhaps with other addresses. On an error it is to be closed.
  boost::system::error_code set_link(Link);

  template <class Handler>
  void async_wait_readable(Handler handler) {
    socket_.async_wait(boost::asio::ip::udp::socket::wait_read, std::move(handler));
  }

  /// The next datagram that is there; valid until the next call.
  std::optional<Datagram> receive();
  /// What cannot be sent at once is lost.
  void send(const Endpoint&, ByteView);

 private:
  static constexpr std::size_t max_datagram = 9000;  // RFC 6762 §17

  boost::asio::ip::udp::endpoint scoped(const Endpoint&) const;
  bool is_from_link(const boost::asio::ip::udp::endpoint&, const IpAddress& source) const;

  boost::asio::ip::udp::socket socket_;
  SocketId id_;
  Link link_;
  IpAddress group_{};
  std::array<std::byte, max_datagram> buffer_{};
};

}  // namespace sluice::net
