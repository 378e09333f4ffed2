// What a channel has carried.
#include "unit/dcep/peer.hpp"

using namespace sluice;
using namespace sluice::dcep;
using namespace sluice::dcep::test;

TEST_CASE("what the application sends is counted when it is taken, without DCEP and the octet of an empty message",
          "[dcep][ST-D]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  CHECK(peer.channels.traffic(channel).messages_sent == 0);
  peer.enqueue(channel, "hello");
  peer.enqueue(channel, "");
  REQUIRE(peer.channels.prepare(channel, Kind::binary, text_bytes("at once")).has_value());
  CHECK(peer.channels.traffic(channel).messages_sent == 3);
  CHECK(peer.channels.traffic(channel).bytes_sent == 12);
  peer.flush();
  CHECK(peer.channels.traffic(channel).messages_sent == 3);
}

TEST_CASE("what is refused is not counted as sent", "[dcep][ST-D]") {
  Peer peer{Limits{.buffered_amount = 10}};
  const auto channel = peer.open();
  CHECK_FALSE(peer.channels.prepare(channel, Kind::text, as_bytes("early")).has_value());
  peer.channels.handle_role(Side::even);
  peer.channels.handle_connected(peer.now, 256);
  CHECK_FALSE(peer.channels.prepare(channel, Kind::text, as_bytes("much too long")).has_value());
  peer.channels.close(channel);
  CHECK_FALSE(peer.channels.prepare(channel, Kind::text, as_bytes("late")).has_value());
  CHECK(peer.channels.traffic(channel).messages_sent == 0);
  CHECK(peer.channels.traffic(channel).bytes_sent == 0);
}

TEST_CASE("what is delivered is counted as received, and nothing that comes while the channel closes", "[dcep][ST-D]") {
  auto peer = Peer::connected();
  const auto channel = peer.announce(1);
  CHECK(peer.channels.traffic(channel).messages_received == 0);
  peer.receive(1, Ppid::string, text_bytes("hello"));
  peer.receive(1, Ppid::binary, text_bytes("abc"));
  peer.receive(1, Ppid::binary_empty, text_bytes("\0"));
  CHECK(peer.count<MessageReceived>() == 3);
  CHECK(peer.channels.traffic(channel).messages_received == 3);
  CHECK(peer.channels.traffic(channel).bytes_received == 8);
  peer.channels.close(channel);
  peer.receive(1, Ppid::string, text_bytes("unread"));
  CHECK(peer.channels.traffic(channel).messages_received == 3);
}

TEST_CASE("the counts of a channel are there until it is forgotten", "[dcep][ST-D]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  const auto id = *peer.channels.id(channel);
  peer.enqueue(channel, "hello");
  peer.receive(id, Ppid::string, text_bytes("hi"));
  peer.flush();
  peer.channels.close(channel);
  peer.outgoing_reset(id);
  peer.incoming_reset(id);
  REQUIRE(peer.channels.state(channel) == State::closed);
  CHECK(peer.channels.traffic(channel).bytes_sent == 5);
  CHECK(peer.channels.traffic(channel).bytes_received == 2);
  const auto again = peer.open();  // on the same stream
  CHECK(peer.channels.id(again) == id);
  CHECK(peer.channels.traffic(again).bytes_sent == 0);
  peer.channels.forget(channel);
  CHECK(peer.channels.traffic(channel).bytes_sent == 0);
}
