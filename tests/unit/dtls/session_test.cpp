#include "dtls/session.hpp"

#include <openssl/err.h>

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "unit/dtls/pair.hpp"

namespace sluice::dtls {
namespace {

using namespace test;
using sluice::test::text_bytes;

TEST_CASE("two sessions connect, whatever kind of certificate each has", "[dtls][rfc6347-4.2][CE-5]") {
  const auto& client = GENERATE(as<const Certificate*>{}, &ecdsa(0), &rsa());
  const auto& server = GENERATE(as<const Certificate*>{}, &ecdsa(1), &rsa());
  Pair pair{{.client = *client, .server = *server}};
  REQUIRE(pair.connect());
  CHECK(pair.client.session->connected());
  CHECK(pair.server.session->connected());
  CHECK(pair.client.session->peer_certificate() == server->der());
  CHECK(pair.server.session->peer_certificate() == client->der());
  CHECK(pair.server.session->peer_fingerprint(HashAlgorithm::sha_256) == client->fingerprint(HashAlgorithm::sha_256));
  CHECK(pair.client.session->version() == "FEFD");
  CHECK(pair.client.session->cipher() ==
        (server == &rsa() ? "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
  CHECK(pair.server.session->cipher() == pair.client.session->cipher());
}

TEST_CASE("a handshake takes four flights of one datagram each", "[dtls]") {
  Pair pair;
  REQUIRE(pair.connect());
  CHECK(pair.settle());
  CHECK(pair.sent.size() == 4);
}

TEST_CASE("nothing is known of the peer before Connected", "[dtls][CE-5]") {
  Pair pair;
  pair.start();
  CHECK(pair.client.session->peer_certificate().empty());
  CHECK_FALSE(pair.client.session->peer_fingerprint(HashAlgorithm::sha_256).has_value());
  CHECK(pair.client.session->version().empty());
  CHECK(pair.client.session->cipher().empty());
}

TEST_CASE("records arrive whole and in their own datagrams, both ways", "[dtls][rfc8261-4]") {
  Pair pair;
  REQUIRE(pair.connect());
  for (Peer* from : {&pair.client, &pair.server}) {
    auto& to = pair.other(*from);
    for (const std::size_t size : {1u, 1200u, 16384u}) {
      Bytes payload(size, std::byte{0x5a});
      pair.deliver(to, from->seal(payload));
      REQUIRE(to.records.size() == 1);
      CHECK(to.records.front() == payload);
      to.records.clear();
    }
  }
}

TEST_CASE("several records in one datagram are read one after the other", "[dtls][rfc6347-4.1.1]") {
  Pair pair;
  REQUIRE(pair.connect());
  Bytes datagram;
  for (const auto text : {"one", "two", "three"}) {
    const auto record = pair.client.seal(text_bytes(text));
    datagram.insert(datagram.end(), record.begin(), record.end());
  }
  pair.deliver(pair.server, datagram);
  CHECK(pair.server.records == Records{text_bytes("one"), text_bytes("two"), text_bytes("three")});
}

TEST_CASE("records that were not polled make room for the next datagram", "[dtls]") {
  Pair pair;
  REQUIRE(pair.connect());
  auto first = pair.client.seal(text_bytes("one"));
  const auto second = pair.client.seal(text_bytes("two"));
  first.insert(first.end(), second.begin(), second.end());
  pair.server.session->handle_datagram(pair.now(), first);
  pair.deliver(pair.server, pair.client.seal(text_bytes("three")));
  CHECK(pair.server.records == Records{text_bytes("three")});
}

TEST_CASE("a record is refused before Connected, when empty and above 16 KiB", "[dtls][rfc5246-6.2.1]") {
  Pair pair;
  pair.start();
  CHECK(pair.client.seal(text_bytes("early")).empty());
  REQUIRE(pair.connect());
  CHECK(pair.client.seal({}).empty());
  CHECK(pair.client.seal(Bytes(16385)).empty());
  CHECK_FALSE(pair.client.seal(Bytes(16384)).empty());
}

TEST_CASE("records that overtake the end of the handshake are not lost", "[dtls]") {
  Pair pair{{.fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  pair.start();
  pair.deliver(pair.server, pair.sent[0].bytes);
  pair.deliver(pair.client, pair.sent[1].bytes);
  pair.deliver(pair.server, pair.sent[2].bytes);
  REQUIRE(pair.server.connected);
  const Records overtaken{text_bytes("one"), text_bytes("two"), text_bytes("three")};
  for (const auto& record : overtaken) pair.deliver(pair.client, pair.server.seal(record));
  CHECK(pair.client.records.empty());
  pair.deliver(pair.client, pair.sent[3].bytes);
  REQUIRE(pair.client.connected);
  CHECK(pair.client.records == overtaken);
}

TEST_CASE("a first record goes out behind the flight that lets the peer read it", "[dtls]") {
  Pair pair{{.fate = [](const Sent&) { return std::vector<Duration>{}; }}};
  pair.start();
  pair.deliver(pair.server, pair.sent[0].bytes);
  pair.deliver(pair.client, pair.sent[1].bytes);
  pair.server.session->handle_datagram(pair.now(), pair.sent[2].bytes);
  TransmitQueue queue;
  REQUIRE(pair.server.session->send(text_bytes("first"), {}, queue));
  pair.server.session->poll_transmit({}, queue);
  REQUIRE(queue.size() == 2);
  CHECK(queue.bytes(queue.entries()[0]).front() == std::byte{20});  // ChangeCipherSpec
  CHECK(queue.bytes(queue.entries()[1]).front() == std::byte{23});
}

TEST_CASE("the peer of a session that rejects its certificate receives bad_certificate", "[dtls][rfc8122-6.2][C2]") {
  const auto* server = GENERATE(as<const Certificate*>{}, &ecdsa(1), &rsa());
  const bool client_rejects = GENERATE(true, false);
  Pair pair{{.server = *server}};
  REQUIRE(pair.connect());
  auto& rejecting = client_rejects ? pair.client : pair.server;
  auto& rejected = pair.other(rejecting);
  for (int i = 0; i < 3; ++i) rejecting.seal(text_bytes("the sequence number is not that of the handshake"));
  rejecting.session->reject();
  pair.collect();
  REQUIRE(rejecting.failed.has_value());
  CHECK(rejecting.failed->cause == Failed::Cause::alert_sent);
  CHECK(rejecting.failed->alert == 42);
  CHECK(pair.settle());
  REQUIRE(rejected.failed.has_value());
  CHECK(rejected.failed->cause == Failed::Cause::alert_received);
  CHECK(rejected.failed->alert == 42);
  CHECK(rejecting.session->next_timeout() == never);
  CHECK(rejected.session->next_timeout() == never);
}

TEST_CASE("a server that rejects at once is heard behind its own Finished", "[dtls]") {
  Pair pair;
  pair.start();
  while (!pair.server.session->connected()) {
    for (const auto& datagram : pair.client.transmit()) pair.server.session->handle_datagram(pair.now(), datagram);
    if (pair.server.session->connected()) break;
    REQUIRE(pair.step());
  }
  pair.server.session->reject();
  pair.collect();
  CHECK(pair.settle());
  REQUIRE(pair.client.failed.has_value());
  CHECK(pair.client.failed->alert == 42);
}

TEST_CASE("close says close_notify once, and the peer answers it", "[dtls][rfc5246-7.2.1]") {
  const bool client_closes = GENERATE(true, false);
  Pair pair;
  REQUIRE(pair.connect());
  pair.settle();
  auto& closing = client_closes ? pair.client : pair.server;
  auto& other = pair.other(closing);
  const auto before = pair.sent.size();
  closing.session->close();
  closing.session->close();
  pair.collect();
  CHECK(pair.sent.size() == before + 1);
  CHECK(pair.settle());
  CHECK(pair.sent.size() == before + 2);
  CHECK(other.closed);
  CHECK_FALSE(other.failed.has_value());
  CHECK_FALSE(closing.closed);  // nothing is awaited
  CHECK(other.session->next_timeout() == never);
  CHECK(closing.session->next_timeout() == never);
}

TEST_CASE("records in front of a close_notify are read before Closed is known", "[dtls]") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.settle();
  auto datagram = pair.client.seal(text_bytes("last words"));
  pair.client.session->close();
  const auto alert = pair.client.transmit().front();
  datagram.insert(datagram.end(), alert.begin(), alert.end());
  pair.deliver(pair.server, datagram);
  CHECK(pair.server.records == Records{text_bytes("last words")});
  CHECK(pair.server.closed);
}

TEST_CASE("a closed or failed session is inert", "[dtls]") {
  Pair pair;
  REQUIRE(pair.connect());
  pair.settle();
  const auto record = pair.server.seal(text_bytes("late"));
  pair.client.session->close();
  pair.client.transmit();
  pair.client.session->handle_datagram(pair.now(), record);
  pair.client.session->handle_timeout(pair.now() + 1h);
  pair.client.session->start(pair.now());
  pair.client.session->reject();
  pair.client.drain();
  CHECK(pair.client.records.empty());
  CHECK_FALSE(pair.client.failed.has_value());
  CHECK(pair.client.transmit().empty());
  CHECK(pair.client.seal(text_bytes("late")).empty());
  CHECK_FALSE(pair.client.session->connected());
}

TEST_CASE("close during the handshake ends it without a word", "[dtls]") {
  Pair pair;
  pair.start();
  pair.client.session->close();
  CHECK(pair.client.transmit().empty());
  CHECK(pair.client.session->next_timeout() == never);
}

TEST_CASE("the keys of a session are events only if they are asked for", "[dtls]") {
  const bool asked = GENERATE(true, false);
  Pair pair{{.both = {.log_keys = asked}}};
  REQUIRE(pair.connect());
  REQUIRE(pair.client.keys.size() == (asked ? 1 : 0));
  if (asked) {
    CHECK(pair.client.keys.front().starts_with("CLIENT_RANDOM "));
    CHECK(pair.client.keys == pair.server.keys);
  }
}

TEST_CASE("a session neither heeds nor leaves errors in OpenSSL's queue", "[dtls]") {
  Pair pair;
  ERR_raise(ERR_LIB_USER, 1);
  REQUIRE(pair.connect());
  pair.settle();
  ERR_raise(ERR_LIB_USER, 1);
  pair.deliver(pair.server, pair.client.seal(text_bytes("hello")));
  CHECK(pair.server.records.size() == 1);
  CHECK_FALSE(pair.server.failed.has_value());
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("an idle session gives its buffers back and works on", "[dtls]") {
  Pair pair;
  REQUIRE(pair.connect());
  REQUIRE_FALSE(pair.run_until([] { return false; }));  // until nothing is ever going to happen
  CHECK(pair.client.session->next_timeout() == never);
  for (int round = 0; round < 3; ++round) {
    pair.deliver(pair.server, pair.client.seal(text_bytes("hello")));
    pair.deliver(pair.client, pair.server.seal(text_bytes("hello")));
    CHECK(pair.server.records.size() == static_cast<std::size_t>(round) + 1);
    CHECK(pair.client.records.size() == static_cast<std::size_t>(round) + 1);
    CHECK(pair.client.session->next_timeout() != never);
    REQUIRE_FALSE(pair.run_until([] { return false; }));
  }
  pair.client.session->close();
  pair.collect();
  CHECK(pair.settle());
  CHECK(pair.server.closed);
}

}  // namespace
}  // namespace sluice::dtls
