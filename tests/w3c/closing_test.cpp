// How channels end.   W3C §6.2.4, §6.2.5
#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a closed channel sends what it has, and ends on both sides", "[w3c][DC-21][DC-22]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  const bool by_opener = GENERATE(true, false);
  Session s{style};
  const auto channel = s.connect();
  const auto other = s.at_b.channels().at(0);
  auto& closer = by_opener ? s.at_a : s.at_b;
  auto& peer = by_opener ? s.at_b : s.at_a;
  const auto& closing = by_opener ? channel : other;
  run_on(s.io, by_opener ? s.a : s.b, [&] {
    CHECK_FALSE(closing.send("1"));
    CHECK_FALSE(closing.send("2"));
    closing.close();
    CHECK(closing.state() == DataChannelState::closing);
    closing.close();
    CHECK(closing.send("3") == Error::not_open);
  });
  s.until([&] { return closer.has("chat.close") && peer.has("chat.close"); });
  CHECK(closer.seen({"chat.message", "chat.closing", "chat.error", "chat.close"}) == Words{"chat.close"});
  CHECK(peer.seen({"chat.message", "chat.closing", "chat.error", "chat.close"}) ==
        peer.expected({"chat.message 1", "chat.message 2", "chat.closing", "chat.close"}));
  CHECK(channel.state() == DataChannelState::closed);
  CHECK(other.state() == DataChannelState::closed);
  CHECK(other.send("x") == Error::closed);
  CHECK(s.a.connection_state() == ConnectionState::connected);
}

TEST_CASE("who is told of the peer's close cannot send any more", "[w3c][DC-22]") {
  Session s;
  const auto channel = s.connect();
  const auto other = s.at_b.channels().at(0);
  error_code sent;
  s.at_b.on_word([&](const std::string& word) {
    if (word != "chat.closing") return;
    CHECK(other.state() != DataChannelState::open);
    sent = other.send("too late");
  });
  channel.close();
  s.until([&] { return s.at_a.has("chat.close") && s.at_b.has("chat.close"); });
  CHECK(w3c_error_name(sent) == "InvalidStateError");
  CHECK_FALSE(s.at_a.has("chat.message too late"));
}

TEST_CASE("a channel closed by both sides at once ends on both", "[w3c][DC-21]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  const auto channel = s.connect();
  channel.close();
  s.at_b.channels().at(0).close();
  s.until([&] { return s.at_a.has("chat.close") && s.at_b.has("chat.close"); });
  CHECK(s.at_a.seen({"chat.closing", "chat.error", "chat.close"}) == Words{"chat.close"});
  CHECK(s.at_b.seen({"chat.closing", "chat.error", "chat.close"}) == Words{"chat.close"});
}

TEST_CASE("a channel that never opened can be closed", "[w3c][DC-21]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  const auto channel = s.a.create_data_channel("chat");
  s.at_a.watch(channel);
  channel.close();
  CHECK(channel.state() == DataChannelState::closing);
  s.until([&] { return s.at_a.has("chat.close"); });
  CHECK(s.at_a.seen({"chat.open", "chat.error", "chat.closing", "chat.close"}) == Words{"chat.close"});
}

TEST_CASE("the end of a channel is told once, with the error first", "[w3c][DC-23][DC-25]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  const auto channel = s.connect();
  s.b.close();
  s.until([&] { return s.at_a.has("chat.close"); });
  s.a.close();
  run_ready(s.io);
  CHECK(s.at_a.seen({"chat.closing", "chat.error", "chat.close"}) ==
        s.at_a.expected({"chat.error sctp-failure 12", "chat.close"}));
  CHECK(channel.error().code == Error::sctp_failed);
  CHECK(channel.error().sctp_cause_code == 12);
  CHECK_FALSE(channel.error().text.empty());
}

TEST_CASE("close of a connection ends its channels at once, those that are left", "[w3c][DC-24]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  const auto channel = s.connect();
  auto ended = s.a.create_data_channel("ended");
  s.at_a.watch(ended);
  s.until([&] { return s.at_a.has("ended.open"); });
  ended.close();
  s.until([&] { return s.at_a.has("ended.close") && s.at_b.has("ended.close"); });
  CHECK_FALSE(channel.send("never mind"));
  s.a.close();
  CHECK(channel.state() == DataChannelState::closed);
  CHECK(channel.send("x") == Error::closed);
  s.until([&] { return s.at_a.has("chat.close") && s.at_b.has("chat.close"); });
  run_ready(s.io);
  CHECK(s.at_a.seen({"chat.closing", "chat.error", "chat.close"}) == Words{"chat.close"});
  CHECK(s.at_b.seen({"chat.closing", "chat.error", "chat.close"}) ==
        s.at_b.expected({"chat.error sctp-failure 12", "chat.close"}));
  CHECK(s.at_a.count("ended.close") == 1);  // it was closed before
  CHECK(s.at_b.count("ended.close") == 1);
}
