#pragma once
// Certificate: the key pair that identifies one end of a connection.   W3C §4.9, RFC 8827 §6.5
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "sluice/error.hpp"

namespace sluice {

enum class KeyType { ecdsa_p256, rsa_2048 };

/// A value; copies share the key. Distinct objects: safe. Shared objects: safe for const members.
class SLUICE_EXPORT Certificate {
 public:
  struct Impl;

  /// A new key with a self-signed certificate, valid from yesterday (clocks differ) until now + lifetime.
  /// Lifetime from 1 second to 365 days, otherwise clamped. W3C generateCertificate
  static Certificate generate(KeyType = KeyType::ecdsa_p256,
                              std::chrono::seconds lifetime = std::chrono::hours{24 * 30});

  /// From PEM texts. Errors: certificate_bad_pem, certificate_key_mismatch, certificate_unsupported_key.
  static Result<Certificate> from_pem(std::string_view certificate, std::string_view private_key);

  std::string certificate_pem() const;
  std::string private_key_pem() const;  ///< A secret.
  /// "sha-256 AB:CD:...": the a=fingerprint value of descriptions. RFC 8122 §5
  std::string fingerprint() const;
  std::chrono::system_clock::time_point expires() const;

  friend bool operator==(const Certificate& a, const Certificate& b) noexcept { return a.impl_ == b.impl_; }

  /// For this library's own use.
  explicit Certificate(std::shared_ptr<const Impl> impl) noexcept : impl_{std::move(impl)} {}
  const Impl& impl() const noexcept { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace sluice
