// The association over bad paths.
#include "network.hpp"
#include "sctp/association.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

std::vector<Bytes> mixed_messages(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::vector<Bytes> messages;
  for (std::size_t i = 0; i < count; ++i)
    messages.push_back(patterned(1 + random() % (i % 8 == 0 ? 40'000 : 2'000), i));
  return messages;
}

TEST_CASE("what is sent on a path that loses, repeats and reorders arrives once and in order", "[sctp][rfc9260-6]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Network network{seed};
    const auto pair = network.add_pair({.delay = 10ms, .jitter = 8ms, .loss = 0.1, .duplicate = 0.05});
    REQUIRE(connect(network, pair));
    const auto there = mixed_messages(60, seed);
    const auto back = mixed_messages(20, seed + 1000);
    Sender alice{pair.alice, 1, there};
    Sender bob{pair.bob, 1, back};
    alice.go();
    bob.go();
    REQUIRE(network.run_until(
        [&] { return pair.bob.messages.size() == there.size() && pair.alice.messages.size() == back.size(); }, 300s));
    for (std::size_t i = 0; i < there.size(); ++i) REQUIRE(pair.bob.messages[i].message == there[i]);
    for (std::size_t i = 0; i < back.size(); ++i) REQUIRE(pair.alice.messages[i].message == back[i]);
    CHECK(pair.bob.association->counters().packets_refused == 0);
  }
}

TEST_CASE("unordered messages all arrive, each whole", "[sctp][rfc9260-6.6]") {
  Network network{7};
  const auto pair = network.add_pair({.delay = 10ms, .jitter = 20ms, .loss = 0.1});
  REQUIRE(connect(network, pair));
  auto sent = mixed_messages(100, 3);
  Sender sender{pair.alice, 1, sent, {.ordered = false}};
  sender.go();
  REQUIRE(network.run_until([&] { return pair.bob.messages.size() == sent.size(); }, 300s));
  std::vector<Bytes> received;
  for (auto& message : pair.bob.messages) received.push_back(std::move(message.message));
  std::ranges::sort(sent);
  std::ranges::sort(received);
  CHECK(received == sent);
}

TEST_CASE("a message that may not be retransmitted is lost with its packet", "[sctp][rfc7496-3.1][DC-26]") {
  Network network{5};
  const auto pair = network.add_pair({.delay = 10ms});
  REQUIRE(connect(network, pair));
  pair.alice.path.loss = 0.3;
  for (int i = 0; i < 200; ++i) {
    REQUIRE(pair.alice.send(1, patterned(100, 1), {.ordered = false, .max_retransmits = std::uint16_t{0}}) ==
            SendResult::sent);
    network.run(20ms);
  }
  pair.alice.path.loss = 0;
  network.run(3s);
  CHECK(pair.bob.messages.size() > 100);
  CHECK(pair.bob.messages.size() < 180);
  REQUIRE(pair.alice.send(1, patterned(10, 2), {.ordered = false}) == SendResult::sent);
  network.run(1s);
  CHECK(pair.bob.messages.back().message == patterned(10, 2));
}

TEST_CASE("a message whose lifetime is over is not retransmitted", "[sctp][rfc3758-4.1][DC-26]") {
  Network network{5};
  const auto pair = network.add_pair({.delay = 10ms});
  REQUIRE(connect(network, pair));
  pair.alice.path.loss = 1;
  REQUIRE(pair.alice.send(1, patterned(1000, 1), {.lifetime = 50ms}) == SendResult::sent);
  network.run(30ms);
  pair.alice.path.loss = 0;
  network.run(100ms);
  REQUIRE(pair.alice.send(1, patterned(1000, 2)) == SendResult::sent);
  network.run(5s);
  REQUIRE(pair.bob.messages.size() == 1);
  CHECK(pair.bob.messages[0].message == patterned(1000, 2));
}

TEST_CASE("no message that partial reliability has cut short is delivered", "[sctp][rfc3758-3.6]") {
  const auto ordered = GENERATE(true, false);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed, ordered);
    Network network{seed};
    const auto pair = network.add_pair({.delay = 10ms});
    REQUIRE(connect(network, pair));
    pair.alice.path.loss = 0.02;
    constexpr int count = 30;
    for (int i = 0; i < count; ++i) {
      (void)pair.alice.send(static_cast<std::uint16_t>(i % 3), patterned(100'000, static_cast<std::uint64_t>(i)),
                            {.ordered = ordered, .max_retransmits = std::uint16_t{0}});
      network.run(200ms);
    }
    pair.alice.path.loss = 0;
    network.run(10s);
    CHECK_FALSE(pair.alice.aborted);
    CHECK_FALSE(pair.bob.aborted);
    for (const auto& received : pair.bob.messages) {
      bool known = false;
      for (std::uint64_t i = 0; i < count && !known; ++i) known = received.message == patterned(100'000, i);
      CHECK(known);
    }
  }
}

TEST_CASE("an outage of a minute is survived", "[sctp]") {
  Network network;
  const auto pair = network.add_pair({}, {.first_window = 1024 * 1024});
  REQUIRE(connect(network, pair));
  pair.alice.path.loss = pair.bob.path.loss = 1;
  for (std::uint64_t i = 0; i < 50; ++i) REQUIRE(pair.alice.send(1, patterned(10'000, i)) == SendResult::sent);
  network.run(60s);
  CHECK_FALSE(pair.alice.aborted);
  pair.alice.path.loss = pair.bob.path.loss = 0;
  CHECK(network.run_until([&] { return pair.bob.messages.size() == 50; }, 15s));
}

TEST_CASE("a set-up survives the loss of any one packet", "[sctp][rfc9260-5.1]") {
  for (std::uint64_t lost = 1; lost <= 10; ++lost) {
    CAPTURE(lost);
    Network network;
    const auto pair = network.add_pair();
    std::uint64_t count = 0;
    const auto lose_one = [&](Peer& peer) {
      peer.sees_sent = [&](ByteView) {
        ++count;
        pair.alice.path.loss = pair.bob.path.loss = count == lost ? 1 : 0;
      };
    };
    lose_one(pair.alice);
    lose_one(pair.bob);
    pair.alice.connect();
    pair.bob.connect();
    REQUIRE(pair.alice.send(1, patterned(3000)) == SendResult::sent);
    REQUIRE(network.run_until([&] { return !pair.bob.messages.empty() && pair.alice.connected; }, 10s));
    CHECK(pair.bob.messages[0].message == patterned(3000));
  }
}

}  // namespace
}  // namespace sluice::sctp::test
