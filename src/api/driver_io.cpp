// The driver's sockets and names.
#include "api/driver.hpp"
#include "base/log.hpp"
#include "net/interfaces.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t max_ports = 32;
constexpr std::size_t socket_buffer = 1024 * 1024;
constexpr std::size_t reads_per_wake = 8;  // system calls; then other connections get their chance

}  // namespace

// One socket per address; those of earlier generations stay, because their candidates are in use.
void Driver::handle(const peer::SocketsNeeded&) {
  open_ports();
  std::vector<ice::LocalSocket> sockets;
  for (const auto& port : ports_) {
    const auto preference = static_cast<std::uint16_t>(65535 - sockets.size());  // RFC 8445 §5.1.2.1
    sockets.push_back({port->socket().id(), port->socket().local_endpoint(), preference});
  }
  if (sockets.empty()) log::error("no network interface has a usable address; candidates need one");
  engine_->handle_sockets(Clock::now(), sockets);
}

void Driver::open_ports() {
  for (const auto& address : net::usable_addresses(net::interface_addresses(), max_ports)) {
    const auto same = [&](const auto& port) { return port->socket().local_endpoint().address == address; };
    if (ports_.size() == max_ports || std::ranges::any_of(ports_, same)) continue;
    auto port = std::make_unique<Port>(strand_, static_cast<SocketId>(ports_.size()));
    if (const auto error = port->socket().open({address, 0}, socket_buffer)) {
      log::warning("cannot bind a UDP socket to ", to_string(address), ": ", error.message());
      continue;
    }
    ports_.push_back(std::move(port));
    read(*ports_.back());
  }
}

void Driver::read(Port& port) {
  port.socket().async_wait_readable(
      [self = shared_from_this(), &port](error_code error) { self->handle_readable(port, error); });
}

// Everything the socket has goes to the engine before it is drained once.
void Driver::handle_readable(Port& port, error_code error) {
  thread_local std::vector<Datagram> batch;
  if (error || closed()) return;
  const auto now = Clock::now();
  for (std::size_t i = 0; i != reads_per_wake; ++i) {
    batch.clear();
    if (port.socket().receive(batch, Port::messages_per_read) == 0) break;
    engine_->handle_datagrams(now, batch);
    if (!port.socket().more()) break;
  }
  drain(now);
  if (!closed()) read(port);
}

void Driver::wait_writable(Port& port) {
  port.socket().async_wait_writable([self = shared_from_this(), &port](error_code error) {
    if (!error && !self->closed() && port.resume()) self->wait_writable(port);
  });
}

void Driver::handle(const peer::ResolveNeeded& needed) {
  auto handler = [weak = weak_from_this(), host = needed.host](const std::vector<IpAddress>& addresses) {
    const auto self = weak.lock();
    if (!self || self->closed()) return;
    const auto now = Clock::now();
    self->engine_->handle_resolved(now, host, addresses);
    self->drain(now);
  };
  resolver_.async_resolve(needed.host, std::move(handler));
}

}  // namespace sluice::api
