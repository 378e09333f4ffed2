#include "dcep/utf8.hpp"

#include <cstdint>

namespace sluice::dcep {
namespace {

struct Sequence {
  std::size_t length;      // that the first octet announces; 0: no character begins so
  std::uint8_t low, high;  // what the second octet may be; it excludes overlong forms, surrogates, > U+10FFFF
};

// RFC 3629 §4
Sequence sequence(std::uint8_t first) {
  if (first <= 0x7f) return {1, 0, 0};
  if (first < 0xc2) return {0, 0, 0};
  if (first <= 0xdf) return {2, 0x80, 0xbf};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};
  if (first <= 0xef) return {3, 0x80, 0xbf};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  if (first <= 0xf3) return {4, 0x80, 0xbf};
  if (first == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

// How much of the character at the front is well-formed; at least 1.
struct Prefix {
  std::size_t length;
  bool complete;
};

Prefix well_formed_prefix(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto [length, low, high] = sequence(octet(0));
  if (length == 0) return {1, false};
  std::size_t taken = 1;
  while (taken < length && taken < text.size()) {
    const auto [least, most] = taken == 1 ? std::pair{low, high} : std::pair<std::uint8_t, std::uint8_t>{0x80, 0xbf};
    if (octet(taken) < least || octet(taken) > most) break;
    ++taken;
  }
  return {taken, taken == length};
}

}  // namespace

std::string valid_utf8(ByteView bytes) {
  std::string result;
  result.reserve(bytes.size());
  for (auto rest = as_text(bytes); !rest.empty();) {
    const auto [length, complete] = well_formed_prefix(rest);
    if (complete) {
      result += rest.substr(0, length);
    } else {
      result += "\xEF\xBF\xBD";  // U+FFFD
    }
    rest.remove_prefix(length);
  }
  return result;
}

}  // namespace sluice::dcep
