#pragma once
// TransactionMark: transaction ids by which a shared socket finds whose transaction it is, without keeping a table.
//
// RFC 8489 §5 wants 96 random bits. Of these 64 are, and the last 32 are the owner's number, hidden by what a secret
// key makes of the first 64: who does not have the key cannot tell one owner's ids from another's.
#include <optional>

#include "base/random.hpp"
#include "crypto/hmac.hpp"
#include "stun/attributes.hpp"

namespace sluice::stun {

using MarkKey = std::array<std::byte, 32>;

struct TransactionMark {
  MarkKey key{};
  std::uint32_t owner = 0;
};

/// With the mark, if there is one.
TransactionId new_transaction_id(Random&, const std::optional<TransactionMark>&);

class MarkReader {
 public:
  explicit MarkReader(const MarkKey& key) : mask_{key} {}
  /// The owner; any number if the id was made without the key.
  std::uint32_t owner(const TransactionId&) const;

 private:
  crypto::HmacSha1 mask_;
};

}  // namespace sluice::stun
