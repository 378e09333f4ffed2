#include "crypto/crc32.hpp"

#include <array>

namespace sluice::crypto {
namespace {

constexpr std::uint32_t polynomial = 0xEDB88320;  // of ITU V.42 §8.1.1.6.2, lowest power in the highest bit

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
    std::uint32_t remainder = octet;
    for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? polynomial : 0);
    table[octet] = remainder;
  }
  return table;
}

constexpr auto table = make_table();
static_assert(table[1] == 0x77073096 && table[255] == 0x2D02EF8D);

}  // namespace

std::uint32_t crc32(ByteView bytes) noexcept {
  std::uint32_t remainder = 0xFFFFFFFF;
  for (const auto octet : bytes) {
    remainder = remainder >> 8 ^ table[(remainder ^ std::to_integer<std::uint32_t>(octet)) & 0xff];
  }
  return ~remainder;
}

}  // namespace sluice::crypto
