#include "dtls/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

#include "dtls/context.hpp"
#include "support/catch.hpp"

namespace sluice::dtls {
namespace {

using namespace std::chrono_literals;
using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;

const auto moment = std::chrono::system_clock::from_time_t(1'800'000'000);

X509Pointer decode(const Certificate& certificate) {
  const auto der = certificate.der();
  const auto* input = reinterpret_cast<const unsigned char*>(der.data());
  return {d2i_X509(nullptr, &input, static_cast<long>(der.size())), X509_free};
}

std::string pem_of_key(EVP_PKEY* key, const char* passphrase = nullptr) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_PrivateKey(bio.get(), key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                           const_cast<char*>(passphrase));
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string self_signed(EVP_PKEY* key, const EVP_MD* hash) {
  const X509Pointer certificate{X509_new(), X509_free};
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_sign(certificate.get(), key, hash);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_X509(bio.get(), certificate.get());
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

TEST_CASE("a generated certificate is valid from a day before to its lifetime after", "[dtls][CE-2]") {
  const auto certificate = Certificate::generate(KeyType::ecdsa_p256, moment, 30 * 24h);
  CHECK(certificate.not_after() == moment + 30 * 24h);
  std::time_t day_before = 1'800'000'000 - 24 * 60 * 60;
  CHECK(X509_cmp_time(X509_get0_notBefore(decode(certificate).get()), &day_before) == -1);  // not after that moment
  --day_before;
  CHECK(X509_cmp_time(X509_get0_notBefore(decode(certificate).get()), &day_before) == 1);
}

TEST_CASE("generated certificates are of both kinds the W3C requires, signed with SHA-256", "[dtls][CE-1]") {
  const auto type = GENERATE(KeyType::ecdsa_p256, KeyType::rsa_2048);
  const auto decoded = decode(Certificate::generate(type, moment, 1h));
  CHECK(X509_get_signature_nid(decoded.get()) ==
        (type == KeyType::ecdsa_p256 ? NID_ecdsa_with_SHA256 : NID_sha256WithRSAEncryption));
  CHECK(EVP_PKEY_get_bits(X509_get0_pubkey(decoded.get())) == (type == KeyType::ecdsa_p256 ? 256 : 2048));
  CHECK(X509_verify(decoded.get(), X509_get0_pubkey(decoded.get())) == 1);
}

TEST_CASE("serial number and subject of a certificate are random", "[dtls][CE-4]") {
  const auto one = decode(Certificate::generate(KeyType::ecdsa_p256, moment, 1h));
  const auto two = decode(Certificate::generate(KeyType::ecdsa_p256, moment, 1h));
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(one.get()), X509_get0_serialNumber(two.get())) != 0);
  CHECK(ASN1_STRING_length(X509_get0_serialNumber(one.get())) == 8);
  CHECK(X509_NAME_cmp(X509_get_subject_name(one.get()), X509_get_subject_name(two.get())) != 0);
  CHECK(X509_NAME_cmp(X509_get_subject_name(one.get()), X509_get_issuer_name(one.get())) == 0);
}

TEST_CASE("a certificate survives the way through PEM", "[dtls]") {
  const auto type = GENERATE(KeyType::ecdsa_p256, KeyType::rsa_2048);
  const auto original = Certificate::generate(type, moment, 1h);
  const auto copy = Certificate::from_pem(original.certificate_pem(), original.private_key_pem());
  REQUIRE(copy.has_value());
  CHECK(copy->der() == original.der());
  CHECK(copy->not_after() == original.not_after());
  CHECK(copy->private_key_pem() == original.private_key_pem());
  CHECK(copy->fingerprint(HashAlgorithm::sha_512) == original.fingerprint(HashAlgorithm::sha_512));
  CHECK_FALSE(*copy == original);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("copies of a certificate are the same one", "[dtls]") {
  auto original = Certificate::generate(KeyType::ecdsa_p256, moment, 1h);
  const auto der = original.der();
  Certificate copy = original;
  CHECK(copy == original);
  Certificate moved = std::move(original);
  CHECK(moved == copy);
  copy = Certificate::generate(KeyType::ecdsa_p256, moment, 1h);
  CHECK_FALSE(moved == copy);
  CHECK(moved.der() == der);
}

TEST_CASE("a certificate at rest is the same one", "[dtls]") {
  const auto type = GENERATE(KeyType::ecdsa_p256, KeyType::rsa_2048);
  auto certificate = Certificate::generate(type, moment, 1h);
  const auto der = certificate.der();
  const auto key = certificate.private_key_pem();
  certificate.rest();
  CHECK(certificate.der() == der);
  CHECK(certificate.private_key_pem() == key);
  CHECK(certificate.not_after() == moment + 1h);
  CHECK(Certificate::from_pem(certificate.certificate_pem(), certificate.private_key_pem()).has_value());
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl{SSL_new(shared_context()), SSL_free};
  CHECK(certificate.identify(ssl.get()));
  CHECK(SSL_check_private_key(ssl.get()) == 1);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a certificate that others hold as well does not rest", "[dtls]") {
  const auto original = Certificate::generate(KeyType::ecdsa_p256, moment, 1h);
  auto copy = original;
  copy.rest();
  CHECK(copy == original);
}

TEST_CASE("a fingerprint is the hash of the DER form", "[dtls][rfc8122-5.1][CE-3]") {
  const auto certificate = Certificate::generate(KeyType::ecdsa_p256, moment, 1h);
  const auto [algorithm, digest, size] = GENERATE(table<HashAlgorithm, const EVP_MD* (*)(), std::size_t>({
      {HashAlgorithm::sha_1, EVP_sha1, 20},
      {HashAlgorithm::sha_256, EVP_sha256, 32},
      {HashAlgorithm::sha_384, EVP_sha384, 48},
      {HashAlgorithm::sha_512, EVP_sha512, 64},
  }));
  const auto fingerprint = certificate.fingerprint(algorithm);
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
  unsigned length = 0;
  X509_digest(decode(certificate).get(), digest(), expected.data(), &length);
  CHECK(length == size);
  CHECK(std::ranges::equal(fingerprint.digest, std::as_bytes(std::span{expected}.first(length))));
}

TEST_CASE("PEM that is none, does not match or cannot be used is refused with a reason", "[dtls]") {
  const auto one = Certificate::generate(KeyType::ecdsa_p256, moment, 1h);
  const auto two = Certificate::generate(KeyType::ecdsa_p256, moment, 1h);
  const auto error = [](std::string_view certificate, std::string_view key) {
    const auto result = Certificate::from_pem(certificate, key);
    REQUIRE(result.has_error());
    CHECK(ERR_peek_error() == 0);
    return result.error();
  };
  CHECK(error("", "") == CertificateError::bad_pem);
  CHECK(error(one.certificate_pem(), "-----BEGIN PRIVATE KEY-----\nAAAA\n") == CertificateError::bad_pem);
  CHECK(error(one.private_key_pem(), one.certificate_pem()) == CertificateError::bad_pem);
  CHECK(error(one.certificate_pem(), two.private_key_pem()) == CertificateError::key_mismatch);

  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> ed25519{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"),
                                                                    EVP_PKEY_free};
  CHECK(error(self_signed(ed25519.get(), nullptr), pem_of_key(ed25519.get())) == CertificateError::unsupported_key);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> small{EVP_RSA_gen(1024), EVP_PKEY_free};
  CHECK(error(self_signed(small.get(), EVP_sha256()), pem_of_key(small.get())) == CertificateError::unsupported_key);
}

TEST_CASE("an encrypted private key is refused without asking anybody for its passphrase", "[dtls]") {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  const auto result =
      Certificate::from_pem(self_signed(key.get(), EVP_sha256()), pem_of_key(key.get(), "correct horse"));
  REQUIRE(result.has_error());
  CHECK(result.error() == CertificateError::bad_pem);
}

}  // namespace
}  // namespace sluice::dtls
