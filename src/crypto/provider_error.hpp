#pragma once
// ProviderError: OpenSSL lacks an algorithm or memory.
//
// Like std::bad_alloc it says something about the process, never about what a peer sent.
#include <stdexcept>

namespace sluice::crypto {

class ProviderError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void require(bool succeeded, const char* what) {
  if (!succeeded) throw ProviderError{what};
}

}  // namespace sluice::crypto
