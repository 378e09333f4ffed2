#pragma once
// Backlog: the datagrams that a socket could not send at once.
#include "base/transmit_queue.hpp"

namespace sluice::api {

/// Socket: net::UdpSocket or net::UdpSender.
class Backlog {
 public:
  /// Sends this socket's part of a flush. True: the rest waits here until the socket is writable.
  template <class Socket>
  bool send(Socket& socket, const TransmitQueue& queue) {
    if (!waiting_.empty()) {  // they come first
      keep(socket.id(), queue, 0);
      return false;  // somebody waits for writability already
    }
    const auto next = socket.send(queue, 0);
    if (next != queue.size()) keep(socket.id(), queue, next);
    return !waiting_.empty();
  }

  /// The socket is writable. True: still something waits.
  template <class Socket>
  bool resume(Socket& socket) {
    sent_ = socket.send(waiting_, sent_);
    if (sent_ != waiting_.size()) return true;
    waiting_.release();
    sent_ = 0;
    return false;
  }

 private:
  // Beyond this what cannot be sent is lost, as in any full queue of the network.
  static constexpr std::size_t max_waiting = 512 * 1024;

  void keep(SocketId id, const TransmitQueue& queue, std::size_t from) {
    for (const auto& entry : queue.entries().subspan(from)) {
      if (entry.path.local != id) continue;
      if (waiting_.byte_count() + entry.length > max_waiting) return;
      waiting_.push(entry.path, queue.bytes(entry));
    }
  }

  TransmitQueue waiting_{};
  std::size_t sent_ = 0;  // of waiting_
};

}  // namespace sluice::api
