#include "net/interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

#include "net/sockaddr.hpp"

namespace sluice::net {
namespace {

// What getifaddrs does not tell: the IFA_F_ flags of IPv6 addresses. None of any where the system has no such file;
// no answer if it has, but cannot open it now: without them an address that is not ours yet would look as if it were.
std::optional<std::map<IpAddress, unsigned>> v6_flags() {
  std::map<IpAddress, unsigned> flags;
  errno = 0;
  std::ifstream file{"/proc/net/if_inet6"};
  if (!file) return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? std::nullopt : std::optional{flags};
  std::string digits, index, prefix, scope, flag, name;
  while (file >> digits >> index >> prefix >> scope >> flag >> name) {
    if (digits.size() != 32) continue;
    std::string text;
    for (std::size_t i = 0; i != digits.size(); i += 4) text += (i == 0 ? "" : ":") + digits.substr(i, 4);
    const auto address = IpAddress::parse(text);
    if (address) flags[*address] = static_cast<unsigned>(std::strtoul(flag.c_str(), nullptr, 16));
  }
  return flags;
}

constexpr unsigned flag_temporary = 0x01;   // IFA_F_TEMPORARY of linux/if_addr.h
constexpr unsigned flag_dad_failed = 0x08;  // IFA_F_DADFAILED
constexpr unsigned flag_deprecated = 0x20;  // IFA_F_DEPRECATED
constexpr unsigned flag_tentative = 0x40;   // IFA_F_TENTATIVE

bool candidate_address(const InterfaceAddress& entry) noexcept {
  const auto& address = entry.address;
  if (address.is_unspecified() || address.is_multicast() || entry.deprecated || address.is_v4_mapped()) return false;
  return address.is_v4() || !address.is_link_local();
}

bool chosen(const AddressChoice& choice, const IpAddress& address) {
  if (!(address.is_v4() ? choice.v4 : choice.v6)) return false;
  return choice.only.empty() || std::ranges::find(choice.only, address) != choice.only.end();
}

bool has_temporary_sibling(const std::vector<InterfaceAddress>& all, const InterfaceAddress& entry) {
  if (entry.address.is_v4() || entry.temporary) return false;
  return std::ranges::any_of(all, [&](const InterfaceAddress& other) {
    return other.temporary && !other.deprecated && other.interface == entry.interface;
  });
}

}  // namespace

Addresses interface_addresses() {
  ifaddrs* head = nullptr;
  if (::getifaddrs(&head) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list{head, ::freeifaddrs};
  const auto flags = v6_flags();
  if (!flags) return {};
  Addresses result;
  for (const auto* item = list.get(); item; item = item->ifa_next) {
    const auto endpoint = read_sockaddr(item->ifa_addr);
    if (!endpoint || !(item->ifa_flags & IFF_UP)) continue;
    const auto& address = endpoint->address;
    const auto found = flags->find(address);
    const auto flag = found == flags->end() ? 0U : found->second;
    if (flag & (flag_tentative | flag_dad_failed)) continue;
    result.push_back({.interface = item->ifa_name,
                      .address = address,
                      .loopback = (item->ifa_flags & IFF_LOOPBACK) != 0 || address.is_loopback(),
                      .temporary = (flag & flag_temporary) != 0,
                      .deprecated = (flag & flag_deprecated) != 0});
  }
  return result;
}

std::vector<IpAddress> usable_addresses(const std::vector<InterfaceAddress>& all, const AddressChoice& choice,
                                        std::size_t limit) {
  std::vector<IpAddress> v4, v6, loopback;
  for (const auto& entry : all) {
    if (!chosen(choice, entry.address)) continue;
    if (choice.only.empty() && (!candidate_address(entry) || has_temporary_sibling(all, entry))) continue;
    auto& list = entry.loopback ? loopback : entry.address.is_v4() ? v4 : v6;
    if (std::ranges::find(list, entry.address) == list.end()) list.push_back(entry.address);
  }
  std::vector<IpAddress> result;
  for (std::size_t i = 0; i != std::max(v4.size(), v6.size()); ++i) {
    if (i < v6.size()) result.push_back(v6[i]);
    if (i < v4.size()) result.push_back(v4[i]);
  }
  if (result.empty() || choice.loopback || !choice.only.empty())
    std::ranges::copy(loopback, std::back_inserter(result));
  result.resize(std::min(result.size(), limit));
  return result;
}

}  // namespace sluice::net
