#pragma once
// Bytes that are looked at, bytes that are owned, and the border between bytes and text.
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

using ByteView = std::span<const std::byte>;  // looks; never outlives the call that passed it
using MutableBytes = std::span<std::byte>;    // looks and may change in place
using Bytes = std::vector<std::byte>;         // owns

inline ByteView as_bytes(std::string_view text) noexcept { return std::as_bytes(std::span{text.data(), text.size()}); }

inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // char may alias anything
}

}  // namespace sluice
