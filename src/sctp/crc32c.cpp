#include "sctp/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace sluice::sctp {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // RFC 9260 appendix A, bits reversed
constexpr std::size_t checksum_offset = 8;        // RFC 9260 §3.1

using Table = std::array<std::uint32_t, 256>;

constexpr Table byte_table = [] {
  Table table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    auto value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ polynomial : value >> 1;
    table[i] = value;
  }
  return table;
}();

constexpr std::uint32_t by_table(std::uint32_t state, std::uint8_t octet) {
  return byte_table[(state ^ octet) & 0xff] ^ state >> 8;
}

#if defined(__x86_64__)

// What `Length` zero bytes do to a state. The state is linear over GF(2), so four tables of one byte each suffice.
template <std::size_t Length>
struct Advance {
  static constexpr std::array<Table, 4> tables = [] {
    std::array<std::uint32_t, 32> of_bit{};
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
      auto state = std::uint32_t{1} << bit;
      for (std::size_t i = 0; i < Length; ++i) state = by_table(state, 0);
      of_bit[bit] = state;
    }
    std::array<Table, 4> result{};
    for (std::size_t octet = 0; octet < 4; ++octet) {
      for (std::size_t value = 0; value < 256; ++value) {
        for (std::size_t bit = 0; bit < 8; ++bit) {
          if ((value >> bit & 1) != 0) result[octet][value] ^= of_bit[octet * 8 + bit];
        }
      }
    }
    return result;
  }();

  static std::uint32_t apply(std::uint64_t state) noexcept {
    return tables[0][state & 0xff] ^ tables[1][state >> 8 & 0xff] ^ tables[2][state >> 16 & 0xff] ^
           tables[3][state >> 24 & 0xff];
  }
};

std::uint64_t word(ByteView bytes, std::size_t at) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// The instruction has a latency of three cycles and starts one per cycle: three blocks side by side keep it busy.
template <std::size_t Block>
__attribute__((target("sse4.2"))) ByteView three_at_once(std::uint64_t& state, ByteView bytes) noexcept {
  while (bytes.size() >= 3 * Block) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t at = 0; at < Block; at += 8) {
      state = _mm_crc32_u64(state, word(bytes, at));
      second = _mm_crc32_u64(second, word(bytes, at + Block));
      third = _mm_crc32_u64(third, word(bytes, at + 2 * Block));
    }
    state = Advance<Block>::apply(state) ^ second;
    state = Advance<Block>::apply(state) ^ third;
    bytes = bytes.subspan(3 * Block);
  }
  return bytes;
}

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(ByteView bytes) noexcept {
  std::uint64_t state = 0xffffffff;
  bytes = three_at_once<384>(state, bytes);  // three of them are a full packet
  bytes = three_at_once<64>(state, bytes);
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) state = _mm_crc32_u64(state, word(bytes, 0));
  auto tail = static_cast<std::uint32_t>(state);
  for (const auto octet : bytes) tail = _mm_crc32_u8(tail, std::to_integer<std::uint8_t>(octet));
  return ~tail;
}

#elif defined(__ARM_FEATURE_CRC32)

std::uint32_t by_instruction(ByteView bytes) noexcept {
  std::uint32_t state = 0xffffffff;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    state = __crc32cd(state, value);
  }
  for (const auto octet : bytes) state = __crc32cb(state, std::to_integer<std::uint8_t>(octet));
  return ~state;
}

#endif

}  // namespace

std::uint32_t crc32c_by_table(ByteView bytes) noexcept {
  std::uint32_t state = 0xffffffff;
  for (const auto octet : bytes) state = by_table(state, std::to_integer<std::uint8_t>(octet));
  return ~state;
}

std::uint32_t crc32c(ByteView bytes) noexcept {
#if defined(__x86_64__)
  static const bool available = __builtin_cpu_supports("sse4.2") != 0;
  return available ? by_instruction(bytes) : crc32c_by_table(bytes);
#elif defined(__ARM_FEATURE_CRC32)
  return by_instruction(bytes);
#else
  return crc32c_by_table(bytes);
#endif
}

// RFC 9260 appendix A: the field is zero while the sum is taken, and carries its least significant byte first.
void seal(MutableBytes packet) noexcept {
  const auto field = packet.subspan(checksum_offset, 4);
  std::memset(field.data(), 0, field.size());
  auto sum = crc32c(packet);
  for (auto& octet : field) {
    octet = static_cast<std::byte>(sum & 0xff);
    sum >>= 8;
  }
}

bool unseal(MutableBytes packet) noexcept {
  const auto field = packet.subspan(checksum_offset, 4);
  std::uint32_t claimed = 0;
  for (std::size_t i = 0; i < field.size(); ++i) claimed |= std::to_integer<std::uint32_t>(field[i]) << (8 * i);
  std::memset(field.data(), 0, field.size());
  return crc32c(packet) == claimed;
}

}  // namespace sluice::sctp
