#include "api/certificate.hpp"

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::system_clock;

constexpr std::chrono::seconds longest_lifetime = std::chrono::hours{24 * 365};  // W3C §4.4.1.1, generateCertificate

Error to_error(dtls::CertificateError error) noexcept {
  switch (error) {
    case dtls::CertificateError::bad_pem:
      return Error::certificate_bad_pem;
    case dtls::CertificateError::key_mismatch:
      return Error::certificate_key_mismatch;
    case dtls::CertificateError::unsupported_key:
      return Error::certificate_unsupported_key;
  }
  return Error::certificate_bad_pem;
}

}  // namespace

Fingerprint api::to_public(const dtls::Fingerprint& fingerprint) {
  auto line = dtls::to_string(fingerprint);
  std::ranges::transform(line, line.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto space = line.find(' ');
  return {line.substr(0, space), line.substr(space + 1)};
}

Certificate Certificate::generate(KeyType type, std::chrono::seconds lifetime) {
  const auto key = type == KeyType::rsa_2048 ? dtls::KeyType::rsa_2048 : dtls::KeyType::ecdsa_p256;
  if (lifetime < std::chrono::seconds{0}) throw boost::system::system_error{make_error_code(Error::bad_argument)};
  lifetime = std::min(lifetime, longest_lifetime);
  return Certificate{std::make_shared<Impl>(dtls::Certificate::generate(key, system_clock::now(), lifetime))};
}

Result<Certificate> Certificate::from_pem(std::string_view certificate, std::string_view private_key) {
  auto loaded = dtls::Certificate::from_pem(certificate, private_key);
  if (!loaded) return make_error_code(to_error(loaded.error()));
  return Certificate{std::make_shared<Impl>(std::move(*loaded))};
}

std::string Certificate::certificate_pem() const { return impl_->certificate.certificate_pem(); }
std::string Certificate::private_key_pem() const { return impl_->certificate.private_key_pem(); }

std::vector<Fingerprint> Certificate::fingerprints() const {
  return {api::to_public(impl_->certificate.fingerprint(dtls::HashAlgorithm::sha_256))};
}

system_clock::time_point Certificate::expires() const { return impl_->certificate.not_after(); }

}  // namespace sluice
