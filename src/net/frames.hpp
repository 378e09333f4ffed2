#pragma once
// Frames: where a STUN or ChannelData message ends in a stream.   RFC 8489 §6.2.2, RFC 8656 §12.5
#include <optional>

#include "base/bytes.hpp"

namespace sluice::net {

inline constexpr std::size_t longest_frame = 20 + 0xffff;  // a STUN header and the longest message after it

/// Of the first message, its padding included; 0 while too little of it is there to tell. None: it is neither, and
/// nothing after it can be told apart.
std::optional<std::size_t> frame_size(ByteView stream) noexcept;

}  // namespace sluice::net
