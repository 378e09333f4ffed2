#include "peer/base64.hpp"

#include <cstdint>

namespace peer {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::span<const std::byte> data) {
  std::string text;
  text.reserve((data.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const auto octet : data) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(octet);
    for (count += 8; count >= 6; count -= 6) text += alphabet[bits >> (count - 6) & 0x3f];
  }
  if (count != 0) text += alphabet[bits << (6 - count) & 0x3f];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::vector<std::byte> from_base64(std::string_view text) {
  std::vector<std::byte> data;
  data.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) break;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    data.push_back(static_cast<std::byte>(bits >> count & 0xff));
  }
  return data;
}

}  // namespace peer
