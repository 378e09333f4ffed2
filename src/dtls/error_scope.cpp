#include "dtls/error_scope.hpp"

#include <openssl/err.h>

namespace sluice::dtls {

ErrorScope::ErrorScope() noexcept { ERR_clear_error(); }
ErrorScope::~ErrorScope() { ERR_clear_error(); }

}  // namespace sluice::dtls
