// A connection on the sockets of a UdpMux.
#include "api/driver.hpp"
#include "api/mux_shard.hpp"
#include "api/udp_mux.hpp"
#include "base/log.hpp"
#include "stun/message.hpp"

namespace sluice::api {

void Driver::handle_mux_sockets() {
  mux_->joined();
  std::vector<ice::LocalSocket> sockets;
  for (const auto& outlet : mux_->member().outlets()) {
    sockets.push_back(shared_socket(outlet.sender.id(), outlet.local, sockets.size()));
  }
  if (sockets.empty()) log::error("the UdpMux of a connection is closed; candidates need it");
  const auto now = Clock::now();
  engine_->handle_sockets(now, sockets);
  drain(now);
}

// What the engine has authenticated just now becomes the connection's before it is answered, or stays so.
void Driver::handle_shared(MuxShard& shard, std::span<const Datagram> batch, bool claims) {
  if (closed()) return;
  const auto now = Clock::now();
  engine_->handle_datagrams(now, batch);
  if (!claims) return;
  for (const auto& each : batch) {
    if (stun::is_stun(each.bytes) && engine_->authenticated_at(each.path) == now) {
      shard.claim(each.path, mux_->member().id());
    }
  }
}

void Driver::settle_shared() {
  if (!closed()) drain(Clock::now());
}

void Driver::handle_mux_closed() {
  if (closed()) return;
  const auto now = Clock::now();
  engine_->handle_sockets_lost(now);
  drain(now);
  if (!closed()) note_failure({Reason::ice_failed, "The UdpMux of the connection has been closed."});
}

void Driver::publish_ufrags() {
  if (mux_) mux_->set_ufrags(engine_->local_ufrags());
}

void Driver::leave_mux() {
  if (!mux_) return;
  mux_->leave();
  mux_.reset();
  UdpMux handle;  // a closed connection does not keep the mux open
  snapshot_->write([&](Snapshot& s) { std::swap(s.configuration.network.udp_mux, handle); });
}

}  // namespace sluice::api
