#pragma once
// MdnsHost: multicast DNS for all connections of an execution context.   RFC 6762 §15
//
// Sockets are open only while a name is asked for or published, so that io_context::run() returns. Meanwhile they
// follow the interfaces: a name is answered where its address is, and nowhere while no interface has it. A user is
// whoever has asked or published, and is told apart by its address only. Any thread may call; answers come from a
// thread of the context.
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "ice/mdns_querier.hpp"
#include "ice/mdns_responder.hpp"
#include "net/alarm.hpp"
#include "net/interface_watcher.hpp"
#include "net/multicast_socket.hpp"

namespace sluice::api {

class MdnsHost : public std::enable_shared_from_this<MdnsHost> {
 public:
  using User = const void*;
  using Handler = std::function<void(std::optional<IpAddress>)>;

  /// That of the executor's context.
  static std::shared_ptr<MdnsHost> of(const boost::asio::any_io_executor&);
  explicit MdnsHost(const boost::asio::any_io_executor&);

  void async_resolve(User, const ice::MdnsName&, Handler);
  void publish(User, const ice::MdnsName&, const IpAddress&);
  /// Its handlers are dropped uncalled, its names end.
  void leave(User);
  /// Before the context ends.
  void abandon();

 private:
  struct Waiter {
    User user;
    Handler handler;
  };
  struct Published {
    ice::MdnsName name;
    IpAddress address{};
  };
  static constexpr std::size_t max_sockets = 64;
  static constexpr std::size_t reads_per_wake = 32;

  void drop_waiters(User);
  void follow_links(TimePoint now);
  void watch_network();
  std::vector<ice::MdnsSocket> sockets_of(const IpAddress&) const;
  bool close_lost_sockets(const std::vector<net::Link>&);
  bool open_socket(const net::Link&, IpAddress::Family);
  void read(SocketId);
  void handle_readable(SocketId);
  void handle_datagram(TimePoint now, const Datagram&);
  void drain();
  void complete(const ice::MdnsQuerier::Answer&);
  void close_sockets();

  boost::asio::any_io_executor strand_;
  net::Alarm alarm_;
  ice::MdnsQuerier querier_{};
  ice::MdnsResponder responder_{};
  std::vector<ice::MdnsSocket> members_{};
  std::map<SocketId, std::unique_ptr<net::MulticastSocket>> sockets_{};
  std::uint16_t next_socket_ = 0;
  std::multimap<ice::MdnsName, Waiter> waiting_{};
  std::multimap<User, Published> published_{};
  std::optional<net::InterfaceListener> listener_{};  // while there are sockets
  TransmitQueue queue_{};
};

}  // namespace sluice::api
