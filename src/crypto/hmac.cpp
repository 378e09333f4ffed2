#include "crypto/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <string>

#include "crypto/provider_error.hpp"

namespace sluice::crypto {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

const unsigned char* octets(ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

}  // namespace

template <HmacHash hash>
struct Hmac<hash>::State {
  explicit State(ByteView secret) : key{secret.begin(), secret.end()} {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { OPENSSL_cleanse(key.data(), key.size()); }

  void prepare();

  Bytes key;
  std::unique_ptr<EVP_MAC_CTX, FreeMac> context{};  // none: it rests
};

template <HmacHash hash>
void Hmac<hash>::State::prepare() {
  const std::unique_ptr<EVP_MAC, FreeMac> mac{EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr)};
  require(mac != nullptr, "OpenSSL offers no HMAC: load its default provider");
  context.reset(EVP_MAC_CTX_new(mac.get()));
  std::string name = hash == HmacHash::sha1 ? "SHA1" : "SHA256";
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), name.size()), OSSL_PARAM_construct_end()};
  static constexpr std::byte no_key{};  // OpenSSL takes a null pointer as "the key you have already"
  const auto* secret = key.empty() ? &no_key : key.data();
  require(
      context && EVP_MAC_init(context.get(), octets(ByteView{secret, key.size()}), key.size(), parameters.data()) == 1,
      "OpenSSL refuses HMAC with SHA-1 or SHA-256: load its default provider");
}

template <HmacHash hash>
Hmac<hash>::Hmac(ByteView key) : state_{std::make_unique<State>(key)} {
  state_->prepare();
}

template <HmacHash hash>
Hmac<hash>::Hmac(Hmac&&) noexcept = default;
template <HmacHash hash>
Hmac<hash>& Hmac<hash>::operator=(Hmac&&) noexcept = default;
template <HmacHash hash>
Hmac<hash>::~Hmac() = default;

template <HmacHash hash>
auto Hmac<hash>::operator()(std::initializer_list<ByteView> parts) const -> Code {
  if (!state_->context) state_->prepare();
  auto* const context = state_->context.get();
  bool done = EVP_MAC_init(context, nullptr, 0, nullptr) == 1;
  for (const auto part : parts) done = done && EVP_MAC_update(context, octets(part), part.size()) == 1;
  Code code{};
  std::size_t written = 0;
  done = done && EVP_MAC_final(context, reinterpret_cast<unsigned char*>(code.data()), &written, code.size()) == 1;
  require(done && written == code.size(), "OpenSSL failed to compute an HMAC");
  return code;
}

template <HmacHash hash>
void Hmac<hash>::rest() const noexcept {
  state_->context.reset();
}

template class Hmac<HmacHash::sha1>;
template class Hmac<HmacHash::sha256>;

}  // namespace sluice::crypto
