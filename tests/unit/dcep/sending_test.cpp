// The queues.
#include "unit/dcep/peer.hpp"

using namespace sluice;
using namespace sluice::dcep;
using namespace sluice::dcep::test;

namespace {

Reason refusal(Peer& peer, ChannelId channel, std::string_view text) {
  const auto refused = peer.channels.prepare(channel, Kind::text, as_bytes(text));
  REQUIRE_FALSE(refused.has_value());
  return refused.error().reason;
}

}  // namespace

TEST_CASE("send is refused in the order W3C checks", "[dcep][DC-15]") {
  Peer peer{Limits{.buffered_amount = 10}};
  const auto channel = peer.open();
  CHECK(refusal(peer, channel, "x") == Reason::not_open);
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connected(peer.now, 256);
  peer.channels.set_max_message_size(8);
  CHECK(refusal(peer, channel, "123456789") == Reason::message_too_large);
  peer.enqueue(channel, "12345678");
  CHECK(refusal(peer, channel, "123") == Reason::send_queue_full);
  CHECK(peer.channels.prepare(channel, Kind::text, as_bytes("12")).has_value());
  CHECK(peer.channels.buffered_amount(channel) == 8);
  peer.channels.close(channel);
  CHECK(refusal(peer, channel, "x") == Reason::closed);
  CHECK(refusal(peer, ChannelId{99}, "x") == Reason::closed);
}

TEST_CASE("the size of a message has no limit where the peer sets none", "[dcep][DC-20]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  const std::string long_text(65537, 'x');
  CHECK(refusal(peer, channel, long_text) == Reason::message_too_large);
  peer.channels.set_max_message_size(0);
  CHECK(peer.channels.prepare(channel, Kind::text, as_bytes(long_text)).has_value());
}

TEST_CASE("a prepared message views the data and carries the channel's reliability", "[dcep][rfc8831-6.6][DC-26]") {
  auto peer = Peer::connected();
  const auto rexmit = peer.open_and_ack({.ordered = false, .max_retransmits = 3});
  const auto timed = peer.open_and_ack({.max_packet_life_time = 0});
  const auto data = text_bytes("data");

  const auto first = peer.channels.prepare(rexmit, Kind::binary, data);
  REQUIRE(first.has_value());
  CHECK(first->message.data() == data.data());
  CHECK(first->ppid == Ppid::binary);
  CHECK_FALSE(first->ordered);
  CHECK(first->max_retransmits == 3);
  CHECK_FALSE(first->lifetime);

  const auto second = peer.channels.prepare(timed, Kind::text, data);
  REQUIRE(second.has_value());
  CHECK(second->ppid == Ppid::string);
  CHECK(second->ordered);
  CHECK(second->lifetime == 1ms);
}

TEST_CASE("an empty message is one octet with a PPID of its own and counts nothing",
          "[dcep][rfc8831-6.6][DC-16][DC-17]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  for (const auto& [kind, ppid] : {std::pair{Kind::text, Ppid::string_empty}, {Kind::binary, Ppid::binary_empty}}) {
    const auto at_once = peer.channels.prepare(channel, kind, {});
    REQUIRE(at_once.has_value());
    CHECK(at_once->ppid == ppid);
    CHECK(at_once->message.size() == 1);
    peer.channels.enqueue(peer.now, channel, kind, {});
    CHECK(peer.channels.buffered_amount(channel) == 0);
    const auto queued = peer.channels.next_outgoing(peer.now);
    REQUIRE(queued);
    CHECK(queued->ppid == ppid);
    CHECK(queued->message.size() == 1);
    peer.channels.pop_outgoing();
  }
}

TEST_CASE("channels take turns, one message each", "[dcep][rfc8260-3.2]") {
  auto peer = Peer::connected();
  const auto a = peer.open_and_ack();
  const auto b = peer.open_and_ack();
  CHECK(peer.channels.idle());
  for (const auto* text : {"1", "2", "3"}) peer.enqueue(a, text);
  for (const auto* text : {"1", "2"}) peer.enqueue(b, text);
  CHECK_FALSE(peer.channels.idle());
  CHECK(peer.flush() == Sent{"0/51:1", "2/51:1", "0/51:2", "2/51:2", "0/51:3"});
  CHECK(peer.channels.idle());
}

TEST_CASE("the next message stays the same, and valid, until it is popped", "[dcep]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack({.max_packet_life_time = 10});
  peer.enqueue(channel, "in hand");
  const auto out = peer.channels.next_outgoing(peer.now);
  REQUIRE(out);
  const auto still_there = [&] { CHECK(as_text(out->message) == "in hand"); };

  SECTION("while others queue") {
    for (int i = 0; i < 100; ++i) peer.enqueue(channel, "another");
    const auto again = peer.channels.next_outgoing(peer.now);
    REQUIRE(again);
    CHECK(again->message.data() == out->message.data());
  }
  SECTION("while its lifetime ends") {
    peer.now += 1s;
    CHECK(peer.channels.next_timeout() == never);
    peer.channels.handle_timeout(peer.now);
    CHECK(peer.channels.next_outgoing(peer.now)->lifetime == 1ms);
  }
  SECTION("while the peer closes the channel") {
    peer.enqueue(channel, "dropped");
    peer.incoming_reset(0);
    CHECK(peer.resets().empty());
  }
  SECTION("while the connection ends") { peer.channels.handle_disconnected(std::nullopt, 12); }
  still_there();
  const bool closing = peer.channels.state(channel) == State::closing;
  peer.channels.pop_outgoing();
  CHECK(peer.resets() == (closing ? Ids{0} : Ids{}));
}

TEST_CASE("popping twice pops one message", "[dcep]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  peer.enqueue(channel, "1");
  peer.enqueue(channel, "2");
  peer.channels.pop_outgoing();
  peer.channels.next_outgoing(peer.now);
  peer.channels.pop_outgoing();
  peer.channels.pop_outgoing();
  CHECK(peer.flush() == Sent{"0/51:2"});
}

TEST_CASE("buffered_amount counts the application's bytes until they leave the queue", "[dcep][DC-18]") {
  auto peer = Peer::connected();
  const auto channel = peer.open();
  CHECK(peer.channels.buffered_amount(channel) == 0);
  peer.enqueue(channel, "12345");
  peer.enqueue(channel, "678");
  CHECK(peer.channels.buffered_amount(channel) == 8);
  peer.channels.next_outgoing(peer.now);
  peer.channels.pop_outgoing();  // the OPEN
  CHECK(peer.channels.buffered_amount(channel) == 8);
  peer.channels.next_outgoing(peer.now);
  CHECK(peer.channels.buffered_amount(channel) == 8);
  peer.channels.pop_outgoing();
  CHECK(peer.channels.buffered_amount(channel) == 3);
}

TEST_CASE("one BufferedAmountLow tells of one crossing of the threshold", "[dcep][DC-19]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  for (int i = 0; i < 4; ++i) peer.enqueue(channel, "1234");
  peer.channels.set_buffered_amount_low_threshold(channel, 8);
  CHECK(peer.events().empty());
  const auto pop = [&] {
    peer.channels.next_outgoing(peer.now);
    peer.channels.pop_outgoing();
    return peer.count<BufferedAmountLow>();
  };
  CHECK(pop() == 0);  // 12
  CHECK(pop() == 1);  // 8
  CHECK(pop() == 0);  // 4
  peer.enqueue(channel, "12345");
  CHECK(pop() == 1);  // 9 -> 5
  peer.channels.set_buffered_amount_low_threshold(channel, 100);
  CHECK(pop() == 0);
}

TEST_CASE("a message whose lifetime ends in the queue is dropped and counted", "[dcep][rfc3758][DC-26]") {
  auto peer = Peer::connected();
  const auto timed = peer.open_and_ack({.max_packet_life_time = 100});
  const auto reliable = peer.open_and_ack();
  peer.enqueue(reliable, "stays");
  peer.enqueue(timed, "old");
  peer.now += 60ms;
  peer.enqueue(timed, "new");
  CHECK(peer.channels.next_timeout() == peer.now + 40ms);

  peer.now += 39ms;
  peer.channels.handle_timeout(peer.now);
  CHECK(peer.channels.counters().expired_messages == 0);
  peer.now += 1ms;
  peer.channels.handle_timeout(peer.now);
  CHECK(peer.channels.counters().expired_messages == 1);
  CHECK(peer.channels.buffered_amount(timed) == 3);
  CHECK(peer.channels.next_timeout() == peer.now + 60ms);

  peer.channels.next_outgoing(peer.now);
  peer.channels.pop_outgoing();
  const auto out = peer.channels.next_outgoing(peer.now);
  REQUIRE(out);
  CHECK(as_text(out->message) == "new");
  CHECK(out->lifetime == 60ms);
}

TEST_CASE("an expired message is not sent, with or without a timer", "[dcep][rfc3758]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack({.max_packet_life_time = 5});
  for (int i = 0; i < 3; ++i) peer.enqueue(channel, "x");
  peer.now += 5ms;
  CHECK_FALSE(peer.channels.next_outgoing(peer.now));
  CHECK(peer.channels.idle());
  CHECK(peer.channels.next_timeout() == never);
  CHECK(peer.count<BufferedAmountLow>() == 1);
}

TEST_CASE("a message has its place and its size from the moment it is queued", "[dcep][DC-28]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  peer.enqueue(channel, "first");
  const auto large = std::string(1000, 'x');
  peer.enqueue(channel, large);
  peer.enqueue(channel, "last");
  CHECK(peer.channels.buffered_amount(channel) == 5 + 1000 + 4);
  CHECK(peer.flush() == Sent{"0/51:first", "0/51:" + large, "0/51:last"});
}

TEST_CASE("a long queue keeps its order", "[dcep]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  Sent expected;
  for (int i = 0; i < 3000; ++i) {
    peer.enqueue(channel, std::to_string(i));
    expected.push_back("0/51:" + std::to_string(i));
    if (i % 3 != 0) continue;
    peer.channels.next_outgoing(peer.now);
    peer.channels.pop_outgoing();
  }
  CHECK(peer.flush() == Sent{expected.begin() + 1000, expected.end()});
}

TEST_CASE("small messages go before a large one of another channel that has no room", "[dcep][rfc8260-3]") {
  auto peer = Peer::connected();
  const auto bulk = peer.open_and_ack({.label = "bulk"});
  const auto chat = peer.open_and_ack({.label = "chat"});
  const std::string large(60'000, 'x');
  peer.enqueue(bulk, large);
  peer.enqueue(chat, "hello");
  REQUIRE(peer.channels.next_outgoing(peer.now)->message.size() == large.size());
  REQUIRE(peer.channels.put_back_outgoing());
  CHECK(peer.channels.next_outgoing(peer.now)->message.size() == 5);
  peer.channels.pop_outgoing();
  CHECK(peer.channels.next_outgoing(peer.now)->message.size() == large.size());
  CHECK_FALSE(peer.channels.put_back_outgoing());
  CHECK(peer.channels.next_outgoing(peer.now)->message.size() == large.size());
}

TEST_CASE("what goes before a message that has no room is bounded", "[dcep][rfc8260-3]") {
  auto peer = Peer::connected();
  const auto bulk = peer.open_and_ack({.label = "bulk"});
  const auto chat = peer.open_and_ack({.label = "chat"});
  peer.enqueue(bulk, std::string(60'000, 'x'));
  for (int i = 0; i != 100; ++i) peer.enqueue(chat, std::string(1000, 'y'));
  std::size_t overtaken = 0;
  while (peer.channels.next_outgoing(peer.now) && peer.channels.put_back_outgoing()) {
    REQUIRE(peer.channels.next_outgoing(peer.now)->message.size() == 1000);
    peer.channels.pop_outgoing();
    overtaken += 1000;
  }
  CHECK(overtaken == 8000);
  REQUIRE(peer.channels.next_outgoing(peer.now)->message.size() == 60'000);
  peer.channels.pop_outgoing();
  CHECK(peer.channels.next_outgoing(peer.now)->message.size() == 1000);
}

TEST_CASE("a channel that ends while its message goes before another's is passed over", "[dcep]") {
  auto peer = Peer::connected();
  const auto bulk = peer.open_and_ack({.label = "bulk"});
  const auto chat = peer.open_and_ack({.label = "chat"});
  peer.enqueue(bulk, std::string(60'000, 'x'));
  peer.enqueue(chat, "hello");
  REQUIRE(peer.channels.next_outgoing(peer.now));
  REQUIRE(peer.channels.put_back_outgoing());
  peer.incoming_reset(*peer.channels.id(chat));
  REQUIRE(peer.channels.next_outgoing(peer.now));
  CHECK(peer.channels.next_outgoing(peer.now)->message.size() == 60'000);
}
