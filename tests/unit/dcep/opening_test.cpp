// Ids, OPEN and ACK.
#include "unit/dcep/peer.hpp"

using namespace sluice;
using namespace sluice::dcep;
using namespace sluice::dcep::test;

TEST_CASE("a channel has no id before the DTLS role is known", "[dcep][rfc8832-6][DC-5]") {
  Peer peer;
  const auto first = peer.open();
  const auto second = peer.open();
  CHECK_FALSE(peer.channels.id(first));

  SECTION("then a DTLS client gives out even ids") {
    peer.channels.handle_role(Side::even);
    CHECK(peer.channels.id(first) == 0);
    CHECK(peer.channels.id(second) == 2);
    CHECK(peer.channels.id(peer.open()) == 4);
  }
  SECTION("then a DTLS server gives out odd ids") {
    peer.channels.handle_role(Side::odd);
    CHECK(peer.channels.id(first) == 1);
    CHECK(peer.channels.id(second) == 3);
  }
  CHECK(peer.channels.state(first) == State::connecting);
  CHECK(peer.events().empty());
}

TEST_CASE("a channel starts with the defaults of W3C", "[dcep][DC-4]") {
  Peer peer;
  const auto channel = peer.open({});
  const auto& init = peer.channels.init(channel);
  CHECK(init.ordered);
  CHECK_FALSE(init.max_retransmits);
  CHECK_FALSE(init.max_packet_life_time);
  CHECK(init.protocol.empty());
  CHECK_FALSE(init.negotiated);
  CHECK_FALSE(peer.channels.id(channel));
  CHECK(peer.channels.state(channel) == State::connecting);
  CHECK(peer.channels.buffered_amount(channel) == 0);
}

TEST_CASE("an id once given never changes", "[dcep][DC-7]") {
  Peer peer;
  peer.channels.handle_role(Side::even);
  const auto channel = peer.open();
  peer.channels.handle_role(Side::odd);
  CHECK(peer.channels.id(channel) == 0);
}

TEST_CASE("ids of negotiated channels are skipped", "[dcep][rfc8832-6][DC-5]") {
  Peer peer;
  const auto ours = peer.open();
  peer.open({.negotiated = true, .id = 0});
  peer.open({.negotiated = true, .id = 4});
  peer.channels.handle_role(Side::even);
  CHECK(peer.channels.id(ours) == 2);
  CHECK(peer.channels.id(peer.open()) == 6);
}

TEST_CASE("an id in use cannot be negotiated again", "[dcep][DC-8]") {
  Peer peer;
  peer.channels.handle_role(Side::even);
  peer.open();
  peer.open({.negotiated = true, .id = 7});
  for (const auto id : {std::uint16_t{0}, std::uint16_t{7}}) {
    const auto refused = peer.channels.open(peer.now, {.negotiated = true, .id = id});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().reason == Reason::id_in_use);
  }
}

TEST_CASE("an id without negotiated is ignored", "[dcep][DC-2]") {
  auto peer = Peer::connected();
  const auto channel = peer.open({.label = "a", .id = 65535});
  CHECK(peer.channels.id(channel) == 0);
  CHECK_FALSE(peer.channels.init(channel).id);
}

TEST_CASE("what W3C forbids to open is refused", "[dcep][DC-1]") {
  auto peer = Peer::connected(8);
  const auto reason = [&](ChannelInit init) {
    const auto refused = peer.channels.open(peer.now, std::move(init));
    REQUIRE_FALSE(refused.has_value());
    return refused.error().reason;
  };
  CHECK(reason({.label = std::string(65536, 'x')}) == Reason::bad_argument);
  CHECK(reason({.protocol = std::string(65536, 'x')}) == Reason::bad_argument);
  CHECK(reason({.negotiated = true}) == Reason::bad_argument);
  CHECK(reason({.max_retransmits = 1, .max_packet_life_time = 1}) == Reason::bad_argument);
  CHECK(reason({.negotiated = true, .id = 65535}) == Reason::bad_argument);
  CHECK(reason({.negotiated = true, .id = 8}) == Reason::no_free_id);
  for (int i = 0; i < 4; ++i) peer.open();
  CHECK(reason({}) == Reason::no_free_id);
  peer.channels.handle_disconnected(std::nullopt, 0);
  CHECK(reason({}) == Reason::closed);
}

TEST_CASE("more channels than the limit are refused", "[dcep][B4]") {
  Peer peer{Limits{.channels = 2}};
  peer.open();
  peer.open();
  const auto refused = peer.channels.open(peer.now, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().reason == Reason::too_many);
}

TEST_CASE("channels open when SCTP is up and send their OPEN first", "[dcep][rfc8832-6][DC-10][DC-11]") {
  Peer peer;
  const auto channel = peer.open({.label = "a", .ordered = false, .max_retransmits = 0, .priority = 512});
  peer.channels.handle_role(Side::even);
  CHECK_FALSE(peer.channels.next_outgoing(peer.now));
  peer.channels.handle_connected(peer.now, 256);

  CHECK(peer.only<Opened>().channel == channel);
  CHECK(peer.channels.state(channel) == State::open);
  peer.enqueue(channel, "at once");

  const auto open = peer.channels.next_outgoing(peer.now);
  REQUIRE(open);
  CHECK(open->ppid == Ppid::dcep);
  CHECK(open->ordered);
  CHECK_FALSE(open->max_retransmits);
  CHECK_FALSE(open->lifetime);
  const auto parsed = parse(open->message);
  REQUIRE(parsed.has_value());
  CHECK(std::get<Open>(*parsed) == Open{.ordered = false, .max_retransmits = 0, .priority = 512, .label = "a"});
  CHECK(peer.channels.buffered_amount(channel) == 7);
  CHECK(peer.flush() == Sent{"0/50", "0/51:at once"});
}

TEST_CASE("the OPEN leaves while SCTP is still connecting, and only once", "[dcep][rfc8832-6][setup]") {
  Peer peer;
  const auto early = peer.open({.label = "early"});
  peer.channels.handle_role(Side::even);
  CHECK_FALSE(peer.channels.next_outgoing(peer.now).has_value());
  peer.channels.handle_connecting();
  const auto late = peer.open({.label = "late"});
  CHECK(peer.flush().size() == 2);
  CHECK(peer.events().empty());
  peer.channels.handle_connected(peer.now, 256);
  CHECK(peer.events().size() == 2);
  CHECK(peer.flush().empty());
  CHECK(peer.channels.state(early) == State::open);
  CHECK(peer.channels.state(late) == State::open);
}

TEST_CASE("a channel closed after its early OPEN is reset, because the peer may know it", "[dcep][DC-21]") {
  Peer peer;
  const auto channel = peer.open();
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connecting();
  peer.flush();
  peer.channels.close(channel);
  CHECK(peer.channels.state(channel) == State::closing);
  peer.channels.handle_connected(peer.now, 256);
  CHECK(peer.channels.poll_resets() == std::vector{stream(0)});
}

TEST_CASE("a channel opened on a running connection is open at once", "[dcep][DC-5]") {
  auto peer = Peer::connected();
  const auto channel = peer.open();
  CHECK(peer.only<Opened>().channel == channel);
  CHECK(peer.flush() == Sent{"0/50"});
}

TEST_CASE("a negotiated channel opens without DCEP", "[dcep][rfc8831-6.5][DC-9]") {
  Peer peer;
  const auto channel = peer.open({.ordered = false, .negotiated = true, .id = 5});
  CHECK(peer.channels.id(channel) == 5);
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connected(peer.now, 256);
  CHECK(peer.only<Opened>().channel == channel);
  CHECK(peer.flush().empty());
  const auto message = peer.channels.prepare(channel, Kind::text, as_bytes("x"));
  REQUIRE(message.has_value());
  CHECK_FALSE(message->ordered);
}

TEST_CASE("channels beyond the connected streams end with an error", "[dcep][rfc8831-6.2][DC-6]") {
  Peer peer;
  const auto fits = peer.open();
  const auto too_high = peer.open({.negotiated = true, .id = 300});
  peer.channels.handle_role(Side::odd);
  peer.open();
  peer.channels.handle_connected(peer.now, 2);
  const auto events = peer.events();
  REQUIRE(events.size() == 3);
  CHECK(std::get<Opened>(events[0]).channel == fits);
  CHECK(std::get<ChannelClosed>(events[1]).channel == too_high);
  CHECK(std::get<ChannelClosed>(events[1]).error->reason == Reason::data_channel_failed);
  CHECK(std::holds_alternative<ChannelClosed>(events[2]));
  CHECK(peer.channels.state(too_high) == State::closed);
  CHECK(peer.channels.id(too_high) == 300);
}

TEST_CASE("a channel for which no id is left when the role is known ends with an error", "[dcep][DC-6]") {
  Peer peer{Limits{.channels = 65536}};
  for (std::uint32_t id = 0; id < 65535; id += 2) {
    peer.open({.negotiated = true, .id = static_cast<std::uint16_t>(id)});
  }
  const auto last = peer.open();
  peer.channels.handle_role(Side::even);
  const auto closed = peer.only<ChannelClosed>();
  CHECK(closed.channel == last);
  REQUIRE(closed.error);
  CHECK(closed.error->reason == Reason::data_channel_failed);
}

TEST_CASE("until the peer has answered, an unordered channel sends in order", "[dcep][rfc8832-6][DC-11]") {
  auto peer = Peer::connected();
  const auto channel = peer.open({.ordered = false, .max_packet_life_time = 100});
  peer.flush();
  const auto ordered = [&] {
    const auto message = peer.channels.prepare(channel, Kind::text, as_bytes("x"));
    REQUIRE(message.has_value());
    CHECK(message->lifetime == 100ms);
    return message->ordered;
  };
  CHECK(ordered());
  SECTION("the ACK ends it") { peer.receive(0, Ppid::dcep, serialize(Ack{})); }
  SECTION("any other message ends it") { peer.receive(0, Ppid::string, text_bytes("early")); }
  CHECK_FALSE(ordered());
}

TEST_CASE("what was queued before the answer leaves by the rule of the moment", "[dcep][rfc8832-6]") {
  auto peer = Peer::connected();
  const auto channel = peer.open({.ordered = false});
  peer.flush();
  peer.enqueue(channel, "x");
  peer.receive(0, Ppid::dcep, serialize(Ack{}));
  CHECK_FALSE(peer.channels.next_outgoing(peer.now)->ordered);
}

TEST_CASE("a peer's OPEN makes an open channel and is acknowledged in order", "[dcep][rfc8832-6][DC-10][DC-13]") {
  auto peer = Peer::connected();
  const auto channel = peer.announce(
      1, {.ordered = false, .max_retransmits = 100'000, .priority = 3, .label = "theirs", .protocol = "p"});
  CHECK(peer.channels.state(channel) == State::open);
  CHECK(peer.channels.id(channel) == 1);
  const auto& init = peer.channels.init(channel);
  CHECK(init.label == "theirs");
  CHECK(init.protocol == "p");
  CHECK_FALSE(init.ordered);
  CHECK(init.max_retransmits == 65535);
  CHECK(init.priority == 3);
  CHECK_FALSE(init.negotiated);

  const auto ack = peer.channels.next_outgoing(peer.now);
  REQUIRE(ack);
  CHECK(ack->ordered);
  CHECK_FALSE(ack->max_retransmits);
  CHECK(Bytes{ack->message.begin(), ack->message.end()} == serialize(Ack{}));
}

TEST_CASE("messages follow the announcement of their channel", "[dcep][DC-14]") {
  auto peer = Peer::connected();
  peer.receive(1, Ppid::dcep, serialize(Open{}));
  peer.receive(1, Ppid::string, text_bytes("x"));
  const auto events = peer.events();
  REQUIRE(events.size() == 2);
  CHECK(std::holds_alternative<Announced>(events[0]));
  CHECK(std::get<MessageReceived>(events[1]).data == text_bytes("x"));
}

TEST_CASE("an OPEN that breaks a rule resets its stream and gets no ACK", "[dcep][rfc8832-6][DC-12][B1][B2][B4]") {
  auto peer = Peer::connected(256, {.channels = 2, .label_and_protocol = 10});
  int id = 1;
  Bytes message = serialize(Open{});
  SECTION("of our parity") { id = 2; }
  SECTION("malformed") { message.pop_back(); }
  SECTION("longer than it says") { message.push_back({}); }
  SECTION("of an unknown channel type") { message[1] = std::byte{3}; }
  SECTION("of an unknown message type") { message[0] = std::byte{9}; }
  SECTION("with a label and protocol over the limit") {
    message = serialize(Open{.label = "123456", .protocol = "12345"});
  }
  SECTION("beyond the number of channels") {
    peer.announce(3);
    peer.announce(5);
    peer.flush();
  }
  peer.receive(id, Ppid::dcep, message);
  CHECK(peer.resets() == Ids{id});
  CHECK(peer.flush().empty());
  CHECK(peer.events().empty());
  CHECK(peer.channels.counters().refused_opens == 1);

  peer.receive(id, Ppid::dcep, message);
  CHECK(peer.resets().empty());
}

TEST_CASE("a second OPEN on a stream closes its channel", "[dcep][rfc8832-6][DC-12][B3]") {
  auto peer = Peer::connected();
  ChannelId channel{};
  SECTION("that the peer opened") { channel = peer.announce(1); }
  SECTION("that was negotiated") { channel = peer.open({.negotiated = true, .id = 1}); }
  peer.flush();
  peer.events();
  peer.receive(1, Ppid::dcep, serialize(Open{}));
  CHECK(peer.only<Closing>().channel == channel);
  CHECK(peer.resets() == Ids{1});
  CHECK(peer.flush().empty());
  CHECK(peer.channels.counters().refused_opens == 1);
}

TEST_CASE("a refused stream can be opened after both resets", "[dcep][rfc8831-6.7]") {
  auto peer = Peer::connected();
  peer.receive(1, Ppid::binary, text_bytes("nobody opened this"));
  CHECK(peer.resets() == Ids{1});
  peer.receive(1, Ppid::dcep, serialize(Open{}));
  CHECK(peer.events().empty());
  peer.outgoing_reset(1);
  peer.incoming_reset(1);
  peer.announce(1);
}

TEST_CASE("labels of the peer and of ours are valid UTF-8", "[dcep][DC-3][B6]") {
  auto peer = Peer::connected();
  Open open{.label = "abc"};
  auto message = serialize(open);
  message[13] = std::byte{0xff};
  peer.receive(1, Ppid::dcep, message);
  CHECK(peer.channels.init(peer.only<Announced>().channel).label ==
        "a\xEF\xBF\xBD"
        "c");
  CHECK(peer.channels.init(peer.open({.label = "\xff"})).label == "\xEF\xBF\xBD");
}

TEST_CASE("a flood of OPENs ends at the limit", "[dcep][B4]") {
  auto peer = Peer::connected(65535);
  for (int id = 1; id < 65535; id += 2) peer.receive(id, Ppid::dcep, serialize(Open{}));
  CHECK(peer.count<Announced>() == Limits{}.channels);
  CHECK(peer.resets().size() == 32767 - Limits{}.channels);
}

TEST_CASE("messages on streams the association does not have are ignored", "[dcep]") {
  auto peer = Peer::connected(16);
  peer.receive(17, Ppid::dcep, serialize(Open{}));
  peer.receive(65535, Ppid::string, text_bytes("x"));
  CHECK(peer.events().empty());
  CHECK(peer.resets().empty());
}
