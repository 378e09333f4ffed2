// Our candidates on their way out, the peer's on their way in.   W3C §4.4.2.2 addIceCandidate, §4.8, §5.6
#include <algorithm>

#include "w3c/session.hpp"
#include "w3c/stun_server.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr auto text = "candidate:1 1 udp 1 192.0.2.1 9 typ host";

// Where this host can be reached.
asio::ip::address host_address(asio::io_context& io) {
  PeerConnection pc{io};
  const Recorder recorder{pc, Style::callbacks};
  (void)pc.create_data_channel("x");
  REQUIRE_FALSE(settle(io, pc.async_set_local_description()));
  REQUIRE(run_until(io, [&] { return recorder.has("candidate null"); }));
  REQUIRE_FALSE(recorder.candidates().empty());
  return asio::ip::make_address(describe(recorder.candidates().at(0))->address);
}

IceCandidate candidate(std::optional<std::string> mid, std::optional<std::uint16_t> index = {},
                       std::optional<std::string> ufrag = {}, std::string line = text) {
  return {std::move(line), std::move(mid), index, std::move(ufrag), {}};
}

}  // namespace

TEST_CASE("only a local description makes candidates", "[w3c][IC-1]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  (void)result_of<SessionDescription>(s.io, s.a.async_create_offer());
  run_ready(s.io);
  CHECK(s.a.ice_gathering_state() == IceGatheringState::new_);
  s.remote(s.b, s.local(s.a));
  run_ready(s.io);
  CHECK(s.b.ice_gathering_state() == IceGatheringState::new_);
  CHECK(s.at_b.seen({"gathering", "candidate"}).empty());
}

TEST_CASE("candidates of a pool are told when a local description asks for them", "[w3c][IC-1][IC-2]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style, {.ice_candidate_pool_size = 1}};
  (void)s.a.create_data_channel("x");
  run_ready(s.io);
  CHECK(s.at_a.seen({"gathering", "candidate"}).empty());
  s.local(s.a);
  s.until([&] { return s.at_a.has("candidate null"); });
  CHECK(s.at_a.seen({"gathering", "candidate"}) ==
        s.at_a.expected({"gathering gathering", "candidate", "candidate end", "gathering complete", "candidate null"}));
}

TEST_CASE("a candidate says everything that the peer has to know", "[w3c][IC-3]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  const auto offer = s.local(s.a);
  s.until([&] { return s.at_a.has("candidate null"); });
  REQUIRE_FALSE(s.at_a.candidates().empty());
  for (const auto& each : s.at_a.candidates()) {
    CHECK(each.sdp_mid == attribute(offer, "mid"));
    CHECK(each.sdp_mline_index == 0);
    CHECK(each.username_fragment == attribute(offer, "ice-ufrag"));
    CHECK(each.candidate.starts_with("candidate:"));
    CHECK_FALSE(each.url.has_value());
    const auto parts = describe(each);
    REQUIRE(parts.has_value());
    CHECK(parts->type == IceCandidateType::host);
    CHECK(parts->component == 1);
    CHECK(parts->port != 0);
    CHECK((parts->protocol == "udp" || parts->port == 9));  // only active ones of TCP by default, RFC 6544 §4.5
    CHECK(parts->priority != 0);
    CHECK_FALSE(parts->foundation.empty());
    CHECK(parts->username_fragment == each.username_fragment);
  }
}

TEST_CASE("a server-reflexive candidate names its server", "[w3c][IC-3]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  asio::io_context io;
  const StunServer server{io, host_address(io), StunServer::Answer::reflexive};
  PeerConnection pc{io, {.ice_servers = {{.urls = {server.url()}}}}};
  const Recorder recorder{pc, style};
  (void)pc.create_data_channel("x");
  REQUIRE_FALSE(settle(io, pc.async_set_local_description()));
  REQUIRE(run_until(io, [&] { return recorder.has("candidate null"); }));
  const auto reflexive = std::ranges::find_if(recorder.candidates(), [](const auto& each) {
    const auto parts = describe(each);
    return parts && parts->type == IceCandidateType::srflx;
  });
  REQUIRE(reflexive != recorder.candidates().end());
  CHECK(reflexive->url == server.url());
  const auto parts = *describe(*reflexive);
  CHECK(parts.address == server.reflexive_address());
  CHECK(parts.url == server.url());
  CHECK(parts.related_port.has_value());
  CHECK(to_json(*reflexive).find("stun:") == std::string::npos);
}

TEST_CASE("the transport and the connection gather together", "[w3c][IC-4]") {
  Session s;
  (void)s.a.create_data_channel("x");
  bool agreed = true;
  s.at_a.on_word([&](const std::string& word) {
    const auto transport = s.a.sctp()->transport().ice_transport();
    if (word == "signaling have-local-offer") s.at_a.watch(transport);
    if (word.find("gathering") == std::string::npos && word != "candidate null") return;
    agreed = agreed && transport.gathering_state() == s.a.ice_gathering_state();
  });
  REQUIRE_FALSE(settle(s.io, s.a.async_set_local_description()));
  s.until([&] { return s.at_a.has("candidate null"); });
  CHECK(s.at_a.seen({"transport.gathering", "gathering", "candidate"}) ==
        s.at_a.expected({"transport.gathering gathering", "gathering gathering", "candidate", "candidate end",
                         "transport.gathering complete", "gathering complete", "candidate null"}));
  CHECK(agreed);
}

TEST_CASE("a candidate is in the description before it is told", "[w3c][IC-5]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  std::size_t found = 0;
  s.at_a.on_word([&](const std::string& word) {
    if (word == "candidate") {
      const auto& latest = s.at_a.candidates().back().candidate;
      if (contains(*s.a.local_description(), latest) && contains(*s.a.pending_local_description(), latest)) ++found;
    } else if (word == "candidate end") {
      CHECK(contains(*s.a.local_description(), "a=end-of-candidates"));
    }
  });
  s.local(s.a);
  s.until([&] { return s.at_a.has("candidate null"); });
  CHECK(found == s.at_a.candidates().size());
  CHECK(found != 0);
}

TEST_CASE("an empty candidate ends the peer's candidates", "[w3c][IC-6][IC-9]") {
  const bool of_all = GENERATE(true, false);
  Session s;
  (void)s.a.create_data_channel("x");
  const auto offer = result_of<SessionDescription>(s.io, s.a.async_create_offer());
  s.remote(s.b, offer);
  const auto mid = of_all ? std::nullopt : std::optional{attribute(offer, "mid")};
  REQUIRE_FALSE(settle(s.io, s.b.async_add_ice_candidate(candidate(mid, {}, {}, ""))));
  CHECK(contains(*s.b.remote_description(), "\r\na=end-of-candidates\r\n"));
}

TEST_CASE("each way in which a candidate can be wrong has its error", "[w3c][IC-7]") {
  Session s;
  (void)s.a.create_data_channel("x");
  const auto add = [&](IceCandidate each) { return settle(s.io, s.b.async_add_ice_candidate(std::move(each))); };
  CHECK(add(candidate("0")) == Error::no_remote_description);
  const auto offer = result_of<SessionDescription>(s.io, s.a.async_create_offer());
  const auto mid = attribute(offer, "mid"), ufrag = attribute(offer, "ice-ufrag");
  s.remote(s.b, offer);
  CHECK(add(candidate({})) == Error::candidate_without_mid);
  CHECK(add(candidate("nobody")) == Error::unknown_mid);
  CHECK(add(candidate("nobody", 0)) == Error::unknown_mid);
  CHECK(add(candidate({}, 1)) == Error::unknown_mid);
  CHECK(add(candidate(mid, {}, "stranger")) == Error::unknown_ufrag);
  CHECK(add(candidate(mid, {}, {}, "candidate:?")) == Error::candidate_syntax);
  CHECK_FALSE(add(candidate(mid, 7, ufrag)));  // the index does not matter
  CHECK_FALSE(add(candidate({}, 0)));
  CHECK(w3c_error_name(make_error_code(Error::candidate_without_mid)) == "TypeError");
  CHECK(w3c_error_name(make_error_code(Error::no_remote_description)) == "InvalidStateError");
  for (const auto error : {Error::unknown_mid, Error::unknown_ufrag, Error::candidate_syntax}) {
    CHECK(w3c_error_name(make_error_code(error)) == "OperationError");
  }
}

TEST_CASE("a server that refuses is told with its error and URL", "[w3c][IC-13]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  asio::io_context io;
  const StunServer server{io, host_address(io), StunServer::Answer::error};
  PeerConnection pc{io, {.ice_servers = {{.urls = {server.url()}}}}};
  const Recorder recorder{pc, style};
  (void)pc.create_data_channel("x");
  REQUIRE_FALSE(settle(io, pc.async_set_local_description()));
  REQUIRE(run_until(io, [&] { return recorder.has("candidate null"); }));
  CHECK(recorder.seen({"candidate-error"}) == Words{"candidate-error 500 " + server.url()});
}

TEST_CASE("a peer-reflexive candidate stays hidden until it is signaled", "[w3c][IC-14][ST-E]") {
  Session s;
  (void)s.a.create_data_channel("x");
  s.remote(s.b, s.local(s.a));
  const auto answer = result_of<SessionDescription>(s.io, s.b.async_create_answer());  // without candidates
  REQUIRE_FALSE(settle(s.io, s.b.async_set_local_description(answer)));
  s.remote(s.a, answer);
  s.until([&] { return s.a.connection_state() == ConnectionState::connected && s.at_b.has("candidate null"); });
  const auto transport = s.a.sctp()->transport().ice_transport();
  CHECK(transport.remote_candidates().empty());
  REQUIRE(transport.selected_candidate_pair().has_value());
  CHECK(transport.selected_candidate_pair()->remote.type == IceCandidateType::prflx);
  CHECK(transport.selected_candidate_pair()->remote.address.empty());
  const auto remote_addresses = [&] {
    Words addresses;
    for (const auto& each : result_of<StatsReport>(s.io, s.a.async_get_stats()).remote_candidates) {
      addresses.push_back(each.candidate.address);
    }
    return addresses;
  };
  for (const auto& address : remote_addresses()) CHECK(address.empty());
  for (const auto& each : s.at_b.candidates()) REQUIRE_FALSE(settle(s.io, s.a.async_add_ice_candidate(each)));
  CHECK(transport.remote_candidates().size() == s.at_b.candidates().size());
  CHECK_FALSE(transport.selected_candidate_pair()->remote.address.empty());
  for (const auto& address : remote_addresses()) CHECK_FALSE(address.empty());
}

TEST_CASE("a restart gathers anew while data goes on, over the same transports", "[w3c][IC-15][ST-5]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  const auto channel = s.connect();
  const auto before = s.at_a.candidates();
  const auto sctp = *s.a.sctp();
  const auto dtls = sctp.transport();
  const auto parameters = dtls.ice_transport().local_parameters();
  s.at_a.clear();
  s.a.restart_ice();
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  s.remote(s.b, s.local(s.a));
  CHECK_FALSE(channel.send("between"));
  s.until([&] { return s.at_b.has("chat.message between"); });
  s.remote(s.a, s.local(s.b));
  CHECK_FALSE(channel.send("after"));
  s.until([&] { return s.at_b.has("chat.message after") && s.at_a.has("candidate null"); });
  CHECK(s.a.sctp() == sctp);
  CHECK(s.a.sctp()->transport() == dtls);
  CHECK(s.a.sctp()->transport().ice_transport() == dtls.ice_transport());
  CHECK(dtls.ice_transport().local_parameters() != parameters);
  CHECK(s.at_a.candidates().back().username_fragment != before.back().username_fragment);
  CHECK(s.at_a.seen({"negotiation-needed", "signaling", "gathering", "candidate"}) ==
        s.at_a.expected({"negotiation-needed", "signaling have-local-offer", "gathering gathering", "candidate",
                         "candidate end", "gathering complete", "candidate null", "signaling stable"}));
  CHECK(s.at_a.seen({"connection", "chat.closing", "chat.close", "dtls", "sctp"}).empty());
}
