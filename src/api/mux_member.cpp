#include "api/mux_member.hpp"

#include <algorithm>

#include "api/driver.hpp"
#include "api/udp_mux.hpp"

namespace sluice::api {

bool MuxMember::reserve(std::size_t bytes) noexcept {
  if (waiting_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= max_waiting) return true;
  release(bytes);
  return false;
}

void MuxMember::attach(std::weak_ptr<MuxShard> home, std::vector<Outlet> outlets) {
  asio::post(strand_, [self = shared_from_this(), home = std::move(home), outlets = std::move(outlets)]() mutable {
    const auto driver = self->driver();
    if (!driver || driver->closed()) return;
    self->home_ = std::move(home);
    self->outlets_ = std::move(outlets);
    driver->handle_mux_sockets();
  });
}

void MuxMember::lose() {
  asio::post(strand_, [self = shared_from_this()] {
    self->drop_outlets();
    if (const auto driver = self->driver()) driver->handle_mux_closed();
  });
}

void MuxMember::send(const TransmitQueue& queue) {
  std::uint64_t wanted = 0;
  for (const auto& entry : queue.entries()) {
    if (raw(entry.path.local) >= first_mux_socket) wanted |= std::uint64_t{1} << (raw(entry.path.local) % 64);
  }
  for (auto& outlet : outlets_) {
    const auto id = outlet.sender.id();
    if (!(wanted >> (raw(id) % 64) & 1) || !outlet.backlog.send(outlet.sender, queue)) continue;
    if (const auto home = home_.lock()) home->wait_writable(id, shared_from_this());
  }
}

void MuxMember::handle_writable(SocketId id) {
  asio::dispatch(strand_, [self = shared_from_this(), id] {
    for (auto& outlet : self->outlets_) {
      if (outlet.sender.id() != id || !outlet.backlog.resume(outlet.sender)) continue;
      if (const auto home = self->home_.lock()) home->wait_writable(id, self);
    }
  });
}

MuxLink::MuxLink(std::shared_ptr<UdpMux::Impl> mux, peer::MemberId id, MuxMember::Strand strand)
    : mux_{std::move(mux)}, member_{std::make_shared<MuxMember>(id, std::move(strand))} {}

void MuxLink::join(std::weak_ptr<Driver> driver) {
  if (std::exchange(joining_, true)) return;
  auto& home = mux_->home_of(raw(member_->id()));
  if (!std::exchange(member_of_, true)) {
    member_->set_driver(std::move(driver));
    for (const auto& shard : mux_->shards) shard->join(member_);
  }
  home.attach(member_);
}

void MuxLink::set_ufrags(const std::array<std::string_view, 3>& ufrags) {
  if (!member_of_ || std::ranges::equal(ufrags_, ufrags)) return;
  std::ranges::copy(ufrags, ufrags_.begin());
  std::vector<std::string> named{ufrags_.begin(), ufrags_.end()};
  std::erase(named, std::string{});
  for (const auto& shard : mux_->shards) shard->set_ufrags(member_->id(), named);
}

void MuxLink::leave() {
  member_->drop_outlets();
  if (!member_of_) return;
  for (const auto& shard : mux_->shards) shard->leave(member_->id());
}

}  // namespace sluice::api
