#pragma once
// Link: an interface, as far as multicast DNS cares: whom we can reach there without a router.   RFC 6762 §11, §15
#include <string>
#include <vector>

#include "base/endpoint.hpp"

namespace sluice::net {

struct Link {
  struct Network {
    IpAddress address{};  // ours
    unsigned prefix = 0;  // its length
    friend bool operator==(const Network&, const Network&) = default;
  };

  std::string name{};
  unsigned index = 0;
  std::vector<Network> networks{};

  bool has(IpAddress::Family) const noexcept;
  bool owns(const IpAddress&) const noexcept;
  /// Whether this is an address of the link: RFC 6762 §11 wants no others.
  bool contains(const IpAddress&) const noexcept;
  friend bool operator==(const Link&, const Link&) = default;
};

/// Interfaces that are up and can multicast, and loopback.
std::vector<Link> multicast_links();

}  // namespace sluice::net
