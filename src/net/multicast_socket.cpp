#include "net/multicast_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/unicast.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <cstring>

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

std::optional<IpAddress> own_v4(const Link& link) {
  const auto own = std::ranges::find_if(link.networks, [](const auto& each) { return each.address.is_v4(); });
  return own == link.networks.end() ? std::nullopt : std::optional{own->address};
}

#ifdef __linux__

// By the interface: its address may become another one.
error_code join_v4(Socket& socket, const Link& link, const asio::ip::address& group) {
  const auto own = own_v4(link);
  if (!own) return asio::error::address_family_not_supported;
  ip_mreqn request{};
  const auto group_octets = group.to_v4().to_bytes();
  std::memcpy(&request.imr_multiaddr, group_octets.data(), group_octets.size());
  std::memcpy(&request.imr_address, own->octets().data(), own->octets().size());  // what leaves comes from there
  request.imr_ifindex = static_cast<int>(link.index);
  const auto set = [&](int option) {
    return ::setsockopt(socket.native_handle(), IPPROTO_IP, option, &request, sizeof request) == 0;
  };
  (void)set(IP_DROP_MEMBERSHIP);  // with the last address of before the system has left the group, and still knows ours
  if (set(IP_ADD_MEMBERSHIP) && set(IP_MULTICAST_IF)) return {};
  return {errno, boost::system::system_category()};
}

#else

error_code join_v4(Socket& socket, const Link& link, const asio::ip::address& group) {
  const auto own = own_v4(link);
  if (!own) return asio::error::address_family_not_supported;
  const auto address = to_asio(*own).to_v4();
  error_code error, ignored;
  socket.set_option(multicast::leave_group{group.to_v4(), address}, ignored);
  socket.set_option(multicast::join_group{group.to_v4(), address}, error);
  if (!error) socket.set_option(multicast::outbound_interface{address}, error);
  return error;
}

#endif

error_code join_v6(Socket& socket, const Link& link, const asio::ip::address& group) {
  error_code error, ignored;
  socket.set_option(multicast::leave_group{group.to_v6(), link.index}, ignored);
  socket.set_option(multicast::join_group{group.to_v6(), link.index}, error);
  if (!error) socket.set_option(multicast::outbound_interface{link.index}, error);
  return error;
}

error_code join(Socket& socket, const Link& link, const IpAddress& group) {
  return group.is_v4() ? join_v4(socket, link, to_asio(group)) : join_v6(socket, link, to_asio(group));
}

}  // namespace

error_code MulticastSocket::open(const Endpoint& group) {
  const bool v4 = group.address.is_v4();
  group_ = group.address;
  const auto protocol = v4 ? asio::ip::udp::v4() : asio::ip::udp::v6();
  error_code error, ignored;
  socket_.open(protocol, error);
  if (error) return error;
  if (!v4) socket_.set_option(asio::ip::v6_only{true}, error);
  if (!error) socket_.set_option(asio::socket_base::reuse_address{true}, error);
  set_system_options(socket_, v4);
  if (!error) socket_.non_blocking(true, error);
  if (!error) socket_.bind({protocol, group.port}, error);
  if (!error) error = join(socket_, link_, group_);
  socket_.set_option(multicast::hops{time_to_live}, ignored);
  socket_.set_option(asio::ip::unicast::hops{time_to_live}, ignored);
  socket_.set_option(multicast::enable_loopback{true}, ignored);
  if (error) close();
  return error;
}

error_code MulticastSocket::set_link(Link link) {
  if (link == link_) return {};
  link_ = std::move(link);
  return join(socket_, link_, group_);
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
    if (is_from_link(from, source.address)) return Datagram{{id_, source}, ByteView{buffer_}.first(size)};
  }
  return std::nullopt;
}

// A group that several interfaces have joined is heard by the sockets of each: Linux asks for the address alone. A
// link-local source says where it is; others are told apart by their networks.
bool MulticastSocket::is_from_link(const asio::ip::udp::endpoint& from, const IpAddress& source) const {
  if (source.is_v4() || !source.is_link_local()) return link_.contains(source);
  return from.address().to_v6().scope_id() == link_.index;
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
