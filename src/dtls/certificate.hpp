#pragma once
// Certificate: key pair and self-signed certificate that identify one end.   RFC 8827 §6.5, W3C §4.9
//
// A value; copies share the key and the certificate.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/outcome.hpp"
#include "dtls/fingerprint.hpp"

struct ssl_st;
struct x509_st;

namespace sluice::dtls {

enum class KeyType { ecdsa_p256, rsa_2048 };
enum class CertificateError { bad_pem, key_mismatch, unsupported_key };

class Certificate {
 public:
  using SystemTime = std::chrono::system_clock::time_point;

  /// Valid from a day before `now` (clocks differ) until `now + lifetime`. Random serial and subject.
  static Certificate generate(KeyType, SystemTime now, std::chrono::seconds lifetime);
  static Outcome<Certificate, CertificateError> from_pem(std::string_view certificate, std::string_view private_key);

  std::string certificate_pem() const;
  std::string private_key_pem() const;
  Bytes der() const;
  Fingerprint fingerprint(HashAlgorithm) const;
  SystemTime not_after() const;
  /// Makes it the certificate of that end. False if OpenSSL refuses it.
  bool identify(ssl_st*) const;
  /// Gives OpenSSL's objects back, 3 KB, and keeps what they are made of, for whenever they are needed. Does nothing if
  /// other copies have them too, or the key is RSA.
  void rest();

  friend bool operator==(const Certificate&, const Certificate&) noexcept = default;

 private:
  struct Objects;
  struct Elements;

  explicit Certificate(std::shared_ptr<const Objects> objects) noexcept : objects_{std::move(objects)} {}
  std::shared_ptr<const Objects> objects() const;

  std::shared_ptr<const Objects> objects_{};    // one of the two
  std::shared_ptr<const Elements> elements_{};  // at rest
};

Bytes encode(const x509_st*);  // DER

/// Of any certificate: RFC 8122 §5.1, the hash of its DER form.
Fingerprint fingerprint_of(ByteView der, HashAlgorithm);

}  // namespace sluice::dtls
