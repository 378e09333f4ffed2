#pragma once
// ICE server URLs.   RFC 7064, RFC 7065, W3C §4.4.1.5 (validate an ICE server URL)
#include <cstdint>
#include <string>
#include <string_view>

#include "sluice/error.hpp"

namespace sluice::api {

struct IceUrl {
  enum class Scheme { stun, stuns, turn, turns };
  Scheme scheme{};
  std::string host{};  // a name or an address, without brackets
  std::uint16_t port = 0;
  bool tcp = false;
  bool explicit_port = false;  // otherwise the port is the scheme's
  friend bool operator==(const IceUrl&, const IceUrl&) = default;
};

/// One of the ice_url_ errors, checked in W3C's order.
Result<IceUrl> parse_ice_url(std::string_view);

}  // namespace sluice::api
