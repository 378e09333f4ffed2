#include "crypto/digest.hpp"

#include <openssl/evp.h>

#include <memory>

#include "crypto/provider_error.hpp"

namespace sluice::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

const EVP_MD* algorithm(Hash hash) {
  switch (hash) {
    case Hash::md5:
      return EVP_md5();
    case Hash::sha1:
      return EVP_sha1();
    case Hash::sha256:
      return EVP_sha256();
    case Hash::sha384:
      return EVP_sha384();
    case Hash::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

}  // namespace

Bytes digest(Hash hash, std::initializer_list<ByteView> parts) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
  bool done = context && EVP_DigestInit_ex(context.get(), algorithm(hash), nullptr) == 1;
  for (const auto part : parts) done = done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  Bytes result(static_cast<std::size_t>(EVP_MD_get_size(algorithm(hash))));
  done = done && EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(result.data()), nullptr) == 1;
  require(done, "OpenSSL refuses a digest: load its default provider");
  return result;
}

}  // namespace sluice::crypto
