// The host's addresses come and go while a connection lives.   docs/decisions/0009
#include <algorithm>

#include "api/driver.hpp"
#include "net/stream.hpp"

namespace sluice::api {
namespace {

bool has(const net::Addresses& all, const IpAddress& address) {
  return std::ranges::find(all, address, &net::InterfaceAddress::address) != all.end();
}

}  // namespace

void Driver::watch_network() {
  if (!network_.watch_interfaces || listener_) return;
  listener_.emplace(strand_.get_inner_executor(), [weak = weak_from_this()](const auto& addresses) {
    const auto self = weak.lock();
    if (!self) return;
    asio::post(self->strand_, [self, addresses] { self->handle_network_change(*addresses); });
  });
}

// Without others loopback addresses would now be usable, but a host that has lost its network has not moved there.
void Driver::handle_network_change(const net::Addresses& all) {
  if (closed()) return;
  auto usable = usable_addresses(all);
  if (closed()) return;  // by the application's filter
  if (!network_.loopback && network_.addresses.empty()) std::erase_if(usable, std::mem_fn(&IpAddress::is_loopback));
  auto gone = close_ports(all);
  tcp_.withdraw([&](const IpAddress& address) { return !has(all, address); }, gone);
  const auto kept = ports_.size();
  open_ports(usable);
  std::vector<ice::LocalSocket> added;
  for (auto i = kept; i != ports_.size(); ++i) {
    added.push_back(local_socket(*ports_[i], ports_[i]->rank()));
    open_tcp_ports({added.back().address.address}, ports_[i]->rank(), added);
  }
  const auto now = Clock::now();
  if (!gone.empty() || !added.empty()) engine_->handle_sockets_changed(now, added, gone);
  close_streams(now, all);
  drain(now);
}

std::vector<SocketId> Driver::close_ports(const net::Addresses& all) {
  std::vector<SocketId> gone;
  std::erase_if(ports_, [&](const auto& port) {
    if (has(all, port->socket().local_endpoint().address)) return false;
    gone.push_back(port->socket().id());
    port->socket().close();
    return true;
  });
  return gone;
}

// No answer will ever come to them, and TCP would wait for it for minutes.
void Driver::close_streams(TimePoint now, const net::Addresses& all) {
  std::vector<SocketId> gone;
  for (const auto& [id, stream] : streams_) {
    const auto local = stream->local_address();
    if (local && !has(all, *local)) gone.push_back(id);
  }
  for (const auto id : gone) {
    streams_.extract(id).mapped()->close();
    engine_->handle_stream_closed(now, id, "its address is no longer one of this host");
  }
}

}  // namespace sluice::api
