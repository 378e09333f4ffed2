#pragma once
// Interfaces: at which addresses this host may be reached.   RFC 8445 §5.1.1.1, RFC 8421
#include <string>
#include <vector>

#include "base/endpoint.hpp"

namespace sluice::net {

struct InterfaceAddress {
  std::string interface {};
  IpAddress address{};
  bool loopback = false;
  bool temporary = false;   // RFC 8981
  bool deprecated = false;  // RFC 4862 §2
  friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;
};

using Addresses = std::vector<InterfaceAddress>;

/// All addresses of interfaces that are up. None: the system had no descriptor or memory to tell.
Addresses interface_addresses();

// Beyond the rules below.
struct AddressChoice {
  bool v4 = true;
  bool v6 = true;
  bool loopback = false;          // beside others
  std::vector<IpAddress> only{};  // not empty: no others, and these whatever they are
};

/// Those that candidates are made of, the preferred first: no multicast, no deprecated, no link-local IPv6 (its zone
/// cannot be signaled), no stable IPv6 address where a temporary one exists on the interface (RFC 8445 §5.1.1.1),
/// loopback only if there is nothing else. IPv6 and IPv4 alternate (RFC 8421 §4). At most `limit`.
std::vector<IpAddress> usable_addresses(const std::vector<InterfaceAddress>&, const AddressChoice&, std::size_t limit);

}  // namespace sluice::net
