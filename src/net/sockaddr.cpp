#include "net/sockaddr.hpp"

#include <netinet/in.h>

#include <cstring>

namespace sluice::net {
namespace {

template <std::size_t size>
std::array<std::byte, size> octets_of(const void* source) noexcept {
  std::array<std::byte, size> octets{};
  std::memcpy(octets.data(), source, size);
  return octets;
}

}  // namespace

socklen_t write_sockaddr(const Endpoint& endpoint, sockaddr_storage& storage) noexcept {
  const auto octets = endpoint.address.octets();
  if (endpoint.address.is_v4()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, octets.data(), octets.size());
    std::memcpy(&storage, &address, sizeof address);
    return sizeof address;
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(endpoint.port);
  std::memcpy(&address.sin6_addr, octets.data(), octets.size());
  std::memcpy(&storage, &address, sizeof address);
  return sizeof address;
}

std::optional<Endpoint> read_sockaddr(const sockaddr* source) noexcept {
  if (!source) return std::nullopt;
  if (source->sa_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, source, sizeof address);
    return Endpoint{IpAddress::v4(octets_of<4>(&address.sin_addr)), ntohs(address.sin_port)};
  }
  if (source->sa_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, source, sizeof address);
    return Endpoint{IpAddress::v6(octets_of<16>(&address.sin6_addr)), ntohs(address.sin6_port)};
  }
  return std::nullopt;
}

}  // namespace sluice::net
