#include "floor/cipher.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace sluice::floor {
namespace {

constexpr std::size_t header_size = 13;
constexpr std::size_t nonce_size = 8;
constexpr std::size_t tag_size = 16;
constexpr std::array<unsigned char, 16> key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

using Nonce = std::array<unsigned char, 12>;

Nonce nonce_of(const std::byte* explicit_part) {
  Nonce nonce{9, 9, 9, 9};  // the implicit part
  std::memcpy(nonce.data() + 4, explicit_part, nonce_size);
  return nonce;
}

unsigned char* writable(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* readable(const std::byte* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }

void require(int result) {
  if (result != 1) throw std::runtime_error{"AES-GCM failed"};
}

}  // namespace

void Cipher::Free::operator()(evp_cipher_ctx_st* context) const noexcept { EVP_CIPHER_CTX_free(context); }

Cipher::Cipher() : sealing_{EVP_CIPHER_CTX_new()}, opening_{EVP_CIPHER_CTX_new()}, buffer_(65536) {
  require(EVP_EncryptInit_ex(sealing_.get(), EVP_aes_128_gcm(), nullptr, key.data(), nullptr));
  require(EVP_DecryptInit_ex(opening_.get(), EVP_aes_128_gcm(), nullptr, key.data(), nullptr));
}

void Cipher::seal(ByteView payload, const Path& path, TransmitQueue& queue) {
  const auto record = queue.prepare(payload.size() + overhead);
  auto* out = record.data();
  const std::uint64_t number = ++number_;
  std::memset(out, 23, 3);
  std::memcpy(out + 3, &number, nonce_size);
  const auto length = static_cast<std::uint16_t>(payload.size());
  std::memcpy(out + 11, &length, sizeof length);
  std::memcpy(out + header_size, &number, nonce_size);
  const auto nonce = nonce_of(out + header_size);
  auto* body = out + header_size + nonce_size;
  const auto size = static_cast<int>(payload.size());
  int written = 0;
  require(EVP_EncryptInit_ex(sealing_.get(), nullptr, nullptr, nullptr, nonce.data()));
  require(EVP_EncryptUpdate(sealing_.get(), nullptr, &written, readable(out), header_size));
  require(EVP_EncryptUpdate(sealing_.get(), writable(body), &written, readable(payload.data()), size));
  require(EVP_EncryptFinal_ex(sealing_.get(), writable(body) + written, &written));
  require(EVP_CIPHER_CTX_ctrl(sealing_.get(), EVP_CTRL_GCM_GET_TAG, tag_size, body + size));
  queue.commit(path, record.size());
}

MutableBytes Cipher::open(ByteView record) {
  if (record.size() <= overhead || record.size() > buffer_.size()) return {};
  const auto size = record.size() - overhead;
  const auto* body = record.data() + header_size + nonce_size;
  const auto nonce = nonce_of(record.data() + header_size);
  std::array<std::byte, tag_size> tag;
  std::memcpy(tag.data(), body + size, tag_size);
  int written = 0;
  require(EVP_DecryptInit_ex(opening_.get(), nullptr, nullptr, nullptr, nonce.data()));
  require(EVP_DecryptUpdate(opening_.get(), nullptr, &written, readable(record.data()), header_size));
  require(
      EVP_DecryptUpdate(opening_.get(), writable(buffer_.data()), &written, readable(body), static_cast<int>(size)));
  require(EVP_CIPHER_CTX_ctrl(opening_.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()));
  if (EVP_DecryptFinal_ex(opening_.get(), writable(buffer_.data()), &written) != 1) return {};
  return MutableBytes{buffer_}.first(size);
}

}  // namespace sluice::floor
