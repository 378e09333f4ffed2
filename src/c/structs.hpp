#pragma once
// Structs that programs fill, with their `size`: a member beyond it has its default.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "c/guard.hpp"
#include "sluice/c/candidate.h"
#include "sluice/c/configuration.h"
#include "sluice/c/description.h"
#include "sluice/c/peer_connection.h"

namespace sluice::c {

// The defaults of each struct, without its size.
void set_defaults(sluice_ice_server&) noexcept;
void set_defaults(sluice_limits&) noexcept;
void set_defaults(sluice_network_options&) noexcept;
void set_defaults(sluice_configuration&) noexcept;
void set_defaults(sluice_udp_endpoint&) noexcept;
void set_defaults(sluice_udp_mux_options&) noexcept;
void set_defaults(sluice_session_description&) noexcept;
void set_defaults(sluice_ice_candidate&) noexcept;
void set_defaults(sluice_data_channel_options&) noexcept;
void set_defaults(sluice_offer_options&) noexcept;

/// The defaults in `size` bytes; what this library does not know there is zero.
template <class Struct>
void initialise(Struct* target, std::size_t size) noexcept {
  static_assert(std::is_trivially_copyable_v<Struct>);
  if (!target || size < sizeof(std::size_t)) return;
  Struct defaults{};
  set_defaults(defaults);
  defaults.size = size;
  auto* bytes = reinterpret_cast<std::byte*>(target);
  std::fill_n(bytes, size, std::byte{});
  std::memcpy(bytes, &defaults, std::min(size, sizeof defaults));
}

/// What the program means. Throws bad_argument if the size cannot be one.
template <class Struct>
Struct read(const Struct& given) {
  std::size_t size = 0;
  std::memcpy(&size, &given, sizeof size);
  require(size >= sizeof size);
  Struct result{};
  set_defaults(result);
  std::memcpy(&result, &given, std::min(size, sizeof result));
  return result;
}

// Members that may be missing. Those for reading throw bad_argument.

inline std::string text(const char* given) { return given ? std::string{given} : std::string{}; }
inline std::optional<std::string> optional_text(const char* given) {
  return given ? std::optional<std::string>{given} : std::nullopt;
}
inline const char* optional_text(const std::optional<std::string>& value) noexcept {
  return value ? value->c_str() : nullptr;
}

inline std::optional<std::uint16_t> optional_number(std::int32_t given) {
  require(given >= -1 && given <= std::numeric_limits<std::uint16_t>::max());
  return given < 0 ? std::nullopt : std::optional{static_cast<std::uint16_t>(given)};
}
template <class Number>
std::int32_t optional_number(const std::optional<Number>& value) noexcept {
  static_assert(sizeof(Number) <= sizeof(std::uint16_t));
  return value ? std::int32_t{*value} : -1;
}

/// An enumerator by its number. Throws bad_argument if it is beyond `last`.
template <class Enum, class CEnum>
Enum enumerator(const CEnum& given, Enum last) {
  const auto value = number(given);
  require(value >= 0 && value <= static_cast<int>(last));
  return static_cast<Enum>(value);
}

/// Throws bad_argument if there is a count without an array.
template <class Element>
std::span<const Element> elements(const Element* first, std::size_t count) {
  require(first || count == 0);
  return {first, count};
}

}  // namespace sluice::c
