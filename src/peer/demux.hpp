#pragma once
// Which protocol a datagram belongs to, by its first byte.   RFC 7983 §7
#include "base/bytes.hpp"

namespace sluice::peer {

enum class Protocol { stun, dtls, other };

inline Protocol demultiplex(ByteView datagram) noexcept {
  if (datagram.empty()) return Protocol::other;
  const auto first = std::to_integer<unsigned>(datagram.front());
  if (first <= 3) return Protocol::stun;
  if (first >= 20 && first <= 63) return Protocol::dtls;
  return Protocol::other;
}

}  // namespace sluice::peer
