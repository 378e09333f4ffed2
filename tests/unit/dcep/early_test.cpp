// Messages of a channel that is connecting.
#include "unit/dcep/peer.hpp"

using namespace sluice;
using namespace sluice::dcep;
using namespace sluice::dcep::test;

namespace {

void early(Peer& peer, ChannelId channel, std::string_view text) {
  REQUIRE(peer.channels.enqueue_early(peer.now, channel, Kind::text, text_bytes(text)).has_value());
}

Reason refusal(Peer& peer, ChannelId channel, std::string_view text) {
  const auto refused = peer.channels.enqueue_early(peer.now, channel, Kind::text, text_bytes(text));
  REQUIRE_FALSE(refused.has_value());
  return refused.error().reason;
}

}  // namespace

TEST_CASE("early messages leave behind the OPEN, before the channel is open", "[dcep][rfc8832-6][rfc9260-5.1]") {
  Peer peer;
  const auto channel = peer.open();
  early(peer, channel, "one");
  early(peer, channel, "two");
  CHECK(peer.channels.buffered_amount(channel) == 6);
  CHECK(peer.flush().empty());
  peer.channels.handle_role(Side::even);
  CHECK(peer.flush().empty());
  peer.channels.handle_connecting();
  early(peer, channel, "three");
  CHECK(peer.flush() == Sent{"0/50", "0/51:one", "0/51:two", "0/51:three"});
  CHECK(peer.channels.state(channel) == State::connecting);
  CHECK(peer.channels.buffered_amount(channel) == 0);
  peer.channels.handle_connected(peer.now, 256);
  CHECK(peer.channels.state(channel) == State::open);
  CHECK(peer.flush().empty());
  CHECK(refusal(peer, channel, "late") == Reason::closed);
}

TEST_CASE("early messages wait for the role, which gives them their stream", "[dcep][rfc8832-6]") {
  Peer peer;
  const auto channel = peer.open();
  early(peer, channel, "one");
  peer.channels.handle_connecting();
  CHECK(peer.flush().empty());

  SECTION("and leave when it is there") {
    peer.channels.handle_role(Side::odd);
    peer.channels.handle_connecting();
    CHECK(peer.flush() == Sent{"1/50", "1/51:one"});
  }
  SECTION("and end with their channel if it never is") {
    peer.channels.handle_connected(peer.now, 256);
    CHECK(peer.channels.state(channel) == State::closed);
    CHECK(peer.flush().empty());
  }
}

TEST_CASE("early messages of a negotiated channel need no OPEN", "[dcep][rfc8832-6]") {
  Peer peer;
  early(peer, peer.open({.negotiated = true, .id = 5}), "one");
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connecting();
  CHECK(peer.flush() == Sent{"5/51:one"});
}

TEST_CASE("an early message is ordered even where the channel is not", "[dcep][rfc8832-6]") {
  Peer peer;
  early(peer, peer.open({.ordered = false}), "one");
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connecting();
  REQUIRE(peer.channels.next_outgoing(peer.now));
  peer.channels.pop_outgoing();
  const auto message = peer.channels.next_outgoing(peer.now);
  REQUIRE(message);
  CHECK(message->ppid == Ppid::string);
  CHECK(message->ordered);
}

TEST_CASE("early messages are limited in bytes and size like others", "[dcep][DC-15][DC-20]") {
  Peer peer{Limits{.buffered_amount = 70'000}};
  const auto channel = peer.open();
  CHECK(refusal(peer, channel, std::string(65'537, 'x')) == Reason::message_too_large);
  early(peer, channel, std::string(65'536, 'x'));
  CHECK(refusal(peer, channel, std::string(4465, 'x')) == Reason::send_queue_full);
}

TEST_CASE("an early message that is more than the peer takes ends its channel alone", "[dcep][DC-20]") {
  Peer peer;
  const auto large = peer.open({.label = "large"});
  const auto small = peer.open({.label = "small"});
  early(peer, large, std::string(1001, 'x'));
  early(peer, small, std::string(1000, 'x'));
  peer.channels.handle_role(Side::even);
  peer.channels.set_max_message_size(1000);
  peer.channels.handle_connecting();
  const auto closed = peer.only<ChannelClosed>();
  CHECK(closed.channel == large);
  REQUIRE(closed.error);
  CHECK(closed.error->reason == Reason::message_too_large);
  CHECK(peer.flush().size() == 2);
}

TEST_CASE("an early message whose lifetime is over is not sent", "[dcep][DC-26]") {
  Peer peer;
  const auto channel = peer.open({.max_packet_life_time = 100});
  early(peer, channel, "one");
  peer.now += 60ms;
  early(peer, channel, "two");
  peer.now += 60ms;
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connecting();
  CHECK(peer.flush() == Sent{"0/50", "0/51:two"});
}

TEST_CASE("early messages that wait go to the association that comes", "[dcep][rfc8842-3.1]") {
  Peer peer;
  const auto channel = peer.open();
  early(peer, channel, "one");
  peer.channels.handle_role(Side::even);

  SECTION("if the one before has taken none") {
    peer.channels.handle_new_transport();
    peer.channels.handle_role(Side::odd);
    peer.channels.handle_connecting();
    CHECK(peer.flush() == Sent{"1/50", "1/51:one"});
  }
  SECTION("if the one before was only about to") {
    peer.channels.handle_connecting();
    REQUIRE(peer.channels.next_outgoing(peer.now));  // the OPEN
    peer.channels.handle_new_transport();
    peer.channels.handle_role(Side::even);
    peer.channels.handle_connecting();
    CHECK(peer.flush() == Sent{"0/50", "0/51:one"});
  }
  SECTION("else the channel ends, since they may be lost") {
    peer.channels.handle_connecting();
    CHECK(peer.flush().size() == 2);
    peer.channels.handle_new_transport();
    CHECK(peer.count<ChannelClosed>() == 1);
    CHECK(peer.channels.state(channel) == State::closed);
  }
}

TEST_CASE("close() before anything was said forgets early messages", "[dcep][DC-21]") {
  Peer peer;
  const auto channel = peer.open();
  early(peer, channel, "one");
  peer.channels.close(channel);
  CHECK(peer.only<ChannelClosed>().channel == channel);
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connecting();
  CHECK(peer.flush().empty());
}

TEST_CASE("close() after the OPEN has left sends early messages first", "[dcep][DC-21]") {
  Peer peer;
  const auto channel = peer.open();
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connecting();
  early(peer, channel, "one");
  peer.channels.close(channel);
  CHECK(peer.resets().empty());
  CHECK(peer.flush() == Sent{"0/50", "0/51:one"});
  CHECK(peer.resets() == Ids{0});
}
