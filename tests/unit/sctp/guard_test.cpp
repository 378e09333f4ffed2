#include "sctp/guard.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "network.hpp"
#include "sctp/crc32c.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp {
namespace {

using sluice::test::hex;

constexpr auto header = "1388 1388 01020304 00000000";
constexpr auto init_header = "1388 1388 00000000 00000000";
constexpr auto init = "01000020 11223344 00100000 01000100 00000001 c0000004 80080008 82c040c2";  // with I-DATA
constexpr auto plain_init = "01000020 11223344 00100000 01000100 00000001 c0000004 80080006 82c00000";

Bytes packet(std::string_view head, std::initializer_list<std::string_view> chunks) {
  auto result = hex(head);
  for (const auto chunk : chunks) {
    const auto bytes = hex(chunk);
    result.insert(result.end(), bytes.begin(), bytes.end());
  }
  return result;
}

Guard fresh() { return Guard{{.local = 5000, .remote = 5000}}; }

Guard established(std::string_view peer_init = plain_init) {
  auto guard = fresh();
  auto first = packet(init_header, {peer_init});
  REQUIRE(guard.inspect(first) != Verdict::drop);
  guard.handle_established();
  return guard;
}

Verdict judge(Guard& guard, Bytes bytes) { return guard.inspect(bytes); }

Verdict judge_established(std::string_view chunk, std::string_view peer_init = plain_init) {
  auto guard = established(peer_init);
  return judge(guard, packet(header, {chunk}));
}

constexpr auto data = "00030011 00000001 00010000 00000035 41000000";
constexpr auto i_data = "40030015 00000001 00010000 00000000 00000035 41000000";

TEST_CASE("what a data-channel peer sends passes unchanged", "[sctp][guard][rfc9260-3.3]") {
  for (const auto* chunk : {
           data,
           "03000010 00000001 00100000 00000000",
           "03000018 00000001 00100000 00010001 00020003 00000001",
           "04000010 0001000c 0102030405060708",
           "05000010 0001000c 0102030405060708",
           "06000004",
           "06000010 000c000c 436c6f7365206361",
           "07000008 00000001",
           "08000004",
           "0900000c 00080008 80010004",
           "0b000004",
           "0e000004",
           "82000016 000d0012 00000001 00000002 00000000 00010000",
           "82000010 0010000c 00000001 00000001",
           "84000008 00000000",
           "c0000008 00000001",
           "c000000c 00000001 00010002",
       }) {
    CAPTURE(chunk);
    auto guard = established();
    const auto before = packet(header, {chunk});
    auto after = before;
    CHECK(guard.inspect(after) == Verdict::accept);
    CHECK(after == before);
  }
}

TEST_CASE("a chunk whose lengths or counts are wrong takes its packet with it", "[sctp][guard][rfc9260-3.2]") {
  for (const auto* chunk : {
           "00030010 00000001 00010000 00000035",           // DATA without data, §3.3.1
           "03000010 00000001 00100000 00010000",           // a gap block that is not there
           "03000014 00000001 00100000 00010000 00030002",  // start after end
           "03000014 00000001 00100000 00000000 00030004",  // a block that is not counted
           "04000004",
           "04000008 00010008",
           "04000008 00020004",  // heartbeat without its parameter
           "06000008 000c0003",
           "06000008 000c0008",  // cause lengths
           "07000004",
           "08000008 00000000",
           "0b000008 00000000",  // fixed sizes
           "82000004",
           "82000008 000d0004",           // RE-CONFIG
           "8200000c 000f0008 00000001",  // SSN/TSN reset
           "c0000004",
           "c000000a 00000001 00010000",  // FORWARD TSN
           "00000000",
           "00000003",
           "00030015 00000001 00010000 00000035 41",
           "20000004",  // an unknown type that stops the packet
       }) {
    CAPTURE(chunk);
    CHECK(judge_established(chunk) == Verdict::drop);
  }
}

TEST_CASE("what WebRTC does not use is overwritten with padding", "[sctp][guard][rfc4820]") {
  for (const auto* chunk : {
           "0f00000c 00000001 00000000",     // AUTH
           "0c000008 00000001", "0d000004",  // ECNE, CWR
           "c100000c 00000001 00000000",     // ASCONF
           "80000008 00000001", "81000008 00000000", "10000010 00000001 00100000 00000000", "bf000004",
           "ff000004",  // unknown, may be skipped
       }) {
    CAPTURE(chunk);
    auto guard = established();
    auto bytes = packet(header, {chunk, data});
    CHECK(guard.inspect(bytes) == Verdict::neutralised);
    CHECK(bytes[12] == std::byte{0x84});
    CHECK(guard.neutralised() == 1);
    auto again = bytes;
    CHECK(guard.inspect(again) == Verdict::accept);
  }
}

TEST_CASE("DATA and I-DATA are taken as they were negotiated", "[sctp][guard][rfc8260-2.2.1]") {
  CHECK(judge_established(data) == Verdict::accept);
  CHECK(judge_established(i_data) == Verdict::drop);
  CHECK(judge_established(i_data, init) == Verdict::accept);
  CHECK(judge_established(data, init) == Verdict::drop);
  CHECK(judge_established("c0000008 00000001", init) == Verdict::drop);
  CHECK(judge_established("c2000008 00000001", init) == Verdict::accept);
  CHECK(judge_established("c2000010 00000001 0001000000000002", init) == Verdict::accept);
  CHECK(judge_established("c200000c 00000001 00010000", init) == Verdict::drop);
  CHECK(judge_established("40030014 00000001 00010000 00000000 00000035", init) == Verdict::drop);
}

TEST_CASE("an INIT is alone, has the tag 0, and comes before the association is up", "[sctp][guard][rfc9260-5]") {
  auto guard = fresh();
  CHECK(judge(guard, packet(init_header, {init})) == Verdict::accept);
  CHECK(guard.interleaving());
  CHECK(judge(guard, packet(header, {init})) == Verdict::drop);
  CHECK(judge(guard, packet(init_header, {init, data})) == Verdict::drop);
  CHECK(judge(guard, packet(init_header, {data})) == Verdict::drop);
  CHECK(judge(guard, packet(header, {data, init})) == Verdict::drop);
  guard.handle_established();
  CHECK(judge(guard, packet(init_header, {init})) == Verdict::drop);
}

TEST_CASE("an INIT ACK has one cookie", "[sctp][guard][rfc9260-3.3.3]") {
  const auto* without = "02000014 11223344 00100000 01000100 00000001";
  const auto* with = "0200001c 11223344 00100000 01000100 00000001 00070008 01020304";
  const auto* with_two = "02000024 11223344 00100000 01000100 00000001 00070008 01020304 00070008 01020304";
  auto guard = fresh();
  CHECK(judge(guard, packet(header, {with})) == Verdict::accept);
  CHECK(judge(guard, packet(header, {without})) == Verdict::drop);
  CHECK(judge(guard, packet(header, {with_two})) == Verdict::drop);
  CHECK(judge(guard, packet(init_header, {with})) == Verdict::drop);
  guard.handle_established();
  CHECK(judge(guard, packet(header, {with})) == Verdict::drop);
}

TEST_CASE("addresses, AUTH and other parameters of an INIT become padding", "[sctp][guard][rfc9260-3.3.2.1]") {
  auto guard = fresh();
  auto bytes = packet(init_header, {"01000030 11223344 00100000 01000100 00000001 00050008 7f000001"
                                    "8008000a c00f80c18282 0000 c0000004 80030004"});
  CHECK(guard.inspect(bytes) == Verdict::neutralised);
  CHECK(bytes == packet(init_header, {"01000030 11223344 00100000 01000100 00000001 80050008 7f000001"
                                      "8008000a c08484848282 0000 c0000004 80050004"}));
  CHECK(guard.neutralised() == 5);
  CHECK_FALSE(guard.interleaving());
}

TEST_CASE("an INIT that could never make an association is dropped", "[sctp][guard][rfc9260-3.3.2]") {
  auto guard = fresh();
  for (const auto* bad : {
           "01000014 00000000 00100000 01000100 00000001",  // tag 0
           "01000014 11223344 00100000 00000100 00000001",  // no outbound streams
           "01000014 11223344 00100000 01000000 00000001",  // no inbound streams
           "01000010 11223344 00100000 01000100",
           "01000018 11223344 00100000 01000100 00000001 c0000003",
           "01000018 11223344 00100000 01000100 00000001 c0000005",
           "01000018 11223344 00100000 01000100 00000001 c0000000",
       }) {
    CAPTURE(bad);
    CHECK(judge(guard, packet(init_header, {bad})) == Verdict::drop);
  }
}

TEST_CASE("only the cookie that brought us up is answered again", "[sctp][guard][rfc9260-5.2.4]") {
  auto guard = fresh();
  const auto* cookie = "0a000008 01020304";
  CHECK(judge(guard, packet(init_header, {plain_init})) != Verdict::drop);
  CHECK(judge(guard, packet(header, {data, cookie})) == Verdict::drop);
  CHECK(judge(guard, packet(header, {cookie, data})) == Verdict::accept);
  guard.handle_established();
  CHECK(judge(guard, packet(header, {cookie, data})) == Verdict::accept);
  CHECK(judge(guard, packet(header, {"0a000008 01020305", data})) == Verdict::neutralised);
  CHECK(judge(guard, packet(header, {"0a000004", data})) == Verdict::drop);
}

TEST_CASE("packets for other ports are not ours", "[sctp][guard][rfc9260-8.4]") {
  auto guard = established();
  CHECK(judge(guard, packet("1389 1388 01020304 00000000", {data})) == Verdict::drop);
  CHECK(judge(guard, packet("1388 1389 01020304 00000000", {data})) == Verdict::drop);
  CHECK(judge(guard, packet("1388 1388 00000000 00000000", {data})) == Verdict::drop);
  CHECK(judge(guard, packet(header, {})) == Verdict::drop);
}

TEST_CASE("a cause that only NATs send does not end an association", "[sctp][guard]") {
  auto guard = established();
  auto bytes = packet(header, {"09000008 00b00004"});
  CHECK(guard.inspect(bytes) == Verdict::neutralised);
  CHECK(bytes == packet(header, {"09000008 000c0004"}));
}

TEST_CASE("a reset request waits until the data before it is acknowledged", "[sctp][guard][rfc6525-5.2.2]") {
  auto guard = established();
  const auto* request = "82000016 000d0012 00000001 00000002 00000005 00010000";
  const auto whole = packet(header, {request});
  auto bytes = whole;
  CHECK(guard.inspect(bytes) == Verdict::neutralised);
  CHECK(bytes[12] == std::byte{0x84});
  CHECK_FALSE(guard.take_deferred().has_value());
  guard.handle_acknowledged(4);
  CHECK_FALSE(guard.take_deferred().has_value());
  guard.handle_acknowledged(5);
  CHECK(guard.take_deferred() == whole);
  CHECK_FALSE(guard.take_deferred().has_value());
  CHECK(judge(guard, whole) == Verdict::accept);
}

TEST_CASE("a flood of INITs ends at the guard", "[sctp][guard]") {
  auto guard = fresh();
  int passed = 0;
  for (int i = 0; i < 1000; ++i) passed += judge(guard, packet(init_header, {init})) == Verdict::drop ? 0 : 1;
  CHECK(passed == 64);
}

TEST_CASE("a packet cut at any byte is dropped or ends between two chunks", "[sctp][guard]") {
  const auto whole = packet(header, {"03000018 00000001 00100000 00010001 00020003 00000001", data,
                                     "82000016 000d0012 00000001 00000002 00000000 00010000"});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    auto guard = established();
    const auto verdict = judge(guard, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    // Padding at the end may be missing.
    const bool complete = size == 36 || (size >= 53 && size <= 56) || size >= 78;
    CHECK((verdict == Verdict::accept) == complete);
  }
  const auto start = packet(init_header, {init});
  for (std::size_t size = 0; size < start.size(); ++size) {
    auto guard = fresh();
    CHECK(judge(guard, {start.begin(), start.begin() + static_cast<std::ptrdiff_t>(size)}) == Verdict::drop);
  }
}

Bytes file(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  return sluice::test::text_bytes(text);
}

// Lines of a text2pcap capture: "I" or "O", a time, then "0000 13 88 ...".
std::vector<Bytes> captured_packets(const std::filesystem::path& path) {
  std::vector<Bytes> packets;
  std::ifstream in{path};
  for (std::string line; std::getline(in, line);) {
    const auto at = line.find(" 0000 ");
    const auto start = at == std::string::npos ? (line.starts_with("0000 ") ? 5 : std::string::npos) : at + 6;
    if (start == std::string::npos) continue;
    const auto end = line.find('#', start);
    packets.push_back(hex(line.substr(start, end == std::string::npos ? end : end - start)));
  }
  return packets;
}

TEST_CASE("whatever real stacks have sent passes", "[sctp][guard]") {
  const std::string shared = SLUICE_SHARED_DIR;
  const auto folder = shared + "/fixtures/sctp-plain";
  if (shared.empty() || !std::filesystem::is_directory(folder)) {
    WARN("no captures of real stacks");
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() != ".txt") continue;
    CAPTURE(entry.path().filename().string());
    auto guard = fresh();
    for (auto& captured : captured_packets(entry.path())) CHECK(guard.inspect(captured) != Verdict::drop);
  }
}

TEST_CASE("fuzzers' packets of other stacks do no harm", "[sctp][guard]") {
  const std::string shared = SLUICE_SHARED_DIR;
  if (shared.empty()) {
    WARN("SLUICE_SHARED_DIR is not set: no corpora");
    return;
  }
  std::size_t count = 0;
  for (const auto* folder :
       {"libwebrtc/sctp-packet-corpus", "usrsctp/CORPUS_CONNECT", "usrsctp/CORPUS_LISTEN", "usrsctp/CORPUS_FRAGMENT"}) {
    for (const auto& entry : std::filesystem::directory_iterator{shared + "/corpora/" + folder}) {
      const auto bytes = file(entry.path());
      for (const bool up : {false, true}) {
        sctp::test::Network network;
        const auto pair = network.add_pair();
        pair.bob.connect();
        if (up) REQUIRE(sctp::test::connect(network, pair));
        std::uint32_t tag = 0;
        pair.alice.sees_sent = [&](ByteView sent) { std::memcpy(&tag, sent.data() + 4, 4); };
        (void)pair.alice.send(1, sluice::test::text_bytes("x"));
        network.run(std::chrono::milliseconds{50});
        // As it is, and as chunks behind our own header with the right tag.
        auto chunks = hex(header);
        std::memcpy(chunks.data() + 4, &tag, 4);
        chunks.insert(chunks.end(), bytes.begin(), bytes.end());
        for (auto packet : {bytes, chunks}) {
          if (packet.size() >= 12) seal(packet);
          pair.bob.association->handle_packet(sctp::test::virtual_time::now(), packet);
          network.run(std::chrono::milliseconds{50});
        }
        ++count;
      }
    }
  }
  CHECK(count > 100);
}

}  // namespace
}  // namespace sluice::sctp
