#pragma once
// Base64 with padding, in one line.   RFC 4648 §4
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace sluice::crypto {

std::string to_base64(ByteView);
/// Nothing if it is not Base64 as above.
std::optional<Bytes> from_base64(std::string_view);

}  // namespace sluice::crypto
