// ICE over TCP: candidates, and the connections that checks ask for or peers make.   RFC 6544
#include "api/driver.hpp"
#include "base/log.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"

namespace sluice::api {
namespace {

constexpr std::uint16_t discard = 9;  // of active candidates, RFC 6544 §4.5

}  // namespace

bool Driver::uses_tcp() const {
  if (network_.tcp_candidates == TcpCandidates::none) return false;
  return snapshot_->read(&Snapshot::configuration).ice_transport_policy == IceTransportPolicy::all;
}

// Those of generations that are no more.
void Driver::close_unused_tcp_ports() {
  tcp_.close_unless([this](SocketId id) { return engine_->uses(id); });
}

// One listening socket for each address, as of UDP; but connections belong to one generation, and so does the id that
// they leave from.
void Driver::open_tcp_ports(const std::vector<IpAddress>& usable, std::size_t rank,
                            std::vector<ice::LocalSocket>& sockets) {
  if (!uses_tcp()) return;
  const auto add = [&](SocketId id, const Endpoint& local, ice::Transport transport) {
    auto socket = shared_socket(id, local, rank);
    socket.shared = false;
    socket.transport = transport;
    sockets.push_back(std::move(socket));
  };
  for (const auto& address : usable) {
    const auto id = unused_id();
    tcp_.add_active(id, address);
    add(id, {address, discard}, ice::Transport::tcp_active);
    if (network_.tcp_candidates == TcpCandidates::active_and_passive) {
      if (!tcp_.find_listener(address)) open_listener(address);
      const auto listening = tcp_.find_listener(address);
      if (listening) add(listening->id, listening->local, ice::Transport::tcp_passive);
    }
    ++rank;
  }
}

void Driver::open_listener(const IpAddress& address) {
  const auto listener = std::make_shared<net::Listener>(strand_);
  const auto error = open_in_range([&](std::uint16_t port) { return listener->open({address, port}); });
  if (error) return log::warning("cannot listen for TCP on ", to_string(address), ": ", error.message());
  const auto id = unused_id();
  tcp_.add_listener(id, address, listener);
  listener->accept([weak = weak_from_this(), id](asio::ip::tcp::socket socket, const Endpoint& remote) {
    const auto self = weak.lock();
    if (self && !self->closed()) self->handle_accepted({id, remote}, std::move(socket));
  });
}

// The engine is told first: it may refuse what it hears at once.
void Driver::handle_accepted(const Path& path, asio::ip::tcp::socket socket) {
  const auto now = Clock::now();
  tcp_.release(path);  // its end has not been noticed yet
  tcp_.add(path, net::Stream::adopt(std::move(socket), path, tcp_handlers(path)));
  engine_->handle_tcp_accepted(now, path);
  drain(now);
}

void Driver::handle(const ice::TcpNeeded& needed) {
  tcp_.add(needed.path, net::Stream::connect(strand_, needed.path, needed.local, tcp_handlers(needed.path)));
}

void Driver::handle(const ice::TcpReleased& released) { tcp_.release(released.path); }

net::StreamHandlers Driver::tcp_handlers(const Path& path) {
  const auto with_driver = while_open();
  return {.connected =
              [with_driver, path] {
                with_driver([&](Driver& self, TimePoint now) { self.engine_->handle_tcp_connected(now, path); });
              },
          .received =
              [with_driver, path](std::span<const Datagram> batch) {
                with_driver([&](Driver& self, TimePoint now) {
                  self.engine_->handle_datagrams(now, batch);
                  if (self.engine_->admits(path)) self.tcp_.trust(path);
                });
              },
          .closed =
              [with_driver, path](const std::string& reason) {
                log::debug("a TCP connection of ICE: ", reason);
                with_driver([&](Driver& self, TimePoint now) {
                  self.tcp_.remove(path);
                  self.engine_->handle_tcp_closed(now, path);
                });
              }};
}

}  // namespace sluice::api
