#include "ice/mdns_name.hpp"

#include <algorithm>

namespace sluice::ice {
namespace {

constexpr std::string_view domain = ".local";
constexpr std::string_view digits = "0123456789abcdef";

constexpr bool is_hyphen_place(std::size_t index) noexcept {  // RFC 9562 §4: 8-4-4-4-12
  return index == 8 || index == 13 || index == 18 || index == 23;
}

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_uuid(std::string_view text) noexcept {
  for (std::size_t i = 0; i != text.size(); ++i) {
    const bool fits = is_hyphen_place(i) ? text[i] == '-' : digits.find(text[i]) != digits.npos;
    if (!fits) return false;
  }
  return text.size() == MdnsName::uuid_length;
}

}  // namespace

std::optional<MdnsName> MdnsName::parse(std::string_view text) {
  if (text.size() != uuid_length + domain.size()) return std::nullopt;
  std::string name{text};
  std::ranges::transform(name, name.begin(), lower);
  if (!name.ends_with(domain) || !is_uuid(std::string_view{name}.substr(0, uuid_length))) return std::nullopt;
  return MdnsName{std::move(name)};
}

MdnsName MdnsName::generate(Random& random) {
  std::array<std::byte, 16> octets{};
  random.fill(octets);
  octets[6] = (octets[6] & std::byte{0x0f}) | std::byte{0x40};  // version
  octets[8] = (octets[8] & std::byte{0x3f}) | std::byte{0x80};  // variant
  std::string text;
  for (const auto octet : octets) {
    if (is_hyphen_place(text.size())) text += '-';
    const auto value = std::to_integer<unsigned>(octet);
    text += digits[value >> 4];
    text += digits[value & 15];
  }
  return MdnsName{text.append(domain)};
}

}  // namespace sluice::ice
