// Offers, answers, and what becomes of them when they are applied.   W3C §4.4.1.4, §4.4.2.2
#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

SessionDescription offer_of(Session& s, PeerConnection& pc) {
  return result_of<SessionDescription>(s.io, pc.async_create_offer());
}

SessionDescription answer_of(Session& s, PeerConnection& pc) {
  return result_of<SessionDescription>(s.io, pc.async_create_answer());
}

}  // namespace

TEST_CASE("offers and answers are made in their states only", "[w3c][OA-1]") {
  Session s;
  (void)s.a.create_data_channel("x");
  CHECK(settle(s.io, s.a.async_create_answer()) == Error::wrong_signaling_state);
  const auto offer = s.local(s.a);
  CHECK(offer_of(s, s.a).type == SdpType::offer);  // have-local-offer
  CHECK(settle(s.io, s.a.async_create_answer()) == Error::wrong_signaling_state);
  s.remote(s.b, offer);
  CHECK(settle(s.io, s.b.async_create_offer()) == Error::wrong_signaling_state);
  const auto answer = answer_of(s, s.b);
  CHECK(answer.type == SdpType::answer);
  REQUIRE_FALSE(settle(s.io, s.b.async_set_local_description({SdpType::pranswer, answer.sdp})));
  CHECK(answer_of(s, s.b).type == SdpType::answer);  // have-local-pranswer
  s.remote(s.a, {SdpType::pranswer, answer.sdp});
  CHECK(settle(s.io, s.a.async_create_offer()) == Error::wrong_signaling_state);
  CHECK(w3c_error_name(make_error_code(Error::wrong_signaling_state)) == "InvalidStateError");
}

TEST_CASE("an offer has a data section from the first channel on, and one for all", "[w3c][OA-2]") {
  Session s;
  CHECK_FALSE(contains(offer_of(s, s.a), "m="));
  auto first = s.a.create_data_channel("1");
  (void)s.a.create_data_channel("2");
  const auto sections = [&] {
    const auto sdp = offer_of(s, s.a).sdp;
    const auto begin = sdp.find("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
    return begin != std::string::npos && sdp.find("m=", begin + 1) == std::string::npos;
  };
  CHECK(sections());
  first.close();
  run_ready(s.io);
  CHECK(sections());
}

TEST_CASE("an offer has the channel that is made in the same turn", "[w3c][OA-3]") {
  Session s;
  std::optional<SessionDescription> offer;
  run_on(s.io, s.a, [&] {
    s.a.async_create_offer([&](error_code, SessionDescription made) { offer = std::move(made); });
    (void)s.a.create_data_channel("x");
  });
  s.until([&] { return offer.has_value(); });
  CHECK(contains(*offer, "m=application"));
}

TEST_CASE("an answer says what we receive, whatever the peer does", "[w3c][AN-6]") {
  Session s{Style::callbacks, {.limits = {.max_message_size = 100'000}}, {.limits = {.max_message_size = 2'000'000}}};
  (void)s.a.create_data_channel("x");
  s.negotiate(s.a, s.b);
  CHECK(attribute(*s.a.local_description(), "max-message-size") == "100000");
  CHECK(attribute(*s.b.local_description(), "max-message-size") == "2000000");
}

TEST_CASE("without a description the state says what is made", "[w3c][SD-1]") {
  Session s;
  (void)s.a.create_data_channel("x");
  const auto made = offer_of(s, s.a);
  std::string applied;
  s.a.async_set_local_description([&](error_code) { applied = s.a.local_description()->sdp; });
  s.until([&] { return !applied.empty(); });
  CHECK(applied == made.sdp);  // what was made last is still accurate
  s.remote(s.b, *s.a.local_description());
  REQUIRE_FALSE(settle(s.io, s.b.async_set_local_description()));
  CHECK(s.b.local_description()->type == SdpType::answer);
  CHECK(s.b.signaling_state() == SignalingState::stable);

  Session typed;
  (void)typed.a.create_data_channel("x");
  REQUIRE_FALSE(settle(typed.io, typed.a.async_set_local_description({SdpType::offer, ""})));
  CHECK(contains(*typed.a.local_description(), "m=application"));
}

TEST_CASE("a description of ours has to be what was made last", "[w3c][SD-2]") {
  Session s;
  (void)s.a.create_data_channel("x");
  const auto made = offer_of(s, s.a);
  auto changed = made;
  changed.sdp += "a=x\r\n";
  CHECK(settle(s.io, s.a.async_set_local_description(changed)) == Error::description_modified);
  s.negotiate(s.a, s.b);
  CHECK(settle(s.io, s.a.async_set_local_description(made)) == Error::description_modified);  // of an old round
  // That is looked at before the state: an offer is not allowed here either.
  s.remote(s.b, s.local(s.a));
  CHECK(settle(s.io, s.b.async_set_local_description(changed)) == Error::description_modified);
  CHECK(w3c_error_name(make_error_code(Error::description_modified)) == "InvalidModificationError");
}

TEST_CASE("a description that the state does not allow is refused", "[w3c][SD-3]") {
  Session s;
  (void)s.a.create_data_channel("x");
  const auto offer = s.local(s.a);
  s.remote(s.b, offer);
  const auto answer = answer_of(s, s.b);
  CHECK(settle(s.io, s.b.async_set_remote_description(answer)) == Error::wrong_signaling_state);
  Session other;
  CHECK(settle(other.io, other.a.async_set_remote_description(answer)) == Error::wrong_signaling_state);
  CHECK(settle(other.io, other.a.async_set_remote_description({SdpType::pranswer, answer.sdp})) ==
        Error::wrong_signaling_state);
}

TEST_CASE("a provisional answer cannot be rolled back", "[w3c][SD-4][SD-5]") {
  Session s;
  (void)s.a.create_data_channel("x");
  const auto offer = s.local(s.a);
  s.remote(s.b, offer);
  const SessionDescription provisional{SdpType::pranswer, answer_of(s, s.b).sdp};
  REQUIRE_FALSE(settle(s.io, s.b.async_set_local_description(provisional)));
  s.remote(s.a, provisional);
  CHECK(s.a.signaling_state() == SignalingState::have_remote_pranswer);
  CHECK(s.b.signaling_state() == SignalingState::have_local_pranswer);
  for (auto* pc : {&s.a, &s.b}) {
    CHECK(settle(s.io, pc->async_set_remote_description(offer)) == Error::wrong_signaling_state);
    CHECK(settle(s.io, pc->async_set_local_description({SdpType::rollback, ""})) == Error::wrong_signaling_state);
    CHECK(settle(s.io, pc->async_set_remote_description({SdpType::rollback, ""})) == Error::wrong_signaling_state);
  }
}

TEST_CASE("nothing can be rolled back in stable", "[w3c][SD-5]") {
  Session s;
  CHECK(settle(s.io, s.a.async_set_local_description({SdpType::rollback, ""})) == Error::wrong_signaling_state);
  CHECK(settle(s.io, s.a.async_set_remote_description({SdpType::rollback, "x"})) == Error::wrong_signaling_state);
}

TEST_CASE("what is wrong with a description has three names, and a line", "[w3c][SD-7][SD-8]") {
  Session s;
  (void)s.a.create_data_channel("x");
  const auto offer = s.local(s.a);
  const auto refused = [&](std::string sdp) {
    const auto error = settle(s.io, s.b.async_set_remote_description({SdpType::offer, std::move(sdp)}));
    CHECK(s.b.signaling_state() == SignalingState::stable);
    CHECK_FALSE(s.b.remote_description().has_value());
    CHECK_FALSE(s.b.sctp().has_value());
    CHECK_FALSE(s.b.can_trickle_ice_candidates().has_value());
    return error;
  };
  CHECK(refused(replaced(offer.sdp, "\r\nt=0 0", "\r\nx")) == Error::sdp_syntax);
  CHECK(s.b.last_error().code == Error::sdp_syntax);
  CHECK(s.b.last_error().sdp_line_number == 4);
  CHECK_FALSE(s.b.last_error().text.empty());
  CHECK(w3c_error_detail(Error::sdp_syntax) == "sdp-syntax-error");
  CHECK(w3c_error_name(make_error_code(Error::sdp_syntax)) == "OperationError");
  const auto without_pwd = replaced(offer.sdp, "a=ice-pwd:" + attribute(offer, "ice-pwd") + "\r\n", "");
  CHECK(refused(without_pwd) == Error::invalid_description);
  CHECK(w3c_error_name(make_error_code(Error::invalid_description)) == "InvalidAccessError");
  s.remote(s.b, offer);
  CHECK(settle(s.io, s.b.async_set_remote_description(answer_of(s, s.b))) == Error::wrong_signaling_state);
}

TEST_CASE("the pending description comes before the current one", "[w3c][SD-10]") {
  Session s;
  (void)s.a.create_data_channel("x");
  s.local(s.a);
  CHECK(s.a.local_description() == s.a.pending_local_description());
  CHECK_FALSE(s.a.current_local_description().has_value());
  s.remote(s.b, *s.a.local_description());
  CHECK(s.b.remote_description() == s.b.pending_remote_description());
  s.remote(s.a, s.local(s.b));
  for (auto* pc : {&s.a, &s.b}) {
    CHECK(pc->local_description() == pc->current_local_description());
    CHECK(pc->remote_description() == pc->current_remote_description());
    CHECK_FALSE(pc->pending_local_description().has_value());
    CHECK_FALSE(pc->pending_remote_description().has_value());
  }
  const auto current = s.a.current_local_description();
  s.local(s.a);
  CHECK(s.a.current_local_description() == current);
  CHECK(s.a.local_description() == s.a.pending_local_description());
}

TEST_CASE("the text of a description grows by its candidates", "[w3c][SD-11]") {
  Session s;
  (void)s.a.create_data_channel("x");
  const auto offer = s.local(s.a);
  CHECK(contains(offer, "\r\na=candidate:"));
  CHECK(contains(offer, "\r\na=end-of-candidates"));
  auto bare = offer.sdp.substr(0, offer.sdp.find("a=candidate:"));
  s.remote(s.b, {SdpType::offer, bare});
  const IceCandidate candidate{
      "candidate:1 1 udp 1 192.0.2.1 9 typ host", attribute(offer, "mid"), 0, std::nullopt, {}};
  REQUIRE_FALSE(settle(s.io, s.b.async_add_ice_candidate(candidate)));
  CHECK(contains(*s.b.remote_description(), "\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host"));
}

TEST_CASE("the association exists from the first description with data on", "[w3c][SD-12]") {
  Session s;
  (void)s.a.create_data_channel("x");
  CHECK_FALSE(s.a.sctp().has_value());
  const auto offer = s.local(s.a);
  REQUIRE(s.a.sctp().has_value());
  const auto sctp = *s.a.sctp();
  CHECK(sctp.state() == SctpTransportState::connecting);
  s.remote(s.b, offer);
  CHECK(s.b.sctp().has_value());
  s.remote(s.a, s.local(s.b));
  CHECK(s.a.sctp() == sctp);
  s.negotiate(s.b, s.a);
  CHECK(s.a.sctp() == sctp);
}

TEST_CASE("an answer that refuses data takes the association away", "[w3c][SD-12]") {
  Session s;
  (void)s.a.create_data_channel("x");
  s.remote(s.b, s.local(s.a));
  const auto sctp = *s.a.sctp();
  auto answer = answer_of(s, s.b);
  answer.sdp = replaced(replaced(answer.sdp, "m=application 9 ", "m=application 0 "),
                        "a=group:BUNDLE " + attribute(answer, "mid"), "a=group:BUNDLE");
  s.remote(s.a, answer);
  CHECK_FALSE(s.a.sctp().has_value());
  CHECK(sctp.state() == SctpTransportState::closed);
}

TEST_CASE("whether the peer trickles is known from its description", "[w3c][SD-19]") {
  const bool trickles = GENERATE(true, false);
  Session s;
  (void)s.a.create_data_channel("x");
  auto offer = s.local(s.a);
  if (!trickles) offer.sdp = replaced(offer.sdp, "a=ice-options:trickle ice2", "a=ice-options:ice2");
  s.remote(s.b, offer);
  CHECK(s.b.can_trickle_ice_candidates() == trickles);
}
