#pragma once
// Byte strings as tests write them: hex("01 02 ff"), text_bytes("abc").
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace sluice::test {

inline Bytes hex(std::string_view digits) {
  Bytes result;
  std::string octet;
  for (const char c : digits) {
    if (c == ' ' || c == '\n' || c == ':') continue;
    octet += c;
    if (octet.size() == 2) {
      result.push_back(static_cast<std::byte>(std::stoul(octet, nullptr, 16)));
      octet.clear();
    }
  }
  return result;
}

inline Bytes text_bytes(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

}  // namespace sluice::test
