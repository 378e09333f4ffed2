#include "sdp/candidates.hpp"

#include "peer.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

namespace {

const std::string host = "candidate:1 1 udp 2113937151 192.0.2.7 40000 typ host";
const std::string host6 = "candidate:2 1 udp 2113942271 2001:db8::7 40001 typ host";
const std::string reflexive = "candidate:3 1 udp 1677729535 203.0.113.9 50000 typ srflx raddr 192.0.2.7 rport 40000";

RemoteCandidate at_mid(std::string candidate, std::string mid = "0") {
  return {.candidate = std::move(candidate), .mid = std::move(mid)};
}

RemoteCandidate at_index(std::string candidate, std::uint16_t index) {
  return {.candidate = std::move(candidate), .mline_index = index};
}

RemoteCandidate of_generation(std::string candidate, std::string ufrag) {
  return {.candidate = std::move(candidate), .mid = "0", .ufrag = std::move(ufrag)};
}

std::string restarted(std::string sdp) {
  sdp = with_line(sdp, "a=ice-ufrag", "a=ice-ufrag:NEWu");
  return with_line(sdp, "a=ice-pwd", "a=ice-pwd:NEWpwd1234567890123456");
}

template <class Result>
bool concerns(const Result& result) {
  INFO((result ? std::string{} : result.error().detail));
  REQUIRE(result.has_value());
  return *result;
}

}  // namespace

TEST_CASE("a candidate before its description is an error", "[sdp][IC-7]") {
  Peer bob{2};
  CHECK(reason_of(bob->add_remote_candidate(at_mid(host))) == Reason::no_remote_description);
  CHECK(reason_of(bob->add_remote_candidate({})) == Reason::no_remote_description);
  bob->data_channel_created();
  bob.set_own();
  CHECK(reason_of(bob->add_remote_candidate(at_mid(host))) == Reason::no_remote_description);
}

TEST_CASE("candidates go into the section that they name", "[sdp][IC-7][IC-9][IC-12]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  CHECK(concerns(bob->add_remote_candidate(at_mid(host))));
  CHECK(bob->remote()->sdp == plain_offer + "a=" + host + "\r\n");
  CHECK(concerns(bob->add_remote_candidate(at_index("a=" + host6, 0))));
  CHECK(bob->remote()->sdp == plain_offer + "a=" + host + "\r\na=" + host6 + "\r\n");
  CHECK(concerns(bob->add_remote_candidate(at_mid(host))));  // known already
  CHECK(lines_of(bob->remote()->sdp, "a=candidate").size() == 2);
  bob.set_own();
  CHECK(concerns(bob->add_remote_candidate(at_mid(reflexive))));
  CHECK(lines_of(bob->current_remote()->sdp, "a=candidate").size() == 3);
}

TEST_CASE("the mid wins over the index", "[sdp][IC-7]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  CHECK(concerns(bob->add_remote_candidate({.candidate = host, .mid = "0", .mline_index = 7})));
  CHECK(reason_of(bob->add_remote_candidate({.candidate = host, .mid = "x", .mline_index = 0})) == Reason::unknown_mid);
  CHECK(reason_of(bob->add_remote_candidate(at_index(host, 1))) == Reason::unknown_mid);
  CHECK(reason_of(bob->add_remote_candidate({.candidate = host})) == Reason::candidate_without_mid);
}

TEST_CASE("a peer that gives no mids is reached by index", "[sdp][IC-12]") {
  Peer bob{2};
  bob.set_other(Type::offer, without_line(without_line(plain_offer, "a=mid"), "a=group"));
  CHECK(concerns(bob->add_remote_candidate(at_index(host, 0))));
  CHECK(concerns(bob->add_remote_candidate({.candidate = host6, .mid = "0", .mline_index = 0})));
  CHECK(reason_of(bob->add_remote_candidate(at_mid(host))) == Reason::unknown_mid);
}

TEST_CASE("what is not a candidate is refused", "[sdp][IC-7]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  const auto text =
      GENERATE_COPY(std::string{"garbage"}, std::string{"candidate:"}, host.substr(0, host.size() - 5), host.substr(10),
                    "a=a=" + host, host + "\r\na=x", host + '\0', host + std::string(1100, ' ') + "x");
  CAPTURE(text);
  CHECK(reason_of(bob->add_remote_candidate(at_mid(text))) == Reason::candidate_syntax);
  CHECK(bob->remote()->sdp == plain_offer);
}

TEST_CASE("any kind of candidate that parses is taken", "[sdp][IC-7][IC-10]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  const auto text = GENERATE(as<std::string>{}, "candidate:0 1 TCP 2105458943 192.0.2.2 9 typ host tcptype active",
                             "candidate:0 2 UDP 1 192.0.2.2 9 typ host", "candidate:0 1 udp 1 x.local 0 typ host",
                             "candidate:0 1 udp 1 192.0.2.2 9 typ other",
                             "candidate:0 1 udp 1 192.0.2.2 9 typ host generation 0 ufrag 2omt");
  CHECK(concerns(bob->add_remote_candidate(at_mid(text))));
}

TEST_CASE("the generation is told by the ufrag, or by its extension in the candidate", "[sdp][IC-7][IC-8]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  CHECK(concerns(bob->add_remote_candidate(of_generation(host, "2omt"))));
  CHECK(reason_of(bob->add_remote_candidate(of_generation(host, "wrong"))) == Reason::unknown_ufrag);
  CHECK(reason_of(bob->add_remote_candidate(at_mid(host + " generation 0 ufrag wrong"))) == Reason::unknown_ufrag);
  CHECK(reason_of(bob->add_remote_candidate(of_generation("", "wrong"))) == Reason::unknown_ufrag);
  CHECK(concerns(bob->add_remote_candidate(of_generation(host + " ufrag wrong", "2omt"))));

  bob.set_own();
  bob.set_other(Type::offer, restarted(plain_offer));
  SECTION("the old generation is still known, and gets its candidates") {
    CHECK_FALSE(concerns(bob->add_remote_candidate(of_generation(host6, "2omt"))));
    CHECK(lines_of(bob->pending_remote()->sdp, "a=" + host6).empty());
    CHECK(lines_of(bob->current_remote()->sdp, "a=" + host6).size() == 1);
  }
  SECTION("without a ufrag it is the latest") {
    CHECK(concerns(bob->add_remote_candidate(at_mid(host6))));
    CHECK(lines_of(bob->pending_remote()->sdp, "a=" + host6).size() == 1);
    CHECK(lines_of(bob->current_remote()->sdp, "a=" + host6).empty());
  }
  SECTION("what was rolled back is forgotten") {
    REQUIRE(bob->set_remote(Type::rollback, {}).has_value());
    CHECK(reason_of(bob->add_remote_candidate(of_generation(host6, "NEWu"))) == Reason::unknown_ufrag);
    CHECK(concerns(bob->add_remote_candidate(of_generation(host6, "2omt"))));
  }
  SECTION("what was replaced is forgotten") {
    bob.set_own();
    CHECK(reason_of(bob->add_remote_candidate(of_generation(host6, "2omt"))) == Reason::unknown_ufrag);
  }
}

TEST_CASE("an empty candidate ends a section, or all of them", "[sdp][IC-6]") {
  Peer bob{2};
  bob.set_other(Type::offer, media_offer);
  bob.set_own();
  SECTION("one") {
    CHECK(concerns(bob->add_remote_candidate(at_mid("", "a"))));
    CHECK(lines_of(bob->remote()->sdp, "a=end-of-candidates").size() == 1);
  }
  SECTION("all") {
    CHECK(concerns(bob->add_remote_candidate({})));
    CHECK(lines_of(bob->remote()->sdp, "a=end-of-candidates").size() == 2);
  }
  SECTION("all of one generation") {
    CHECK(concerns(bob->add_remote_candidate({.ufrag = "AAAA"})));
    CHECK(lines_of(bob->remote()->sdp, "a=end-of-candidates").size() == 1);
    CHECK(reason_of(bob->add_remote_candidate({.ufrag = "ZZZZ"})) == Reason::unknown_ufrag);
  }
}

TEST_CASE("the tagged section speaks for data that is bundled behind it", "[sdp][IC-7][AN-3]") {
  Peer bob{2};
  SECTION("the data section has another transport, which is not used") {
    bob.set_other(Type::offer, media_offer);
    CHECK(concerns(bob->add_remote_candidate(at_mid(host, "a"))));
    CHECK_FALSE(concerns(bob->add_remote_candidate(at_mid(host, "d"))));
  }
  SECTION("the data section has the same, or says nothing") {
    bob.set_other(Type::offer, without_line(media_offer, "a=ice-ufrag:DDDD"));
    CHECK_FALSE(concerns(bob->add_remote_candidate(at_mid(host6, "d"))));  // its port may vanish with our answer
    bob.set_own();
    CHECK(concerns(bob->add_remote_candidate(at_mid(host, "a"))));
    CHECK(concerns(bob->add_remote_candidate(at_mid(host6, "d"))));
    CHECK(concerns(bob->add_remote_candidate({.candidate = host, .mid = "d", .ufrag = "AAAA"})));
  }
  SECTION("a section that was rejected is silently fine") {
    bob.set_other(Type::offer, without_line(media_offer, "a=group"));
    CHECK_FALSE(concerns(bob->add_remote_candidate(at_mid(host, "a"))));
    bob.set_own();
    CHECK_FALSE(concerns(bob->add_remote_candidate(at_mid(host6, "a"))));
    CHECK_FALSE(concerns(bob->add_remote_candidate(at_mid("garbage", "a"))));
    CHECK(concerns(bob->add_remote_candidate(at_mid(host6, "d"))));
  }
}

TEST_CASE("there is room for so many remote candidates", "[sdp][limits]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  for (int i = 0; i < 64; ++i) {
    CHECK(concerns(bob->add_remote_candidate(at_mid("candidate:" + std::to_string(i) + " 1 udp 1 ::1 9 typ host"))));
  }
  CHECK(reason_of(bob->add_remote_candidate(at_mid(host))) == Reason::too_many);
  CHECK(lines_of(bob->remote()->sdp, "a=candidate").size() == 64);
}

TEST_CASE("candidates inside a description are told with it", "[sdp][SD-11][SD-19]") {
  Peer bob{2};
  const auto offer = plain_offer + "a=" + host + "\r\na=" + host6 + "\r\n";
  using texts = std::vector<std::string>;
  SECTION("more may come") {
    bob.set_other(Type::offer, offer);
    CHECK(bob->remote_candidates() == texts{host, host6});
    CHECK(bob->can_trickle_ice_candidates() == true);
  }
  SECTION("that is all") {
    bob.set_other(Type::offer, offer + "a=end-of-candidates\r\n");
    CHECK(bob->remote_candidates() == texts{host, host6, ""});
  }
  SECTION("that is all, because the peer cannot trickle") {
    bob.set_other(Type::offer, without_line(offer, "a=ice-options"));
    CHECK(bob->remote_candidates() == texts{host, host6, ""});
    CHECK(bob->can_trickle_ice_candidates() == false);
  }
  SECTION("but an offer without any candidate never is all") {
    bob.set_other(Type::offer, without_line(plain_offer, "a=ice-options"));
    CHECK(bob->remote_candidates().empty());
  }
  SECTION("in an answer the data section may have them, though it is not the tagged one") {
    bob.set_other(Type::offer, media_offer);
    bob.set_own();
    bob.set_own(Type::offer);
    auto answer = replaced(media_offer, "a=setup:actpass", "a=setup:passive");
    bob.set_other(Type::answer, replaced(answer, "a=setup:actpass", "a=setup:passive"));
    CHECK(bob->remote_candidates().size() == 3);
  }
}

TEST_CASE("our candidates appear in the description of their generation", "[sdp][SD-11][IC-5][OA-7]") {
  Peer alice{1};
  Peer bob{2};
  alice->data_channel_created();
  const auto offer = alice.set_own();
  const auto ufrag = alice->negotiated().local->ufrag;
  alice->add_local_candidate("other", host);
  CHECK(alice->local()->sdp == offer);
  alice->add_local_candidate(ufrag, host);
  alice->add_local_candidate(ufrag, host);
  CHECK(lines_of(alice->pending_local()->sdp, "a=candidate") == std::vector<std::string>{"a=" + host});
  CHECK(alice->local()->sdp.ends_with("a=" + host + "\r\n"));

  SECTION("with the default candidate in m= and c=") {
    CHECK(line_of(alice->local()->sdp, "m=") == "m=application 40000 UDP/DTLS/SCTP webrtc-datachannel");
    CHECK(line_of(alice->local()->sdp, "c=") == "c=IN IP4 192.0.2.7");
    alice->add_local_candidate(ufrag, host6);
    CHECK(line_of(alice->local()->sdp, "c=") == "c=IN IP4 192.0.2.7");
    alice->add_local_candidate(ufrag, reflexive);
    CHECK(line_of(alice->local()->sdp, "m=") == "m=application 50000 UDP/DTLS/SCTP webrtc-datachannel");
    CHECK(line_of(alice->local()->sdp, "c=") == "c=IN IP4 203.0.113.9");
  }
  SECTION("and the end of them") {
    alice->end_of_local_candidates(ufrag);
    alice->end_of_local_candidates(ufrag);
    CHECK(alice->local()->sdp.ends_with("a=end-of-candidates\r\n"));
    CHECK(lines_of(alice->local()->sdp, "a=end-of-candidates").size() == 1);
    const auto complete = alice->local()->sdp;
    alice->add_local_candidate(ufrag, host6);
    CHECK(alice->local()->sdp == complete);
  }
  SECTION("and in later offers of the generation, not of the next one") {
    alice.set_other(Type::answer, with_line(plain_offer, "a=setup", "a=setup:active"));
    CHECK(lines_of(*alice->create_offer(false), "a=candidate").size() == 1);
    CHECK(lines_of(*alice->create_offer(true), "a=candidate").empty());
  }
  SECTION("also if they were found after the offer was created") {
    alice.set_other(Type::answer, with_line(plain_offer, "a=setup", "a=setup:active"));
    const auto next = *alice->create_offer(false);
    alice->add_local_candidate(ufrag, host6);
    REQUIRE(alice->set_local(Type::offer, next).has_value());
    CHECK(lines_of(alice->local()->sdp, "a=candidate").size() == 2);
    CHECK(lines_of(alice->current_local()->sdp, "a=candidate").size() == 2);
  }
}

TEST_CASE("a name makes no default candidate", "[sdp][OA-7]") {
  Peer alice{1};
  alice->data_channel_created();
  alice.set_own();
  alice->add_local_candidate(alice->negotiated().local->ufrag, "candidate:1 1 udp 1 abc.local 40000 typ host");
  CHECK(line_of(alice->local()->sdp, "m=").starts_with("m=application 9 "));
  alice->add_local_candidate(alice->negotiated().local->ufrag, "candidate:1 1 tcp 1 192.0.2.1 9 typ host");
  CHECK(line_of(alice->local()->sdp, "c=") == "c=IN IP4 0.0.0.0");
}

TEST_CASE("an inactive section that carries the transport has our candidates too", "[sdp][AN-3][SD-11]") {
  Peer bob{2};
  bob.set_other(Type::offer, media_offer);
  bob.set_own();
  bob->add_local_candidate(bob->negotiated().local->ufrag, host);
  CHECK(lines_of(bob->local()->sdp, "a=candidate").size() == 2);
  CHECK(lines_of(bob->local()->sdp, "c=IN IP4 192.0.2.7").size() == 2);
}
