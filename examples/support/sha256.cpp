#include "support/sha256.hpp"

#include <openssl/evp.h>

#include <array>

namespace example {

Sha256::Sha256() : context_{EVP_MD_CTX_new(), EVP_MD_CTX_free} {
  EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
}

void Sha256::update(std::span<const std::byte> data) { EVP_DigestUpdate(context_.get(), data.data(), data.size()); }

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
  std::string result;
  for (const auto octet : digest) {
    result += "0123456789abcdef"[octet >> 4];
    result += "0123456789abcdef"[octet & 0xf];
  }
  return result;
}

}  // namespace example
