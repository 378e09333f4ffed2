#include "net/links.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "net/sockaddr.hpp"

namespace sluice::net {
namespace {

unsigned ones(const IpAddress& mask) noexcept {
  unsigned count = 0;
  for (const auto octet : mask.octets())
    count += static_cast<unsigned>(std::popcount(std::to_integer<unsigned>(octet)));
  return count;
}

bool same_network(ByteView left, ByteView right, unsigned prefix) noexcept {
  for (std::size_t i = 0; i != left.size() && prefix != 0; ++i) {
    const auto bits = std::min(prefix, 8U);
    const auto mask = std::byte{static_cast<unsigned char>(0xff00U >> bits)};
    if ((left[i] & mask) != (right[i] & mask)) return false;
    prefix -= bits;
  }
  return true;
}

bool is_suitable(unsigned flags) noexcept {
  return (flags & IFF_UP) != 0 && (flags & (IFF_MULTICAST | IFF_LOOPBACK)) != 0;
}

// By its number: Linux has names for further addresses ("eth0:1") that are no interfaces.
Link& link_named(std::vector<Link>& links, const char* name) {
  const auto index = ::if_nametoindex(name);
  const auto found = std::ranges::find(links, index, &Link::index);
  if (found != links.end()) return *found;
  links.push_back({.name = name, .index = index});
  return links.back();
}

}  // namespace

bool Link::has(IpAddress::Family family) const noexcept {
  return std::ranges::any_of(networks, [&](const Network& each) { return each.address.family() == family; });
}

bool Link::owns(const IpAddress& address) const noexcept {
  return std::ranges::find(networks, address, &Network::address) != networks.end();
}

bool Link::contains(const IpAddress& address) const noexcept {
  if (!address.is_v4() && address.is_link_local()) return true;
  return std::ranges::any_of(networks, [&](const Network& each) {
    return each.address.family() == address.family() &&
           same_network(each.address.octets(), address.octets(), each.prefix);
  });
}

std::vector<Link> multicast_links() {
  ifaddrs* head = nullptr;
  if (::getifaddrs(&head) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list{head, ::freeifaddrs};
  std::vector<Link> links;
  for (const auto* item = list.get(); item; item = item->ifa_next) {
    const auto own = read_sockaddr(item->ifa_addr);
    const auto mask = read_sockaddr(item->ifa_netmask);
    if (!own || !mask || !is_suitable(item->ifa_flags)) continue;
    link_named(links, item->ifa_name).networks.push_back({own->address, ones(mask->address)});
  }
  return links;
}

}  // namespace sluice::net
