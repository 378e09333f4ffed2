#include "crypto/base64.hpp"

#include <openssl/evp.h>

namespace sluice::crypto {

std::string to_base64(ByteView data) {
  std::string text((data.size() + 2) / 3 * 4 + 1, '\0');  // and OpenSSL's final zero
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  const auto size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(data.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace sluice::crypto
