#pragma once
// CRC-32 of IEEE 802.3 (ITU V.42), as FINGERPRINT uses it.   RFC 8489 §14.7
#include <cstdint>

#include "base/bytes.hpp"

namespace sluice::crypto {

std::uint32_t crc32(ByteView) noexcept;

}  // namespace sluice::crypto
