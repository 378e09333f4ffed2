// Handshakes over bad wires: whatever is lost, late or doubled, the timers bring both ends together.
#include <set>

#include "dtls/session.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"
#include "unit/dtls/pair.hpp"

namespace sluice::dtls {
namespace {

using namespace test;
using sluice::test::SeededRandom;
using sluice::test::text_bytes;

bool exchange_works(Pair& pair) {
  pair.deliver(pair.server, pair.client.seal(text_bytes("ping")));
  pair.deliver(pair.client, pair.server.seal(text_bytes("pong")));
  return pair.server.records == Records{text_bytes("ping")} && pair.client.records == Records{text_bytes("pong")};
}

TEST_CASE("a handshake survives the loss of any one datagram within a first timeout", "[dtls][rfc6347-4.2.4]") {
  const std::size_t mtu = GENERATE(std::size_t{300}, std::size_t{1200});
  Pair whole{{.both = {.mtu = mtu}}};
  REQUIRE(whole.connect());
  whole.settle();
  for (std::size_t lost = 0; lost < whole.sent.size(); ++lost) {
    CAPTURE(mtu, lost);
    Pair pair{{.both = {.mtu = mtu},
               .fate = [&](const Sent& sent) { return sent.index == lost ? std::vector<Duration>{} : arrives(sent); }}};
    const auto begin = pair.now();
    REQUIRE(pair.connect());
    CHECK(pair.now() - begin < 250ms);
    CHECK(exchange_works(pair));
  }
}

TEST_CASE("a handshake survives the loss of each end's first attempts", "[dtls][rfc6347-4.2.4]") {
  const std::size_t losses = GENERATE(2u, 5u, 9u);
  const bool of_client = GENERATE(true, false);
  std::size_t lost = 0;
  Pair pair{{.fate = [&](const Sent& sent) {
    const bool drop = (sent.from == Role::client) == of_client && lost < losses;
    lost += drop;
    return drop ? std::vector<Duration>{} : arrives(sent);
  }}};
  REQUIRE(pair.connect());
  CHECK(exchange_works(pair));
}

TEST_CASE("a repeated final flight of the client is answered again", "[dtls][rfc6347-4.2.4]") {
  int finals_lost = 0;  // the server's flight 4; it has no timer of its own
  bool server_done = false;
  Pair pair{{.fate = [&](const Sent& sent) {
    if (sent.from == Role::client || sent.index < 2) return arrives(sent);
    server_done = true;
    return finals_lost++ < 3 ? std::vector<Duration>{} : arrives(sent);
  }}};
  REQUIRE(pair.connect());
  CHECK(server_done);
  CHECK(finals_lost == 4);
  CHECK(exchange_works(pair));
}

TEST_CASE("timeouts start where they are told to, double, and stop at two seconds", "[dtls][rfc6347-4.2.4.1]") {
  Pair pair{{.both = {.first_timeout = 80ms}, .fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  pair.start();
  std::vector<Duration> gaps;
  auto last = pair.now();
  while (gaps.size() < 9) {
    const auto before = pair.sent.size();
    REQUIRE(pair.step());
    if (pair.sent.size() == before) continue;
    gaps.push_back(pair.now() - last);
    last = pair.now();
  }
  CHECK(gaps == std::vector<Duration>{80ms, 160ms, 320ms, 640ms, 1280ms, 2s, 2s, 2s, 2s});
}

TEST_CASE("a repeated flight takes as few datagrams as the first one", "[dtls]") {
  Pair pair{{.fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  pair.start();
  pair.deliver(pair.server, pair.sent[0].bytes);
  REQUIRE(pair.sent.size() == 2);
  while (pair.sent.size() < 4) REQUIRE(pair.step());
  CHECK(pair.sent[2].from != pair.sent[3].from);  // each end has repeated its one
  pair.deliver(pair.client, pair.sent[1].bytes);
  const auto third = pair.sent.size();
  REQUIRE(pair.sent[third - 1].from == Role::client);
  const auto client_sent = [&] { return std::ranges::count(pair.sent, Role::client, &Sent::from); };
  const auto before = client_sent();
  while (client_sent() == before) REQUIRE(pair.step());
  CHECK(client_sent() == before + 1);
}

TEST_CASE("flights may arrive in reverse", "[dtls][rfc6347-4.2.4]") {
  Pair pair{{.both = {.mtu = 256}, .fate = [](const Sent& sent) {
               return std::vector<Duration>{30ms - std::chrono::milliseconds{sent.index % 25}};
             }}};
  REQUIRE(pair.connect());
  CHECK(exchange_works(pair));
}

TEST_CASE("datagrams that arrive three times change nothing", "[dtls][rfc6347-4.1.2.6][C6]") {
  Pair pair{{.fate = [](const Sent&) { return std::vector<Duration>{5ms, 6ms, 20ms}; }}};
  REQUIRE(pair.connect());
  pair.settle();
  const auto record = pair.client.seal(text_bytes("once"));
  for (int i = 0; i < 3; ++i) pair.deliver(pair.server, record);
  CHECK(pair.server.records == Records{text_bytes("once")});
  CHECK_FALSE(pair.server.failed.has_value());
  for (const auto& sent : std::vector{pair.sent}) {
    pair.deliver(sent.from == Role::client ? pair.server : pair.client, sent.bytes);
  }
  CHECK(pair.server.session->connected());
  CHECK(pair.client.session->connected());
}

TEST_CASE("handshakes succeed over wires that lose, delay and double", "[dtls]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    SeededRandom random{seed};
    Pair pair{{.both = {.mtu = 300 + random.u32() % 1200}, .fate = [&](const Sent&) {
                 std::vector<Duration> copies;
                 while (random.u32() % 100 < 70 && copies.size() < 3) {
                   copies.push_back(std::chrono::milliseconds{random.u32() % 120});
                 }
                 return copies;
               }}};
    REQUIRE(pair.connect());
    CHECK(exchange_works(pair));
  }
}

TEST_CASE("no handshake datagram is larger than the MTU, repeated or not", "[dtls][rfc6347-4.1.1]") {
  const auto* certificate = GENERATE(as<const Certificate*>{}, &ecdsa(0), &rsa());
  for (std::size_t mtu = 256; mtu < 1500; mtu += 31) {
    CAPTURE(mtu);
    std::set<std::size_t> dropped;
    Pair pair{{.client = *certificate, .server = *certificate, .both = {.mtu = mtu}, .fate = [&](const Sent& sent) {
                 const bool first_of_its_kind =
                     sent.index < 30 && dropped.size() < 8 && dropped.insert(sent.index).second;
                 return first_of_its_kind ? std::vector<Duration>{} : arrives(sent);
               }}};
    REQUIRE(pair.connect());
    for (const auto& sent : pair.sent) CHECK(sent.bytes.size() <= mtu);
  }
}

TEST_CASE("an MTU beyond OpenSSL's gathering buffer does not cut records", "[dtls]") {
  Pair pair{{.client = rsa(), .server = rsa(), .both = {.mtu = 65507}}};
  REQUIRE(pair.connect());
  CHECK(exchange_works(pair));
}

TEST_CASE("a handshake that takes too long fails", "[dtls][C3]") {
  Pair pair{{.both = {.handshake_limit = 10s}, .fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  const auto begin = pair.now();
  pair.start();
  REQUIRE(pair.run_until([&] { return pair.client.failed && pair.server.failed; }));
  CHECK(pair.now() == begin + 10s);
  CHECK(pair.client.failed->cause == Failed::Cause::timeout);
  CHECK(pair.server.failed->cause == Failed::Cause::timeout);
  CHECK(pair.client.session->next_timeout() == never);
}

TEST_CASE("a server that was not started counts from the first datagram", "[dtls]") {
  Pair pair{{.both = {.handshake_limit = 10s}}};
  CHECK(pair.server.session->next_timeout() == never);
  pair.client.session->start(pair.now());
  pair.server.session->handle_datagram(pair.now(), pair.client.transmit().front());
  CHECK(pair.server.session->next_timeout() <= pair.now() + 10s);
  CHECK_FALSE(pair.server.transmit().empty());
}

TEST_CASE("a client nobody answers gives up for good", "[dtls]") {
  Pair pair{{.fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  pair.start();
  REQUIRE(pair.run_until([&] { return pair.client.failed.has_value(); }));
  CHECK(pair.client.failed->cause == Failed::Cause::timeout);
  CHECK(pair.client.session->next_timeout() == never);
}

TEST_CASE("early and repeated timeouts are harmless", "[dtls]") {
  Pair pair{{.fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  pair.start();
  const auto deadline = pair.client.session->next_timeout();
  for (int i = 0; i < 5; ++i) pair.client.session->handle_timeout(pair.now());
  CHECK(pair.client.transmit().empty());
  CHECK(pair.client.session->next_timeout() == deadline);
}

TEST_CASE("a wall clock that stands still does not make a timer spin", "[dtls]") {
  Pair pair{{.fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  pair.start();
  const auto deadline = pair.client.session->next_timeout();
  pair.client.session->handle_timeout(deadline);  // OpenSSL reads the virtual clock, which has not moved
  CHECK(pair.client.session->next_timeout() == deadline + 50ms);
}

}  // namespace
}  // namespace sluice::dtls
