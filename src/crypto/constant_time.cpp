#include "crypto/constant_time.hpp"

#include <openssl/crypto.h>

namespace sluice::crypto {

bool constant_time_equal(ByteView left, ByteView right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace sluice::crypto
