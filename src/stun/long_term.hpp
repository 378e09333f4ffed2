#pragma once
// LongTerm: the long-term credential mechanism, on the client's side.   RFC 8489 §9.2
//
// A response to a signed request that does not verify was never received (§9.2.5): ask verifies() before believing
// anything of it, except that it is a challenge. User name and password are used as they are: whoever has others than
// ASCII normalises them (§9.2.2, RFC 8265 §4.2).
#include <optional>
#include <string>
#include <variant>

#include "crypto/hmac.hpp"
#include "stun/message.hpp"

namespace sluice::stun {

class LongTerm {
 public:
  LongTerm(std::string username, std::string password);

  /// A 401 or 438 response. True: the request is worth signing once more, in a new transaction.
  bool accept(const Message& challenge);
  /// Whether there has been a challenge; requests before it are not signed.
  bool ready() const noexcept { return session_.has_value(); }
  /// Adds the credentials and the integrity attribute: the caller has added everything else.
  void sign(Builder&) const;
  bool verifies(const Message&) const;

 private:
  enum class Algorithm : std::uint16_t { md5 = 0x0001, sha256 = 0x0002 };  // RFC 8489 §18.5
  using Key = std::variant<crypto::HmacSha1, crypto::HmacSha256>;          // for MESSAGE-INTEGRITY, ...-SHA256

  // What the server has said, and what follows from it.
  struct Session {
    std::string realm;
    std::string nonce;
    std::optional<Bytes> algorithms;  // PASSWORD-ALGORITHMS, to be sent back as it came
    Algorithm algorithm;
    bool anonymous;  // USERHASH instead of USERNAME
    Key key;
  };

  static std::optional<Algorithm> first_known(ByteView algorithms);
  Key make_key(std::string_view realm, Algorithm, bool sha256_integrity) const;

  std::string username_;
  std::string password_;
  std::optional<Session> session_{};
};

}  // namespace sluice::stun
