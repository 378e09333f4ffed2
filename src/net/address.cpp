#include "net/address.hpp"

#include <algorithm>

namespace sluice::net {
namespace {

template <class Address>
Address copied(ByteView octets) {
  typename Address::bytes_type bytes{};
  std::ranges::transform(octets, bytes.begin(), [](std::byte octet) { return std::to_integer<unsigned char>(octet); });
  return Address{bytes};
}

template <std::size_t size>
std::array<std::byte, size> copied(const std::array<unsigned char, size>& bytes) {
  std::array<std::byte, size> octets{};
  std::ranges::transform(bytes, octets.begin(), [](unsigned char byte) { return std::byte{byte}; });
  return octets;
}

}  // namespace

boost::asio::ip::address to_asio(const IpAddress& address) {
  if (address.is_v4()) return copied<boost::asio::ip::address_v4>(address.octets());
  return copied<boost::asio::ip::address_v6>(address.octets());
}

IpAddress from_asio(const boost::asio::ip::address& address) {
  if (address.is_v4()) return IpAddress::v4(copied(address.to_v4().to_bytes()));
  return IpAddress::v6(copied(address.to_v6().to_bytes()));
}

}  // namespace sluice::net
