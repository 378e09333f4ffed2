#include "crypto/system_random.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <limits>

#include "crypto/provider_error.hpp"

namespace sluice::crypto {

void SystemRandom::fill(MutableBytes output) {
  while (!output.empty()) {
    const auto part = output.first(std::min<std::size_t>(output.size(), std::numeric_limits<int>::max()));
    const auto done = RAND_bytes(reinterpret_cast<unsigned char*>(part.data()), static_cast<int>(part.size()));
    require(done == 1, "OpenSSL has no entropy: check the random source of this system");
    output = output.subspan(part.size());
  }
}

}  // namespace sluice::crypto
