#pragma once
// Endpoint: one connection with one channel, as an application holds it that gives up what takes too long.
//
// Nothing here throws because of the connection: what fails, or takes more than five seconds, gives false. So both ends
// keep in step whatever happens.
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "signaling.hpp"

namespace sluice::bench {

class Endpoint {
 public:
  explicit Endpoint(const asio::any_io_executor&);

  /// Until the channel is open here.
  asio::awaitable<bool> offer(Signaling&);
  asio::awaitable<bool> answer(Signaling&);

  /// A few messages there and back, in order.
  asio::awaitable<bool> talk();
  /// At the other end: sends back what comes.
  void echo();

  /// In order, until everything is said.
  asio::awaitable<bool> close();
  /// Until the other end's close, or disappearance, is known.
  asio::awaitable<bool> wait_closed();

  const DataChannel& channel() const noexcept { return channel_; }
  PeerConnection& connection() noexcept { return *connection_; }

 private:
  void limit();

  std::shared_ptr<PeerConnection> connection_;
  DataChannel channel_{};
  asio::steady_timer limit_;
};

/// A connection, closed again, for what a process takes once and keeps. Gives the descriptors that it then has.
asio::awaitable<double> warm_up(Signaling&, bool offering);

/// The descriptors of this process when what has been closed is closed.
asio::awaitable<double> count_descriptors();

}  // namespace sluice::bench
