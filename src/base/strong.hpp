#pragma once
// Numbers of the protocols as distinct types.
#include <cstdint>
#include <utility>

namespace sluice {

enum class StreamId : std::uint16_t {};  // RFC 9260 §3.3.1
enum class SocketId : std::uint16_t {};  // index of a local socket, given by the shell

// Payload protocol identifiers of WebRTC, RFC 8831 §8.1.
enum class Ppid : std::uint32_t {
  dcep = 50,
  string = 51,
  binary_partial = 52,  // deprecated
  binary = 53,
  string_partial = 54,  // deprecated
  string_empty = 56,
  binary_empty = 57,
};

template <class Enum>
constexpr auto raw(Enum value) noexcept {
  return static_cast<std::underlying_type_t<Enum>>(value);
}

}  // namespace sluice
