// What programs written for go-webrtc rely on: docs/go-webrtc.md.
#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::string_view refusal(std::vector<std::string> urls) {
  return w3c_error_name(validate({.ice_servers = {{.urls = std::move(urls)}}}));
}

}  // namespace

TEST_CASE("a configuration is written in one expression", "[w3c][go]") {
  Configuration configuration{.ice_servers = {{.urls = {"stun:a"}}, {.urls = {"stun:b", "stun:c"}}},
                              .ice_transport_policy = IceTransportPolicy::all,
                              .bundle_policy = BundlePolicy::balanced};
  configuration.ice_servers.push_back({.urls = {"stun:another"}});
  CHECK(configuration.ice_servers.size() == 3);
  CHECK_FALSE(validate(configuration));
}

TEST_CASE("URLs are a list, and a comma does not make one", "[w3c][go][CF-6]") {
  CHECK(refusal({"stun:a", "stun:b"}).empty());
  CHECK(refusal({"stun:a, stun:b"}) == "SyntaxError");
  CHECK(refusal({"stun:a,stun:b"}) == "SyntaxError");
  CHECK(refusal({" stun:a"}) == "SyntaxError");
}

TEST_CASE("what go-webrtc refuses in a server is refused", "[w3c][go][CF-6]") {
  CHECK(refusal({}) == "SyntaxError");
  CHECK(refusal({""}) == "SyntaxError");
  CHECK(refusal({"badurl"}) == "SyntaxError");
  CHECK(refusal({"stun:12345", "badurl"}) == "SyntaxError");
  CHECK(refusal({"stun:12345", "stun:ok"}).empty());
  CHECK(refusal({"turn:b"}) == "InvalidAccessError");  // go-webrtc takes it, and libwebrtc fails later
}

TEST_CASE("a configuration that is set is the one that is got", "[w3c][go][CF-12]") {
  asio::io_context io;
  PeerConnection pc{io, {.ice_servers = {{.urls = {"stun:stun.example.org:19302", "stun:another"}}}}};
  pc.set_configuration(
      {.ice_servers = {{.urls = {"stun:something.else"}}}, .ice_transport_policy = IceTransportPolicy::relay});
  CHECK(pc.get_configuration().ice_transport_policy == IceTransportPolicy::relay);
  REQUIRE(pc.get_configuration().ice_servers.size() == 1);
  CHECK(pc.get_configuration().ice_servers[0].urls == Words{"stun:something.else"});
}

TEST_CASE("Alice offers and Bob answers, step by step", "[w3c][go][OA-1]") {
  Session s;
  auto &alice = s.a, &bob = s.b;
  const auto channel = alice.create_data_channel("test");
  CHECK(channel.label() == "test");
  const auto offer = result_of<SessionDescription>(s.io, alice.async_create_offer());
  CHECK(alice.signaling_state() == SignalingState::stable);
  CHECK(settle(s.io, alice.async_create_answer()) == Error::wrong_signaling_state);
  CHECK_FALSE(settle(s.io, alice.async_set_local_description(offer)));
  CHECK(alice.signaling_state() == SignalingState::have_local_offer);
  CHECK(settle(s.io, alice.async_add_ice_candidate({"fixme", "", 0, {}, {}})));
  CHECK_FALSE(settle(s.io, bob.async_set_remote_description(offer)));
  CHECK(bob.remote_description() == offer);
  CHECK(bob.signaling_state() == SignalingState::have_remote_offer);
  const auto answer = result_of<SessionDescription>(s.io, bob.async_create_answer());
  CHECK_FALSE(settle(s.io, bob.async_set_local_description(answer)));
  CHECK(bob.signaling_state() == SignalingState::stable);
  CHECK_FALSE(settle(s.io, alice.async_set_remote_description(answer)));
  CHECK(alice.remote_description() == answer);
  CHECK(alice.signaling_state() == SignalingState::stable);
}

TEST_CASE("the end of gathering gives a description that needs no candidates", "[w3c][go][IC-4][SD-11]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  std::optional<SessionDescription> whole;
  s.at_a.on_word([&](const std::string& word) {
    if (word == "candidate null") whole = s.a.local_description();
  });
  const auto channel = s.a.create_data_channel("chat");
  REQUIRE_FALSE(settle(s.io, s.a.async_set_local_description()));
  s.until([&] { return whole.has_value(); });
  const auto carried = session_description_from_json(to_json(*whole));
  REQUIRE(carried.has_value());
  s.remote(s.b, *carried);
  s.remote(s.a, s.local(s.b));
  s.until([&] { return channel.state() == DataChannelState::open; });
}

TEST_CASE("every state of go-webrtc has its word", "[w3c][go]") {
  CHECK(to_string(SignalingState::stable) == "stable");
  CHECK(to_string(SignalingState::have_local_offer) == "have-local-offer");
  CHECK(to_string(SignalingState::have_local_pranswer) == "have-local-pranswer");
  CHECK(to_string(SignalingState::have_remote_offer) == "have-remote-offer");
  CHECK(to_string(SignalingState::have_remote_pranswer) == "have-remote-pranswer");
  CHECK(to_string(SignalingState::closed) == "closed");
  CHECK(to_string(ConnectionState::new_) == "new");
  CHECK(to_string(ConnectionState::connecting) == "connecting");
  CHECK(to_string(ConnectionState::connected) == "connected");
  CHECK(to_string(ConnectionState::disconnected) == "disconnected");
  CHECK(to_string(ConnectionState::failed) == "failed");
  CHECK(to_string(ConnectionState::closed) == "closed");
  CHECK(to_string(IceConnectionState::new_) == "new");
  CHECK(to_string(IceConnectionState::checking) == "checking");
  CHECK(to_string(IceConnectionState::connected) == "connected");
  CHECK(to_string(IceConnectionState::completed) == "completed");
  CHECK(to_string(IceConnectionState::failed) == "failed");
  CHECK(to_string(IceConnectionState::disconnected) == "disconnected");
  CHECK(to_string(IceConnectionState::closed) == "closed");
  CHECK(to_string(IceGatheringState::new_) == "new");
  CHECK(to_string(IceGatheringState::gathering) == "gathering");
  CHECK(to_string(IceGatheringState::complete) == "complete");
}

TEST_CASE("every other word of go-webrtc is a word of ours", "[w3c][go]") {
  CHECK(to_string(DataChannelState::connecting) == "connecting");
  CHECK(to_string(DataChannelState::open) == "open");
  CHECK(to_string(DataChannelState::closing) == "closing");
  CHECK(to_string(DataChannelState::closed) == "closed");
  CHECK(to_string(IceCandidateType::host) == "host");
  CHECK(to_string(IceCandidateType::srflx) == "srflx");
  CHECK(to_string(IceCandidateType::prflx) == "prflx");
  CHECK(to_string(IceCandidateType::relay) == "relay");
  CHECK(to_string(IceTcpCandidateType::active) == "active");
  CHECK(to_string(IceTcpCandidateType::passive) == "passive");
  CHECK(to_string(IceTcpCandidateType::so) == "so");
  CHECK(to_string(SdpType::offer) == "offer");
  CHECK(to_string(SdpType::pranswer) == "pranswer");
  CHECK(to_string(SdpType::answer) == "answer");
  CHECK(to_string(SdpType::rollback) == "rollback");
}

TEST_CASE("a candidate in JSON without mid and index is refused when it is added", "[w3c][go][IC-7][IC-11]") {
  Session s;
  (void)s.a.create_data_channel("x");
  s.remote(s.b, s.local(s.a));
  const auto add = [&](const char* json) {
    const auto candidate = ice_candidate_from_json(json);
    REQUIRE(candidate.has_value());
    return settle(s.io, s.b.async_add_ice_candidate(*candidate));
  };
  CHECK(add(R"({"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host"})") == Error::candidate_without_mid);
  CHECK_FALSE(add(R"({"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMLineIndex":0})"));
  CHECK_FALSE(add(R"({"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0"})"));
}

TEST_CASE("log levels have go-webrtc's numbers", "[w3c][go]") {
  CHECK(static_cast<int>(LogLevel::none) == 0);
  CHECK(static_cast<int>(LogLevel::error) == 1);
  CHECK(static_cast<int>(LogLevel::warning) == 2);
  CHECK(static_cast<int>(LogLevel::info) == 3);
  CHECK(static_cast<int>(LogLevel::debug) == 4);
}
