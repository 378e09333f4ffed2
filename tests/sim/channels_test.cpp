// Data channels between two whole engines: messages, limits, closing, the end.
#include <algorithm>

#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

std::string text(std::size_t size, char seed) {
  std::string result(size, '\0');
  for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<char>('a' + (static_cast<std::size_t>(seed) + i) % 26);
  return result;
}

TEST_CASE("messages of every size arrive whole, in order, once", "[sim][DC-16][DC-17]") {
  const double loss = GENERATE(0.0, 0.05);
  World world{21, {.link = {.delay = 10ms, .jitter = 3ms, .loss = loss, .duplication = 0.02}}};
  REQUIRE(world.connect());
  const auto there = *world.bob().channel("first");
  std::vector<ReceivedMessage> sent;
  char seed = 0;
  for (const std::size_t size : {0U, 1U, 2U, 1000U, 1160U, 1161U, 16384U, 65535U, 65536U, 100'000U, 262'144U}) {
    sent.push_back({"first", dcep::Kind::text, text(size, seed)});
    world.bob().send(there, sent.back().data);
    sent.push_back({"first", dcep::Kind::binary, text(size, static_cast<char>(seed + 1))});
    world.bob().send(there, as_bytes(sent.back().data));
    seed = static_cast<char>(seed + 2);
  }
  REQUIRE(world.run_until([&] { return world.alice().messages().size() >= sent.size(); }, 120s));
  world.run_for(1s);
  CHECK(world.alice().messages() == sent);
}

TEST_CASE("a message larger than the peer takes is refused with a sentence", "[sim][DC-15][DC-20]") {
  World world{22, {.configure = [](peer::EngineOptions& options) { options.max_message_size = 1000; }}};
  REQUIRE(world.connect());
  const auto channel = *world.bob().channel("first");
  const auto refused = world.bob().engine().send(world.now(), channel, dcep::Kind::text, as_bytes(text(1001, 0)));
  REQUIRE(refused.has_error());
  CHECK(refused.error().reason == Reason::message_too_large);
  CHECK_FALSE(refused.error().detail.empty());
}

TEST_CASE("a channel that one side closes closes at both, after its last message", "[sim][DC-21][DC-22]") {
  World world{23, {.link = {.delay = 20ms, .loss = 0.1}}};
  REQUIRE(world.connect());
  const auto channel = world.alice().open_channel({.label = "brief"});
  REQUIRE(world.run_until([&] { return world.bob().has("announced brief"); }, 10s));
  world.alice().send(channel, text(50'000, 1));
  world.alice().close_channel(channel);
  REQUIRE(world.run_until([&] { return world.alice().has("closed brief") && world.bob().has("closed brief"); }, 60s));
  CHECK(world.bob().messages().size() == 1);
  const auto& log = world.bob().log();
  CHECK(std::ranges::find(log, "closing brief") < std::ranges::find(log, "closed brief"));
}

TEST_CASE("the id of a closed channel is used again", "[sim][DC-7]") {
  World world{24};
  REQUIRE(world.connect());
  std::optional<std::uint16_t> id;
  for (int round = 0; round < 5; ++round) {
    const auto label = "round " + std::to_string(round);
    const auto channel = world.alice().open_channel({.label = label});
    REQUIRE(world.run_until([&] { return world.bob().has("announced " + label); }, 10s));
    const auto now = world.alice().engine().channels().id(channel);
    if (id) CHECK(now == id);
    id = now;
    world.alice().close_channel(channel);
    REQUIRE(world.run_until([&] { return world.alice().has("closed " + label) && world.bob().has("closed " + label); },
                            10s));
  }
}

TEST_CASE("a hundred channels open at once and stay apart", "[sim][dcep]") {
  World world{25, {.link = {.loss = 0.05}}};
  REQUIRE(world.connect());
  for (int i = 0; i < 100; ++i) world.alice().open_channel({.label = "c" + std::to_string(i)});
  REQUIRE(world.run_until([&] { return world.bob().open_channels() == 101; }, 60s));
  for (int i = 0; i < 100; ++i) {
    world.bob().send(*world.bob().channel("c" + std::to_string(i)), std::to_string(i));
  }
  REQUIRE(world.run_until([&] { return world.alice().messages().size() == 100; }, 60s));
  for (const auto& message : world.alice().messages()) CHECK(message.label == "c" + message.data);
}

TEST_CASE("negotiated channels open without a word on the wire", "[sim][DC-9]") {
  World world{26};
  const auto a = world.alice().open_channel({.label = "x", .negotiated = true, .id = 7});
  const auto b = world.bob().open_channel({.label = "y", .negotiated = true, .id = 7});
  world.alice().negotiate();
  REQUIRE(world.run_until([&] { return world.alice().has("open x") && world.bob().has("open y"); }, 10s));
  world.alice().send(a, "to y");
  world.bob().send(b, "to x");
  REQUIRE(world.run_until([&] { return world.alice().messages().size() + world.bob().messages().size() == 2; }, 10s));
  CHECK_FALSE(world.bob().channel("x").has_value());
}

TEST_CASE("a message that may not be repeated is dropped when lost, and nothing waits for it", "[sim][DC-26]") {
  World world{27};
  REQUIRE(world.connect());
  const auto channel = world.alice().open_channel({.label = "loose", .ordered = false, .max_retransmits = 0});
  REQUIRE(world.run_until([&] { return world.bob().has("announced loose"); }, 10s));
  world.run_for(1s);
  world.network().set_link({.delay = 20ms, .loss = 0.3});
  for (int i = 0; i < 200; ++i) {
    world.alice().send(channel, std::to_string(i));
    world.run_for(20ms);
  }
  world.network().set_link({.delay = 20ms});
  world.run_for(5s);
  CHECK(world.bob().messages().size() > 50);
  CHECK(world.bob().messages().size() < 200);
}

TEST_CASE("close() tells the peer at once, which sees every channel end", "[sim][ST-6][DC-24]") {
  World world{28};
  REQUIRE(world.connect());
  world.alice().close();
  CHECK(world.alice().engine().connection_state() == peer::ConnectionState::closed);
  REQUIRE(world.run_until([&] { return world.bob().has("error first") || world.bob().has("closed first"); }, 1s));
}

TEST_CASE("a graceful shutdown delivers what is queued first", "[sim][rfc9260-9.2]") {
  World world{29, {.link = {.delay = 20ms, .loss = 0.05}}};
  REQUIRE(world.connect());
  const auto channel = *world.bob().channel("first");
  for (int i = 0; i < 20; ++i) world.bob().send(channel, text(20'000, 1));
  world.bob().shutdown();
  REQUIRE(world.run_until([&] { return world.bob().has("connection closed"); }, 10s));
  REQUIRE(world.run_until([&] { return world.alice().has("closed first"); }, 10s));
  CHECK(world.alice().messages().size() == 20);
}

TEST_CASE("a graceful shutdown does not wait for a peer who has gone", "[sim][rfc9260-9.2]") {
  World world{29};
  REQUIRE(world.connect());
  world.alice().close();
  REQUIRE(world.run_until([&] { return world.bob().has("error first") || world.bob().has("closed first"); }, 1s));
  CHECK(world.bob().engine().connection_state() != peer::ConnectionState::closed);
  world.bob().shutdown();
  CHECK(world.bob().engine().connection_state() == peer::ConnectionState::closed);
}

TEST_CASE("a graceful shutdown does not wait for a path that has died", "[sim][rfc9260-9.2]") {
  World world{29};
  REQUIRE(world.connect());
  world.network().set_cut(true);
  REQUIRE(world.run_until([&] { return world.bob().has("ice failed"); }, 60s));
  world.bob().shutdown();
  CHECK(world.bob().engine().connection_state() == peer::ConnectionState::closed);
}

TEST_CASE("while nobody takes messages the peer is held back, and nothing is lost", "[sim][back-pressure]") {
  World world{30};
  REQUIRE(world.connect());
  const auto channel = *world.bob().channel("first");
  world.alice().engine().pause_receiving(true);
  for (int i = 0; i < 60; ++i) world.bob().send(channel, text(100'000, 2));
  world.run_for(20s);
  CHECK(world.alice().messages().empty());
  CHECK(world.bob().engine().channels().buffered_amount(channel) > 500'000);
  world.alice().engine().pause_receiving(false);
  world.alice().engine().handle_sctp_wake(world.now());
  REQUIRE(world.run_until([&] { return world.alice().messages().size() == 60; }, 60s));
  CHECK(world.bob().engine().channels().buffered_amount(channel) == 0);
}

}  // namespace
}  // namespace sluice::sim
