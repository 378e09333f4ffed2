#pragma once
// Base 64 of binary messages in JSON.   RFC 4648 §4
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace peer {

std::string to_base64(std::span<const std::byte>);
/// What comes before the first character that is not base 64.
std::vector<std::byte> from_base64(std::string_view);

}  // namespace peer
