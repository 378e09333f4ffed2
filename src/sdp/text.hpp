#pragma once
// Tokens and numbers as RFC 8866 §9 writes them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sdp {

/// The non-empty pieces between any of the separators.
std::vector<std::string_view> split(std::string_view, std::string_view separators = " ");
/// Decimal digits only; what does not fit into 64 bits is the largest number.
std::optional<std::uint64_t> parse_saturated(std::string_view) noexcept;
std::optional<std::uint16_t> parse_u16(std::string_view) noexcept;
std::string to_upper(std::string_view);
std::string to_lower(std::string_view);
bool is_token(std::string_view) noexcept;
bool is_ice_text(std::string_view) noexcept;  // ice-chars, RFC 8839 §5.1

}  // namespace sluice::sdp
