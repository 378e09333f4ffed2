// The ways a channel ends.
#include "unit/dcep/peer.hpp"

using namespace sluice;
using namespace sluice::dcep;
using namespace sluice::dcep::test;

TEST_CASE("close is closing at once, silently, and closed after both resets", "[dcep][rfc8831-6.7][DC-21]") {
  auto peer = Peer::connected();
  const auto origin = GENERATE(as<std::string>{}, "ours", "negotiated", "theirs");
  const bool both_at_once = GENERATE(false, true);
  INFO(origin << (both_at_once ? ", both at once" : ""));
  const int id = origin == "ours" ? 0 : 9;
  const auto channel = origin == "ours"     ? peer.open_and_ack()
                       : origin == "theirs" ? peer.announce(9)
                                            : peer.open({.negotiated = true, .id = 9});
  peer.flush();
  peer.events();
  peer.channels.close(channel);
  peer.channels.close(channel);
  CHECK(peer.channels.state(channel) == State::closing);
  CHECK(peer.events().empty());
  CHECK(peer.resets() == Ids{id});

  if (both_at_once) {
    peer.incoming_reset(id);
    CHECK(peer.events().empty());
    peer.outgoing_reset(id);
  } else {
    peer.outgoing_reset(id);
    CHECK(peer.events().empty());
    peer.incoming_reset(id);
  }
  const auto closed = peer.only<ChannelClosed>();
  CHECK(closed.channel == channel);
  CHECK_FALSE(closed.error);
  CHECK(peer.channels.state(channel) == State::closed);
  CHECK(peer.channels.id(channel) == id);
  CHECK(peer.resets().empty());
}

TEST_CASE("what is queued leaves before the reset", "[dcep][rfc8831-6.7][DC-21]") {
  auto peer = Peer::connected();
  const auto channel = peer.open();
  peer.enqueue(channel, "last words");
  peer.channels.close(channel);
  CHECK(peer.resets().empty());
  CHECK(peer.flush() == Sent{"0/50", "0/51:last words"});
  CHECK(peer.resets() == Ids{0});
}

TEST_CASE("expiry of the last queued message lets the reset go", "[dcep][rfc8831-6.7]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack({.max_packet_life_time = 10});
  peer.enqueue(channel, "x");
  peer.channels.close(channel);
  peer.channels.handle_timeout(peer.now + 10ms);
  CHECK(peer.resets() == Ids{0});
}

TEST_CASE("a channel closed before SCTP is up is closed at once and frees its id", "[dcep][DC-21]") {
  Peer peer;
  const bool role_known = GENERATE(false, true);
  if (role_known) peer.channels.handle_role(Side::even);
  const auto channel = peer.open();
  peer.channels.close(channel);
  CHECK(peer.channels.state(channel) == State::closed);
  CHECK_FALSE(peer.only<ChannelClosed>().error);
  peer.channels.handle_role(Side::even);
  CHECK(peer.channels.id(peer.open()) == 0);
  peer.channels.handle_connected(peer.now, 256);
  CHECK(peer.count<Opened>() == 1);
  CHECK(peer.flush() == Sent{"0/50"});
  CHECK(peer.resets().empty());
}

TEST_CASE("the peer's close is answered and told", "[dcep][rfc8831-6.7][DC-22]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  peer.enqueue(channel, "nobody will read this");
  peer.receive(0, Ppid::string, text_bytes("goodbye"));
  peer.incoming_reset(0);
  CHECK(peer.channels.state(channel) == State::closing);
  const auto events = peer.events();
  REQUIRE(events.size() == 2);
  CHECK(std::holds_alternative<MessageReceived>(events[0]));
  CHECK(std::get<Closing>(events[1]).channel == channel);
  CHECK(peer.flush().empty());
  CHECK(peer.resets() == Ids{0});
  CHECK_FALSE(peer.channels.prepare(channel, Kind::text, {}).has_value());

  peer.outgoing_reset(0);
  CHECK(peer.only<ChannelClosed>().channel == channel);
}

TEST_CASE("the peer's close cuts short what we were flushing", "[dcep][rfc8831-6.7]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  peer.enqueue(channel, "x");
  peer.channels.close(channel);
  peer.incoming_reset(0);
  CHECK(peer.events().empty());
  CHECK(peer.flush().empty());
  CHECK(peer.resets() == Ids{0});
  peer.outgoing_reset(0);
  CHECK(peer.only<ChannelClosed>().channel == channel);
}

TEST_CASE("an id is given again only after both resets", "[dcep][rfc8831-6.7][DC-7]") {
  auto peer = Peer::connected();
  const auto first = peer.open_and_ack();
  peer.channels.close(first);
  CHECK(peer.channels.id(peer.open()) == 2);
  peer.outgoing_reset(0);
  CHECK(peer.channels.id(peer.open()) == 4);
  peer.incoming_reset(0);
  const auto again = peer.open();
  CHECK(peer.channels.id(again) == 0);
  CHECK(peer.channels.state(again) == State::open);
  CHECK(peer.channels.id(first) == 0);
}

TEST_CASE("a peer that reuses its id before our reset is confirmed is understood", "[dcep][rfc8831-6.7]") {
  auto peer = Peer::connected();
  const auto first = peer.announce(1);
  peer.flush();
  peer.incoming_reset(1);
  peer.events();
  CHECK(peer.resets() == Ids{1});
  peer.receive(1, Ppid::dcep, serialize(Open{.label = "again"}));
  const auto events = peer.events();
  REQUIRE(events.size() == 2);
  CHECK(std::get<ChannelClosed>(events[0]).channel == first);
  const auto second = std::get<Announced>(events[1]).channel;
  CHECK(peer.channels.init(second).label == "again");
  peer.outgoing_reset(1);
  CHECK(peer.channels.state(second) == State::open);
  CHECK(peer.events().empty());
}

TEST_CASE("resets of streams nobody uses change nothing", "[dcep]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  peer.incoming_reset(7);
  peer.outgoing_reset(7);
  peer.outgoing_reset(0);
  peer.incoming_reset(65535);
  CHECK(peer.events().empty());
  CHECK(peer.resets().empty());
  CHECK(peer.channels.state(channel) == State::open);
}

TEST_CASE("the end of the association ends every channel that is not closed", "[dcep][DC-24][DC-23][DC-25]") {
  auto peer = Peer::connected();
  const auto closed = peer.open_and_ack();
  peer.channels.close(closed);
  peer.outgoing_reset(0);
  peer.incoming_reset(0);
  const auto open = peer.open_and_ack();
  const auto closing = peer.open_and_ack();
  peer.channels.close(closing);
  peer.enqueue(open, "12345");
  peer.events();

  peer.channels.handle_disconnected(Failure{Reason::sctp_failed, "The peer closed."}, 12);
  const auto events = peer.events();
  REQUIRE(events.size() == 2);
  for (const auto& event : events) {
    const auto& end = std::get<ChannelClosed>(event);
    REQUIRE(end.error);
    CHECK(end.error->reason == Reason::sctp_failed);
    CHECK(end.sctp_cause == 12);
  }
  CHECK(peer.channels.state(open) == State::closed);
  CHECK(peer.channels.buffered_amount(open) == 5);
  CHECK(peer.resets().empty());
  CHECK_FALSE(peer.channels.next_outgoing(peer.now));

  peer.channels.handle_disconnected(std::nullopt, 0);
  peer.receive(2, Ppid::string, text_bytes("late"));
  CHECK(peer.events().empty());
}

TEST_CASE("channels that never opened end with the association too", "[dcep][DC-25]") {
  Peer peer;
  const auto channel = peer.open();
  peer.channels.handle_disconnected(Failure{Reason::dtls_failed}, 0);
  CHECK(peer.only<ChannelClosed>().channel == channel);
}

TEST_CASE("a closed channel can be forgotten, another cannot", "[dcep]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack({.label = "kept"});
  peer.channels.forget(channel);
  CHECK(peer.channels.init(channel).label == "kept");
  peer.enqueue(channel, "in hand");
  peer.channels.next_outgoing(peer.now);
  peer.channels.handle_disconnected(std::nullopt, 0);
  peer.channels.forget(channel);
  peer.channels.pop_outgoing();
  CHECK(peer.channels.init(channel).label.empty());
  CHECK_FALSE(peer.channels.id(channel));
  CHECK(peer.channels.idle());
}

TEST_CASE("channels of an association that was up end when another one replaces it", "[dcep][SD-18][DC-25]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  peer.enqueue(channel, "in hand");
  REQUIRE(peer.channels.next_outgoing(peer.now));
  peer.channels.handle_new_transport();
  CHECK(peer.only<ChannelClosed>().channel == channel);
  const auto next = peer.open({.label = "next"});
  peer.channels.handle_role(Side::odd);
  peer.channels.handle_connected(peer.now, 16);
  CHECK(peer.only<Opened>().channel == next);
  CHECK(peer.flush() == Sent{"1/50"});  // and nothing of the old one
}

TEST_CASE("channels that wait for an association go on waiting for the one that replaces it", "[dcep][SD-22][DC-5]") {
  Peer peer;
  const auto ours = peer.open({.label = "ours"});
  const auto agreed = peer.open({.label = "agreed", .negotiated = true, .id = 0});
  const auto closing = peer.open({.label = "closing"});
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connecting();
  peer.flush();
  peer.channels.close(closing);
  peer.channels.handle_new_transport();
  CHECK(peer.only<ChannelClosed>().channel == closing);
  CHECK(peer.resets() == Ids{});
  SECTION("with the same role") {
    peer.channels.handle_role(Side::even);
    CHECK(peer.channels.id(ours) == 2);
    peer.channels.handle_connected(peer.now, 16);
    CHECK(peer.flush() == Sent{"2/50"});
  }
  SECTION("with the other role, and so with another id") {
    peer.channels.handle_role(Side::odd);
    CHECK(peer.channels.id(ours) == 1);
    peer.channels.handle_connected(peer.now, 16);
    CHECK(peer.flush() == Sent{"1/50"});
  }
  CHECK(peer.channels.id(agreed) == 0);
  CHECK(peer.count<Opened>() == 2);
}
