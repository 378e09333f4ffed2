// User messages that arrive.
#include "unit/dcep/peer.hpp"

using namespace sluice;
using namespace sluice::dcep;
using namespace sluice::dcep::test;

TEST_CASE("text and binary are told apart by the PPID", "[dcep][rfc8831-6.6][DC-16]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  const auto receive = [&](Ppid ppid, std::string_view text) {
    peer.receive(0, ppid, text_bytes(text));
    auto message = peer.only<MessageReceived>();
    CHECK(message.channel == channel);
    return std::pair{message.kind, message.data};
  };
  CHECK(receive(Ppid::string, "x") == std::pair{Kind::text, text_bytes("x")});
  CHECK(receive(Ppid::binary, "x") == std::pair{Kind::binary, text_bytes("x")});
  CHECK(receive(Ppid::string_empty, std::string_view{"\0", 1}) == std::pair{Kind::text, Bytes{}});
  CHECK(receive(Ppid::binary_empty, "ignored") == std::pair{Kind::binary, Bytes{}});
  CHECK(receive(Ppid::string, "\xff\xfe") == std::pair{Kind::text, text_bytes("\xff\xfe")});
}

TEST_CASE("a received message is moved, not copied", "[dcep]") {
  auto peer = Peer::connected();
  peer.open_and_ack();
  auto message = text_bytes("some longer message");
  const auto* const data = message.data();
  peer.receive(0, Ppid::binary, std::move(message));
  CHECK(peer.only<MessageReceived>().data.data() == data);
}

TEST_CASE("a message with an unknown PPID closes its channel", "[dcep][rfc8831-6.6][DC-12][B6]") {
  auto peer = Peer::connected();
  const auto channel = peer.open_and_ack();
  const auto ppid = GENERATE(Ppid::string_partial, Ppid::binary_partial, Ppid{0}, Ppid{55}, Ppid{0xffffffff});
  peer.receive(0, ppid, text_bytes("x"));
  CHECK(peer.only<Closing>().channel == channel);
  CHECK(peer.resets() == Ids{0});
  CHECK(peer.channels.counters().unknown_ppids == 1);
}

TEST_CASE("user data on an unused stream resets it once", "[dcep][rfc8832-6][DC-12]") {
  auto peer = Peer::connected();
  const auto ppid = GENERATE(Ppid::string, Ppid::binary, Ppid::string_empty, Ppid::binary_empty, Ppid::string_partial);
  peer.receive(9, ppid, text_bytes("x"));
  peer.receive(9, ppid, text_bytes("x"));
  CHECK(peer.resets() == Ids{9});
  CHECK(peer.events().empty());
}

TEST_CASE("an ACK nobody waits for changes nothing", "[dcep]") {
  auto peer = Peer::connected();
  peer.receive(0, Ppid::dcep, serialize(Ack{}));
  CHECK(peer.events().empty());
  CHECK(peer.resets().empty());
  CHECK(peer.channels.id(peer.open()) == 0);
}

TEST_CASE("a message for a channel we are closing is dropped", "[dcep][DC-14]") {
  auto peer = Peer::connected();
  peer.channels.close(peer.open_and_ack());
  peer.receive(0, Ppid::string, text_bytes("late"));
  CHECK(peer.events().empty());
}
