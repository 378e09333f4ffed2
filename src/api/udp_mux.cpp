#include "api/udp_mux.hpp"

#include <boost/asio/error.hpp>
#include <optional>

#include "base/reader.hpp"
#include "crypto/system_random.hpp"
#include "net/interfaces.hpp"

namespace sluice {
namespace {

constexpr std::size_t max_sockets = 64;  // for one address
constexpr std::size_t max_addresses = 32;
constexpr std::size_t socket_buffer = 4 * 1024 * 1024;  // as far as the system allows it
constexpr int attempts = 16;                            // to find one port for several addresses

// What to bind, with "any address" written out. None: an address does not parse, or there are none or too many.
std::optional<std::vector<Endpoint>> bindings(const std::vector<UdpEndpoint>& endpoints) {
  std::vector<Endpoint> result;
  for (const auto& each : endpoints) {
    const auto address = IpAddress::parse(each.address);
    if (!address) return std::nullopt;
    if (!address->is_unspecified()) {
      result.push_back({*address, each.port});
      continue;
    }
    const net::AddressChoice family{.v4 = address->is_v4(), .v6 = !address->is_v4()};
    for (const auto& own : net::usable_addresses(net::interface_addresses(), family, max_addresses)) {
      result.push_back({own, each.port});
    }
  }
  if (result.empty() || result.size() > max_addresses) return std::nullopt;
  return result;
}

std::vector<std::shared_ptr<api::MuxShard>> make_shards(const asio::any_io_executor& executor, const stun::MarkKey& key,
                                                        const UdpMuxOptions& options, Random& random) {
  std::vector<std::shared_ptr<api::MuxShard>> shards;
  const auto count = options.sockets_per_address;
  for (std::size_t i = 0; i != count; ++i) {
    const auto share = options.unknown_ufrags_per_second / count + (i < options.unknown_ufrags_per_second % count);
    const peer::MuxTable::Options table{.key = key, .seed = random.u64(), .unknown_per_second = share};
    shards.push_back(std::make_shared<api::MuxShard>(executor, table));
  }
  return shards;
}

// Those with port 0 get the port of the first of them, which is nobody else's, not even another mux's that would share
// it.
error_code open(const std::vector<std::shared_ptr<api::MuxShard>>& shards, std::vector<Endpoint> locals,
                const UdpMuxOptions& options) {
  using net::PortSharing;
  net::SocketOptions socket{.buffer_size = socket_buffer, .dscp = options.dscp};
  std::uint16_t given = 0;
  for (auto& local : locals) {
    const bool any_port = local.port == 0;
    if (any_port) local.port = given;
    if (shards.size() > 1) socket.sharing = any_port ? PortSharing::afterwards : PortSharing::from_the_start;
    for (const auto& shard : shards) {
      if (const auto error = shard->open(local, socket)) return error;
      local.port = shard->locals().back().port;
      if (shards.size() > 1) socket.sharing = PortSharing::from_the_start;
    }
    if (any_port) given = local.port;
  }
  return {};
}

Result<std::shared_ptr<UdpMux::Impl>> make(const asio::any_io_executor& executor, const std::vector<Endpoint>& locals,
                                           const UdpMuxOptions& options) {
  crypto::SystemRandom random;
  auto impl = std::make_shared<UdpMux::Impl>();
  random.fill(impl->key);
  impl->shards = make_shards(executor, impl->key, options, random);
  if (const auto error = open(impl->shards, locals, options)) {
    impl->closed = true;  // nothing has begun
    return error;
  }
  for (const auto& each : impl->shards.front()->locals()) {
    impl->endpoints.push_back({to_string(each.address), each.port});
  }
  for (const auto& shard : impl->shards) shard->start(impl->shards.front());
  return impl;
}

}  // namespace

Result<UdpMux> UdpMux::create(executor_type executor, const std::vector<UdpEndpoint>& endpoints,
                              UdpMuxOptions options) {
  const auto count = options.sockets_per_address;
  const auto locals = bindings(endpoints);
  if (!locals || count == 0 || count > max_sockets || options.dscp > 63) return make_error_code(Error::bad_argument);
  const bool any_port = std::ranges::find(*locals, 0, &Endpoint::port) != locals->end();
  for (int attempt = 1;; ++attempt) {
    auto made = make(executor, *locals, options);
    if (made) return UdpMux{*std::move(made)};
    const bool taken = made.error() == asio::error::address_in_use;
    if (!taken || !any_port || attempt == attempts) return made.error();
  }
}

UdpMux::UdpMux(executor_type executor, UdpEndpoint endpoint, UdpMuxOptions options) {
  auto made = create(std::move(executor), {std::move(endpoint)}, options);
  if (!made) throw boost::system::system_error{made.error()};
  impl_ = std::move(made->impl_);
}

UdpMux::executor_type UdpMux::get_executor(std::size_t socket) const {
  return impl_->shards[socket % impl_->shards.size()]->strand();
}

std::vector<UdpEndpoint> UdpMux::local_endpoints() const { return impl_->endpoints; }
bool UdpMux::is_open() const { return !impl_->closed; }
void UdpMux::close() const { impl_->close(); }

UdpMuxStats UdpMux::stats() const {
  UdpMuxStats sum{.connections = impl_->shards.front()->counters().connections};
  for (const auto& shard : impl_->shards) {
    const auto& each = shard->counters();
    sum.strangers += each.strangers;
    sum.unknown_ufrags += each.unknown_ufrags;
    sum.contested += each.contested;
    sum.overflows += each.overflows;
  }
  return sum;
}

void UdpMux::on_unknown_ufrag(Listener<UnknownUfrag> listener) const {
  const auto& front = impl_->shards.front();
  asio::dispatch(front->strand(),
                 [front, listener = std::move(listener)] { front->unknown_ufrags().listen(listener); });
}

void UdpMux::start_next(std::shared_ptr<Impl> impl, detail::Handler<UnknownUfrag> handler) {
  const auto& front = impl->shards.front();
  auto operation = api::Operation<UnknownUfrag>::start(front->strand(), std::move(handler));
  asio::dispatch(front->strand(), [front, operation = std::move(operation)]() mutable {
    front->unknown_ufrags().async_next(std::move(operation));
  });
}

}  // namespace sluice
