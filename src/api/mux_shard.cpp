#include "api/mux_shard.hpp"

#include <algorithm>

#include "api/driver.hpp"
#include "base/log.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t max_unknown_events = 64;  // that wait for the handler
constexpr std::size_t reads_per_wake = 8;       // system calls; then others on the strand get their chance
constexpr std::size_t handler_cost = 256;       // what a batch that waits for its strand costs beside its bytes

void count(std::atomic<std::uint64_t>& counter) noexcept { counter.fetch_add(1, std::memory_order_relaxed); }

UdpEndpoint to_public(const Endpoint& endpoint) { return {to_string(endpoint.address), endpoint.port}; }

}  // namespace

BatchPool::~BatchPool() {
  for (auto& slot : slots_) delete slot.load();
}

BatchPool::Batch BatchPool::take() {
  for (auto& slot : slots_) {
    if (auto* batch = slot.exchange(nullptr, std::memory_order_acquire)) return Batch{batch};
  }
  return std::make_unique<TransmitQueue>();
}

void BatchPool::give(Batch batch) {
  if (batch->byte_count() > largest) return;
  batch->clear();
  for (auto& slot : slots_) {
    TransmitQueue* empty = nullptr;
    if (!slot.compare_exchange_strong(empty, batch.get(), std::memory_order_release, std::memory_order_relaxed))
      continue;
    (void)batch.release();
    return;
  }
}

MuxShard::MuxShard(asio::any_io_executor executor, const peer::MuxTable::Options& options)
    : strand_{asio::make_strand(std::move(executor))},
      table_{options},
      dispatcher_{strand_, [this] { asio::post(strand_, [self = shared_from_this()] { self->dispatcher_.run(); }); }},
      unknown_ufrags_{dispatcher_, max_unknown_events} {}

error_code MuxShard::open(const Endpoint& local, const net::SocketOptions& options) {
  const auto id = static_cast<SocketId>(first_mux_socket + sockets_.size());
  auto socket = std::make_unique<Socket>(strand_, id);
  if (const auto error = socket->udp.open(local, options)) return error;
  locals_.push_back(socket->udp.local_endpoint());
  sockets_.push_back(std::move(socket));
  return {};
}

void MuxShard::start(const std::shared_ptr<MuxShard>& front) {
  front_ = front;
  owners_.streams = weak_from_this();
  unknown_ufrags_.set_owners(owners_);
  asio::dispatch(strand_, [self = shared_from_this()] {
    for (auto& socket : self->sockets_) self->read(*socket);
  });
}

// What connections ask for.

void MuxShard::join(std::shared_ptr<MuxMember> member) {
  asio::dispatch(strand_, [self = shared_from_this(), member = std::move(member)] {
    if (self->closed_) return;
    self->table_.join(member->id());
    self->members_.emplace(member->id(), member);
    self->counters_.connections.store(self->members_.size(), std::memory_order_relaxed);
  });
}

void MuxShard::attach(std::shared_ptr<MuxMember> member) {
  asio::dispatch(strand_, [self = shared_from_this(), member = std::move(member)] {
    std::vector<MuxMember::Outlet> outlets;
    for (std::size_t i = 0; i != self->sockets_.size() && !self->closed_; ++i) {
      outlets.push_back({self->sockets_[i]->udp.sender(), self->locals_[i]});
    }
    member->attach(self, std::move(outlets));
  });
}

void MuxShard::set_ufrags(peer::MemberId id, std::vector<std::string> ufrags) {
  asio::dispatch(strand_, [self = shared_from_this(), id, ufrags = std::move(ufrags)] {
    if (self->closed_ || self->table_.set_ufrags(id, ufrags)) return;
    log::warning("a connection on a UdpMux has the ufrag of another one, and no check will reach it");
  });
}

void MuxShard::claim(const Path& path, peer::MemberId id) {
  asio::dispatch(strand_, [self = shared_from_this(), path, id] { self->table_.claim(Clock::now(), path, id); });
}

void MuxShard::leave(peer::MemberId id) {
  asio::dispatch(strand_, [self = shared_from_this(), id] {
    self->table_.leave(id);
    self->members_.erase(id);
    self->counters_.connections.store(self->members_.size(), std::memory_order_relaxed);
  });
}

void MuxShard::wait_writable(SocketId id, std::weak_ptr<MuxMember> member) {
  asio::dispatch(strand_, [self = shared_from_this(), id, member = std::move(member)] {
    auto* socket = self->find(id);
    if (socket == nullptr) return;
    socket->blocked.push_back(member);
    if (socket->blocked.size() > 1) return;  // somebody waits already
    socket->udp.async_wait_writable([self, socket](error_code error) {
      if (!error && !self->closed_) self->handle_writable(*socket);
    });
  });
}

void MuxShard::handle_writable(Socket& socket) {
  for (const auto& each : std::exchange(socket.blocked, {})) {
    if (const auto member = each.lock()) member->handle_writable(socket.udp.id());
  }
}

void MuxShard::close() {
  asio::dispatch(strand_, [self = shared_from_this()] { self->finish(); });
}

void MuxShard::finish() {
  if (std::exchange(closed_, true)) return;
  for (auto& socket : sockets_) socket->udp.close();
  unknown_ufrags_.discard();
  unknown_ufrags_.close();
  unknown_ufrags_.drop_listener();
  for (auto& [id, member] : std::exchange(members_, {})) {
    table_.leave(id);
    member->lose();
  }
  counters_.connections.store(0, std::memory_order_relaxed);
}

MuxShard::Socket* MuxShard::find(SocketId id) noexcept {
  const auto found = std::ranges::find(sockets_, id, [](const auto& each) { return each->udp.id(); });
  return closed_ || found == sockets_.end() ? nullptr : found->get();
}

// The way of a datagram.

void MuxShard::read(Socket& socket) {
  socket.udp.async_wait_readable(
      [self = shared_from_this(), &socket](error_code error) { self->handle_readable(socket, error); });
}

// As a Driver does: everything there is goes to the connections before each of them is drained once.
void MuxShard::handle_readable(Socket& socket, error_code error) {
  if (error || closed_) return;
  const auto now = Clock::now();
  for (std::size_t i = 0; i != reads_per_wake; ++i) {
    batch_.clear();
    if (socket.udp.receive(batch_, 16) == 0) break;
    distribute(now);
    if (!socket.udp.more()) break;
  }
  settle();
  if (!closed_) read(socket);
}

void MuxShard::distribute(TimePoint now) {
  sort_out(now);
  for (std::size_t first = 0; first != routed_.size();) {
    const auto id = routed_[first].member;
    bool claims = false;
    part_.clear();
    for (; first != routed_.size() && routed_[first].member == id; ++first) {
      part_.push_back(batch_[routed_[first].index]);
      claims |= routed_[first].claims;
    }
    if (const auto found = members_.find(id); found != members_.end()) hand_over(found->second, part_, claims);
  }
}

// By connection, and in the order in which they came.
void MuxShard::sort_out(TimePoint now) {
  using To = peer::MuxTable::Route::To;
  routed_.clear();
  for (std::uint32_t i = 0; i != batch_.size(); ++i) {
    const auto route = table_.route(now, batch_[i]);
    switch (route.to) {
      case To::owner:
      case To::unproven:
        routed_.push_back({route.member, i, route.claims});
        break;
      case To::unknown_ufrag:
        tell(route, batch_[i].path);
        break;
      case To::stranger:
        count(counters_.strangers);
        break;
      case To::contested:
        count(counters_.contested);
        break;
    }
  }
  const auto order = [](const Routed& each) { return std::pair{each.member, each.index}; };
  if (!std::ranges::is_sorted(routed_, {}, order)) std::ranges::sort(routed_, {}, order);
}

void MuxShard::hand_over(const std::shared_ptr<MuxMember>& member, std::span<const Datagram> part, bool claims) {
  if (!(member->strand() == strand_)) return post_to(member, part, claims);
  const auto driver = member->driver();
  if (!driver) return;
  driver->handle_shared(*this, part, claims);
  if (!member->exchange_fed(true)) fed_.push_back(member);
}

void MuxShard::post_to(const std::shared_ptr<MuxMember>& member, std::span<const Datagram> part, bool claims) {
  std::size_t charge = handler_cost + part.size() * sizeof(TransmitQueue::Entry);
  for (const auto& each : part) charge += each.bytes.size();
  if (!member->reserve(charge)) {
    counters_.overflows.fetch_add(part.size(), std::memory_order_relaxed);
    return;
  }
  auto batch = pool_.take();
  for (const auto& each : part) batch->push(each.path, each.bytes);
  asio::post(member->strand(), [self = shared_from_this(), member, charge, batch = std::move(batch), claims]() mutable {
    thread_local std::vector<Datagram> datagrams;
    datagrams.clear();
    for (const auto& entry : batch->entries()) datagrams.push_back({entry.path, batch->bytes(entry)});
    member->release(charge);
    if (const auto driver = member->driver()) {
      driver->handle_shared(*self, datagrams, claims);
      driver->settle_shared();
    }
    self->pool_.give(std::move(batch));
  });
}

void MuxShard::settle() {
  for (const auto& member : fed_) {
    member->exchange_fed(false);
    if (const auto driver = member->driver()) driver->settle_shared();
  }
  fed_.clear();
}

void MuxShard::tell(const peer::MuxTable::Route& route, const Path& path) {
  const auto index = static_cast<std::size_t>(raw(path.local) - first_mux_socket);
  UnknownUfrag unknown{std::string{route.local_ufrag}, std::string{route.remote_ufrag}, to_public(path.remote),
                       to_public(locals_[index])};
  count(counters_.unknown_ufrags);
  const auto front = front_.lock();
  if (!front) return;
  asio::dispatch(front->strand_,
                 [front, unknown = std::move(unknown)]() mutable { front->unknown_ufrags_.push(std::move(unknown)); });
}

}  // namespace sluice::api
