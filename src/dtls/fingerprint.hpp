#pragma once
// Fingerprint: the digest by which SDP names a certificate.   RFC 8122 §5
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace sluice::dtls {

enum class HashAlgorithm { sha_1, sha_256, sha_384, sha_512 };

struct Fingerprint {
  HashAlgorithm algorithm = HashAlgorithm::sha_256;
  Bytes digest{};

  /// "sha-256", "AB:CD:..."; both in either case. Nothing if the algorithm is unknown or the length is wrong.
  static std::optional<Fingerprint> parse(std::string_view algorithm, std::string_view value);
  /// Takes the same time wherever the digests differ.
  friend bool operator==(const Fingerprint&, const Fingerprint&) noexcept;
};

std::string_view to_string(HashAlgorithm) noexcept;  // "sha-256"
std::string to_string(const Fingerprint&);           // "sha-256 AB:CD:...", upper case as RFC 8122 writes it

}  // namespace sluice::dtls
