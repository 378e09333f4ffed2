// What is told when descriptions are applied, in which order, and what is true by then.   W3C §4.4.1.4
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// The operation, with its completion among the words.
template <class Operation>
void noted(Session& s, Recorder& recorder, std::string word, Operation operation) {
  bool done = false;
  std::move(operation)([&](error_code error) {
    CHECK_FALSE(error);
    recorder.note(word);
    done = true;
  });
  s.until([&] { return done; });
  run_ready(s.io);
}

const SessionDescription rollback{SdpType::rollback, ""};

}  // namespace

TEST_CASE("an offerer is told in W3C's order", "[w3c][SD-9][IC-2][IC-4][NN-2]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  noted(s, s.at_a, "applied offer", s.a.async_set_local_description());
  s.until([&] { return s.at_a.has("candidate null"); });
  s.remote(s.b, *s.a.local_description());
  const auto answer = result_of<SessionDescription>(s.io, s.b.async_create_answer());
  noted(s, s.at_a, "applied answer", s.a.async_set_remote_description(answer));
  CHECK(s.at_a.seen({"negotiation-needed", "signaling", "gathering", "candidate", "applied"}) ==
        s.at_a.expected({"negotiation-needed", "signaling have-local-offer", "applied offer", "gathering gathering",
                         "candidate", "candidate end", "gathering complete", "candidate null", "signaling stable",
                         "applied answer"}));
}

TEST_CASE("an answerer is told in W3C's order", "[w3c][SD-9][IC-1]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  const auto offer = s.local(s.a);
  noted(s, s.at_b, "applied offer", s.b.async_set_remote_description(offer));
  noted(s, s.at_b, "applied answer", s.b.async_set_local_description());
  s.until([&] { return s.at_b.has("candidate null"); });
  CHECK(s.at_b.seen({"negotiation-needed", "signaling", "gathering", "candidate", "applied"}) ==
        s.at_b.expected({"signaling have-remote-offer", "applied offer", "signaling stable", "applied answer",
                         "gathering gathering", "candidate", "candidate end", "gathering complete", "candidate null"}));
}

TEST_CASE("who carries candidates never gets ahead of who carries descriptions", "[w3c][IC-2]") {
  const auto pool = static_cast<std::uint8_t>(GENERATE(0, 1));
  asio::io_context io;
  PeerConnection pc{io, {.ice_candidate_pool_size = pool}};
  (void)pc.create_data_channel("x");
  bool applied = false, early = false, ended = false;
  const auto carry_candidates = [&]() -> asio::awaitable<void> {
    while (auto candidate = co_await pc.async_next_ice_candidate()) early = early || !applied;
    ended = true;
  };
  const auto carry_description = [&]() -> asio::awaitable<void> {
    co_await pc.async_set_local_description();
    applied = true;
  };
  asio::co_spawn(io, carry_candidates(), asio::detached);
  asio::co_spawn(io, carry_description(), asio::detached);
  REQUIRE(run_until(io, [&] { return ended; }));
  CHECK_FALSE(early);
}

TEST_CASE("the handler of a state change finds everything as it is said to be", "[w3c][SD-9][DC-5]") {
  Session s{Style::callbacks};  // a coroutine may be resumed later, when more has changed
  const auto channel = s.a.create_data_channel("x");
  std::vector<std::string> looked;
  s.at_a.on_word([&](const std::string& word) {
    if (word == "signaling have-local-offer") {
      CHECK(s.a.signaling_state() == SignalingState::have_local_offer);
      CHECK(s.a.pending_local_description().has_value());
      CHECK(s.a.sctp().has_value());
      CHECK_FALSE(channel.id().has_value());
      looked.push_back(word);
    } else if (word == "signaling stable") {
      CHECK(s.a.signaling_state() == SignalingState::stable);
      CHECK(s.a.current_remote_description().has_value());
      CHECK_FALSE(s.a.pending_local_description().has_value());
      CHECK(s.a.sctp()->max_message_size() == 256 * 1024);
      CHECK(channel.id() == 1);
      looked.push_back(word);
    }
  });
  s.negotiate(s.a, s.b);
  CHECK(looked.size() == 2);
}

TEST_CASE("an offer that collides is told as a rollback and an offer", "[w3c][SD-4]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  (void)s.b.create_data_channel("y");
  const auto of_a = s.local(s.a), of_b = s.local(s.b);
  s.at_a.clear();
  noted(s, s.at_a, "applied", s.a.async_set_remote_description(of_b));
  CHECK(s.at_a.seen({"signaling", "applied"}) ==
        s.at_a.expected({"signaling stable", "signaling have-remote-offer", "applied"}));
  CHECK_FALSE(s.a.local_description().has_value());
  CHECK(s.a.pending_remote_description().has_value());
}

TEST_CASE("a rollback returns to the last stable state and asks again", "[w3c][SD-5][SD-6][NN-4]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  const bool by_remote = GENERATE(false, true);
  Session s{style};
  const auto channel = s.a.create_data_channel("x");
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  s.local(s.a);
  s.until([&] { return s.at_a.has("candidate null"); });
  const auto sctp = *s.a.sctp();
  s.at_a.clear();
  if (by_remote) {
    noted(s, s.at_a, "applied", s.a.async_set_remote_description(rollback));
  } else {
    noted(s, s.at_a, "applied", s.a.async_set_local_description(rollback));
  }
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  CHECK(s.at_a.seen({"signaling", "applied", "negotiation-needed"}) ==
        s.at_a.expected({"signaling stable", "applied", "negotiation-needed"}));
  CHECK_FALSE(s.a.local_description().has_value());
  CHECK_FALSE(s.a.sctp().has_value());
  CHECK(s.a.ice_gathering_state() == IceGatheringState::new_);
  CHECK(channel.state() == DataChannelState::connecting);
  CHECK(sctp.state() != SctpTransportState::connected);
}

TEST_CASE("a remote offer that is rolled back leaves nothing behind", "[w3c][SD-6][IC-8]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  const auto offer = s.local(s.a);
  s.remote(s.b, offer);
  noted(s, s.at_b, "applied", s.b.async_set_remote_description(rollback));
  CHECK(s.at_b.seen({"signaling", "applied"}) ==
        s.at_b.expected({"signaling have-remote-offer", "signaling stable", "applied"}));
  CHECK_FALSE(s.b.remote_description().has_value());
  CHECK_FALSE(s.b.sctp().has_value());
  CHECK_FALSE(s.b.can_trickle_ice_candidates().has_value());
  CHECK(settle(s.io, s.b.async_add_ice_candidate(s.at_a.candidates().at(0))) == Error::no_remote_description);
}

TEST_CASE("a round of two connected peers that changes nothing tells of signaling only", "[w3c][ST-5][SD-9]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  s.connect();
  s.until([&] {
    return s.a.ice_connection_state() == IceConnectionState::completed &&
           s.b.ice_connection_state() == IceConnectionState::completed;
  });
  run_ready(s.io);
  s.at_a.clear();
  s.at_b.clear();
  s.negotiate(s.b, s.a);
  run_ready(s.io);
  CHECK(s.at_a.seen() == Words{"signaling have-remote-offer", "signaling stable"});
  CHECK(s.at_b.seen() == Words{"signaling have-local-offer", "signaling stable"});
}
