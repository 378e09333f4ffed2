// Associations set up by signaling.   draft-hancke-tsvwg-snap-00
#include "network.hpp"
#include "sctp/chunks.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

using sluice::test::text_bytes;

constexpr AssociationOptions waiting{.waits_for_signaling = true};

struct Chunks {
  Bytes alice;
  Bytes bob;
};

Bytes prepare(Peer& peer) {
  const auto chunk = peer.association->prepare();
  return {chunk.begin(), chunk.end()};
}

Chunks prepare(const Network::Pair& pair) { return {prepare(pair.alice), prepare(pair.bob)}; }

void connect(Peer& peer, ByteView init) { peer.association->connect(virtual_time::now(), init); }

std::size_t count_handshake(ByteView packet) {
  using enum ChunkType;
  std::size_t count = 0;
  for (const auto type : {init, init_ack, cookie_echo, cookie_ack}) count += first_chunk(type, packet).has_value();
  return count;
}

TEST_CASE("with both INITs signaled the association is up without a packet", "[sctp][snap]") {
  Network network;
  const auto pair = network.add_pair({.delay = 10ms}, waiting, waiting);
  std::size_t handshakes = 0;
  for (auto* peer : {&pair.alice, &pair.bob}) {
    peer->sees_sent = [&](ByteView packet) { handshakes += count_handshake(packet); };
  }
  const auto chunks = prepare(pair);
  REQUIRE_FALSE(chunks.alice.empty());
  CHECK(prepare(pair.alice) == chunks.alice);
  const auto signaling = GENERATE(0ms, 700ms, 30'000ms, 3'600'000ms);
  CAPTURE(signaling.count());
  network.run(signaling);
  CHECK(network.packets == 0);

  const auto start = virtual_time::now();
  connect(pair.alice, chunks.bob);
  connect(pair.bob, chunks.alice);
  REQUIRE(pair.alice.send(1, text_bytes("at once")) == SendResult::sent);
  REQUIRE(network.run_until([&] { return !pair.bob.messages.empty(); }, 5s));
  CHECK(virtual_time::now() - start <= 10ms);
  CHECK(pair.alice.connected);
  CHECK(pair.bob.connected);
  CHECK(pair.bob.connected->inbound_streams == 256);
  REQUIRE(pair.bob.send(2, text_bytes("back")) == SendResult::sent);
  REQUIRE(network.run_until([&] { return !pair.alice.messages.empty(); }, 5s));
  CHECK(handshakes == 0);
}

TEST_CASE("the time that signaling took is not taken for a round trip", "[sctp][snap]") {
  Network network;
  const auto pair = network.add_pair({.delay = 25ms}, waiting, waiting);
  const auto chunks = prepare(pair);
  network.run(20s);
  connect(pair.alice, chunks.bob);
  connect(pair.bob, chunks.alice);
  pair.alice.send(1, text_bytes("lost"));
  network.drain();
  network.forget_packets();
  const auto start = virtual_time::now();
  REQUIRE(network.run_until([&] { return !pair.bob.messages.empty(); }, 60s));
  CHECK(virtual_time::now() - start <= 2s);
}

TEST_CASE("a packet of the peer that is up first waits for connect", "[sctp][snap]") {
  Network network;
  const auto pair = network.add_pair({.delay = 10ms}, waiting, waiting);
  const auto chunks = prepare(pair);
  connect(pair.alice, chunks.bob);
  pair.alice.send(1, text_bytes("early"));
  network.run(50ms);
  CHECK(pair.bob.messages.empty());
  connect(pair.bob, chunks.alice);
  REQUIRE(network.run_until([&] { return !pair.bob.messages.empty(); }, 0ms));
}

TEST_CASE("what is no INIT of a peer ends the association with a reason", "[sctp][snap][rfc9260-3.3.2]") {
  Network network;
  const auto pair = network.add_pair({}, waiting, waiting);
  const auto chunks = prepare(pair);
  for (std::size_t size = 0; size < 20; ++size) {
    const auto other = network.add_pair({}, waiting, waiting);
    prepare(other.alice);
    connect(other.alice, ByteView{chunks.bob}.first(size));
    network.drain();
    CAPTURE(size);
    REQUIRE(other.alice.aborted);
    CHECK(other.alice.aborted->cause == 13);
  }
  auto wrong_type = chunks.bob;
  wrong_type[0] = std::byte{2};
  connect(pair.alice, wrong_type);
  network.drain();
  REQUIRE(pair.alice.aborted);
  CHECK(network.packets == 0);
}

TEST_CASE("a prepared association can end before it was up", "[sctp][snap]") {
  Network network;
  const auto pair = network.add_pair({}, waiting, waiting);
  prepare(pair);
  pair.alice.association->abort();
  pair.bob.shutdown();
  network.run(1s);
  CHECK(pair.bob.closed);
  CHECK(network.packets == 0);
}

}  // namespace
}  // namespace sluice::sctp::test
