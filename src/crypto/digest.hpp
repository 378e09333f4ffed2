#pragma once
// Digests of byte strings: certificate fingerprints (RFC 8122 §5), long-term keys (RFC 8489 §9.2.2).
#include <initializer_list>

#include "base/bytes.hpp"

namespace sluice::crypto {

enum class Hash { md5, sha1, sha256, sha384, sha512 };

/// Over all parts, one after the other.
Bytes digest(Hash, std::initializer_list<ByteView> parts);

}  // namespace sluice::crypto
