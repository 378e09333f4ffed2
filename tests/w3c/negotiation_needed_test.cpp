// When negotiation is asked for, and restarts.   W3C §4.7.3, restartIce
#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

const SessionDescription rollback{SdpType::rollback, ""};

std::string ufrag(const PeerConnection& pc) { return attribute(*pc.local_description(), "ice-ufrag"); }

// An answer that refuses the data section.
SessionDescription refusing_answer(Session& s, PeerConnection& pc) {
  auto answer = result_of<SessionDescription>(s.io, pc.async_create_answer());
  answer.sdp = replaced(replaced(answer.sdp, "m=application 9 ", "m=application 0 "),
                        "a=group:BUNDLE " + attribute(answer, "mid"), "a=group:BUNDLE");
  return answer;
}

}  // namespace

TEST_CASE("only the first channel asks for negotiation", "[w3c][NN-1][NN-2]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("1");
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  (void)s.a.create_data_channel("2");
  run_ready(s.io);
  CHECK(s.at_a.seen() == Words{"negotiation-needed"});
  s.negotiate(s.a, s.b);
  (void)s.a.create_data_channel("3");
  (void)s.b.create_data_channel("4");
  run_ready(s.io);
  CHECK(s.at_a.count("negotiation-needed") == 1);
  CHECK(s.at_b.count("negotiation-needed") == 0);
}

TEST_CASE("it is asked later and once, and not by who has closed", "[w3c][NN-3]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  run_ready(s.io);
  run_on(s.io, s.a, [&] {
    (void)s.a.create_data_channel("1");
    (void)s.a.create_data_channel("2");
    CHECK(s.at_a.seen().empty());
  });
  run_on(s.io, s.b, [&] {
    (void)s.b.create_data_channel("1");
    s.b.close();
  });
  run_ready(s.io);
  CHECK(s.at_a.seen() == Words{"negotiation-needed"});
  CHECK(s.at_b.seen().empty());
}

TEST_CASE("a channel made during negotiation is asked for when it is over", "[w3c][NN-4]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  s.remote(s.a, s.local(s.b));  // an offer without data
  (void)s.a.create_data_channel("x");
  run_ready(s.io);
  CHECK_FALSE(s.at_a.has("negotiation-needed"));
  REQUIRE_FALSE(settle(s.io, s.a.async_set_local_description()));
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  CHECK(s.at_a.seen({"signaling", "negotiation-needed"}) ==
        s.at_a.expected({"signaling have-remote-offer", "signaling stable", "negotiation-needed"}));
}

TEST_CASE("a peer that accepts data settles the need", "[w3c][NN-5]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  s.negotiate(s.a, s.b);
  run_ready(s.io);
  CHECK(s.at_a.count("negotiation-needed") == 1);
}

TEST_CASE("a peer that always refuses data is not asked for ever", "[w3c][NN-5]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  (void)s.a.create_data_channel("x");
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  std::size_t rounds = 0;
  while (s.at_a.count("negotiation-needed") > rounds && rounds != 5) {
    ++rounds;
    const auto offer = s.local(s.a);
    Session other;
    other.remote(other.b, offer);
    s.remote(s.a, refusing_answer(other, other.b));
    run_ready(s.io);
  }
  CHECK(rounds < 5);
}

TEST_CASE("restart_ice asks for new credentials, once there are any", "[w3c][RI-1][RI-2]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  s.a.restart_ice();
  run_ready(s.io);
  CHECK(s.at_a.seen().empty());
  s.connect();
  const auto before = ufrag(s.a);
  s.at_a.clear();
  s.a.restart_ice();
  s.a.restart_ice();
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  s.negotiate(s.a, s.b);
  run_ready(s.io);
  CHECK(ufrag(s.a) != before);
  CHECK(s.at_a.count("negotiation-needed") == 1);
  const auto after = ufrag(s.a);
  s.negotiate(s.a, s.b);
  CHECK(ufrag(s.a) == after);
}

TEST_CASE("a restart by the peer is a restart too", "[w3c][RI-2]") {
  Session s;
  s.connect();
  const auto before = ufrag(s.a);
  s.a.restart_ice();
  s.b.restart_ice();
  s.negotiate(s.b, s.a);
  CHECK(ufrag(s.a) != before);
  const auto after = ufrag(s.a);
  run_ready(s.io);
  CHECK(s.at_a.count("negotiation-needed") <= 2);
  s.negotiate(s.a, s.b);
  CHECK(ufrag(s.a) == after);
}

TEST_CASE("the wish to restart survives a rollback", "[w3c][RI-3]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  s.connect();
  const auto before = ufrag(s.a);
  s.at_a.clear();
  s.a.restart_ice();
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  s.local(s.a);
  REQUIRE_FALSE(settle(s.io, s.a.async_set_local_description(rollback)));
  s.until([&] { return s.at_a.count("negotiation-needed") == 2; });
  CHECK(
      s.at_a.seen({"signaling", "negotiation-needed"}) ==
      s.at_a.expected({"negotiation-needed", "signaling have-local-offer", "signaling stable", "negotiation-needed"}));
  s.negotiate(s.a, s.b);
  CHECK(ufrag(s.a) != before);
}

TEST_CASE("a round that keeps the credentials does not settle a restart", "[w3c][RI-3][RI-4]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  s.connect();
  const auto before = ufrag(s.a);
  s.at_a.clear();
  const auto offer = s.local(s.b);
  s.remote(s.a, offer);
  s.a.restart_ice();
  run_ready(s.io);
  CHECK_FALSE(s.at_a.has("negotiation-needed"));  // not before stable
  s.remote(s.b, s.local(s.a));
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  CHECK(ufrag(s.a) == before);
  CHECK(s.at_a.seen({"signaling", "negotiation-needed"}) ==
        s.at_a.expected({"signaling have-remote-offer", "signaling stable", "negotiation-needed"}));
}

TEST_CASE("an offer with ice_restart is not the wish to restart", "[w3c][RI-4]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style};
  s.connect();
  s.at_a.clear();
  const auto made = result_of<SessionDescription>(s.io, s.a.async_create_offer({.ice_restart = true}));
  CHECK(attribute(made, "ice-ufrag") != ufrag(s.a));
  run_ready(s.io);
  CHECK_FALSE(s.at_a.has("negotiation-needed"));
}
