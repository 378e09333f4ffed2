#pragma once
// IP addresses, transport addresses and paths as values, without a socket library.
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/strong.hpp"

namespace sluice {

class IpAddress {
 public:
  enum class Family : std::uint8_t { v4, v6 };

  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(std::array<std::byte, 4> octets) noexcept;
  static IpAddress v6(std::array<std::byte, 16> octets) noexcept;
  /// "192.0.2.1", "2001:db8::1", also in brackets; a zone ("%eth0") is refused.
  static std::optional<IpAddress> parse(std::string_view text);

  Family family() const noexcept { return family_; }
  bool is_v4() const noexcept { return family_ == Family::v4; }
  ByteView octets() const noexcept { return ByteView{octets_}.first(is_v4() ? 4 : 16); }

  bool is_unspecified() const noexcept;
  bool is_loopback() const noexcept;
  bool is_link_local() const noexcept;
  bool is_multicast() const noexcept;
  bool is_broadcast() const noexcept;
  bool is_v4_mapped() const noexcept;
  /// A v4-mapped IPv6 address as the IPv4 address it carries; anything else as it is.
  IpAddress unmapped() const noexcept;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::v4;
  std::array<std::byte, 16> octets_{};
};

struct Endpoint {
  IpAddress address{};
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// From which local socket to which remote transport address.
struct Path {
  SocketId local{};
  Endpoint remote{};
  friend auto operator<=>(const Path&, const Path&) = default;
};

struct Datagram {
  Path path{};
  ByteView bytes{};
};

std::string to_string(const IpAddress&);
std::string to_string(const Endpoint&);  // "192.0.2.1:5000", "[2001:db8::1]:5000"

}  // namespace sluice
