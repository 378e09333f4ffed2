// What a hostile peer, who has an established DTLS session, may try on an association.
#include <array>
#include <cstring>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "network.hpp"
#include "sctp/crc32c.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

using sluice::test::hex;
using sluice::test::text_bytes;

struct Overheard {  // what a peer knows of its own packets
  std::uint32_t tag = 0;
  std::uint32_t last_tsn = 0;
  Bytes init{};
  Bytes cookie_echo{};

  void note(ByteView packet) {
    Reader in{packet};
    in.skip(4);
    if (const auto seen = in.u32()) tag = seen;
    in.skip(4);
    const auto type = in.u8();
    in.skip(3);
    if (type == 1) init.assign(packet.begin(), packet.end());
    if (type == 10) cookie_echo.assign(packet.begin(), packet.end());
    if (type == 0x40) last_tsn = in.u32();
  }
};

void inject(Peer& peer, Bytes packet) {
  seal(packet);
  peer.association->handle_packet(virtual_time::now(), packet);
}

Bytes with_tag(std::uint32_t tag, std::string_view chunks) {
  Bytes packet;
  Writer out{packet};
  out.u16(5000);
  out.u16(5000);
  out.u32(tag);
  out.u32(0);
  out.bytes(hex(chunks));
  return packet;
}

struct Attack {
  Attack() {
    pair.alice.sees_sent = [this](ByteView packet) { overheard.note(packet); };
    REQUIRE(connect(network, pair));
    REQUIRE(pair.alice.send(1, text_bytes("x")) == SendResult::sent);
    network.run(100ms);
  }
  bool still_alive() {
    const auto before = pair.bob.messages.size();
    REQUIRE(pair.alice.send(2, text_bytes("alive")) == SendResult::sent);
    return network.run_until([&] { return pair.bob.messages.size() == before + 1; }, 5s) && !pair.bob.aborted;
  }

  Network network{};
  Network::Pair pair = network.add_pair();
  Overheard overheard{};
};

TEST_CASE("a flood of INITs before the set-up makes no second association", "[sctp][A10]") {
  Network network;
  const auto pair = network.add_pair();
  Overheard overheard;
  pair.alice.sees_sent = [&](ByteView packet) { overheard.note(packet); };
  pair.alice.connect();
  network.drain();
  network.forget_packets();
  pair.bob.connect();
  for (int i = 0; i < 100'000; ++i) inject(pair.bob, overheard.init);
  CHECK(pair.bob.association->counters().packets_refused >= 99'900);
  network.drain();
  CHECK(network.packets < 100);
  CHECK(network.run_until([&] { return pair.alice.connected && pair.bob.connected; }, 10s));
}

TEST_CASE("packets before connect are kept in small number", "[sctp][A10]") {
  Network network;
  const auto pair = network.add_pair();
  Overheard overheard;
  pair.alice.sees_sent = [&](ByteView packet) { overheard.note(packet); };
  pair.alice.connect();
  network.drain();
  for (int i = 0; i < 1000; ++i) inject(pair.bob, overheard.init);
  pair.bob.connect();
  network.drain();
  CHECK(network.packets < 20);
}

TEST_CASE("an INIT or a strange cookie does not restart a live association", "[sctp][A4][rfc9260-5.2.4]") {
  Attack attack;
  const auto refused = attack.pair.bob.association->counters().packets_refused;
  inject(attack.pair.bob, attack.overheard.init);
  CHECK(attack.pair.bob.association->counters().packets_refused == refused + 1);
  auto strange = attack.overheard.cookie_echo;
  REQUIRE(strange.size() > 40);
  strange[40] ^= std::byte{1};
  inject(attack.pair.bob, strange);
  inject(attack.pair.bob, attack.overheard.cookie_echo);  // the real one, again
  CHECK(attack.still_alive());
}

TEST_CASE("a packet with a wrong checksum is refused", "[sctp][rfc9260-6.8]") {
  Attack attack;
  auto packet = with_tag(attack.overheard.tag, "06000004");  // would abort
  seal(packet);
  packet.back() ^= std::byte{1};
  attack.pair.bob.association->handle_packet(virtual_time::now(), packet);
  CHECK(attack.pair.bob.association->counters().packets_refused == 1);
  CHECK(attack.still_alive());
}

TEST_CASE("AUTH and ASCONF do nothing", "[sctp][A2]") {
  Attack attack;
  inject(attack.pair.bob, with_tag(attack.overheard.tag, "0f00000c 00000001 00000000 c100000c 00000001 00000000"));
  CHECK(attack.pair.bob.association->counters().chunks_neutralised == 2);
  CHECK(attack.still_alive());
}

TEST_CASE("chunks of every length are survived", "[sctp][A6]") {
  Attack attack;
  for (unsigned type = 0; type < 256; ++type) {
    if (type == 0 || type == 6 || type == 7 || type == 8 || type == 0x40 || type == 14)
      continue;  // may end it, rightly
    for (std::uint16_t length = 0; length < 40; ++length) {
      Bytes packet = with_tag(attack.overheard.tag, "");
      Writer out{packet};
      out.u8(static_cast<std::uint8_t>(type));
      out.u8(0);
      out.u16(length);
      out.zeros(20);
      inject(attack.pair.bob, packet);
    }
  }
  CHECK(attack.still_alive());
}

TEST_CASE("a message that never ends is cut off at our limit", "[sctp][A7]") {
  Attack attack;
  auto tsn = attack.overheard.last_tsn;
  for (std::uint32_t fragment = 0; fragment < 1000 && !attack.pair.bob.aborted; ++fragment) {
    Bytes packet = with_tag(attack.overheard.tag, "");
    Writer out{packet};
    out.u8(0x40);
    out.u8(fragment == 0 ? 2 : 0);  // beginning, never an end
    out.u16(20 + 1000);
    out.u32(++tsn);
    out.u16(9);
    out.u16(0);
    out.u32(0);
    out.u32(fragment == 0 ? 53 : fragment);
    out.zeros(1000);
    inject(attack.pair.bob, packet);
    attack.network.drain();
  }
  REQUIRE(attack.pair.bob.aborted.has_value());
  CHECK(attack.pair.bob.aborted->cause == 13);
}

TEST_CASE("unfinished messages on all streams are bounded", "[sctp][A7]") {
  Attack attack;
  auto tsn = attack.overheard.last_tsn;
  std::size_t accepted = 0;
  for (std::uint32_t fragment = 0; fragment < 250 && !attack.pair.bob.aborted; ++fragment) {
    for (std::uint16_t stream = 10; stream < 250 && !attack.pair.bob.aborted; ++stream) {
      Bytes packet = with_tag(attack.overheard.tag, "");
      Writer out{packet};
      out.u8(0x40);
      out.u8(fragment == 0 ? 2 : 0);
      out.u16(20 + 1000);
      out.u32(++tsn);
      out.u16(stream);
      out.u16(0);
      out.u32(0);
      out.u32(fragment == 0 ? 53 : fragment);
      out.zeros(1000);
      inject(attack.pair.bob, packet);
      attack.network.drain();
      accepted += 1000;
    }
  }
  REQUIRE(attack.pair.bob.aborted.has_value());
  CHECK(accepted < 40'000'000);
}

TEST_CASE("a flood of reset requests leaves the association alive", "[sctp][A9][rfc6525-5.2]") {
  Attack attack;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    Bytes packet = with_tag(attack.overheard.tag, "");
    Writer out{packet};
    out.bytes(hex("82000016 000d0012"));
    out.u32(i * 77);
    out.u32(0);
    out.u32(attack.overheard.last_tsn);
    out.u16(3);
    out.zeros(2);
    inject(attack.pair.bob, packet);
    attack.network.drain();
  }
  attack.network.run(1s);
  CHECK(attack.still_alive());
}

TEST_CASE("no packet carries a pointer", "[sctp][A3]") {
  Network network;
  const auto pair = network.add_pair();
  const auto stack_page = reinterpret_cast<std::uintptr_t>(&network) >> 24;
  const auto heap_page = reinterpret_cast<std::uintptr_t>(&pair.alice) >> 24;
  std::size_t searched = 0;
  const auto search = [&](ByteView packet) {
    for (std::size_t at = 0; at + 8 <= packet.size(); ++at) {
      std::uint64_t value = 0;
      std::memcpy(&value, packet.data() + at, sizeof value);
      CHECK(value >> 24 != stack_page);
      CHECK(value >> 24 != heap_page);
      ++searched;
    }
  };
  pair.alice.sees_sent = pair.bob.sees_sent = search;
  REQUIRE(connect(network, pair));
  REQUIRE(pair.alice.send(1, text_bytes("x")) == SendResult::sent);
  network.run(1s);
  pair.alice.association->abort();
  network.run(1s);
  CHECK(searched > 500);
}

}  // namespace
}  // namespace sluice::sctp::test
