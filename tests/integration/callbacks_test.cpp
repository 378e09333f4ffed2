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
  const auto sctp = pair.a.sctp();
  REQUIRE(sctp.has_value());
  CHECK(sctp->max_message_size() == 256 * 1024);
  const auto path = sctp->transport().ice_transport().selected_candidate_pair();
  REQUIRE(path.has_value());
  CHECK(path->local.protocol == "udp");
  CHECK(path->remote.port != 0);
}

TEST_CASE("thousands of messages each way arrive complete and in order", "[integration]") {
  asio::io_context io;
  Pair pair{io.get_executor(), {.limits = {.receive_queue_messages = 64}}};
  constexpr int total = 5000;
  struct Side {
    DataChannel channel;
    int sent = 0, received = 0;
    bool in_order = true;

    void start(DataChannel opened) {
      channel = std::move(opened);
      channel.set_buffered_amount_low_threshold(16 * 1024);
      channel.on_buffered_amount_low([this] { fill(); });
      channel.on_message([this](const Message& message) {
        in_order = in_order && message.text() == std::to_string(received);
        ++received;
      });
      fill();
    }
    void fill() {
      while (sent != total && channel.buffered_amount() <= 64 * 1024) {
        if (channel.send(std::to_string(sent))) return;
        ++sent;
      }
    }
  } a, b;
  auto channel = pair.a.create_data_channel("x");
  channel.on_open([&] { a.start(channel); });
  pair.b.on_data_channel([&](DataChannel opened) { b.start(std::move(opened)); });
  REQUIRE(run_until(io, [&] { return a.received == total && b.received == total; }));
  CHECK(a.in_order);
  CHECK(b.in_order);
  CHECK(a.channel.buffered_amount() == 0);
}

TEST_CASE("a channel closed by either side closes on both, after its messages", "[integration][DC-21][DC-22]") {
  const bool opener_closes = GENERATE(true, false);
  asio::io_context io;
  Pair pair{io.get_executor()};
  std::vector<std::string> at_a, at_b;
  const auto watch = [](const DataChannel& channel, std::vector<std::string>& events) {
    channel.on_message([&events](const Message& message) { events.emplace_back(message.text()); });
    channel.on_closing([&events] { events.emplace_back("closing"); });
    channel.on_error([&events](const RtcError&) { events.emplace_back("error"); });
    channel.on_close([&events] { events.emplace_back("close"); });
  };
  auto channel = pair.a.create_data_channel("x");
  DataChannel other;
  watch(channel, at_a);
  pair.b.on_data_channel([&](DataChannel opened) {
    other = opened;
    watch(other, at_b);
    if (opener_closes) return;
    CHECK_FALSE(other.send("last"));
    other.close();
    CHECK(other.state() == DataChannelState::closing);
    CHECK(other.send("x") == Error::not_open);
  });
  channel.on_open([&] {
    if (!opener_closes) return;
    CHECK_FALSE(channel.send("last"));
    channel.close();
  });
  REQUIRE(run_until(
      io, [&] { return !at_a.empty() && at_a.back() == "close" && !at_b.empty() && at_b.back() == "close"; }));
  const std::vector<std::string> closer{"close"}, peer{"last", "closing", "close"};
  CHECK(at_a == (opener_closes ? closer : peer));
  CHECK(at_b == (opener_closes ? peer : closer));
  CHECK(channel.state() == DataChannelState::closed);
  CHECK(channel.send("x") == Error::closed);
}

TEST_CASE("closing a connection tells the peer's channels why", "[integration][DC-24][ST-6]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  auto channel = pair.a.create_data_channel("x");
  bool locally = false, remotely = false;
  std::optional<RtcError> reason;
  pair.b.on_data_channel([&](const DataChannel& opened) {
    opened.on_error([&](RtcError error) { reason = std::move(error); });
    opened.on_close([&] { remotely = true; });
    opened.on_message([&](const Message&) {});
  });
  channel.on_error([](const RtcError&) { FAIL("who closes has no error"); });
  channel.on_close([&] { locally = true; });
  channel.on_open([&] {
    pair.a.close();
    CHECK(pair.a.connection_state() == ConnectionState::closed);
    CHECK(pair.a.signaling_state() == SignalingState::closed);
    CHECK(channel.state() == DataChannelState::closed);
    CHECK(channel.send("x") == Error::closed);
    CHECK_THROWS_AS(pair.a.create_data_channel("y"), boost::system::system_error);
    pair.a.close();
  });
  REQUIRE(run_until(io, [&] { return locally && remotely; }));
  REQUIRE(reason.has_value());
  CHECK(reason->code == Error::sctp_failed);
  CHECK(reason->sctp_cause_code == 12);
  CHECK(pair.a.local_description().has_value());
}

TEST_CASE("the context runs as long as the connection is open, and no longer", "[integration]") {
  asio::io_context io;
  PeerConnection pc{io};
  CHECK(io.poll() == 0);
  CHECK_FALSE(io.stopped());
  pc.close();
  io.run();
  error_code error;
  pc.async_set_local_description([&](error_code ec) { error = ec; });
  io.restart();
  io.run();
  CHECK(error == Error::closed);
}

TEST_CASE("create_data_channel checks at once, on any thread", "[integration][DC-1][DC-2][DC-8]") {
  asio::io_context io;
  PeerConnection pc{io};
  const auto error_of = [&](std::string label, DataChannelInit init) {
    error_code error;
    const auto channel = pc.create_data_channel(std::move(label), std::move(init), error);
    CHECK((channel == DataChannel{}) == static_cast<bool>(error));
    return error;
  };
  const auto all = [&] {
    CHECK(error_of(std::string(65536, 'x'), {}) == Error::bad_argument);
    CHECK(error_of("x", {.protocol = std::string(65536, 'x')}) == Error::bad_argument);
    CHECK(error_of("x", {.negotiated = true}) == Error::bad_argument);
    CHECK(error_of("x", {.max_packet_life_time = 1ms, .max_retransmits = 1}) == Error::bad_argument);
    CHECK(error_of("x", {.max_packet_life_time = 65536ms}) == Error::bad_argument);
    CHECK(error_of("x", {.negotiated = true, .id = 65535}) == Error::bad_argument);
    CHECK_FALSE(error_of("x", {.id = 65535}));
    CHECK_FALSE(error_of("x", {.negotiated = true, .id = 7}));
    CHECK(error_of("x", {.negotiated = true, .id = 7}) == Error::id_in_use);
  };
  SECTION("on the strand") {
    asio::post(pc.get_executor(), all);
    io.poll();
  }
  SECTION("elsewhere, before the context runs") { all(); }
  SECTION("elsewhere, later") {
    (void)pc.create_data_channel("first", {.negotiated = true, .id = 3});
    io.poll();
    CHECK(error_of("x", {.negotiated = true, .id = 3}) == Error::id_in_use);
    all();
  }
  pc.close();
  io.run();
  CHECK(error_of("x", {}) == Error::closed);
}

TEST_CASE("negotiated channels open on both sides without an announcement", "[integration][DC-9]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  pair.b.on_negotiation_needed(nullptr);  // one offer is enough
  pair.b.on_data_channel([](const DataChannel&) { FAIL("nothing is announced"); });
  const DataChannelInit init{.ordered = false, .max_retransmits = 0, .negotiated = true, .id = 5};
  auto at_a = pair.a.create_data_channel("a", init), at_b = pair.b.create_data_channel("b", init);
  CHECK(at_a.id() == 5);
  std::string text;
  at_b.on_message([&](const Message& message) { text = message.text(); });
  at_a.on_open([&] { CHECK_FALSE(at_a.send("x")); });
  REQUIRE(run_until(io, [&] { return text == "x"; }));
  CHECK(at_b.max_retransmits() == 0);
  CHECK_FALSE(at_b.ordered());
}

TEST_CASE("send says at once what is wrong with a message", "[integration][DC-15]") {
  asio::io_context io;
  Pair pair{io.get_executor(), {.limits = {.max_message_size = 4096, .send_queue = 64 * 1024, .send_high_water = 1}}};
  auto channel = pair.a.create_data_channel("x");
  CHECK(channel.send("x") == Error::not_open);
  CHECK(channel.buffered_amount() == 0);
  bool open = false;
  channel.on_open([&] {
    open = true;
    CHECK(channel.send(std::string(4097, 'x')) == Error::message_too_large);
    CHECK(channel.buffered_amount() == 0);
    for (int i = 0; i != 16; ++i) CHECK_FALSE(channel.send(std::string(4096, 'x')));
    CHECK(channel.buffered_amount() == 64 * 1024);  // never falls within the turn. DC-18
    CHECK(channel.send("x") == Error::send_queue_full);
  });
  REQUIRE(run_until(io, [&] { return open && channel.buffered_amount() == 0; }));
}

TEST_CASE("a channel that everybody has forgotten does not hold the others back", "[integration]") {
  asio::io_context io;
  Pair pair{io.get_executor(), {.limits = {.receive_queue_bytes = 1000, .receive_queue_messages = 10}}};
  auto forgotten = pair.a.create_data_channel("forgotten"), other = pair.a.create_data_channel("other");
  std::string text;
  pair.b.on_data_channel([&](const DataChannel& opened) {
    if (opened.label() == "other") opened.on_message([&](const Message& message) { text = message.text(); });
  });
  forgotten.on_open([&] {
    for (int i = 0; i != 1000; ++i) CHECK_FALSE(forgotten.send(std::string(1000, 'x')));
  });
  other.on_open([&] { CHECK_FALSE(other.send("hello")); });
  REQUIRE(run_until(io, [&] { return text == "hello" && forgotten.buffered_amount() == 0; }));
}
