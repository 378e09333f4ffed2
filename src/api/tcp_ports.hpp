#pragma once
// TcpPorts: what ICE over TCP has of this host: addresses to leave from, listening sockets, connections.   RFC 6544
//
// An address to leave from is an id alone, another one for each generation of ICE, as a connection belongs to one.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/transmit_queue.hpp"

namespace sluice::net {
class Listener;
class Stream;
}  // namespace sluice::net

namespace sluice::api {

class TcpPorts {
 public:
  struct Listening {
    SocketId id{};
    Endpoint local{};
  };

  bool empty() const noexcept { return streams_.empty(); }
  bool has(SocketId) const noexcept;
  std::optional<Listening> find_listener(const IpAddress&) const;

  void add_active(SocketId id, const IpAddress& address) { sockets_.push_back({id, address, nullptr}); }
  void add_listener(SocketId, const IpAddress&, std::shared_ptr<net::Listener>);
  void add(const Path&, std::shared_ptr<net::Stream>);
  void remove(const Path& path) { streams_.erase(path); }
  void release(const Path&);
  /// The path is the peer's: see net::Stream::trust().
  void trust(const Path&);
  /// Those of addresses of which `gone` is true; their ids join the list.
  void withdraw(const std::function<bool(const IpAddress&)>& gone, std::vector<SocketId>& ids);
  void close_unless(const std::function<bool(SocketId)>& used);

  void send(const TransmitQueue&);
  void close();

 private:
  struct Socket {
    SocketId id{};
    IpAddress address{};
    std::shared_ptr<net::Listener> listener{};  // none: connections leave from the address
  };

  std::vector<Socket> sockets_{};
  std::map<Path, std::shared_ptr<net::Stream>> streams_{};
};

}  // namespace sluice::api
