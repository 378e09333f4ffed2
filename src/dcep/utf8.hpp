#pragma once
// A USVString out of any bytes: each maximal ill-formed part becomes one U+FFFD.   RFC 3629, Unicode 15.0 §3.9
#include <string>

#include "base/bytes.hpp"

namespace sluice::dcep {

std::string valid_utf8(ByteView);

}  // namespace sluice::dcep
