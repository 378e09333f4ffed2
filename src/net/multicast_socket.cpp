#include "net/multicast_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/unicast.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include "net/address.hpp"

namespace sluice::net {
namespace {

namespace asio = boost::asio;
namespace multicast = asio::ip::multicast;
using boost::system::error_code;
using Socket = asio::ip::udp::socket;

constexpr int time_to_live = 255;  // RFC 6762 §11
constexpr int most_refused = 64;   // in a row; then others of the context get their chance

// Options that Asio does not have; where the system has not either, what they are for comes without.
void set_system_options(Socket& socket, bool v4) noexcept {
  [[maybe_unused]] const int on = 1, off = 0;
  (void)v4;
#ifdef SO_REUSEPORT
  (void)::setsockopt(socket.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
#endif
  // Linux: what others of this host have joined is not for this socket.
#ifdef IP_MULTICAST_ALL
  if (v4) (void)::setsockopt(socket.native_handle(), IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
#endif
#ifdef IPV6_MULTICAST_ALL
  if (!v4) (void)::setsockopt(socket.native_handle(), IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof off);
#endif
}

error_code join_v4(Socket& socket, const Link& link, const asio::ip::address& group) {
  const auto own = std::ranges::find_if(link.networks, [](const auto& each) { return each.address.is_v4(); });
  if (own == link.networks.end()) return asio::error::address_family_not_supported;
  const auto address = to_asio(own->address).to_v4();
  error_code error;
  socket.set_option(multicast::join_group{group.to_v4(), address}, error);
  if (!error) socket.set_option(multicast::outbound_interface{address}, error);
  return error;
}

error_code join_v6(Socket& socket, const Link& link, const asio::ip::address& group) {
  error_code error;
  socket.set_option(multicast::join_group{group.to_v6(), link.index}, error);
  if (!error) socket.set_option(multicast::outbound_interface{link.index}, error);
  return error;
}

}  // namespace

error_code MulticastSocket::open(const Endpoint& group) {
  const bool v4 = group.address.is_v4();
  const auto address = to_asio(group.address);
  const auto protocol = v4 ? asio::ip::udp::v4() : asio::ip::udp::v6();
  error_code error, ignored;
  socket_.open(protocol, error);
  if (error) return error;
  if (!v4) socket_.set_option(asio::ip::v6_only{true}, error);
  if (!error) socket_.set_option(asio::socket_base::reuse_address{true}, error);
  set_system_options(socket_, v4);
  if (!error) socket_.non_blocking(true, error);
  if (!error) socket_.bind({protocol, group.port}, error);
  if (!error) error = v4 ? join_v4(socket_, link_, address) : join_v6(socket_, link_, address);
  socket_.set_option(multicast::hops{time_to_live}, ignored);
  socket_.set_option(asio::ip::unicast::hops{time_to_live}, ignored);
  socket_.set_option(multicast::enable_loopback{true}, ignored);
  if (error) close();
  return error;
}

void MulticastSocket::close() {
  error_code ignored;
  socket_.close(ignored);
}

std::optional<Datagram> MulticastSocket::receive() {
  for (int i = 0; i != most_refused && socket_.is_open(); ++i) {
    error_code error;
    asio::ip::udp::endpoint from;
    const auto size = socket_.receive_from(asio::buffer(buffer_), from, 0, error);
    if (error) break;
    const auto source = from_asio(from);
    if (link_.contains(source.address)) return Datagram{{id_, source}, ByteView{buffer_}.first(size)};
  }
  return std::nullopt;
}

void MulticastSocket::send(const Endpoint& to, ByteView datagram) {
  if (!socket_.is_open()) return;
  error_code ignored;
  socket_.send_to(asio::buffer(datagram.data(), datagram.size()), scoped(to), 0, ignored);
}

asio::ip::udp::endpoint MulticastSocket::scoped(const Endpoint& endpoint) const {
  auto address = to_asio(endpoint.address);
  if (address.is_v4()) return {address, endpoint.port};
  auto v6 = address.to_v6();
  if (endpoint.address.is_link_local() || endpoint.address.is_multicast()) v6.scope_id(link_.index);
  return {v6, endpoint.port};
}

}  // namespace sluice::net
