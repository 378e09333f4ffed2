#pragma once
// Base64 with padding, in one line.   RFC 4648 §4
#include <string>

#include "base/bytes.hpp"

namespace sluice::crypto {

std::string to_base64(ByteView);

}  // namespace sluice::crypto
