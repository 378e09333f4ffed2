#pragma once
// CRC32c of an SCTP packet, by the processor's instruction where there is one.   RFC 9260 appendix A
//
// usrsctp's own table costs as much as everything else it does, so it is told that someone else cares: we do.
#include <cstdint>

#include "base/bytes.hpp"

namespace sluice::sctp {

std::uint32_t crc32c(ByteView bytes) noexcept;

/// Portable; what crc32c() is tested against.
std::uint32_t crc32c_by_table(ByteView bytes) noexcept;

/// Writes the checksum into the common header. `packet` has at least 12 bytes.
void seal(MutableBytes packet) noexcept;

/// Is the checksum of this packet right? Leaves its field zero.
bool unseal(MutableBytes packet) noexcept;

}  // namespace sluice::sctp
