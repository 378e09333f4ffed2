#pragma once
// Comparison whose duration says nothing about where two authentication codes differ.
#include "base/bytes.hpp"

namespace sluice::crypto {

/// The lengths are not secret.
bool constant_time_equal(ByteView, ByteView) noexcept;

}  // namespace sluice::crypto
