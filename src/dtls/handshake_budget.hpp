#pragma once
// HandshakeBudget: what a peer may make us hold before it has proved anything.   RFC 6347 §4.2.4
//
// OpenSSL keeps records of the next epoch until their keys exist, a hundred of them, and before 3.0.22 each in a buffer
// of 17 KB. A few are enough for reordering. Those behind a ChangeCipherSpec in the same datagram have a share of their
// own: else early data could crowd out the Finished that would end the wait.
#include <optional>

#include "base/bytes.hpp"

namespace sluice::dtls {

class HandshakeBudget {
 public:
  explicit HandshakeBudget(std::size_t bytes) noexcept : bytes_left_{bytes} {}

  /// The part of the datagram that may be processed, maybe none; nothing at all if the bytes are used up.
  std::optional<ByteView> admit(ByteView datagram) noexcept;
  /// The keys of the next epoch exist: what was held is processed and gone.
  void release() noexcept { early_ = {}; }

 private:
  struct Early {
    std::size_t plain = 0;
    std::size_t after_change = 0;
  };

  std::size_t bytes_left_;
  Early early_{};
};

}  // namespace sluice::dtls
