// What is sent, and what waits to be sent.   W3C §6.2.9, §6.2.10
#include <boost/asio/use_future.hpp>

#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr Limits small{.max_message_size = 4096, .send_queue = 64 * 1024, .send_high_water = 1024};

Words texts(const Recorder& recorder, std::string_view kind) {
  Words result;
  for (auto& word : recorder.seen({kind})) result.push_back(word.substr(kind.size() + 1));
  return result;
}

}  // namespace

TEST_CASE("send checks the state, then the size, then the queue, and counts nothing that it refuses", "[w3c][DC-15]") {
  Session s{Style::callbacks, {.limits = small}, {.limits = small}};
  const auto channel = s.a.create_data_channel("x");
  CHECK(channel.send(std::string(5000, 'x')) == Error::not_open);
  s.negotiate(s.a, s.b);
  s.until([&] { return channel.state() == DataChannelState::open; });
  run_on(s.io, s.a, [&] {
    for (int i = 0; i != 16; ++i) CHECK_FALSE(channel.send(std::string(4096, 'x')));
    CHECK(channel.buffered_amount() == 64 * 1024);
    CHECK(channel.send(std::string(4097, 'x')) == Error::message_too_large);
    CHECK(channel.send("x") == Error::send_queue_full);
    CHECK_FALSE(channel.send(""));
    CHECK(channel.buffered_amount() == 64 * 1024);
    channel.close();
    CHECK(channel.send(std::string(4097, 'x')) == Error::not_open);
  });
  CHECK(w3c_error_name(make_error_code(Error::not_open)) == "InvalidStateError");
  CHECK(w3c_error_name(make_error_code(Error::message_too_large)) == "TypeError");
  CHECK(w3c_error_name(make_error_code(Error::send_queue_full)) == "OperationError");
}

TEST_CASE("text and binary of any length arrive as what they are", "[w3c][DC-16][DC-17]") {
  Session s{Style::callbacks};  // or its coroutine would take the messages
  const auto channel = s.connect();
  std::vector<Message> received;
  s.at_b.channels().at(0).on_message([&](Message message) { received.push_back(std::move(message)); });
  const std::array bytes{std::byte{0}, std::byte{0xFF}};
  CHECK_FALSE(channel.send("h\xC3\xA9"));
  CHECK_FALSE(channel.send(std::span<const std::byte>{bytes}));
  CHECK_FALSE(channel.send(""));
  CHECK_FALSE(channel.send(std::span<const std::byte>{}));
  s.until([&] { return received.size() == 4; });
  CHECK(received[0].text() == "h\xC3\xA9");
  CHECK(std::ranges::equal(received[1].bytes(), bytes));
  CHECK((received[0].is_text() && received[2].is_text()));
  CHECK_FALSE((received[1].is_text() || received[3].is_text()));
  CHECK(received[2].size() + received[3].size() == 0);
}

TEST_CASE("buffered_amount rises at once, never falls in the same turn, and stays after the end", "[w3c][DC-18]") {
  Session s;
  const auto channel = s.connect();
  run_on(s.io, s.a, [&] {
    CHECK_FALSE(channel.send("12345"));
    CHECK_FALSE(channel.send(""));
    CHECK(channel.buffered_amount() == 5);
  });
  s.until([&] { return s.at_b.has("chat.message 12345"); });
  CHECK(channel.buffered_amount() == 0);  // it counts what SCTP has not taken, not what is unacknowledged
  run_on(s.io, s.a, [&] {
    CHECK_FALSE(channel.send("123"));
    s.a.close();
    CHECK(channel.buffered_amount() == 3);
  });
  run_ready(s.io);
  CHECK(channel.buffered_amount() == 3);
}

TEST_CASE("a low buffer is told once for each fall to the threshold", "[w3c][DC-19]") {
  Session s;
  const auto channel = s.connect();
  int low = 0;
  channel.on_buffered_amount_low([&] { ++low; });
  channel.set_buffered_amount_low_threshold(1000);  // setting it is no event
  run_ready(s.io);
  CHECK(low == 0);
  const auto send = [&](std::size_t size) {
    CHECK_FALSE(channel.send(std::string(size, 'x')));
    const auto before = s.at_b.count("chat.message " + std::string(size, 'x'));
    s.until([&] { return s.at_b.count("chat.message " + std::string(size, 'x')) > before; });
    run_ready(s.io);
  };
  send(1000);  // never above
  CHECK(low == 0);
  send(1001);
  CHECK(low == 1);
  send(5000);
  CHECK(low == 2);
}

TEST_CASE("waiting for a low buffer is an event too", "[w3c][DC-19]") {
  Session s;
  const auto channel = s.connect();
  bool low = false;
  run_on(s.io, s.a, [&] {
    CHECK_FALSE(channel.send("12345"));
    channel.async_wait_buffered_amount_low([&](error_code error) {
      CHECK_FALSE(error);
      CHECK(channel.buffered_amount() == 0);
      low = true;
    });
  });
  s.until([&] { return low; });
}

TEST_CASE("the largest message is what both sides take", "[w3c][DC-20]") {
  Session s{Style::callbacks, {.limits = {.max_message_size = 100'000}}, {.limits = {.max_message_size = 20'000}}};
  const auto channel = s.a.create_data_channel("chat");
  const auto offer = s.local(s.a);
  CHECK(s.a.sctp()->max_message_size() == 65536);  // before the peer has said
  s.remote(s.b, offer);
  s.remote(s.a, s.local(s.b));
  CHECK(s.a.sctp()->max_message_size() == 20'000);
  CHECK(s.b.sctp()->max_message_size() == 100'000);
  s.until([&] { return channel.state() == DataChannelState::open && !s.at_b.channels().empty(); });
  CHECK(channel.send(std::string(20'001, 'x')) == Error::message_too_large);
  CHECK_FALSE(channel.send(std::string(20'000, 'x')));
  CHECK_FALSE(s.at_b.channels().at(0).send(std::string(100'000, 'x')));
  s.at_a.watch(channel);
  s.until([&] { return !texts(s.at_b, "chat.message").empty() && !texts(s.at_a, "chat.message").empty(); });
  CHECK(texts(s.at_b, "chat.message").at(0).size() == 20'000);
  CHECK(texts(s.at_a, "chat.message").at(0).size() == 100'000);
}

TEST_CASE("a peer without a limit, or without a word about it", "[w3c][DC-20]") {
  struct Case {
    const char* line;
    std::uint64_t largest;
  };
  const auto each = GENERATE(Case{"", 65536}, Case{"a=max-message-size:0\r\n", Limits{}.send_queue},
                             Case{"a=max-message-size:18446744073709551615\r\n", Limits{}.send_queue});
  Session s;
  (void)s.a.create_data_channel("x");
  const auto offer = s.local(s.a);
  const auto line = "a=max-message-size:" + attribute(offer, "max-message-size") + "\r\n";
  s.remote(s.b, {SdpType::offer, replaced(offer.sdp, line, each.line)});
  s.local(s.b);
  CHECK(s.b.sctp()->max_message_size() == each.largest);
}

TEST_CASE("messages keep the order of the calls, waiting or not", "[w3c][DC-28]") {
  Session s{Style::callbacks, {.limits = small}, {.limits = small}};
  const auto channel = s.connect();
  Words sent;
  run_on(s.io, s.a, [&] {
    for (int i = 0; i != 12; ++i) {
      sent.push_back(std::to_string(i) + std::string(1000, '.'));
      if (i % 2 == 0) {
        CHECK_FALSE(channel.send(sent.back()));
      } else {
        channel.async_send(sent.back(), [](error_code error) { CHECK_FALSE(error); });
      }
      CHECK(channel.buffered_amount() >= sent.size() * 1000);  // counted when it is called
    }
  });
  s.until([&] { return s.at_b.seen({"chat.message"}).size() == sent.size(); });
  CHECK(texts(s.at_b, "chat.message") == sent);
}
