#include "sctp/association.hpp"

#include "network.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

using sluice::test::text_bytes;

TEST_CASE("two peers that connect at once are up after one and a half round trips", "[sctp][rfc9260-5.2.1]") {
  Network network;
  const auto pair = network.add_pair({.delay = 10ms});
  const auto start = virtual_time::now();
  REQUIRE(connect(network, pair));
  CHECK(virtual_time::now() - start <= 40ms);
  CHECK(pair.alice.connected->inbound_streams == 256);
  CHECK(pair.alice.connected->outbound_streams == 256);
  CHECK(pair.alice.association->connected());
}

TEST_CASE("a message sent right after connect rides behind the COOKIE ECHO", "[sctp][rfc9260-5.1]") {
  Network network;
  const auto pair = network.add_pair({.delay = 10ms});
  const auto start = virtual_time::now();
  pair.alice.connect();
  pair.bob.connect();
  REQUIRE(pair.alice.send(1, text_bytes("early")) == SendResult::sent);
  REQUIRE(network.run_until([&] { return !pair.bob.messages.empty(); }, 5s));
  CHECK(virtual_time::now() - start <= 30ms);
  CHECK(pair.bob.messages.front().message == text_bytes("early"));
  CHECK(pair.bob.messages.front().ppid == Ppid::binary);
  CHECK(pair.bob.messages.front().stream == StreamId{1});
}

TEST_CASE("packets that arrive before connect are kept for it", "[sctp]") {
  Network network;
  const auto pair = network.add_pair();
  pair.alice.connect();
  network.run(50ms);
  const auto start = virtual_time::now();
  pair.bob.connect();
  REQUIRE(network.run_until([&] { return pair.alice.connected && pair.bob.connected; }, 5s));
  CHECK(virtual_time::now() - start <= 60ms);
}

TEST_CASE("messages of every size arrive whole", "[sctp][rfc9260-6.9]") {
  const auto ordered = GENERATE(true, false);
  Network network;
  const AssociationOptions options{.max_message = 8 * 1024 * 1024};
  const auto pair = network.add_pair({}, options, options);
  REQUIRE(connect(network, pair));
  const auto size = GENERATE(1U, 2U, 1100U, 1200U, 1'024U, 16'384U, 32'768U, 65'535U, 65'536U, 65'537U, 262'144U,
                             262'145U, 524'288U, 1'048'576U, 3'000'000U);
  const std::vector<Bytes> sent{patterned(size, 1), patterned(size, 2), patterned(size, 3)};
  Sender sender{pair.alice, 1, sent, {.ordered = ordered}};
  sender.go();
  CAPTURE(size, ordered);
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == sent.size(); }, 60s));
  CHECK(sender.done());
  for (std::size_t i = 0; i < sent.size(); ++i) CHECK(pair.bob.messages[i].message == sent[i]);
}

TEST_CASE("an abort reaches the peer as cause 12", "[sctp][rfc9260-3.3.10.12][DC-24]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  pair.alice.association->abort();
  REQUIRE(network.run_until([&] { return pair.bob.aborted.has_value(); }, 5s));
  CHECK(pair.bob.aborted->cause == 12);
  CHECK(pair.bob.send(1, text_bytes("late")) == SendResult::gone);
  CHECK(pair.alice.send(1, text_bytes("late")) == SendResult::gone);
  CHECK_FALSE(pair.alice.aborted);
  CHECK(pair.bob.association->ended());
  CHECK(pair.alice.association->ended());
}

TEST_CASE("a shutdown delivers what was sent, and closes both ends", "[sctp][rfc9260-9.2]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  const auto message = patterned(200'000);
  REQUIRE(pair.alice.send(1, message) == SendResult::sent);
  pair.alice.shutdown();
  REQUIRE(network.run_until([&] { return pair.alice.closed && pair.bob.closed; }, 5s));
  REQUIRE(pair.bob.messages.size() == 1);
  CHECK(pair.bob.messages[0].message == message);
  CHECK_FALSE(pair.alice.aborted);
  CHECK_FALSE(pair.bob.aborted);
}

TEST_CASE("a shutdown that the peer never answers ends after ten seconds", "[sctp][rfc9260-9.2]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  pair.bob.path.loss = 1;
  const auto start = virtual_time::now();
  pair.alice.shutdown();
  REQUIRE(network.run_until([&] { return pair.alice.aborted.has_value(); }, 20s));
  CHECK(virtual_time::now() - start == 10s);
  CHECK(pair.alice.association->next_timeout() == never);
}

}  // namespace
}  // namespace sluice::sctp::test
