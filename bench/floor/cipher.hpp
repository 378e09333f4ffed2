#pragma once
// AES-128-GCM records as DTLS 1.2 has them, by EVP and nothing else.   RFC 6347 §4.1, RFC 5288 §3
#include <memory>

#include "base/transmit_queue.hpp"

struct evp_cipher_ctx_st;

namespace sluice::floor {

class Cipher {
 public:
  static constexpr std::size_t overhead = 13 + 8 + 16;  // header, explicit nonce, tag

  Cipher();
  /// Encrypts straight into the queue.
  void seal(ByteView payload, const Path&, TransmitQueue&);
  /// The payload, in the cipher's one buffer; empty if it is not authentic.
  MutableBytes open(ByteView record);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st*) const noexcept;
  };
  std::unique_ptr<evp_cipher_ctx_st, Free> sealing_;
  std::unique_ptr<evp_cipher_ctx_st, Free> opening_;
  std::uint64_t number_ = 0;
  Bytes buffer_;
};

}  // namespace sluice::floor
