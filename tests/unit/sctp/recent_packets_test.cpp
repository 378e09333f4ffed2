// What leaves again on another path, and when it is forgotten.
#include "sctp/recent_packets.hpp"

#include "base/writer.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::sctp;

namespace {

constexpr std::uint8_t re_config = 130;  // RFC 6525 §3.1: neither data nor an acknowledgement

Bytes packet(std::uint8_t number) {
  Bytes bytes;
  Writer out{bytes};
  out.zeros(12);
  out.u8(re_config);
  out.u8(number);
  out.u16(4);
  return bytes;
}

std::vector<Bytes> left_again(RecentPackets& recent) {
  std::vector<Bytes> result;
  while (const auto next = recent.next()) result.emplace_back(next->begin(), next->end());
  return result;
}

}  // namespace

TEST_CASE("the last four packets leave again, once", "[sctp]") {
  RecentPackets recent;
  for (std::uint8_t i = 0; i < 6; ++i) recent.note(packet(i));
  CHECK_FALSE(recent.next().has_value());
  recent.again();
  CHECK(left_again(recent) == std::vector<Bytes>{packet(2), packet(3), packet(4), packet(5)});
  CHECK_FALSE(recent.next().has_value());
}

TEST_CASE("packets that nobody waits for are forgotten, but not those that are leaving again", "[sctp]") {
  RecentPackets recent;
  recent.note(packet(1));
  recent.note(packet(2));
  recent.again();
  REQUIRE(recent.next().has_value());
  recent.release();
  CHECK(left_again(recent) == std::vector<Bytes>{packet(2)});
  recent.release();
  recent.again();
  CHECK(left_again(recent).empty());
  recent.note(packet(3));
  recent.again();
  CHECK(left_again(recent) == std::vector<Bytes>{packet(3)});
}
