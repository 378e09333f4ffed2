#include "sctp/probe.hpp"

#include "base/reader.hpp"
#include "sctp/crc32c.hpp"
#include "sctp/guard.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

using sluice::test::hex;

constexpr PacketAddress address{5000, 5000, 0x01020304};

Guard guard() { return Guard{{.local = 5000, .remote = 5000}}; }

Bytes joined(std::initializer_list<std::string_view> parts) {
  Bytes result;
  for (const auto part : parts) {
    const auto bytes = hex(part);
    result.insert(result.end(), bytes.begin(), bytes.end());
  }
  return result;
}

TEST_CASE("a probe is as large as the path is asked to carry", "[sctp][path-mtu][rfc8899-4.1]") {
  for (const std::uint32_t size : {40U, 44U, 48U, 1332U, 16'384U}) {
    CAPTURE(size);
    auto packet = make_probe(address, {7, size});
    CHECK(packet.size() == size);
    CHECK(unseal(packet));
    auto guard_of_peer = guard();
    CHECK(guard_of_peer.inspect(packet) == Verdict::accept);
    const auto probes = guard_of_peer.take_probes();
    CHECK(probes.asked == ProbeInfo{7, size});
    CHECK_FALSE(probes.answered.has_value());
    CHECK_FALSE(probes.limit.has_value());
    CHECK_FALSE(guard_of_peer.take_probes().asked.has_value());
  }
}

TEST_CASE("the answer to a probe says what the peer takes", "[sctp][path-mtu][rfc4820-3]") {
  auto packet = make_probe_answer(address, {7, 1332}, 16'384);
  CHECK(unseal(packet));
  auto asker = guard();
  CHECK(asker.inspect(packet) == Verdict::accept);
  const auto probes = asker.take_probes();
  CHECK(probes.answered == ProbeInfo{7, 1332});
  CHECK(probes.limit == 16'384U);
  CHECK_FALSE(probes.asked.has_value());
}

TEST_CASE("usrsctp sees padding instead of probes and answers", "[sctp][path-mtu][guard]") {
  for (auto packet : {make_probe(address, {7, 1332}), make_probe_answer(address, {7, 1332}, 16'384)}) {
    auto between = guard();
    (void)between.inspect(packet);
    Reader in{packet};
    in.skip(12);
    while (in.remaining() != 0) {
      CHECK(in.u8() == 0x84);
      in.skip(1);
      in.skip(in.u16() - 4U);
      REQUIRE(in.ok());
    }
    CHECK(between.neutralised() == 0);
  }
}

TEST_CASE("heartbeats that are not ours reach usrsctp", "[sctp][path-mtu][rfc9260-3.3.5]") {
  const auto other = joined({"1388138801020304 00000000", "04000010 0001000c 0102030405060708"});
  auto packet = other;
  auto peer = guard();
  CHECK(peer.inspect(packet) == Verdict::accept);
  CHECK(packet == other);
  CHECK_FALSE(peer.take_probes().asked.has_value());
}

TEST_CASE("a cut or altered probe is none", "[sctp][path-mtu]") {
  const auto packet = make_probe(address, {7, 40});
  const auto value = ByteView{packet}.subspan(16);
  REQUIRE(read_probe_info(value).has_value());
  for (std::size_t size = 0; size < value.size(); ++size) CHECK_FALSE(read_probe_info(value.first(size)).has_value());
  for (std::size_t i = 0; i < 12; ++i) {
    Bytes altered{value.begin(), value.end()};
    altered[i] ^= std::byte{1};
    CHECK_FALSE(read_probe_info(altered).has_value());
  }
  const auto answer = make_probe_answer(address, {7, 40}, 1500);
  const auto limit = ByteView{answer}.subspan(44);
  REQUIRE(read_packet_limit(limit) == 1500U);
  for (std::size_t size = 0; size < limit.size(); ++size) CHECK_FALSE(read_packet_limit(limit.first(size)).has_value());
}

TEST_CASE("a packet is cut between its chunks", "[sctp][path-mtu][rfc9260-6.10]") {
  const auto* const header = "1388138801020304 00000000";
  const auto* const small = "0b000004";
  const auto* const odd = "00030011 00000001 00010000 00000035 41000000";  // 17 bytes and its padding
  const auto* const even = "00030014 00000002 00010001 00000035 41424344";
  auto whole = joined({header, small, odd, even, odd});
  Outbox parts;
  SECTION("into as many as it takes") {
    split_packet(whole, 36, parts);
    for (const auto& expected : {joined({header, small, odd}), joined({header, even}), joined({header, odd})}) {
      const auto part = parts.pop();
      REQUIRE(part.has_value());
      Bytes bytes{part->begin(), part->end()};
      CHECK(unseal(bytes));
      CHECK(bytes == expected);
    }
  }
  SECTION("and not at all if it fits") {
    split_packet(whole, whole.size(), parts);
    CHECK(parts.pop()->size() == whole.size());
  }
  SECTION("and a chunk stays whole") {
    split_packet(whole, 20, parts);
    CHECK(parts.pop()->size() == 16);
    CHECK(parts.pop()->size() == 32);
    CHECK(parts.pop()->size() == 32);
    CHECK(parts.pop()->size() == 32);
  }
  CHECK_FALSE(parts.pop().has_value());
}

}  // namespace
}  // namespace sluice::sctp::test
