// Streams: interleaving, resets, back-pressure.
#include "network.hpp"
#include "sctp/association.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

using sluice::test::text_bytes;

TEST_CASE("a small message overtakes the bulk on another stream", "[sctp][rfc8260-2][DC-32]") {
  Network network;
  const auto pair = network.add_pair({.delay = 10ms}, {.first_window = 4U * 1024 * 1024});
  REQUIRE(connect(network, pair));
  Sender bulk{pair.alice, 1, std::vector<Bytes>(4, patterned(250'000))};
  bulk.go();
  REQUIRE(bulk.done());
  REQUIRE(pair.alice.send(2, text_bytes("small")) == SendResult::sent);
  REQUIRE(network.run_until([&] { return !pair.bob.messages.empty(); }, 10s));
  CHECK(pair.bob.messages.front().message == text_bytes("small"));
}

TEST_CASE("the small messages of one turn share packets", "[sctp][speed]") {
  Network network;
  const auto pair = network.add_pair({.delay = 10ms});
  REQUIRE(connect(network, pair));
  network.run(100ms);
  std::size_t packets = 0;
  pair.alice.sees_sent = [&](ByteView) { ++packets; };
  for (int i = 0; i < 100; ++i) REQUIRE(pair.alice.send(1, patterned(64)) == SendResult::sent);
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == 100; }, 5s));
  CHECK(packets <= 20);  // one each: 100
}

TEST_CASE("a lone small message leaves at once, also while others are unacknowledged", "[sctp][rfc8831-6.6]") {
  Network network;
  const auto pair = network.add_pair({.delay = 50ms});
  REQUIRE(connect(network, pair));
  network.run(200ms);
  for (int i = 0; i < 5; ++i) {
    const auto start = virtual_time::now();
    const auto before = pair.bob.messages.size();
    REQUIRE(pair.alice.send(1, text_bytes("now")) == SendResult::sent);
    network.run(1ms);
    REQUIRE(pair.alice.send(1, text_bytes("and now")) == SendResult::sent);
    REQUIRE(network.run_until([&] { return pair.bob.messages.size() == before + 2; }, 5s));
    CHECK(virtual_time::now() - start <= 52ms);
  }
}

TEST_CASE("messages on many streams at once all arrive", "[sctp][rfc8260-2]") {
  Network network{3};
  const auto pair = network.add_pair({.delay = 10ms, .jitter = 2ms, .loss = 0.01},
                                     {.send_buffer = 32U * 1024 * 1024, .first_window = 32U * 1024 * 1024});
  REQUIRE(connect(network, pair));
  constexpr std::uint16_t streams = 256;
  for (std::uint16_t stream = 0; stream < streams; ++stream) {
    REQUIRE(pair.alice.send(stream, patterned(60'000, stream)) == SendResult::sent);
  }
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == streams; }, 600s));
  for (const auto& received : pair.bob.messages) CHECK(received.message == patterned(60'000, raw(received.stream)));
}

TEST_CASE("a reset lets what was sent before go first", "[sctp][rfc6525-5.1.2][DC-21]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  REQUIRE(pair.alice.send(5, patterned(100'000)) == SendResult::sent);
  pair.alice.reset(5);
  CHECK(pair.alice.send(5, text_bytes("too early")) == SendResult::blocked);
  REQUIRE(network.run_until([&] { return !pair.bob.incoming_resets.empty(); }, 5s));
  REQUIRE(pair.bob.messages.size() == 1);
  REQUIRE(network.run_until([&] { return !pair.alice.outgoing_resets.empty(); }, 5s));
  CHECK(pair.alice.outgoing_resets == std::vector<std::uint16_t>{5});
  CHECK(pair.bob.incoming_resets == std::vector<std::uint16_t>{5});
  CHECK(pair.alice.writable == 1);
}

TEST_CASE("an id is used again after both sides were reset", "[sctp][rfc8831-6.7][DC-7]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  for (std::size_t round = 1; round <= 5; ++round) {
    CAPTURE(round);
    REQUIRE(pair.alice.send(5, text_bytes("there")) == SendResult::sent);
    REQUIRE(pair.bob.send(5, text_bytes("back")) == SendResult::sent);
    pair.alice.reset(5);
    REQUIRE(network.run_until([&] { return pair.bob.incoming_resets.size() == round; }, 5s));
    pair.bob.reset(5);
    REQUIRE(network.run_until(
        [&] {
          return pair.alice.incoming_resets.size() == round && pair.alice.outgoing_resets.size() == round &&
                 pair.bob.outgoing_resets.size() == round;
        },
        5s));
    CHECK(pair.bob.messages.size() == round);
    CHECK(pair.alice.messages.size() == round);
  }
}

TEST_CASE("both sides may reset many streams at once over a bad path", "[sctp][rfc6525-5]") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Network network{seed};
    const auto pair = network.add_pair({.delay = 10ms, .jitter = 5ms, .loss = 0.1});
    REQUIRE(connect(network, pair));
    std::vector<StreamId> streams;
    for (std::uint16_t stream = 0; stream < 256; ++stream) streams.push_back(StreamId{stream});
    for (const auto stream : streams) {
      pair.alice.reset({stream});  // one by one
      REQUIRE(pair.bob.send(raw(stream), text_bytes("x")) == SendResult::sent);
    }
    pair.bob.reset(streams);  // and at once
    const auto all = [&](auto list) {
      std::ranges::sort(list);
      return list.size() == 256 && list.front() == 0 && list.back() == 255;
    };
    CHECK(network.run_until(
        [&] {
          return all(pair.alice.outgoing_resets) && all(pair.alice.incoming_resets) && all(pair.bob.outgoing_resets) &&
                 all(pair.bob.incoming_resets);
        },
        120s));
    CHECK(pair.alice.messages.size() == 256);
  }
}

TEST_CASE("a reset that is asked for before the association is up is made then", "[sctp][rfc6525]") {
  Network network;
  const auto pair = network.add_pair();
  pair.alice.connect();
  pair.bob.connect();
  REQUIRE(pair.alice.send(3, text_bytes("short")) == SendResult::sent);
  pair.alice.reset(3);
  REQUIRE(network.run_until([&] { return !pair.alice.outgoing_resets.empty(); }, 5s));
  CHECK(pair.bob.messages.size() == 1);
  CHECK(pair.bob.incoming_resets == std::vector<std::uint16_t>{3});
}

// RFC 5061 §4.2.7: takes RE-CONFIG (130) from the list of what the sender of this INIT or INIT ACK supports.
void deny_resets(MutableBytes packet) {
  constexpr std::size_t parameters = 12 + 20;
  if (packet.size() < parameters || (packet[12] != std::byte{1} && packet[12] != std::byte{2})) return;
  const auto u16 = [&](std::size_t at) {
    return std::to_integer<std::size_t>(packet[at]) << 8 | std::to_integer<std::size_t>(packet[at + 1]);
  };
  for (auto at = parameters; at + 4 <= packet.size() && u16(at + 2) >= 4; at += (u16(at + 2) + 3) / 4 * 4) {
    if (u16(at) != 0x8008) continue;
    const auto list = packet.subspan(at + 4, u16(at + 2) - 4);
    std::ranges::replace(list, std::byte{130}, std::byte{192});
  }
}

TEST_CASE("to a peer that knows no resets a reset is over at once, and a send need not wait for it",
          "[sctp][rfc6525]") {
  Network network;
  const auto pair = network.add_pair();
  pair.bob.alters_sent = deny_resets;
  pair.alice.connect();
  pair.bob.connect();
  REQUIRE(pair.alice.send(3, text_bytes("before")) == SendResult::sent);
  pair.alice.reset(3);
  CHECK(pair.alice.send(3, text_bytes("after")) == SendResult::blocked);
  REQUIRE(network.run_until([&] { return pair.alice.writable == 1; }, 5s));
  CHECK(pair.alice.outgoing_resets == std::vector<std::uint16_t>{3});
  CHECK(pair.alice.send(3, text_bytes("after")) == SendResult::sent);
  CHECK(network.run_until([&] { return pair.bob.messages.size() == 2; }, 5s));
  CHECK(pair.bob.incoming_resets.empty());
}

TEST_CASE("a reset waits for the whole of a message that goes in pieces", "[sctp][rfc6525-5.1.2]") {
  Network network;
  const AssociationOptions options{.max_message = 8 * 1024 * 1024};
  const auto pair = network.add_pair({}, options, options);
  REQUIRE(connect(network, pair));
  REQUIRE(pair.alice.send(3, patterned(5'000'000)) == SendResult::sent);
  pair.alice.reset(3);
  REQUIRE(network.run_until([&] { return !pair.alice.outgoing_resets.empty(); }, 30s));
  REQUIRE(pair.bob.messages.size() == 1);
  CHECK(pair.bob.messages[0].message == patterned(5'000'000));
}

TEST_CASE("a shutdown waits for the whole of a message that goes in pieces", "[sctp][rfc9260-9.2]") {
  Network network;
  const AssociationOptions options{.max_message = 8 * 1024 * 1024};
  const auto pair = network.add_pair({}, options, options);
  REQUIRE(connect(network, pair));
  REQUIRE(pair.alice.send(3, patterned(2'000'000)) == SendResult::sent);
  pair.alice.shutdown();
  REQUIRE(network.run_until([&] { return pair.alice.closed && pair.bob.closed; }, 5s));
  REQUIRE(pair.bob.messages.size() == 1);
}

TEST_CASE("while a large message goes out in pieces, other streams get through", "[sctp][rfc8260-2]") {
  Network network;
  const AssociationOptions options{.max_message = 8 * 1024 * 1024};
  const auto pair = network.add_pair({}, options, options);
  REQUIRE(connect(network, pair));
  REQUIRE(pair.alice.send(1, patterned(6'000'000)) == SendResult::sent);
  Sender small{pair.alice, 2, std::vector<Bytes>(10, text_bytes("small"))};
  small.go();
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == 11; }, 30s));
  CHECK(pair.bob.messages.back().message == patterned(6'000'000));
}

TEST_CASE("a receiver that does not poll closes the window, and opens it again", "[sctp][rfc9260-6.2]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  pair.bob.polling = false;
  const std::vector<Bytes> messages(400, patterned(16'384));  // 6.5 MB
  Sender sender{pair.alice, 1, messages};
  sender.go();
  network.run(40s);
  CHECK_FALSE(sender.done());
  CHECK(pair.alice.writable < 80);
  pair.bob.polling = true;
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == messages.size(); }, 60s));
  CHECK(sender.done());
  CHECK_FALSE(pair.alice.aborted);
}

TEST_CASE("a blocked sender is told when to try again", "[sctp]") {
  const auto size = GENERATE(64U, 1'000U, 16'384U, 200'000U, 262'144U, 300'000U);
  Network network;
  const AssociationOptions options{.max_message = 1024 * 1024, .send_buffer = 1024 * 1024};
  const auto pair = network.add_pair({}, options, options);
  REQUIRE(connect(network, pair));
  const std::vector<Bytes> messages(4'000'000U / size, patterned(size));
  Sender sender{pair.alice, 1, messages};
  sender.go();
  CAPTURE(size);
  CHECK_FALSE(sender.done());
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == messages.size(); }, 120s));
}

TEST_CASE("an owner who sends and does not read is told to send, and nothing piles up", "[sctp]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  REQUIRE(pair.bob.send(1, text_bytes("unread")) == SendResult::sent);
  pair.alice.polling = false;
  std::size_t sent = 0;
  const auto send_until_blocked = [&] {
    while (pair.alice.send(1, patterned(16'384)) == SendResult::sent) ++sent;
  };
  for (int i = 0; i < 50; ++i) {
    send_until_blocked();
    network.run(100ms);
  }
  CHECK(sent > 200);
  std::size_t told = 0;
  while (const auto event = pair.alice.association->poll_event(false)) {
    REQUIRE(std::holds_alternative<Writable>(*event));
    ++told;
  }
  CHECK(told == 1);
  send_until_blocked();
  network.run(1s);
  const auto again = pair.alice.association->poll_event(false);
  REQUIRE(again);
  CHECK(std::holds_alternative<Writable>(*again));
  CHECK(pair.alice.messages.empty());
  pair.alice.polling = true;
  network.drain();
  REQUIRE(pair.alice.messages.size() == 1);
  CHECK(pair.alice.messages[0].message == text_bytes("unread"));
}

TEST_CASE("a stream beyond what was negotiated does not exist", "[sctp][DC-30]") {
  Network network;
  const auto pair = network.add_pair({}, {.streams = 100}, {.streams = 16});
  REQUIRE(connect(network, pair));
  CHECK(pair.alice.connected->outbound_streams == 16);
  CHECK(pair.alice.connected->inbound_streams == 16);
  CHECK(pair.alice.send(15, text_bytes("x")) == SendResult::sent);
  CHECK(pair.alice.send(16, text_bytes("x")) == SendResult::gone);
}

TEST_CASE("resets of streams that the peer refused do not stop the others", "[sctp][rfc6525-5.1.2][DC-30]") {
  Network network;
  const auto pair = network.add_pair({}, {.streams = 100}, {.streams = 16});
  pair.alice.connect();
  pair.bob.connect();
  REQUIRE(pair.alice.send(3, text_bytes("x")) == SendResult::sent);
  REQUIRE(pair.alice.send(50, text_bytes("x")) == SendResult::sent);
  pair.alice.reset({StreamId{3}, StreamId{50}, StreamId{99}});
  REQUIRE(network.run_until([&] { return pair.alice.outgoing_resets.size() == 3; }, 5s));
  CHECK(pair.alice.outgoing_resets == std::vector<std::uint16_t>{50, 99, 3});
  CHECK(pair.bob.incoming_resets == std::vector<std::uint16_t>{3});
}

TEST_CASE("a message above our limit ends the association", "[sctp][rfc8841-6][DC-20]") {
  const auto size = GENERATE(1'001U, 70'000U, 500'000U);
  Network network;
  const auto pair = network.add_pair({}, {}, {.max_message = 1'000});
  REQUIRE(connect(network, pair));
  REQUIRE(pair.alice.send(1, patterned(1'000)) == SendResult::sent);
  REQUIRE(pair.alice.send(1, patterned(size)) == SendResult::sent);
  REQUIRE(network.run_until([&] { return pair.bob.aborted && pair.alice.aborted; }, 5s));
  CHECK(pair.bob.messages.size() == 1);
  CHECK(pair.bob.aborted->cause == 13);
}

}  // namespace
}  // namespace sluice::sctp::test
