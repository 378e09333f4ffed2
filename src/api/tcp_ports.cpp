#include "api/tcp_ports.hpp"

#include <algorithm>
#include <utility>

#include "net/listener.hpp"
#include "net/stream.hpp"

namespace sluice::api {

bool TcpPorts::has(SocketId id) const noexcept {
  return std::ranges::find(sockets_, id, &Socket::id) != sockets_.end();
}

std::optional<TcpPorts::Listening> TcpPorts::find_listener(const IpAddress& address) const {
  const auto found = std::ranges::find_if(
      sockets_, [&](const Socket& each) { return each.listener != nullptr && each.address == address; });
  if (found == sockets_.end()) return std::nullopt;
  return Listening{found->id, found->listener->local_endpoint()};
}

void TcpPorts::add_listener(SocketId id, const IpAddress& address, std::shared_ptr<net::Listener> listener) {
  sockets_.push_back({id, address, std::move(listener)});
}

void TcpPorts::add(const Path& path, std::shared_ptr<net::Stream> stream) { streams_[path] = std::move(stream); }

void TcpPorts::release(const Path& path) {
  if (const auto stream = streams_.extract(path)) stream.mapped()->close();
}

void TcpPorts::trust(const Path& path) {
  if (const auto stream = streams_.find(path); stream != streams_.end()) stream->second->trust();
}

// Its connections are released by the engine, which is told of the ids.
void TcpPorts::withdraw(const std::function<bool(const IpAddress&)>& gone, std::vector<SocketId>& ids) {
  std::erase_if(sockets_, [&](const Socket& each) {
    if (!gone(each.address)) return false;
    if (each.listener) each.listener->close();
    ids.push_back(each.id);
    return true;
  });
}

void TcpPorts::close_unless(const std::function<bool(SocketId)>& used) {
  std::erase_if(sockets_, [&](const Socket& each) {
    if (used(each.id)) return false;
    if (each.listener) each.listener->close();
    return true;
  });
}

void TcpPorts::send(const TransmitQueue& queue) {
  for (auto& [path, stream] : streams_) stream->send(queue);
}

void TcpPorts::close() {
  for (auto& each : sockets_) {
    if (each.listener) each.listener->close();
  }
  for (auto& [path, stream] : std::exchange(streams_, {})) stream->close();
  sockets_.clear();
}

}  // namespace sluice::api
