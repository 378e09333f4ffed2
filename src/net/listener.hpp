#pragma once
// Listener: accepts TCP connections on one address, until it is closed. Lives on one strand.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "base/endpoint.hpp"

namespace sluice::net {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Accepted = std::function<void(Socket, const Endpoint& remote)>;

  explicit Listener(const boost::asio::any_io_executor&);

  /// Port 0 lets the system choose.
  boost::system::error_code open(const Endpoint& local);
  Endpoint local_endpoint() const;
  void accept(Accepted);  // from now on
  void close();

 private:
  void wait();
  void pause();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer breath_;
  Accepted accepted_{};
};

}  // namespace sluice::net
