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

// OpenSSL skips spaces around the text and decodes the padding as zeros; neither is wanted.
std::optional<Bytes> from_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  const auto digits = text.substr(0, text.size() - padding);
  if (text.size() % 4 != 0 || digits.find_first_not_of(alphabet) != digits.npos) return std::nullopt;
  Bytes data(text.size() / 4 * 3);
  const auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(data.data()),
                                    reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  data.resize(data.size() - padding);
  return data;
}

}  // namespace sluice::crypto
