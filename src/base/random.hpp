#pragma once
// Random: where chance comes from. SystemRandom (crypto) in production, SeededRandom in tests.
#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"

namespace sluice {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes output) = 0;

  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

  /// A text of ice-chars, RFC 8839 §5.1: 6 random bits per character.
  std::string text(std::size_t length) {
    static constexpr std::string_view ice_chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result(length, '\0');
    fill(std::as_writable_bytes(std::span{result}));
    for (auto& c : result) c = ice_chars[static_cast<unsigned char>(c) % ice_chars.size()];
    return result;
  }

 private:
  std::uint64_t number(std::size_t width) {
    std::array<std::byte, 8> octets{};
    fill(std::span{octets}.first(width));
    std::uint64_t value = 0;
    for (const auto octet : std::span{octets}.first(width)) value = value << 8 | std::to_integer<std::uint64_t>(octet);
    return value;
  }
};

}  // namespace sluice
