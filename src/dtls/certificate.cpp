#include "dtls/certificate.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
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

struct Certificate::Objects {
  Key key;
  X509Pointer certificate;
};

// Of an ECDSA P-256 key, and the DER form of the certificate.
struct Certificate::Elements {
  Elements() = default;
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;
  ~Elements() { OPENSSL_cleanse(private_key.data(), private_key.size()); }

  bool read(const Objects& from);
  Key key() const;

  std::array<unsigned char, 32> private_key{};  // in the order of this machine
  std::array<unsigned char, 65> public_key{};   // SEC 1 §2.3.3, not compressed
  Bytes certificate{};
};

bool Certificate::Elements::read(const Objects& from) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_is_a(from.key.get(), "EC") == 0 ||
      EVP_PKEY_get_bn_param(from.key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) {
    return false;
  }
  const int size = BN_bn2nativepad(number, private_key.data(), static_cast<int>(private_key.size()));
  BN_clear_free(number);
  std::size_t public_size = 0;
  certificate = encode(from.certificate.get());
  return size == static_cast<int>(private_key.size()) &&
         EVP_PKEY_get_octet_string_param(from.key.get(), OSSL_PKEY_PARAM_PUB_KEY, public_key.data(), public_key.size(),
                                         &public_size) == 1 &&
         public_size == public_key.size();
}

Key Certificate::Elements::key() const {
  auto group = std::to_array(SN_X9_62_prime256v1);
  auto secret = private_key;
  auto point = public_key;
  std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
                        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, secret.data(), secret.size()),
                        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
                        OSSL_PARAM_construct_end()};
  const std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* context) { EVP_PKEY_CTX_free(context); })> context{
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
  EVP_PKEY* result = nullptr;
  const bool made = context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &result, EVP_PKEY_KEYPAIR, parameters.data()) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  require(made, "a key cannot be made again");
  return Key{result};
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
  return Certificate{std::make_shared<Objects>(Objects{std::move(key), std::move(certificate)})};
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
  Certificate result{std::make_shared<Objects>(Objects{std::move(key), std::move(certificate)})};
  const std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })> trial{SSL_new(shared_context())};
  if (!trial || !result.identify(trial.get())) return CertificateError::unsupported_key;
  return result;
}

std::shared_ptr<const Certificate::Objects> Certificate::objects() const {
  if (objects_) return objects_;
  const auto* input = reinterpret_cast<const unsigned char*>(elements_->certificate.data());
  X509Pointer certificate{d2i_X509(nullptr, &input, static_cast<long>(elements_->certificate.size()))};
  require(certificate != nullptr, "a certificate cannot be made again");
  return std::make_shared<Objects>(Objects{elements_->key(), std::move(certificate)});
}

void Certificate::rest() {
  if (objects_.use_count() != 1) return;
  const ErrorScope errors;
  const auto elements = std::make_shared<Elements>();
  if (!elements->read(*objects_)) return;
  elements_ = elements;
  objects_.reset();
}

bool Certificate::identify(ssl_st* ssl) const {
  const ErrorScope errors;
  const auto own = objects();
  return SSL_use_certificate(ssl, own->certificate.get()) == 1 && SSL_use_PrivateKey(ssl, own->key.get()) == 1;
}

std::string Certificate::certificate_pem() const {
  const Bio bio{BIO_new(BIO_s_mem())};
  require(bio != nullptr && PEM_write_bio_X509(bio.get(), objects()->certificate.get()) == 1,
          "no memory for a certificate");
  return text_of(bio.get());
}

std::string Certificate::private_key_pem() const {
  const Bio bio{BIO_new(BIO_s_secmem())};  // wiped when freed; the text is the caller's to guard
  require(bio != nullptr &&
              PEM_write_bio_PrivateKey(bio.get(), objects()->key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "no memory for a key");
  return text_of(bio.get());
}

Bytes Certificate::der() const { return objects_ ? encode(objects_->certificate.get()) : elements_->certificate; }

Fingerprint Certificate::fingerprint(HashAlgorithm algorithm) const { return fingerprint_of(der(), algorithm); }

Certificate::SystemTime Certificate::not_after() const {
  std::tm fields{};
  require(ASN1_TIME_to_tm(X509_get0_notAfter(objects()->certificate.get()), &fields) == 1,
          "the certificate has no expiry");
  using namespace std::chrono;
  const sys_days day = year{fields.tm_year + 1900} / (fields.tm_mon + 1) / fields.tm_mday;
  return day + hours{fields.tm_hour} + minutes{fields.tm_min} + seconds{fields.tm_sec};
}

Bytes encode(const X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  require(size > 0, "the certificate cannot be encoded");
  Bytes encoded(static_cast<std::size_t>(size));
  auto* output = reinterpret_cast<unsigned char*>(encoded.data());
  i2d_X509(certificate, &output);
  return encoded;
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
