// The operations chain.   W3C §4.4.1.2
#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

const IceCandidate candidate_of_nobody{"candidate:1 1 udp 1 192.0.2.1 9 typ host", "0", 0, std::nullopt, {}};

// Notes the completion of an operation with the name of its error.
auto noting(Words& done, std::string name) {
  return [&done, name = std::move(name)](error_code error, auto&&...) {
    done.push_back(error ? name + " " + std::string{w3c_error_name(error)} : name);
  };
}

}  // namespace

TEST_CASE("operations complete one after another, in the order of the calls", "[w3c][OP-1]") {
  const bool on_strand = GENERATE(true, false);
  Session s;
  const auto offer = s.local(s.b);
  Words done;
  const auto call = [&] {
    s.a.async_set_remote_description(offer, noting(done, "remote"));
    s.a.async_create_answer(noting(done, "answer"));
    s.a.async_set_local_description(noting(done, "local"));
    s.a.async_create_offer(noting(done, "offer"));
    s.a.async_set_local_description(noting(done, "again"));
    CHECK(done.empty());  // nothing completes inside a call
    CHECK(s.a.signaling_state() == SignalingState::stable);
  };
  on_strand ? run_on(s.io, s.a, call) : call();
  s.until([&] { return done.size() == 5; });
  CHECK(done == Words{"remote", "answer", "local", "offer", "again"});
  CHECK(s.at_a.seen({"signaling"}) ==
        s.at_a.expected({"signaling have-remote-offer", "signaling stable", "signaling have-local-offer"}));
}

TEST_CASE("operations of a closed connection end with InvalidStateError", "[w3c][OP-2]") {
  asio::io_context io;
  PeerConnection pc{io};
  pc.close();
  CHECK(settle(io, pc.async_create_offer()) == Error::closed);
  CHECK(settle(io, pc.async_create_answer()) == Error::closed);
  CHECK(settle(io, pc.async_set_local_description()) == Error::closed);
  CHECK(settle(io, pc.async_set_remote_description({SdpType::offer, ""})) == Error::closed);
  CHECK(settle(io, pc.async_add_ice_candidate(candidate_of_nobody)) == Error::closed);
  CHECK(w3c_error_name(make_error_code(Error::closed)) == "InvalidStateError");
}

// W3C: they never settle. An operation of Asio completes exactly once.
TEST_CASE("what is pending when the connection is closed completes, and does nothing any more", "[w3c][OP-3]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  run_ready(s.io);
  Words done;
  run_on(s.io, s.a, [&] {
    s.a.async_create_offer(noting(done, "offer"));
    s.a.async_set_local_description(noting(done, "local"));
    s.a.close();
  });
  s.until([&] { return done.size() == 2; });
  CHECK(done == Words{"offer InvalidStateError", "local InvalidStateError"});
  CHECK_FALSE(s.a.local_description().has_value());
  run_ready(s.io);
  CHECK(s.at_a.seen().empty());
}

TEST_CASE("the handler of an operation sees the state before the next operation", "[w3c][OP-4]") {
  Session s;
  const auto offer = s.local(s.b);
  std::vector<SignalingState> states;
  const auto see = [&](error_code error) {
    CHECK_FALSE(error);
    states.push_back(s.a.signaling_state());
  };
  run_on(s.io, s.a, [&] {
    s.a.async_set_local_description(see);
    s.a.async_set_remote_description(offer, see);  // rolls back
    s.a.async_set_local_description(see);
  });
  s.until([&] { return states.size() == 3; });
  using enum SignalingState;
  CHECK(states == std::vector{have_local_offer, have_remote_offer, stable});
}

TEST_CASE("the state is checked when an operation runs, not when it is called", "[w3c][OP-5]") {
  Session s;
  const auto offer = s.local(s.b);
  Words done;
  run_on(s.io, s.a, [&] {
    s.a.async_create_answer(noting(done, "too early"));
    s.a.async_set_remote_description(offer, noting(done, "remote"));
    s.a.async_create_answer(noting(done, "answer"));
    s.a.async_create_offer(noting(done, "offer"));
  });
  s.until([&] { return done.size() == 4; });
  CHECK(done == Words{"too early InvalidStateError", "remote", "answer", "offer InvalidStateError"});
}

TEST_CASE("negotiation is asked for once, when the chain is empty", "[w3c][OP-6][NN-3]") {
  Session s;
  run_ready(s.io);
  run_on(s.io, s.a, [&] {
    s.a.async_create_offer([&](error_code, const SessionDescription&) { s.at_a.note("offer"); });
    (void)s.a.create_data_channel("x");
    s.a.async_create_offer([&](error_code, const SessionDescription&) { s.at_a.note("offer"); });
  });
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  run_ready(s.io);
  CHECK(s.at_a.seen() == s.at_a.expected({"offer", "offer", "negotiation-needed"}));
}

TEST_CASE("what a chain settles by itself is not asked for", "[w3c][OP-6]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  run_ready(s.io);
  run_on(s.io, s.a, [&] {
    s.a.async_set_local_description([](error_code) {});
    (void)s.a.create_data_channel("x");
  });
  s.until([&] { return s.at_a.has("candidate null") || s.a.local_description().has_value(); });
  run_ready(s.io);
  CHECK_FALSE(s.at_a.has("negotiation-needed"));  // in have-local-offer nobody is asked
}

TEST_CASE("a candidate that names no section is refused before it is queued", "[w3c][OP-7][IC-7]") {
  Session s;
  auto nameless = candidate_of_nobody;
  nameless.sdp_mid.reset();
  nameless.sdp_mline_index.reset();
  Words done;
  run_on(s.io, s.a, [&] {
    s.a.async_create_offer(noting(done, "offer"));
    s.a.async_add_ice_candidate(nameless, noting(done, "nameless"));
    s.a.async_add_ice_candidate(candidate_of_nobody, noting(done, "early"));
  });
  s.until([&] { return done.size() == 3; });
  CHECK(done == Words{"nameless TypeError", "offer", "early InvalidStateError"});
}

TEST_CASE("statistics, channels, configuration and restart do not wait for the chain", "[w3c][OP-7]") {
  Session s;
  Words done;
  run_on(s.io, s.a, [&] {
    for (int i = 0; i != 3; ++i) s.a.async_create_offer(noting(done, "offer"));
    s.a.async_get_stats(noting(done, "stats"));
    s.a.restart_ice();
    s.a.set_configuration({});
    CHECK(s.a.create_data_channel("x").state() == DataChannelState::connecting);
  });
  s.until([&] { return done.size() == 4; });
  CHECK(done.back() == "offer");
}
