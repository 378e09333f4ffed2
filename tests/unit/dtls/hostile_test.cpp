// Datagrams that no honest peer sends.   RFC 6347 §4.1.2.7: what is no valid record is dropped without a word
#include <malloc.h>

#include <cstdlib>
#include <new>

#include "base/writer.hpp"
#include "dtls/handshake_budget.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/sanitized.hpp"
#include "support/seeded_random.hpp"
#include "unit/dtls/pair.hpp"

#ifndef SLUICE_TEST_SANITIZED
namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace sluice::dtls {
namespace {

using namespace test;
using sluice::test::SeededRandom;
using sluice::test::text_bytes;

Bytes record(std::uint8_t type, std::uint16_t epoch, std::uint64_t sequence, ByteView body) {
  Bytes bytes;
  Writer out{bytes};
  out.u8(type);
  out.u16(0xfefd);
  out.u64(static_cast<std::uint64_t>(epoch) << 48 | sequence);
  out.u16(static_cast<std::uint16_t>(body.size()));
  out.bytes(body);
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_CASE("plaintext alerts are ignored once the handshake is over", "[dtls][rfc6347-4.1.2.7][C6]") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.settle();
  for (Peer* peer : {&pair.client, &pair.server}) {
    for (const int description : {0, 20, 40, 42}) {
      for (const int level : {1, 2}) {
        const std::array alert{static_cast<std::byte>(level), static_cast<std::byte>(description)};
        for (const std::uint64_t sequence : {0u, 5u, 1000u}) {
          pair.deliver(*peer, record(21, 0, sequence, alert));
          pair.deliver(*peer, record(21, 1, sequence + 100, alert));
        }
      }
    }
    CHECK(peer->session->connected());
  }
  pair.deliver(pair.server, pair.client.seal(text_bytes("alive")));
  CHECK(pair.server.records == Records{text_bytes("alive")});
}

TEST_CASE("garbage and broken records are dropped, before and after Finished", "[dtls][rfc6347-4.1.2.7]") {
  const bool after = GENERATE(true, false);
  SeededRandom random{7};
  Pair pair{{.both = {.handshake_byte_limit = 1 << 20}}};
  if (after) {
    REQUIRE(pair.connect());
  }
  pair.start();
  for (int i = 0; i < 300; ++i) {
    Bytes garbage(1 + random.u32() % 100);
    random.fill(garbage);
    pair.deliver(pair.server, garbage);
    pair.deliver(pair.client, garbage);
  }
  REQUIRE(pair.connect());
  const auto good = pair.client.seal(text_bytes("good"));
  for (std::size_t cut = 1; cut < good.size(); ++cut) pair.deliver(pair.server, ByteView{good}.first(cut));
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto broken = good;
    broken[at] ^= std::byte{1};
    pair.deliver(pair.server, broken);
  }
  CHECK(pair.server.records.empty());
  pair.deliver(pair.server, good);
  CHECK(pair.server.records == Records{text_bytes("good")});
}

TEST_CASE("a handshake goes on when its datagrams also arrive cut short", "[dtls]") {
  Pair pair;
  pair.start();
  for (std::size_t index = 0; index < pair.sent.size() && !pair.client.connected; ++index) {
    const auto sent = pair.sent[index];
    auto& to = sent.from == Role::client ? pair.server : pair.client;
    for (std::size_t cut = 0; cut < 14; ++cut) to.session->handle_datagram(pair.now(), ByteView{sent.bytes}.first(cut));
    pair.deliver(to, sent.bytes);
  }
  CHECK(pair.run_until([&] { return pair.client.connected && pair.server.connected; }));
}

TEST_CASE("a malformed ClientHello is answered with a fatal alert", "[dtls][rfc5246-7.2.2]") {
  Pair pair;
  pair.start();
  auto hello = pair.sent.front().bytes;
  hello[60] = std::byte{0xff};  // session id length
  Pair victim;
  victim.server.session->start(victim.now());
  victim.deliver(victim.server, hello);
  REQUIRE(victim.server.failed.has_value());
  CHECK(victim.server.failed->cause == Failed::Cause::alert_sent);
  CHECK(victim.server.failed->alert != 0);
  REQUIRE(victim.sent.size() == 1);
  CHECK(victim.sent.front().bytes.front() == std::byte{21});
}

TEST_CASE("a fatal alert before Finished fails the handshake", "[dtls][rfc5246-7.2.2]") {
  Pair pair;
  pair.start();
  pair.deliver(pair.client, record(21, 0, 0, std::array{std::byte{2}, std::byte{40}}));
  REQUIRE(pair.client.failed.has_value());
  CHECK(pair.client.failed->cause == Failed::Cause::alert_received);
  CHECK(pair.client.failed->alert == 40);
}

TEST_CASE("a handshake that costs too many bytes fails", "[dtls][C3]") {
  Pair pair{{.both = {.handshake_byte_limit = 10'000}}};
  pair.server.session->start(pair.now());
  for (int i = 0; i < 9; ++i) pair.deliver(pair.server, Bytes(1100, std::byte{0x17}));
  CHECK_FALSE(pair.server.failed.has_value());
  pair.deliver(pair.server, Bytes(1100, std::byte{0x17}));
  REQUIRE(pair.server.failed.has_value());
  CHECK(pair.server.failed->cause == Failed::Cause::limit);
  CHECK(pair.server.session->next_timeout() == never);
}

TEST_CASE("ten thousand records of the next epoch before Finished do not make us grow", "[dtls][C3]") {
  Pair pair{{.both = {.handshake_byte_limit = 16 << 20}, .fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  pair.start();
  const bool with_change = GENERATE(true, false);
  pair.deliver(pair.server, pair.sent.front().bytes);
  const auto before = ::mallinfo2().uordblks;
  const auto change = record(20, 0, 999, std::array{std::byte{1}});
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto early = record(23, 1, i, Bytes(100));
    pair.server.session->handle_datagram(pair.now(), with_change ? change + early : early);
  }
  const auto after = ::mallinfo2().uordblks;
  CHECK(after < before + 256 * 1024);
  CHECK(pair.server.session->next_timeout() != never);
}

TEST_CASE("fragments that announce much and bring little do not make us grow", "[dtls][C3]") {
  Pair pair{{.both = {.handshake_byte_limit = 16 << 20}}};
  pair.server.session->start(pair.now());
  const auto before = ::mallinfo2().uordblks;
  for (std::uint64_t i = 0; i < 10'000 && !pair.server.failed; ++i) {
    Bytes body;
    Writer out{body};
    out.u32(0x01'00'3f'00);                              // ClientHello of 16128 bytes
    out.u16(static_cast<std::uint16_t>(i % 12 + 1));     // message_seq
    out.u32(static_cast<std::uint32_t>(i % 8000) << 8);  // fragment offset, and the first octet of its length
    out.u16(1);
    out.u8(0);
    pair.server.session->handle_datagram(pair.now(), record(22, 0, i, body));
    pair.server.drain_events();
  }
  CHECK(::mallinfo2().uordblks < before + 256 * 1024);
}

TEST_CASE("early records have two shares, and room again once they are processed", "[dtls]") {
  HandshakeBudget budget{1 << 20};
  const auto early = record(23, 1, 0, Bytes(10));
  const auto behind = record(20, 0, 7, std::array{std::byte{1}}) + early;
  for (int i = 0; i < 6; ++i) CHECK(budget.admit(early)->size() == early.size());
  CHECK(budget.admit(early)->empty());
  for (int i = 0; i < 6; ++i) CHECK(budget.admit(behind)->size() == behind.size());
  CHECK(budget.admit(behind)->size() == behind.size() - early.size());
  budget.release();
  CHECK(budget.admit(early + behind)->size() == early.size() + behind.size());
  CHECK(budget.admit(Bytes(2 << 20)) == std::nullopt);
}

#ifndef SLUICE_TEST_SANITIZED
TEST_CASE("a record costs no allocation of ours, sent or received", "[dtls]") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.settle();
  TransmitQueue queue;
  const Bytes payload(1150, std::byte{1});
  const auto round = [&] {
    bool right = pair.client.session->send(payload, {}, queue);
    pair.server.session->handle_datagram(pair.now(), queue.bytes(queue.entries().front()));
    right = right && pair.server.session->poll_record().has_value() && !pair.server.session->poll_record();
    queue.clear();
    return right;
  };
  REQUIRE(round());
  const auto before = allocations;
  bool right = true;
  for (int i = 0; i < 1000; ++i) right = round() && right;
  const auto after = allocations;
  CHECK(right);
  CHECK(after == before);
}
#endif

}  // namespace
}  // namespace sluice::dtls
