#pragma once
// Hmac: keyed message authentication with a key that is prepared once.   RFC 2104
//
// Preparing the key costs several times what authenticating a short message does: keep the object as long as the key,
// and let it rest when it is needed every few seconds only.
// Distinct objects: safe in different threads. One object: not, although operator() is const.
#include <array>
#include <initializer_list>
#include <memory>

#include "base/bytes.hpp"

namespace sluice::crypto {

enum class HmacHash { sha1, sha256 };

template <HmacHash hash>
class Hmac {
 public:
  static constexpr std::size_t size = hash == HmacHash::sha1 ? 20 : 32;
  using Code = std::array<std::byte, size>;

  explicit Hmac(ByteView key);
  Hmac(Hmac&&) noexcept;
  Hmac& operator=(Hmac&&) noexcept;
  ~Hmac();

  /// The code over all parts, one after the other.
  Code operator()(std::initializer_list<ByteView> parts) const;
  /// Gives back what a prepared key takes, ten times its size; the next use prepares it again.
  void rest() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

extern template class Hmac<HmacHash::sha1>;
extern template class Hmac<HmacHash::sha256>;

using HmacSha1 = Hmac<HmacHash::sha1>;
using HmacSha256 = Hmac<HmacHash::sha256>;

}  // namespace sluice::crypto
