#include "dtls/certificate.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <utility>

#include "crypto/digest.hpp"
#include "crypto/provider_error.hpp"
#include "dtls/context.hpp"
#include "dtls/error_scope.hpp"

namespace sluice::dtls {
namespace {

using crypto::require;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using X509Pointer = std::unique_ptr<X509, decltype([](X509* certificate) { X509_free(certificate); })>;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;
using Number = std::unique_ptr<BIGNUM, decltype([](BIGNUM* number) { BN_free(number); })>;

constexpr int rsa_bits = 2048;
constexpr int serial_bits = 64;  // positive, and not linkable to anything: RFC 8827 §6.5
constexpr std::time_t clock_difference = 24 * 60 * 60;

Key make_key(KeyType type) {
  switch (type) {
    case KeyType::ecdsa_p256:
      return Key{EVP_EC_gen("P-256")};
    case KeyType::rsa_2048:
      return Key{EVP_RSA_gen(rsa_bits)};
  }
  return nullptr;
}

void set_random_serial(X509* certificate) {
  const Number number{BN_new()};
  require(number != nullptr && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
          "no serial number");
}

// Issuer and subject are one random name.
void set_random_name(X509* certificate) {
  std::array<unsigned char, 8> octets{};
  require(RAND_bytes(octets.data(), static_cast<int>(octets.size())) == 1, "no random numbers");
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned octet : octets) text += {digits[octet >> 4], digits[octet & 0xf]};
  const auto* octet_string = reinterpret_cast<const unsigned char*>(text.data());
  X509_NAME* name = X509_get_subject_name(certificate);
  require(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, octet_string, static_cast<int>(text.size()),
                                     -1, 0) == 1 &&
              X509_set_issuer_name(certificate, name) == 1,
          "no certificate name");
}

void set_validity(X509* certificate, std::time_t from, std::time_t until) {
  require(ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(certificate), until) != nullptr,
          "a certificate cannot express that time");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// An encrypted key is an error; nobody is asked for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Bio look_at(std::string_view text) { return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

// What RFC 8827 §6.5 and every peer can verify.
bool is_supported(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return EVP_PKEY_get_bits(key) >= rsa_bits;
  if (EVP_PKEY_is_a(key, "EC") == 0) return false;
  std::array<char, 32> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return false;
  return std::string_view{group.data(), size} == SN_X9_62_prime256v1;
}

}  // namespace

Certificate::Certificate(evp_pkey_st* key, x509_st* certificate) : key_{key}, certificate_{certificate} {}

Certificate::Certificate(const Certificate& other) noexcept : key_{other.key_}, certificate_{other.certificate_} {
  if (key_ != nullptr) EVP_PKEY_up_ref(key_);
  if (certificate_ != nullptr) X509_up_ref(certificate_);
}

Certificate::Certificate(Certificate&& other) noexcept
    : key_{std::exchange(other.key_, nullptr)}, certificate_{std::exchange(other.certificate_, nullptr)} {}

Certificate& Certificate::operator=(Certificate other) noexcept {
  std::swap(key_, other.key_);
  std::swap(certificate_, other.certificate_);
  return *this;
}

Certificate::~Certificate() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

Certificate Certificate::generate(KeyType type, SystemTime now, std::chrono::seconds lifetime) {
  const ErrorScope errors;
  Key key = make_key(type);
  X509Pointer certificate{X509_new()};
  require(key != nullptr && certificate != nullptr, "no key could be generated");
  const auto moment = std::chrono::system_clock::to_time_t(now);
  set_random_serial(certificate.get());
  set_random_name(certificate.get());
  set_validity(certificate.get(), moment - clock_difference, moment + static_cast<std::time_t>(lifetime.count()));
  require(X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
              X509_set_pubkey(certificate.get(), key.get()) == 1 &&
              X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0,
          "the certificate could not be signed");
  return {key.release(), certificate.release()};
}

Outcome<Certificate, CertificateError> Certificate::from_pem(std::string_view certificate_text,
                                                             std::string_view key_text) {
  const ErrorScope errors;
  const Bio certificate_bio = look_at(certificate_text);
  const Bio key_bio = look_at(key_text);
  if (!certificate_bio || !key_bio) return CertificateError::bad_pem;
  X509Pointer certificate{PEM_read_bio_X509(certificate_bio.get(), nullptr, no_passphrase, nullptr)};
  Key key{PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_passphrase, nullptr)};
  if (!certificate || !key) return CertificateError::bad_pem;
  if (X509_check_private_key(certificate.get(), key.get()) != 1) return CertificateError::key_mismatch;
  if (!is_supported(key.get())) return CertificateError::unsupported_key;
  Certificate result{key.release(), certificate.release()};
  const std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })> trial{SSL_new(shared_context())};
  if (!trial || !result.identify(trial.get())) return CertificateError::unsupported_key;
  return result;
}

bool Certificate::identify(ssl_st* ssl) const {
  const ErrorScope errors;
  return SSL_use_certificate(ssl, certificate_) == 1 && SSL_use_PrivateKey(ssl, key_) == 1;
}

std::string Certificate::certificate_pem() const {
  const Bio bio{BIO_new(BIO_s_mem())};
  require(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate_) == 1, "no memory for a certificate");
  return text_of(bio.get());
}

std::string Certificate::private_key_pem() const {
  const Bio bio{BIO_new(BIO_s_secmem())};  // wiped when freed; the text is the caller's to guard
  require(bio != nullptr && PEM_write_bio_PrivateKey(bio.get(), key_, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "no memory for a key");
  return text_of(bio.get());
}

Bytes Certificate::der() const {
  const int size = i2d_X509(certificate_, nullptr);
  require(size > 0, "the certificate cannot be encoded");
  Bytes encoded(static_cast<std::size_t>(size));
  auto* output = reinterpret_cast<unsigned char*>(encoded.data());
  i2d_X509(certificate_, &output);
  return encoded;
}

Fingerprint Certificate::fingerprint(HashAlgorithm algorithm) const { return fingerprint_of(der(), algorithm); }

Certificate::SystemTime Certificate::not_after() const {
  std::tm fields{};
  require(ASN1_TIME_to_tm(X509_get0_notAfter(certificate_), &fields) == 1, "the certificate has no expiry");
  using namespace std::chrono;
  const sys_days day = year{fields.tm_year + 1900} / (fields.tm_mon + 1) / fields.tm_mday;
  return day + hours{fields.tm_hour} + minutes{fields.tm_min} + seconds{fields.tm_sec};
}

Fingerprint fingerprint_of(ByteView der, HashAlgorithm algorithm) {
  const auto hash = [algorithm] {
    switch (algorithm) {
      case HashAlgorithm::sha_1:
        return crypto::Hash::sha1;
      case HashAlgorithm::sha_256:
        return crypto::Hash::sha256;
      case HashAlgorithm::sha_384:
        return crypto::Hash::sha384;
      case HashAlgorithm::sha_512:
        return crypto::Hash::sha512;
    }
    return crypto::Hash::sha256;
  }();
  return {algorithm, crypto::digest(hash, {der})};
}

}  // namespace sluice::dtls
