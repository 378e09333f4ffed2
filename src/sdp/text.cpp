#include "sdp/text.hpp"

#include <algorithm>
#include <limits>

namespace sluice::sdp {
namespace {

bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const auto piece = text.substr(0, text.find_first_of(separators));
    if (!piece.empty()) pieces.push_back(piece);
    text.remove_prefix(std::min(text.size(), piece.size() + 1));
  }
  return pieces;
}

std::optional<std::uint64_t> parse_saturated(std::string_view digits) noexcept {
  constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (largest - digit) / 10 ? largest : value * 10 + digit;
  }
  return value;
}

std::optional<std::uint16_t> parse_u16(std::string_view digits) noexcept {
  const auto value = parse_saturated(digits);
  if (!value || *value > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

std::string to_upper(std::string_view text) {
  std::string result{text};
  for (auto& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

std::string to_lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

bool is_token(std::string_view text) noexcept {  // RFC 8866 §9 token-char
  constexpr std::string_view others = "!#$%&'*+-.^_`{|}~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
  });
}

bool is_ice_text(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '+' || c == '/'; });
}

}  // namespace sluice::sdp
