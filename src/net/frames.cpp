#include "net/frames.hpp"

#include "base/reader.hpp"

namespace sluice::net {

std::optional<std::size_t> frame_size(ByteView stream) noexcept {
  Reader in{stream};
  const auto type = in.u16();
  const std::size_t length = in.u16();
  if (!stream.empty() && std::to_integer<unsigned>(stream.front()) >= 0x50) return std::nullopt;  // RFC 7983 §7
  if (!in.ok()) return 0;
  if (type >= 0x4000) return 4 + length + (4 - length % 4) % 4;  // ChannelData
  if (length % 4 != 0) return std::nullopt;
  return 20 + length;
}

std::optional<std::size_t> prefixed_size(ByteView stream, std::size_t longest) noexcept {
  Reader in{stream};
  const std::size_t length = in.u16();
  if (!in.ok()) return 0;
  if (length > longest) return std::nullopt;
  return length_prefix + length;
}

}  // namespace sluice::net
