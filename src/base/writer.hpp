#pragma once
// Writer: big-endian writing at the end of a growing buffer. A length that is known only later is patched in.
#include <cstdint>

#include "base/bytes.hpp"

namespace sluice {

class Writer {
 public:
  explicit Writer(Bytes& output) noexcept : output_{&output} {}

  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void bytes(ByteView value) { output_->insert(output_->end(), value.begin(), value.end()); }
  void zeros(std::size_t count) { output_->resize(output_->size() + count); }

  std::size_t size() const noexcept { return output_->size(); }

  void patch_u16(std::size_t at, std::uint16_t value) noexcept {
    (*output_)[at] = static_cast<std::byte>(value >> 8);
    (*output_)[at + 1] = static_cast<std::byte>(value & 0xff);
  }

 private:
  void number(std::uint64_t value, unsigned width) {
    for (unsigned shift = width * 8; shift != 0; shift -= 8) {
      output_->push_back(static_cast<std::byte>(value >> (shift - 8) & 0xff));
    }
  }

  Bytes* output_;
};

}  // namespace sluice
