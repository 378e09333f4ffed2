#include "stun/transaction_mark.hpp"

#include "base/reader.hpp"
#include "stun/message.hpp"

namespace sluice::stun {
namespace {

constexpr std::size_t random_octets = 8;

std::uint32_t mask(const crypto::HmacSha1& hmac, const TransactionId& id) {
  const auto code = hmac({ByteView{id}.first(random_octets)});
  return Reader{code}.u32();
}

}  // namespace

TransactionId new_transaction_id(Random& random, const std::optional<TransactionMark>& mark) {
  auto id = new_transaction_id(random);
  if (!mark) return id;
  const auto hidden = mark->owner ^ mask(crypto::HmacSha1{mark->key}, id);
  for (std::size_t i = 0; i != sizeof hidden; ++i)
    id[random_octets + i] = static_cast<std::byte>(hidden >> (24 - 8 * i));
  return id;
}

std::uint32_t MarkReader::owner(const TransactionId& id) const {
  Reader in{ByteView{id}.subspan(random_octets)};
  return in.u32() ^ mask(mask_, id);
}

}  // namespace sluice::stun
