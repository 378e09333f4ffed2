#pragma once
// Reader: bounds-checked big-endian reading.
//
// Read every field in wire order, then ask ok() once. After the first field that does not fit, every read gives
// zero or nothing and ok() stays false.
#include <cstdint>

#include "base/bytes.hpp"

namespace sluice {

class Reader {
 public:
  explicit Reader(ByteView input) noexcept : rest_{input} {}

  std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() noexcept { return number(8); }

  ByteView bytes(std::size_t count) noexcept {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  ByteView rest() noexcept { return bytes(rest_.size()); }
  void skip(std::size_t count) noexcept { bytes(count); }

  std::size_t remaining() const noexcept { return rest_.size(); }
  bool ok() const noexcept { return ok_; }

 private:
  std::uint64_t number(std::size_t width) noexcept {
    std::uint64_t value = 0;
    for (const auto octet : bytes(width)) value = value << 8 | std::to_integer<std::uint64_t>(octet);
    return value;
  }

  ByteView rest_;
  bool ok_ = true;
};

}  // namespace sluice
