#pragma once
// Certificate: the key pair that identifies one end of a connection.   W3C §4.9, RFC 8827 §6.5
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/error.hpp"

namespace sluice {

/// W3C §5.5 RTCDtlsFingerprint
struct Fingerprint {
  std::string algorithm{};  ///< "sha-256"
  std::string value{};      ///< "ab:cd:..."
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// What generate() makes. W3C §4.9.1
enum class KeyType { ecdsa_p256, rsa_2048 };

/// A value; copies share the key. Distinct objects: safe. Shared objects: safe for const members.
class SLUICE_EXPORT Certificate {
 public:
  struct Impl;

  /// A new key with a self-signed certificate of random name and serial number, valid from yesterday (clocks differ)
  /// until now + lifetime, at most 365 days. Throws system_error with bad_argument if the lifetime is negative.
  /// W3C §4.9.1 generateCertificate
  static Certificate generate(KeyType = KeyType::ecdsa_p256,
                              std::chrono::seconds lifetime = std::chrono::hours{24 * 30});

  /// From PEM texts, unencrypted: ECDSA P-256, or RSA of at least 2048 bits. Errors: certificate_bad_pem,
  /// certificate_key_mismatch, certificate_unsupported_key.
  static Result<Certificate> from_pem(std::string_view certificate, std::string_view private_key);

  std::string certificate_pem() const;
  std::string private_key_pem() const;  ///< A secret.
  /// In the algorithm that descriptions use. W3C §4.9.3, RFC 8122 §5
  std::vector<Fingerprint> fingerprints() const;
  std::chrono::system_clock::time_point expires() const;

  /// Whether both are copies of one object; the same PEM loaded twice gives two.
  friend bool operator==(const Certificate& a, const Certificate& b) noexcept { return a.impl_ == b.impl_; }

  /// For this library's own use.
  explicit Certificate(std::shared_ptr<const Impl> impl) noexcept : impl_{std::move(impl)} {}
  const Impl& impl() const noexcept { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace sluice
