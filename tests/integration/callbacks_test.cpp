// Two connections over loopback sockets, one thread, callbacks.
#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

struct Received {
  std::vector<Message> messages;
  void of(const DataChannel& channel) {
    channel.on_message([this](Message message) { messages.push_back(std::move(message)); });
  }
};

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i != size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 256);
  return bytes;
}

}  // namespace

TEST_CASE("text, binary, empty and large messages arrive as they were sent, both ways", "[integration]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  Received at_a, at_b;
  DataChannel peer_channel;
  auto channel = pair.a.create_data_channel("chat", {.protocol = "p"});
  const auto large = pattern(256 * 1024);
  at_a.of(channel);
  pair.b.on_data_channel([&](DataChannel opened) {
    peer_channel = opened;
    at_b.of(opened);
    CHECK(opened.state() == DataChannelState::open);
    CHECK_FALSE(opened.send("from b"));
  });
  channel.on_open([&] {
    CHECK_FALSE(channel.send("text"));
    CHECK_FALSE(channel.send(std::as_bytes(std::span{"\0\1", 2})));
    CHECK_FALSE(channel.send(""));
    CHECK_FALSE(channel.send(std::span<const std::byte>{}));
    CHECK_FALSE(channel.send(large));
  });
  REQUIRE(run_until(io, [&] { return at_b.messages.size() == 5 && !at_a.messages.empty(); }));

  CHECK(at_a.messages[0].text() == "from b");
  CHECK(at_b.messages[0].is_text());
  CHECK(at_b.messages[0].text() == "text");
  CHECK_FALSE(at_b.messages[1].is_text());
  CHECK(at_b.messages[1].size() == 2);
  CHECK(at_b.messages[2].is_text());
  CHECK(at_b.messages[2].size() == 0);
  CHECK_FALSE(at_b.messages[3].is_text());
  CHECK(at_b.messages[3].size() == 0);
  CHECK(std::move(at_b.messages[4]).take() == large);
  CHECK(peer_channel.label() == "chat");
  CHECK(peer_channel.protocol() == "p");
  CHECK(peer_channel.id() == channel.id());
  CHECK(channel.id().has_value());

  CHECK(pair.a.connection_state() == ConnectionState::connected);
  CHECK(pair.a.signaling_state() == SignalingState::stable);
  CHECK(pair.a.max_message_size() == 256 * 1024);
  const auto path = pair.a.selected_candidate_pair();
  REQUIRE(path.has_value());
  CHECK(path->local.protocol == "udp");
  CHECK(path->remote.port != 0);
  CHECK(pair.a.round_trip_time().has_value());
}
