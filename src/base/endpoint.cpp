#include "base/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace sluice {
namespace {

constexpr std::array<std::byte, 12> v4_mapped_prefix{std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
                                                     std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
                                                     std::byte{0}, std::byte{0}, std::byte{0xff}, std::byte{0xff}};

unsigned octet(ByteView octets, std::size_t index) { return std::to_integer<unsigned>(octets[index]); }

}  // namespace

IpAddress IpAddress::v4(std::array<std::byte, 4> octets) noexcept {
  IpAddress address;
  std::ranges::copy(octets, address.octets_.begin());
  return address;
}

IpAddress IpAddress::v6(std::array<std::byte, 16> octets) noexcept {
  IpAddress address;
  address.family_ = Family::v6;
  address.octets_ = octets;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const std::string terminated{text};
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.octets_.data()) == 1) return address;
  address.family_ = Family::v6;
  if (inet_pton(AF_INET6, terminated.c_str(), address.octets_.data()) == 1) return address;
  return std::nullopt;
}

bool IpAddress::is_unspecified() const noexcept {
  return std::ranges::all_of(octets(), [](std::byte b) { return b == std::byte{0}; });
}

bool IpAddress::is_loopback() const noexcept {
  if (is_v4()) return octet(octets(), 0) == 127;
  return std::ranges::all_of(octets().first(15), [](std::byte b) { return b == std::byte{0}; }) &&
         octet(octets(), 15) == 1;
}

bool IpAddress::is_link_local() const noexcept {
  if (is_v4()) return octet(octets(), 0) == 169 && octet(octets(), 1) == 254;
  return octet(octets(), 0) == 0xfe && (octet(octets(), 1) & 0xc0) == 0x80;
}

bool IpAddress::is_multicast() const noexcept {
  return is_v4() ? (octet(octets(), 0) & 0xf0) == 0xe0 : octet(octets(), 0) == 0xff;
}

bool IpAddress::is_broadcast() const noexcept {
  return is_v4() && std::ranges::all_of(octets(), [](std::byte b) { return b == std::byte{0xff}; });
}

bool IpAddress::is_v4_mapped() const noexcept {
  return !is_v4() && std::ranges::equal(octets().first(12), v4_mapped_prefix);
}

IpAddress IpAddress::unmapped() const noexcept {
  if (!is_v4_mapped()) return *this;
  std::array<std::byte, 4> octets{};
  std::ranges::copy(this->octets().last(4), octets.begin());
  return v4(octets);
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  inet_ntop(family, address.octets().data(), text.data(), text.size());
  return text.data();
}

std::string to_string(const Endpoint& endpoint) {
  const auto address = to_string(endpoint.address);
  const auto port = std::to_string(endpoint.port);
  return endpoint.address.is_v4() ? address + ":" + port : "[" + address + "]:" + port;
}

}  // namespace sluice
