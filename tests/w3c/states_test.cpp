// The states of connection and transports: their order, their end.   W3C §4.3, §4.4.2.2 close, §5.5, §5.6
#include <algorithm>

#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// A round in which everything that `a` and its transports tell is recorded.
DataChannel watched_connect(Session& s) {
  auto channel = s.a.create_data_channel("chat");
  s.at_a.watch(channel);
  const auto offer = s.local(s.a);
  s.at_a.watch_transports(s.a);
  s.remote(s.b, offer);
  s.remote(s.a, s.local(s.b));
  s.until([&] {
    return s.a.ice_connection_state() == IceConnectionState::completed && !s.at_b.channels().empty() &&
           s.a.connection_state() == ConnectionState::connected && channel.state() == DataChannelState::open;
  });
  run_ready(s.io);
  return channel;
}

std::string with_other_fingerprint(const SessionDescription& description) {
  const auto value = attribute(description, "fingerprint");
  auto other = value;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  return replaced(description.sdp, value, other);
}

}  // namespace

TEST_CASE("what ICE does is told by transport, ICE and connection, in this order", "[w3c][ST-1][ST-5]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  watched_connect(s);
  CHECK(s.at_a.seen({"transport", "ice"}) ==
        s.at_a.expected({"transport checking", "ice checking", "transport connected", "ice connected",
                         "transport completed", "ice completed"}));
  auto with_connection = s.at_a.seen({"ice", "connection"});
  std::erase(with_connection, "ice completed");  // before or after the handshake of DTLS
  CHECK(with_connection ==
        s.at_a.expected({"ice checking", "connection connecting", "ice connected", "connection connected"}));
  if (style == Style::coroutines) return;
  const auto with_pair = s.at_a.seen({"transport", "transport.pair"});
  REQUIRE(with_pair.size() >= 3);
  CHECK(with_pair[1] == "transport.pair");
  CHECK(with_pair[2] == "transport connected");
}

TEST_CASE("the connection is connected when ICE and DTLS are", "[w3c][ST-2][ST-3]") {
  Session s;
  bool both = false;
  s.at_a.on_word([&](const std::string& word) {
    if (word != "connection connected") return;
    both = s.at_a.has("ice connected") && s.a.sctp()->transport().state() == DtlsTransportState::connected;
  });
  watched_connect(s);
  CHECK(both);
  CHECK(s.at_a.seen({"dtls", "connection"}) ==
        s.at_a.expected({"connection connecting", "dtls connecting", "dtls connected", "connection connected"}));
  CHECK(s.at_a.seen({"dtls", "sctp", "chat.open"}) ==
        s.at_a.expected({"dtls connecting", "dtls connected", "sctp connected", "chat.open"}));
}

TEST_CASE("SCTP knows its channels when it says that it is connected", "[w3c][ST-3][DC-30]") {
  Session s;
  const auto channel = s.a.create_data_channel("chat");
  s.local(s.a);
  const auto sctp = *s.a.sctp();
  CHECK_FALSE(sctp.max_channels().has_value());
  std::optional<std::uint16_t> channels;
  std::optional<DataChannelState> state;
  sctp.on_state_change([&](SctpTransportState now) {
    if (now != SctpTransportState::connected) return;
    channels = sctp.max_channels();
    state = channel.state();
  });
  s.remote(s.b, *s.a.local_description());
  s.remote(s.a, s.local(s.b));
  s.until([&] { return channels.has_value(); });
  CHECK(channels == Limits{}.channels);
  CHECK(channel.id().has_value());
}

TEST_CASE("a wrong certificate is an error of DTLS, then a state, then the end of the channels", "[w3c][ST-4][SD-17]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  auto channel = s.a.create_data_channel("chat");
  s.at_a.watch(channel);
  const auto offer = s.local(s.a);
  s.at_a.watch_transports(s.a);
  error_code waited;
  s.a.async_wait_connected([&](error_code error) { waited = error; });
  s.remote(s.b, offer);
  const auto answer = s.local(s.b);
  s.remote(s.a, {SdpType::answer, with_other_fingerprint(answer)});
  s.until([&] { return s.at_a.has("chat.close") && s.at_a.has("connection failed") && waited; });
  CHECK(s.at_a.seen({"dtls", "dtls.error", "connection"}) ==
        s.at_a.expected({"connection connecting", "dtls connecting", "dtls.error fingerprint-failure", "dtls failed",
                         "connection failed"}));
  CHECK(s.at_a.seen({"chat.error", "chat.close", "chat.open", "chat.closing"}) ==
        s.at_a.expected({"chat.error fingerprint-failure", "chat.close"}));
  CHECK(waited == Error::fingerprint_mismatch);
  CHECK(s.a.sctp()->state() == SctpTransportState::closed);
  CHECK(s.a.sctp()->transport().remote_certificates().empty());
}

TEST_CASE("no state is told twice in a row", "[w3c][ST-5]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  watched_connect(s);
  s.b.close();
  s.until([&] { return s.at_a.has("chat.close"); });
  for (const auto* kind : {"signaling", "gathering", "ice", "connection", "dtls", "sctp", "transport"}) {
    const auto words = s.at_a.seen({kind});
    CHECK(std::ranges::adjacent_find(words) == words.end());
  }
}

TEST_CASE("close changes every state at once and is told to channels only", "[w3c][ST-6][DC-24][DC-31]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  const auto channel = watched_connect(s);
  const auto sctp = *s.a.sctp();
  s.at_a.clear();
  s.a.close();
  CHECK(s.a.signaling_state() == SignalingState::closed);
  CHECK(s.a.ice_connection_state() == IceConnectionState::closed);
  CHECK(s.a.connection_state() == ConnectionState::closed);
  CHECK(sctp.state() == SctpTransportState::closed);
  CHECK(sctp.transport().state() == DtlsTransportState::closed);
  CHECK(sctp.transport().ice_transport().state() == IceTransportState::closed);
  CHECK(channel.state() == DataChannelState::closed);
  s.a.close();
  s.until([&] { return s.at_a.has("chat.close") && s.at_b.has("chat.close"); });
  run_ready(s.io);
  CHECK(s.at_a.seen() == Words{"chat.close"});
}

TEST_CASE("the peer of who closes is told why its channels end", "[w3c][ST-8][DC-24][DC-25]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  watched_connect(s);
  s.at_b.watch_transports(s.b);
  s.at_b.clear();
  s.a.close();
  s.until([&] { return s.at_b.has("chat.close") && s.at_b.has("dtls closed"); });
  CHECK(s.at_b.seen({"chat.error", "chat.close"}) == s.at_b.expected({"chat.error sctp-failure 12", "chat.close"}));
  CHECK(s.at_b.seen({"sctp"}).back() == "sctp closed");
  CHECK(s.at_b.seen({"dtls"}).back() == "dtls closed");
  CHECK(s.b.signaling_state() == SignalingState::stable);
  CHECK(s.b.connection_state() != ConnectionState::closed);
}

TEST_CASE("after the end everything can still be read", "[w3c][ST-7][ST-C]") {
  Session s;
  const auto channel = watched_connect(s);
  const auto local = s.a.local_description(), remote = s.a.remote_description();
  s.a.close();
  run_ready(s.io);
  CHECK(s.a.local_description() == local);
  CHECK(s.a.remote_description() == remote);
  CHECK(s.a.ice_gathering_state() == IceGatheringState::complete);
  CHECK(s.a.can_trickle_ice_candidates() == true);
  CHECK(s.a.sctp().has_value());
  CHECK(channel.label() == "chat");
  CHECK(channel.id() == 1);
  const auto stats = result_of<StatsReport>(s.io, s.a.async_get_stats());
  CHECK(stats.peer_connection.data_channels_opened == 1);
  s.a.restart_ice();
  error_code error;
  (void)s.a.create_data_channel("late", {}, error);
  CHECK(error == Error::closed);
  CHECK(settle(s.io, s.a.async_add_ice_candidate({})) == Error::closed);
}
