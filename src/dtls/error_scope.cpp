#include "dtls/error_scope.hpp"

#include <openssl/err.h>

namespace sluice::dtls {

namespace {

// It is nearly always empty, and clearing an empty queue takes sixteen times as long as to see that it is.
void clear() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

ErrorScope::ErrorScope() noexcept { clear(); }
ErrorScope::~ErrorScope() { clear(); }

}  // namespace sluice::dtls
