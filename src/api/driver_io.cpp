// The driver's sockets and names.
#include "api/driver.hpp"
#include "base/log.hpp"
#include "net/interfaces.hpp"
#include "net/stream.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t max_ports = 32;
constexpr std::size_t socket_buffer = 1024 * 1024;
// A wake reads a socket until it is empty, or this much: then handlers and other connections get their chance.
constexpr std::size_t most_per_wake = 256 * 1024;
// One read takes this many messages, of 64 KiB if the kernel has joined datagrams, as the one before tells. Then the
// peer is answered, so that it works on while we do. Fewer than asked for are all there were.
constexpr std::size_t joined_per_read = 1;
constexpr std::size_t single_per_read = 16;

std::size_t bytes_of(std::span<const Datagram> batch) {
  std::size_t sum = 0;
  for (const auto& datagram : batch) sum += datagram.bytes.size();
  return sum;
}

net::AddressChoice choice(const NetworkOptions& network) {
  net::AddressChoice result{.v4 = network.ipv4, .v6 = network.ipv6, .loopback = network.loopback};
  for (const auto& text : network.addresses) {
    if (const auto address = IpAddress::parse(text)) result.only.push_back(*address);
  }
  return result;
}

std::optional<IpAddress> external_address(const NetworkOptions& network, const IpAddress& own) {
  for (const auto& text : network.external_addresses) {
    const auto address = IpAddress::parse(text);
    if (address && address->is_v4() == own.is_v4() && !own.is_loopback()) return address;
  }
  return std::nullopt;
}

}  // namespace

// The application's filter may do anything, also close the connection: it is not called from inside the engine.
void Driver::handle(const peer::SocketsNeeded&) {
  if (mux_) return mux_->join(weak_from_this());
  watch_network();
  if (!network_.filter) return gather();
  asio::post(strand_, [self = shared_from_this()] {
    if (self->closed()) return;
    self->gather();
    if (!self->closed()) self->drain(Clock::now());
  });
}

std::vector<IpAddress> Driver::usable_addresses(const net::Addresses& all) {
  auto allowed = all;
  if (network_.filter) {
    std::erase_if(allowed, [&](const auto& each) {
      return snapshot_->closed.load() || !network_.filter({each.interface, to_string(each.address)});
    });
  }
  return net::usable_addresses(allowed, choice(network_), max_ports);
}

// One socket per address; those of addresses that are gone stay for the generations that use them, and no other, until
// the watcher says so.
void Driver::gather() {
  const auto usable = usable_addresses(net::interface_addresses());
  if (closed()) return;  // by the application's filter
  open_ports(usable);
  std::vector<ice::LocalSocket> sockets;
  for (const auto& port : ports_) {
    const auto address = port->socket().local_endpoint().address;
    if (std::ranges::find(usable, address) == usable.end()) continue;
    port->set_rank(sockets.size());
    sockets.push_back(local_socket(*port, port->rank()));
  }
  close_unused_tcp_ports();
  open_tcp_ports(usable, 0, sockets);
  if (sockets.empty()) log::error("no network interface has a usable address; candidates need one");
  engine_->handle_sockets(Clock::now(), sockets);
}

ice::LocalSocket Driver::local_socket(Port& port, std::size_t rank) {
  const auto endpoint = port.socket().local_endpoint();
  return {.id = port.socket().id(),
          .address = endpoint,
          .preference = static_cast<std::uint16_t>(65535 - rank),  // RFC 8445 §5.1.2.1
          .external = external_address(network_, endpoint.address),
          .name = mdns_name(endpoint.address)};
}

// One name for each address, however often it is gathered. draft-ietf-mmusic-mdns-ice-candidates-03 §3.1.1
std::string Driver::mdns_name(const IpAddress& address) {
  if (!network_.mdns_names || external_address(network_, address)) return {};
  const auto found = mdns_names_.find(address);
  if (found != mdns_names_.end()) return found->second.text();
  const auto name = ice::MdnsName::generate(random_);
  mdns_names_.emplace(address, name);
  uses_mdns_ = true;
  MdnsHost::of(strand_.get_inner_executor())->publish(this, name, address);
  return name.text();
}

void Driver::open_ports(const std::vector<IpAddress>& usable) {
  for (const auto& address : usable) {
    const auto same = [&](const auto& port) { return port->socket().local_endpoint().address == address; };
    if (ports_.size() == max_ports || std::ranges::any_of(ports_, same)) continue;
    auto port = std::make_shared<Port>(strand_, unused_id());
    if (const auto error = open_port(*port, address)) {
      log::warning("cannot bind a UDP socket to ", to_string(address), ": ", error.message());
      continue;
    }
    port->set_rank(unused_rank(ports_));
    ports_.push_back(std::move(port));
    read(ports_.back());
  }
}

// None that was used lately, so that nobody takes one address for another.
SocketId Driver::unused_id() {
  const auto used = [this](SocketId id) {
    return tcp_.has(id) || std::ranges::any_of(ports_, [id](const auto& port) { return port->socket().id() == id; });
  };
  SocketId id{};
  do id = SocketId{static_cast<std::uint16_t>(last_socket_++ % ice::first_stream)};
  while (used(id));
  return id;
}

error_code Driver::open_port(Port& port, const IpAddress& address) {
  const net::SocketOptions options{.buffer_size = socket_buffer, .dscp = network_.dscp};
  return open_in_range([&](std::uint16_t number) { return port.socket().open({address, number}, options); });
}

// Of a range the first free port, from a random one on: connections of one host do not race for the lowest.
error_code Driver::open_in_range(const std::function<error_code(std::uint16_t port)>& open) {
  const auto lowest = std::uint32_t{network_.lowest_port};
  if (lowest == 0) return open(0);
  const auto count = std::uint32_t{network_.highest_port} - lowest + 1;
  const auto first = random_.u32() % count;
  error_code error;
  for (std::uint32_t i = 0; i != count; ++i) {
    const auto number = static_cast<std::uint16_t>(lowest + (first + i) % count);
    error = open(number);
    if (error != asio::error::address_in_use) break;
  }
  return error;
}

ice::LocalSocket Driver::shared_socket(SocketId id, const Endpoint& local, std::size_t rank) {
  return {.id = id,
          .address = local,
          .preference = static_cast<std::uint16_t>(65535 - rank),  // RFC 8445 §5.1.2.1
          .external = external_address(network_, local.address),
          .name = mdns_name(local.address),
          .shared = true};
}

void Driver::read(const std::shared_ptr<Port>& port) {
  port->socket().async_wait_readable(
      [self = shared_from_this(), port](error_code error) { self->handle_readable(port, error); });
}

void Driver::handle_readable(const std::shared_ptr<Port>& port, error_code error) {
  thread_local std::vector<Datagram> batch;
  if (error || closed()) return;
  auto now = Clock::now();
  for (std::size_t bytes = 0; bytes < most_per_wake; bytes += bytes_of(batch)) {
    batch.clear();
    port->socket().receive(batch, port->per_read);
    if (batch.empty()) break;
    port->per_read = batch.size() > port->per_read ? joined_per_read : single_per_read;
    engine_->handle_datagrams(now, batch);
    if (!port->socket().more()) break;
    transmit(now);
    now = Clock::now();
  }
  drain(now);
  if (!closed()) read(port);
}

void Driver::wait_writable(const std::shared_ptr<Port>& port) {
  port->socket().async_wait_writable([self = shared_from_this(), port](error_code error) {
    if (!error && !self->closed() && port->resume()) self->wait_writable(port);
  });
}

void Driver::handle(const peer::ResolveNeeded& needed) {
  if (!needed.service.empty()) return locate(needed);
  auto handler = [weak = weak_from_this(), host = needed.host](const std::vector<IpAddress>& addresses) {
    const auto self = weak.lock();
    if (!self || self->closed()) return;
    const auto now = Clock::now();
    self->engine_->handle_resolved(now, host, addresses);
    self->drain(now);
  };
  if (const auto name = ice::MdnsName::parse(needed.host)) return resolve_mdns(*name, std::move(handler));
  resolver_.async_resolve(needed.host, std::move(handler));
}

void Driver::locate(const peer::ResolveNeeded& needed) {
  const auto handler = [weak = weak_from_this(), needed](const std::vector<Endpoint>& places) {
    const auto self = weak.lock();
    if (!self || self->closed()) return;
    const auto now = Clock::now();
    self->engine_->handle_located(now, needed, places);
    self->drain(now);
  };
  resolver_.async_locate(needed.service, needed.host, handler);
}

void Driver::resolve_mdns(const ice::MdnsName& name, net::Resolver::Handler handler) {
  if (!network_.resolve_mdns) return asio::post(strand_, [handler = std::move(handler)] { handler({}); });
  uses_mdns_ = true;
  auto found = [weak = weak_from_this(), handler = std::move(handler)](const std::optional<IpAddress>& address) {
    const auto self = weak.lock();
    if (!self) return;
    asio::post(self->strand_, [handler, addresses = address ? std::vector{*address} : std::vector<IpAddress>{}] {
      handler(addresses);
    });
  };
  MdnsHost::of(strand_.get_inner_executor())->async_resolve(this, name, std::move(found));
}

void Driver::leave_mdns() {
  if (uses_mdns_) MdnsHost::of(strand_.get_inner_executor())->leave(this);
}

void Driver::handle(const ice::StreamNeeded& needed) {
  const auto with_driver = while_open();
  std::optional<net::TlsTarget> tls;
  if (needed.tls) {
    tls = {needed.host, needed.trust.ca_file, needed.trust.fingerprint, needed.trust.anybody};
  }
  net::StreamHandlers handlers{
      .connected =
          [with_driver, id = needed.id] {
            with_driver([&](Driver& self, TimePoint now) { self.engine_->handle_stream_connected(now, id); });
          },
      .received =
          [with_driver](std::span<const Datagram> messages) {
            with_driver([&](Driver& self, TimePoint now) { self.engine_->handle_datagrams(now, messages); });
          },
      .closed =
          [with_driver, id = needed.id](const std::string& reason) {
            with_driver([&](Driver& self, TimePoint now) {
              self.streams_.erase(id);
              self.engine_->handle_stream_closed(now, id, reason);
            });
          }};
  streams_[needed.id] = net::Stream::open(strand_, needed.id, needed.server, std::move(tls), std::move(handlers));
}

void Driver::handle(const ice::StreamReleased& released) {
  if (const auto stream = streams_.extract(released.id)) stream.mapped()->close();
}

}  // namespace sluice::api
