#pragma once
// Connectivity checks of somebody who does not know a password, one at a time or by the million.
#include <string>

#include "base/bytes.hpp"
#include "crypto/crc32.hpp"
#include "crypto/hmac.hpp"
#include "stun/message.hpp"
#include "support/seeded_random.hpp"

namespace sluice::test {

inline Bytes check_for(const std::string& local_ufrag, const std::string& remote_ufrag) {
  SeededRandom random;
  stun::Builder request{stun::Class::request, stun::Method::binding, stun::new_transaction_id(random)};
  request.add(stun::attribute::username, local_ufrag + ':' + remote_ufrag);
  return request.integrity(crypto::HmacSha1{as_bytes("nobody knows it")}).fingerprint().finish();
}

// A check with a number in its ufrag; only the fingerprint is made anew. RFC 8489 §14.7
class Checks {
 public:
  ByteView numbered(int number) {
    auto digits = std::to_string(number);
    digits.insert(0, 8 - digits.size(), '0');
    std::ranges::copy(as_bytes(digits), message_.begin() + first_digit);
    const ByteView before = ByteView{message_}.first(message_.size() - 8);
    const auto crc = crypto::crc32(before) ^ 0x5354554e;
    for (int i = 0; i != 4; ++i) message_[message_.size() - 1 - std::size_t(i)] = static_cast<std::byte>(crc >> 8 * i);
    return message_;
  }

 private:
  static constexpr int first_digit = 20 + 4;  // behind the headers of message and attribute
  Bytes message_ = check_for("00000000", "theirs");
};

}  // namespace sluice::test
