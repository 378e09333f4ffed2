#pragma once
// Frames: where a message ends in a stream: of STUN or ChannelData, which say so themselves, or any, with its length
// before it.   RFC 8489 §6.2.2, RFC 8656 §12.5, RFC 4571
#include <optional>

#include "base/bytes.hpp"

namespace sluice::net {

inline constexpr std::size_t longest_frame = 20 + 0xffff;  // a STUN header and the longest message after it

/// Of the first message, its padding included; 0 while too little of it is there to tell. None: it is neither, and
/// nothing after it can be told apart.
std::optional<std::size_t> frame_size(ByteView stream) noexcept;

inline constexpr std::size_t length_prefix = 2;
// Datagram of a peer, who has been told that we take 16 KiB in one: a DTLS record. RFC 6347 §4.1, RFC 5246 §6.2.3
inline constexpr std::size_t longest_prefixed = 13 + 16 * 1024 + 2048;
inline constexpr std::size_t longest_unproven = 2 * 1024;  // of somebody who may be a peer: checks are shorter

/// Of the first datagram and the length before it, RFC 4571 §2; 0 as above. None: it is longer than `longest`.
std::optional<std::size_t> prefixed_size(ByteView stream, std::size_t longest) noexcept;

}  // namespace sluice::net
