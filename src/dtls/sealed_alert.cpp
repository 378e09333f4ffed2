#include "dtls/sealed_alert.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "base/reader.hpp"
#include "base/writer.hpp"

namespace sluice::dtls {
namespace {

constexpr std::size_t random_size = 32;
constexpr std::size_t master_secret_size = 48;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::uint8_t content_type_alert = 21;
constexpr std::uint16_t dtls_1_2 = 0xfefd;

struct Suite {
  const EVP_CIPHER* cipher;
  std::size_t key_size;
  std::size_t salt_size;  // RFC 5288 §3: 4 and an explicit nonce; RFC 7905 §2: all 12
};

struct WriteKeys {
  Bytes key;
  Bytes salt;
};

void wipe(Bytes& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

const unsigned char* octets(ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* octets(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::optional<Suite> suite_of(const SSL* ssl) {
  switch (SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(ssl))) {
    case NID_aes_128_gcm:
      return Suite{EVP_aes_128_gcm(), 16, 4};
    case NID_aes_256_gcm:
      return Suite{EVP_aes_256_gcm(), 32, 4};
    case NID_chacha20_poly1305:
      return Suite{EVP_chacha20_poly1305(), 32, nonce_size};
    default:
      return std::nullopt;
  }
}

// RFC 5246 §6.3: the seed has the server's random first.
Bytes key_expansion_seed(const SSL* ssl) {
  constexpr std::string_view label = "key expansion";
  Bytes seed(label.size() + 2 * random_size);
  std::ranges::copy(as_bytes(label), seed.begin());
  SSL_get_server_random(ssl, octets(seed) + label.size(), random_size);
  SSL_get_client_random(ssl, octets(seed) + label.size() + random_size, random_size);
  return seed;
}

bool pseudo_random(const SSL* ssl, Bytes& output) {
  Bytes secret(master_secret_size);
  SSL_SESSION_get_master_key(SSL_get0_session(ssl), octets(secret), secret.size());
  Bytes seed = key_expansion_seed(ssl);
  std::string hash{EVP_MD_get0_name(SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl)))};
  const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), 0),
                              OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret.data(), secret.size()),
                              OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
                              OSSL_PARAM_construct_end()};
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf{EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr),
                                                              EVP_KDF_free};
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context{EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free};
  const bool derived = context && EVP_KDF_derive(context.get(), octets(output), output.size(), parameters.data()) == 1;
  wipe(secret);
  return derived;
}

// §6.3: client key, server key, client IV, server IV; AEAD has no MAC keys.
std::optional<WriteKeys> write_keys(const SSL* ssl, const Suite& suite) {
  Bytes block(2 * (suite.key_size + suite.salt_size));
  if (!pseudo_random(ssl, block)) return std::nullopt;
  Reader in{block};
  const auto client_key = in.bytes(suite.key_size);
  const auto server_key = in.bytes(suite.key_size);
  const auto client_salt = in.bytes(suite.salt_size);
  const auto server_salt = in.bytes(suite.salt_size);
  const auto key = SSL_is_server(ssl) == 1 ? server_key : client_key;
  const auto salt = SSL_is_server(ssl) == 1 ? server_salt : client_salt;
  WriteKeys keys{{key.begin(), key.end()}, {salt.begin(), salt.end()}};
  wipe(block);
  return keys;
}

// RFC 7905 §2: the sequence number, padded to the left, over the whole IV. RFC 5288 §3: the salt, then any 8 octets.
Bytes nonce_of(const WriteKeys& keys, ByteView tail) {
  Bytes nonce = keys.salt;
  nonce.resize(nonce_size);
  for (std::size_t i = 0; i < tail.size(); ++i) nonce[nonce_size - tail.size() + i] ^= tail[i];
  return nonce;
}

Bytes encrypt(const Suite& suite, const WriteKeys& keys, ByteView nonce, ByteView additional, ByteView plain) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free};
  Bytes sealed(plain.size() + tag_size);
  int size = 0;
  const bool done =
      context && EVP_EncryptInit_ex(context.get(), suite.cipher, nullptr, octets(keys.key), octets(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, octets(additional), static_cast<int>(additional.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), octets(sealed), &size, octets(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), octets(sealed) + plain.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size),
                          octets(sealed) + plain.size()) == 1;
  return done ? sealed : Bytes{};
}

}  // namespace

Bytes seal_fatal_alert(ssl_st* ssl, const DatagramBio::RecordStart& last_record, int description) {
  const auto suite = suite_of(ssl);
  if (!suite) return {};
  auto keys = write_keys(ssl, *suite);
  if (!keys) return {};

  Reader last{last_record};
  last.skip(3);                                         // type, version
  const std::uint64_t sequence = last.u64() + 1;        // epoch and sequence number, RFC 6347 §4.1
  last.skip(2);                                         // length
  const std::uint64_t explicit_nonce = last.u64() + 1;  // OpenSSL counts it up
  const bool has_explicit_nonce = suite->salt_size < nonce_size;

  Bytes tail;
  Writer{tail}.u64(has_explicit_nonce ? explicit_nonce : sequence);
  const std::array plain{static_cast<std::byte>(SSL3_AL_FATAL), static_cast<std::byte>(description)};
  Bytes additional;  // RFC 5246 §6.2.3.3
  Writer{additional}.u64(sequence);
  Writer{additional}.u8(content_type_alert);
  Writer{additional}.u16(dtls_1_2);
  Writer{additional}.u16(plain.size());
  const Bytes sealed = encrypt(*suite, *keys, nonce_of(*keys, tail), additional, plain);
  wipe(keys->key);
  if (sealed.empty()) return {};

  Bytes record;
  Writer out{record};
  out.u8(content_type_alert);
  out.u16(dtls_1_2);
  out.u64(sequence);
  out.u16(static_cast<std::uint16_t>(sealed.size() + (has_explicit_nonce ? tail.size() : 0)));
  if (has_explicit_nonce) out.bytes(tail);
  out.bytes(sealed);
  return record;
}

}  // namespace sluice::dtls
