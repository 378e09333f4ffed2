#include "stun/transaction_mark.hpp"

#include <set>

#include "stun/message.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

namespace sluice::stun {
namespace {

MarkKey key(std::uint8_t first) {
  MarkKey result{};
  result.front() = std::byte{first};
  return result;
}

TEST_CASE("a marked transaction id names its owner to whoever has the key", "[stun][rfc8489-5]") {
  test::SeededRandom random;
  const MarkReader reader{key(1)};
  for (const std::uint32_t owner : {0u, 1u, 77u, 0xffff'ffffu}) {
    const auto id = new_transaction_id(random, TransactionMark{key(1), owner});
    CHECK(reader.owner(id) == owner);
    CHECK(MarkReader{key(2)}.owner(id) != owner);
  }
}

TEST_CASE("ids of one owner have nothing in common, and none comes twice", "[stun][rfc8489-5]") {
  test::SeededRandom random;
  std::set<TransactionId> ids;
  std::set<std::uint32_t> tails;
  for (int i = 0; i != 1000; ++i) {
    const auto id = new_transaction_id(random, TransactionMark{key(1), 5});
    ids.insert(id);
    std::uint32_t tail = 0;
    for (const auto octet : ByteView{id}.last(4)) tail = tail << 8 | std::to_integer<std::uint32_t>(octet);
    tails.insert(tail);
  }
  CHECK(ids.size() == 1000);
  CHECK(tails.size() > 995);  // of random numbers of 32 bits
}

TEST_CASE("without a mark an id is random as a whole", "[stun][rfc8489-5]") {
  test::SeededRandom random, same;
  CHECK(new_transaction_id(random, std::nullopt) == new_transaction_id(same));
}

}  // namespace
}  // namespace sluice::stun
