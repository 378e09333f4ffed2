// Channels: what they are at first, their ids, their announcement.   W3C §6.1.2, §6.2
#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a channel is what W3C says unless it is told otherwise", "[w3c][DC-4]") {
  asio::io_context io;
  PeerConnection pc{io};
  const auto channel = pc.create_data_channel("x");
  CHECK(channel.label() == "x");
  CHECK(channel.ordered());
  CHECK_FALSE(channel.max_packet_life_time().has_value());
  CHECK_FALSE(channel.max_retransmits().has_value());
  CHECK(channel.protocol().empty());
  CHECK_FALSE(channel.negotiated());
  CHECK_FALSE(channel.id().has_value());
  CHECK(channel.state() == DataChannelState::connecting);
  CHECK(channel.buffered_amount() == 0);
  CHECK(channel.buffered_amount_low_threshold() == 0);
  CHECK_FALSE(channel.error().code);
}

TEST_CASE("create_data_channel finds what is wrong in W3C's order", "[w3c][DC-1]") {
  asio::io_context io;
  PeerConnection pc{io};
  const auto error_of = [&](std::string label, DataChannelInit init) {
    error_code error;
    (void)pc.create_data_channel(std::move(label), std::move(init), error);
    return error;
  };
  REQUIRE_FALSE(error_of("x", {.negotiated = true, .id = 3}));
  CHECK(error_of("x", {.max_retransmits = 1, .negotiated = true, .id = 3}) == Error::id_in_use);
  CHECK(error_of("x", {.max_packet_life_time = 1ms, .max_retransmits = 1, .negotiated = true, .id = 3}) ==
        Error::bad_argument);
  CHECK(w3c_error_name(make_error_code(Error::bad_argument)) == "TypeError");
  CHECK(w3c_error_name(make_error_code(Error::id_in_use)) == "OperationError");
  pc.close();
  CHECK(error_of(std::string(65536, 'x'), {}) == Error::closed);
}

TEST_CASE("text that is not UTF-8 reads U+FFFD where it is not", "[w3c][DC-3]") {
  Session s;
  const auto channel = s.connect("a\xED\xA0\x80z", {.protocol = "\xFF"});  // a lone surrogate, as if written in UTF-8
  const auto announced = s.at_b.channels().at(0);
  CHECK(announced.label().starts_with("a\xEF\xBF\xBD"));
  CHECK(announced.label().ends_with("z"));
  CHECK(announced.protocol() == "\xEF\xBF\xBD");
}

TEST_CASE("a channel arrives with everything it was made with", "[w3c][DC-4][DC-10]") {
  const auto init = GENERATE(DataChannelInit{.ordered = false, .max_retransmits = 3, .protocol = "p"},
                             DataChannelInit{.max_packet_life_time = 250ms, .protocol = ""});
  Session s;
  const auto channel = s.connect("chat", init);
  const auto announced = s.at_b.channels().at(0);
  CHECK(announced.label() == "chat");
  CHECK(announced.protocol() == init.protocol);
  CHECK(announced.ordered() == init.ordered);
  CHECK(announced.max_retransmits() == init.max_retransmits);
  CHECK(announced.max_packet_life_time() == init.max_packet_life_time);
  CHECK_FALSE(announced.negotiated());
  CHECK(announced.id() == channel.id());
}

TEST_CASE("ids are given with the answer, even ones to the DTLS client", "[w3c][DC-5][DC-7]") {
  Session s;
  const auto negotiated = s.a.create_data_channel("n", {.negotiated = true, .id = 1});
  const auto of_a = s.a.create_data_channel("a");
  const auto of_b = s.b.create_data_channel("b");
  const auto offer = s.local(s.a);
  CHECK_FALSE(of_a.id().has_value());
  s.remote(s.b, offer);
  CHECK_FALSE(of_b.id().has_value());
  const auto answer = s.local(s.b);
  CHECK(of_b.id() == 0);  // the answerer is the client
  s.remote(s.a, answer);
  CHECK(of_a.id() == 3);  // 1 is taken
  run_on(s.io, s.a, [&] { CHECK(s.a.create_data_channel("later").id() == 5); });
  s.until([&] { return of_a.state() == DataChannelState::open; });
  CHECK(of_a.id() == 3);
}

TEST_CASE("a channel for which there is no id fails", "[w3c][DC-6][DC-23]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style, {.limits = {.channels = 2}}, {.limits = {.channels = 2}}};
  auto first = s.a.create_data_channel("first"), second = s.a.create_data_channel("second");
  s.at_a.watch(first);
  s.at_a.watch(second);
  s.negotiate(s.a, s.b);
  s.until([&] { return s.at_a.has("second.close") && s.at_a.has("first.open"); });
  CHECK(s.at_a.seen({"second.open", "second.error", "second.closing", "second.close"}) ==
        s.at_a.expected({"second.error data-channel-failure", "second.close"}));
  CHECK(second.error().code == Error::data_channel_failed);
  CHECK(first.id() == 1);
}

TEST_CASE("an announced channel is open, can send, and then says that it is open", "[w3c][DC-13][DC-14]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  auto channel = s.a.create_data_channel("chat");
  s.at_a.watch(channel);
  s.at_a.on_word([&](const std::string& word) {
    if (word == "chat.open") CHECK_FALSE(channel.send("first"));
  });
  std::optional<DataChannelState> announced;
  s.at_b.on_word([&](const std::string& word) {
    if (word != "channel chat") return;
    announced = s.at_b.channels().back().state();
    CHECK_FALSE(s.at_b.channels().back().send("from the handler"));
  });
  s.negotiate(s.a, s.b);
  s.until([&] { return s.at_a.has("chat.message from the handler") && s.at_b.has("chat.message first"); });
  CHECK(announced == DataChannelState::open);
  CHECK(s.at_b.seen({"channel", "chat.open", "chat.message"}) ==
        s.at_b.expected({"channel chat", "chat.open", "chat.message first"}));
}

TEST_CASE("an announced channel that its handler closes is never open", "[w3c][DC-13][DC-21]") {
  Session s{Style::callbacks};  // with coroutines the announcement is over when its coroutine is resumed
  auto channel = s.a.create_data_channel("chat");
  s.at_a.watch(channel);
  s.at_b.on_word([&](const std::string& word) {
    if (word == "channel chat") s.at_b.channels().back().close();
  });
  s.negotiate(s.a, s.b);
  s.until([&] { return s.at_a.has("chat.close") && s.at_b.has("chat.close"); });
  CHECK(s.at_b.seen({"channel", "chat.open", "chat.closing", "chat.close"}) == Words{"channel chat", "chat.close"});
  CHECK(s.at_a.seen({"chat.open", "chat.closing", "chat.close"}) == Words{"chat.open", "chat.closing", "chat.close"});
}

TEST_CASE("negotiated channels open on both sides and are announced on neither", "[w3c][DC-9]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  const auto of_b = s.b.create_data_channel("b", {.ordered = false, .negotiated = true, .id = 7});
  s.at_b.watch(of_b);
  const auto of_a = s.connect("a", {.negotiated = true, .id = 7});
  s.until([&] { return s.at_b.has("b.open"); });
  CHECK_FALSE(of_a.send("hi"));
  s.until([&] { return s.at_b.has("b.message hi"); });
  CHECK(s.at_b.channels().empty());
  CHECK(of_a.ordered());
  CHECK_FALSE(of_b.ordered());
}

TEST_CASE("the number of channels is what both sides allow", "[w3c][DC-30][DC-31]") {
  Session s{Style::callbacks, {.limits = {.channels = 100}}, {.limits = {.channels = 10}}};
  (void)s.a.create_data_channel("x");
  s.negotiate(s.a, s.b);
  const auto sctp = *s.a.sctp();
  CHECK(sctp.state() == SctpTransportState::connecting);
  CHECK_FALSE(sctp.max_channels().has_value());
  Words states;
  sctp.on_state_change([&](SctpTransportState state) { states.emplace_back(to_string(state)); });
  s.until([&] { return sctp.state() == SctpTransportState::connected; });
  CHECK(sctp.max_channels() == 10);
  error_code error;
  (void)s.a.create_data_channel("x", {.negotiated = true, .id = 10}, error);
  CHECK(error == Error::no_free_id);
  s.b.close();
  s.until([&] { return sctp.state() == SctpTransportState::closed; });
  run_ready(s.io);
  CHECK(states == Words{"connected", "closed"});
}

// W3C §6.4 is about what a garbage collector may take; here objects are owned.
TEST_CASE("a channel lives as long as its connection, not as long as its handles", "[w3c][DC-29]") {
  Session s;
  Words heard;
  {
    auto forgotten = s.a.create_data_channel("chat");
    forgotten.on_message([&](const Message& message) { heard.emplace_back(message.text()); });
  }
  s.negotiate(s.a, s.b);
  s.until([&] { return !s.at_b.channels().empty(); });
  CHECK_FALSE(s.at_b.channels().at(0).send("still there"));
  s.until([&] { return !heard.empty(); });
  CHECK(heard == Words{"still there"});
}

TEST_CASE("an open connection keeps its context running, a closed one releases what its handlers own", "[w3c][DC-29]") {
  asio::io_context io;
  PeerConnection pc{io};
  auto channel = pc.create_data_channel("x");
  auto owned = std::make_shared<int>();
  const std::weak_ptr<int> watched = owned;
  channel.on_message([owned = std::move(owned)](const Message&) {});
  io.poll();
  CHECK_FALSE(io.stopped());
  CHECK_FALSE(watched.expired());
  pc.close();
  io.run();
  CHECK(watched.expired());
}
