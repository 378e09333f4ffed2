#pragma once
// Certificate: key pair and self-signed certificate that identify one end.   RFC 8827 §6.5, W3C §4.9
//
// A value; copies share the key and the certificate.
#include <chrono>
#include <string>
#include <string_view>

#include "base/outcome.hpp"
#include "dtls/fingerprint.hpp"

struct ssl_st;
struct x509_st;
struct evp_pkey_st;

namespace sluice::dtls {

enum class KeyType { ecdsa_p256, rsa_2048 };
enum class CertificateError { bad_pem, key_mismatch, unsupported_key };

class Certificate {
 public:
  using SystemTime = std::chrono::system_clock::time_point;

  /// Valid from a day before `now` (clocks differ) until `now + lifetime`. Random serial and subject.
  static Certificate generate(KeyType, SystemTime now, std::chrono::seconds lifetime);
  static Outcome<Certificate, CertificateError> from_pem(std::string_view certificate, std::string_view private_key);

  Certificate(const Certificate&) noexcept;
  Certificate(Certificate&&) noexcept;
  Certificate& operator=(Certificate) noexcept;
  ~Certificate();

  std::string certificate_pem() const;
  std::string private_key_pem() const;
  Bytes der() const;
  Fingerprint fingerprint(HashAlgorithm) const;
  SystemTime not_after() const;
  /// Makes it the certificate of that end. False if OpenSSL refuses it.
  bool identify(ssl_st*) const;

  friend bool operator==(const Certificate& a, const Certificate& b) noexcept {
    return a.certificate_ == b.certificate_;
  }

 private:
  Certificate(evp_pkey_st* key, x509_st* certificate);  // takes both over

  evp_pkey_st* key_ = nullptr;
  x509_st* certificate_ = nullptr;
};

/// Of any certificate: RFC 8122 §5.1, the hash of its DER form.
Fingerprint fingerprint_of(ByteView der, HashAlgorithm);

}  // namespace sluice::dtls
