// What an association tells of itself, against what is known of the path.
#include <set>

#include "base/reader.hpp"
#include "network.hpp"
#include "sctp/sent_data.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

// The TSN of the first DATA or I-DATA chunk of a packet.
std::optional<std::uint32_t> first_tsn(ByteView packet) {
  Reader in{packet};
  in.skip(12);
  while (in.ok() && in.remaining() != 0) {
    const auto type = in.u8();
    in.skip(1);
    const auto length = in.u16();
    if (type == 0 || type == 0x40) return in.u32();
    in.skip((length + 3U) / 4 * 4 - 4);
  }
  return std::nullopt;
}

// Counts the packets that begin with a TSN which another packet began with.
struct Observer {
  explicit Observer(Peer& peer) {
    peer.sees_sent = [this](ByteView packet) {
      const auto tsn = first_tsn(packet);
      if (tsn && !seen.insert(*tsn).second) ++repeated;
    };
  }
  std::set<std::uint32_t> seen;
  std::uint64_t repeated = 0;
};

std::vector<Bytes> messages(std::size_t count, std::size_t size) {
  std::vector<Bytes> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(patterned(size, i));
  return result;
}

TEST_CASE("there are no statistics before there is an association", "[sctp][webrtc-stats]") {
  Network network;
  const auto pair = network.add_pair();
  CHECK_FALSE(pair.alice.association->statistics().has_value());
  pair.alice.connect();
  CHECK_FALSE(pair.alice.association->statistics().has_value());
}

TEST_CASE("an association knows its windows, its round trip and its packet size", "[sctp][webrtc-stats]") {
  Network network;
  const auto pair = network.add_pair({.delay = 60ms});
  REQUIRE(connect(network, pair));
  std::size_t largest_packet = 0;
  pair.alice.sees_sent = [&](ByteView packet) { largest_packet = std::max(largest_packet, packet.size()); };
  Sender sender{pair.alice, 1, messages(200, 5000)};
  sender.go();
  network.run(70ms);
  const auto busy = pair.alice.association->statistics();
  REQUIRE(busy.has_value());
  CHECK(busy->unacknowledged_chunks > 0);
  CHECK(busy->unacknowledged_bytes > 5000);
  CHECK(busy->unacknowledged_bytes <= AssociationOptions{}.send_buffer);
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == 200; }, 60s));
  network.run(1s);
  const auto idle = pair.alice.association->statistics();
  REQUIRE(idle.has_value());
  CHECK(idle->unacknowledged_chunks == 0);
  CHECK(idle->unacknowledged_bytes == 0);
  CHECK(idle->congestion_window > 10'000);
  CHECK(idle->receiver_window > 500'000);
  CHECK(idle->receiver_window <= AssociationOptions{}.receive_buffer);
  CHECK(idle->smoothed_round_trip >= 119ms);
  CHECK(idle->smoothed_round_trip <= 145ms);  // an acknowledgement may be delayed by 20 ms
  CHECK(idle->retransmission_timeout >= idle->smoothed_round_trip);
  CHECK(idle->retransmission_timeout <= 1s);
  CHECK(idle->path_mtu == AssociationOptions{}.max_packet);
  CHECK(largest_packet <= idle->path_mtu);
  CHECK(largest_packet + 4 > idle->path_mtu);  // chunks are padded to four bytes
  CHECK(idle->counters.packets_sent == pair.alice.association->counters().packets_sent);
}

TEST_CASE("a path that loses nothing needs no retransmission", "[sctp][webrtc-stats]") {
  Network network;
  const auto size = GENERATE(10U, 1'000U, 30'000U);
  const auto pair = network.add_pair({.delay = 20ms});
  REQUIRE(connect(network, pair));
  Sender alice{pair.alice, 1, messages(300, size)};
  Sender bob{pair.bob, 1, messages(300, size)};
  alice.go();
  bob.go();
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == 300 && pair.alice.messages.size() == 300; }, 60s));
  network.run(1s);
  CHECK(pair.alice.association->statistics()->retransmissions == 0);
  CHECK(pair.bob.association->statistics()->retransmissions == 0);
}

TEST_CASE("retransmissions are those that an observer of the path sees", "[sctp][webrtc-stats]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Network network{seed};
    const auto pair = network.add_pair({.delay = 10ms, .loss = 0.05});
    Observer observer{pair.alice};
    REQUIRE(connect(network, pair));
    Sender sender{pair.alice, 1, messages(60, 5000)};
    sender.go();
    REQUIRE(network.run_until([&] { return pair.bob.messages.size() == 60; }, 300s));
    const auto statistics = pair.alice.association->statistics();
    REQUIRE(statistics.has_value());
    CHECK(statistics->retransmissions > 0);
    CHECK(statistics->retransmissions == observer.repeated);
  }
}

TEST_CASE("what is counted outlives the association", "[sctp][webrtc-stats]") {
  Network network;
  const auto pair = network.add_pair();
  REQUIRE(connect(network, pair));
  pair.alice.path.loss = 1;
  REQUIRE(pair.alice.send(1, patterned(1000)) == SendResult::sent);
  network.run(5s);
  const auto before = pair.alice.association->statistics();
  REQUIRE(before.has_value());
  CHECK(before->retransmissions > 0);
  pair.alice.association->abort();
  const auto after = pair.alice.association->statistics();
  REQUIRE(after.has_value());
  CHECK(after->retransmissions == before->retransmissions);
  CHECK(after->counters.packets_sent == before->counters.packets_sent);
  CHECK(after->congestion_window == 0);
}

TEST_CASE("data is new if no TSN after it was sent before, also where TSNs wrap", "[sctp][rfc9260-1.6]") {
  SentData sent;
  sent.note({0xfffffffe, 0xffffffff});
  sent.note({0, 2});
  CHECK(sent.repeated_packets() == 0);
  sent.note({0xffffffff, 0xffffffff});
  CHECK(sent.repeated_packets() == 1);
  sent.note({1, 3});  // what was lost, and something new behind it
  CHECK(sent.repeated_packets() == 2);
  sent.note({4, 4});
  sent.note({4, 4});
  CHECK(sent.repeated_packets() == 3);
}

TEST_CASE("one packet at a time is timed until it is acknowledged, and none that repeats data",
          "[sctp][rfc9260-6.3.1]") {
  SentData sent;
  const Departure first{.delivered = 1};
  const Departure second{.delivered = 2};
  sent.note({10, 12}, &first);
  sent.note({13, 14}, &second);
  CHECK_FALSE(sent.take_acknowledged(11));
  const auto left = sent.take_acknowledged(13);
  REQUIRE(left);
  CHECK(left->delivered == 1);
  CHECK_FALSE(sent.take_acknowledged(14));
  sent.note({13, 14}, &second);
  CHECK_FALSE(sent.take_acknowledged(14));
  sent.note({15, 15}, &second);
  CHECK(sent.take_acknowledged(15));
}

}  // namespace
}  // namespace sluice::sctp::test
