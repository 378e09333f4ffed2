// What may change between two rounds: ICE restarts, certificates, roles, sections.   RFC 9429 §5.11, RFC 8842
#include "peer.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

namespace {

std::string with_other_credentials(std::string sdp) {
  sdp = with_line(sdp, "a=ice-ufrag", "a=ice-ufrag:NEWu");
  return with_line(sdp, "a=ice-pwd", "a=ice-pwd:NEWpwd1234567890123456");
}

std::string with_other_fingerprint(const std::string& sdp) {
  return with_line(sdp, "a=fingerprint", "a=fingerprint:sha-256 00:11");
}

std::string as_answer(const std::string& sdp) { return with_line(sdp, "a=setup", "a=setup:active"); }

struct Connected {
  Peer alice{1};
  Peer bob{2};
  Connected() {
    alice->data_channel_created();
    negotiate(alice, bob);
  }
};

}  // namespace

TEST_CASE("an ICE restart has new ufrag and pwd, and an answer with new ones", "[sdp][OA-10][AN-7][SD-15]") {
  Connected pair;
  auto& [alice, bob] = pair;
  const auto before = alice->negotiated();
  REQUIRE(alice->create_offer(true).has_value());
  const auto offer = alice.set_own();
  CHECK("a=ice-ufrag:" + before.local->ufrag != line_of(offer, "a=ice-ufrag"));
  CHECK("a=ice-pwd:" + before.local->pwd != line_of(offer, "a=ice-pwd"));
  CHECK("a=tls-id:" + before.local->tls_id == line_of(offer, "a=tls-id"));
  CHECK(line_of(offer, "a=setup") == "a=setup:actpass");
  bob.set_other(Type::offer, offer);
  const auto answer = bob.set_own();
  CHECK("a=ice-ufrag:" + before.remote->ufrag != line_of(answer, "a=ice-ufrag"));
  CHECK("a=tls-id:" + before.remote->tls_id == line_of(answer, "a=tls-id"));
  alice.set_other(Type::answer, answer);
  CHECK(alice->negotiated().dtls_client == before.dtls_client);
  CHECK(alice->negotiated().remote->fingerprints == before.remote->fingerprints);
}

TEST_CASE("iceRestart means nothing in a first offer", "[sdp][OA-10]") {
  Peer alice{1};
  alice->data_channel_created();
  const auto offer = *alice->create_offer(false);
  CHECK(*alice->create_offer(true) == offer);
}

TEST_CASE("the answerer of a round without restart keeps everything, also its role", "[sdp][AN-4][AN-7][AN-8]") {
  Connected pair;
  auto& [alice, bob] = pair;
  const auto before = alice->negotiated();
  SECTION("the same side offers again") { negotiate(alice, bob); }
  SECTION("the other side offers") {
    negotiate(bob, alice);
    CHECK(line_of(alice->local()->sdp, "a=setup") == "a=setup:passive");
    CHECK_FALSE(alice->negotiated().local_is_offerer);
  }
  CHECK(alice->negotiated().local->ufrag == before.local->ufrag);
  CHECK(alice->negotiated().local->pwd == before.local->pwd);
  CHECK(alice->negotiated().local->tls_id == before.local->tls_id);
  CHECK(alice->negotiated().remote->ufrag == before.remote->ufrag);
  CHECK(alice->negotiated().dtls_client == before.dtls_client);
  CHECK(bob->negotiated().dtls_client == !*before.dtls_client);
}

TEST_CASE("restart_ice makes offers restart until a round without the old credentials",
          "[sdp][RI-1][RI-2][RI-3][NN-1]") {
  Connected pair;
  auto& [alice, bob] = pair;
  const auto ufrag = alice->negotiated().local->ufrag;
  alice->restart_ice();
  CHECK(alice->negotiation_needed());
  const auto first = line_of(*alice->create_offer(false), "a=ice-ufrag");
  const auto second = line_of(*alice->create_offer(false), "a=ice-ufrag");
  CHECK(first != "a=ice-ufrag:" + ufrag);
  CHECK(second != first);

  SECTION("ours") {
    negotiate(alice, bob);
    CHECK_FALSE(alice->negotiation_needed());
    CHECK(alice->negotiated().local->ufrag != ufrag);
    CHECK(line_of(*alice->create_offer(false), "a=ice-ufrag") == "a=ice-ufrag:" + alice->negotiated().local->ufrag);
  }
  SECTION("the other side's") {
    bob->restart_ice();
    negotiate(bob, alice);
    CHECK_FALSE(alice->negotiation_needed());
    CHECK_FALSE(bob->negotiation_needed());
  }
  SECTION("not one that keeps them") {
    negotiate(bob, alice);
    CHECK(alice->negotiated().local->ufrag == ufrag);
    CHECK(alice->negotiation_needed());
  }
  SECTION("not a rollback") {
    alice.set_own();
    REQUIRE(alice->set_local(Type::rollback, {}).has_value());
    CHECK(alice->negotiation_needed());
    CHECK(alice->negotiated().local->ufrag == ufrag);
  }
}

TEST_CASE("other ICE servers make the next offers restart, without asking for one", "[sdp][CF-10]") {
  Connected pair;
  auto& [alice, bob] = pair;
  const auto ufrag = alice->negotiated().local->ufrag;
  const auto accurate = *alice->create_offer(false);
  alice->ice_servers_changed();
  CHECK_FALSE(alice->negotiation_needed());
  const auto offer = alice.set_own(Type::offer);
  CHECK(offer != accurate);
  CHECK(alice->negotiated().local->ufrag != ufrag);

  SECTION("once: with new credentials set it is done") {
    CHECK(line_of(*alice->create_offer(false), "a=ice-ufrag") == line_of(offer, "a=ice-ufrag"));
    bob.set_other(Type::offer, offer);
    alice.set_other(Type::answer, bob.set_own());
    CHECK(line_of(*alice->create_offer(false), "a=ice-ufrag") == line_of(offer, "a=ice-ufrag"));
  }
  SECTION("and again after a rollback, which brings the old candidates back") {
    REQUIRE(alice->set_local(Type::rollback, {}).has_value());
    CHECK(alice->negotiated().local->ufrag == ufrag);
    CHECK(line_of(*alice->create_offer(false), "a=ice-ufrag") != "a=ice-ufrag:" + ufrag);
  }
  SECTION("and again when they change while an offer is out") {
    alice->ice_servers_changed();
    CHECK(line_of(*alice->create_offer(false), "a=ice-ufrag") != line_of(offer, "a=ice-ufrag"));
  }
}

TEST_CASE("other ICE servers before any description change nothing", "[sdp][CF-10]") {
  Peer alice{1};
  alice->data_channel_created();
  const auto offer = *alice->create_offer(false);
  alice->ice_servers_changed();
  CHECK(*alice->create_offer(false) == offer);
}

TEST_CASE("restart_ice before any description restarts nothing", "[sdp][RI-1]") {
  Peer alice{1};
  alice->restart_ice();
  CHECK_FALSE(alice->negotiation_needed());
}

TEST_CASE("create_offer with iceRestart leaves the need as it is", "[sdp][RI-4]") {
  Connected pair;
  REQUIRE(pair.alice->create_offer(true).has_value());
  CHECK_FALSE(pair.alice->negotiation_needed());
}

TEST_CASE("an answer restarts ICE if and only if the offer did", "[sdp][SD-16]") {
  Connected pair;
  auto& [alice, bob] = pair;
  const auto answer = alice->remote()->sdp;
  SECTION("it may not by itself") {
    alice.set_own();
    CHECK(reason_of(alice->set_remote(Type::answer, with_other_credentials(answer))) == Reason::invalid_description);
    alice.set_other(Type::answer, answer);
  }
  SECTION("it has to follow") {
    REQUIRE(alice->create_offer(true).has_value());
    alice.set_own();
    CHECK(reason_of(alice->set_remote(Type::answer, answer)) == Reason::invalid_description);
    CHECK(alice->state() == SignalingState::have_local_offer);
    alice.set_other(Type::answer, with_other_credentials(answer));
  }
}

TEST_CASE("another certificate or tls-id takes an ICE restart", "[sdp][SD-15][rfc8842-3.1]") {
  Peer bob{2};
  const auto offer = replaced(plain_offer, "a=setup", "a=tls-id:abcdefghijklmnopqrst\r\na=setup");
  bob.set_other(Type::offer, offer);
  const auto first = bob.set_own();
  const auto changed =
      GENERATE_COPY(with_other_fingerprint(offer), with_line(offer, "a=tls-id", "a=tls-id:ABCDEFGHIJKLMNOPQRST"));
  SECTION("or is refused") {
    CHECK(reason_of(bob->set_remote(Type::offer, changed)) == Reason::invalid_description);
    CHECK(bob->state() == SignalingState::stable);
    CHECK(bob->remote()->sdp == offer);
  }
  SECTION("and makes a new association, with a new tls-id and a free choice of roles") {
    auto restarted = with_other_credentials(changed);
    restarted = with_line(restarted, "a=setup", "a=setup:active");
    bob.set_other(Type::offer, restarted);
    const auto second = bob.set_own();
    CHECK(line_of(second, "a=tls-id") != line_of(first, "a=tls-id"));
    CHECK(line_of(second, "a=ice-ufrag") != line_of(first, "a=ice-ufrag"));
    CHECK(line_of(second, "a=setup") == "a=setup:passive");
    CHECK(bob->negotiated().dtls_client == false);
    CHECK(line_of(*bob->create_offer(false), "a=tls-id") == line_of(second, "a=tls-id"));
  }
}

TEST_CASE("another certificate in an answer takes an ICE restart too", "[sdp][SD-15]") {
  Peer alice{1};
  alice->data_channel_created();
  alice.set_own();
  alice.set_other(Type::answer, as_answer(plain_offer));
  const auto changed = as_answer(with_other_fingerprint(plain_offer));
  SECTION("without") {
    alice.set_own(Type::offer);
    CHECK(reason_of(alice->set_remote(Type::answer, changed)) == Reason::invalid_description);
  }
  SECTION("with") {
    REQUIRE(alice->create_offer(true).has_value());
    alice.set_own(Type::offer);
    alice.set_other(Type::answer, with_line(with_other_credentials(changed), "a=setup", "a=setup:passive"));
    CHECK(alice->negotiated().dtls_client == true);
  }
}

TEST_CASE("the roles of a DTLS association do not change", "[sdp][AN-4][rfc8842-5.5]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  bob.set_own();
  CHECK(reason_of(bob->set_remote(Type::offer, with_line(plain_offer, "a=setup", "a=setup:active"))) ==
        Reason::invalid_description);
  bob.set_other(Type::offer, with_line(plain_offer, "a=setup", "a=setup:passive"));
  CHECK(line_of(bob.set_own(), "a=setup") == "a=setup:active");
  bob.set_own(Type::offer);
  bob.set_other(Type::answer, as_answer(plain_offer));  // says active, as Firefox does, and means nothing by it
  CHECK(bob->negotiated().dtls_client == true);
  CHECK(line_of(bob.set_own(Type::offer), "a=setup") == "a=setup:actpass");
  bob.set_other(Type::answer, with_line(plain_offer, "a=setup", "a=setup:passive"));
  CHECK(bob->negotiated().dtls_client == true);
}

TEST_CASE("a re-offer keeps its sections", "[sdp][SD-13][SD-21][rfc3264-8]") {
  Peer bob{2};
  bob.set_other(Type::offer, media_offer);
  bob.set_own();
  const auto only_audio = media_offer.substr(0, media_offer.find("m=application"));
  const auto refused = GENERATE_COPY(as<std::string>{}, only_audio, replaced(media_offer, "m=audio", "m=video"),
                                     replaced(replaced(media_offer, "a=mid:d", "a=mid:e"), "a d", "a e"));
  CHECK(reason_of(bob->set_remote(Type::offer, refused)) == Reason::invalid_description);
  CHECK(bob->state() == SignalingState::stable);
}

TEST_CASE("a rejected section may become another one", "[sdp][OA-9][rfc3264-8.2]") {
  Peer bob{2};
  const auto unbundled = without_line(media_offer, "a=group");
  bob.set_other(Type::offer, unbundled);
  bob.set_own();
  bob.set_other(Type::offer, replaced(replaced(unbundled, "m=audio", "m=video"), "a=mid:a", "a=mid:new"));
  CHECK(bob->state() == SignalingState::have_remote_offer);
}

TEST_CASE("every offer of a series is checked against the last stable state", "[sdp][SD-21]") {
  Peer bob{2};
  bob.set_other(Type::offer, media_offer);
  bob.set_other(Type::offer, with_other_fingerprint(plain_offer));
  bob.set_other(Type::offer, plain_offer);
  CHECK(bob->negotiated().remote->ufrag == "2omt");
  CHECK(bob->negotiated().mline_index == 0);
}

TEST_CASE("the peer may end data, and start it again", "[sdp][SD-12][SD-18][NN-5]") {
  Peer bob{2};
  bob->data_channel_created();
  bob.set_other(Type::offer, plain_offer);
  bob.set_own();
  bob.set_other(Type::offer, replaced(plain_offer, "m=application 9", "m=application 0"));
  CHECK(bob->negotiated().local);  // until it is answered
  bob.set_own();
  CHECK(bob->negotiated().rejected);
  CHECK_FALSE(bob->negotiated().local);
  CHECK_FALSE(bob->negotiation_needed());
  bob.set_other(Type::offer, with_other_fingerprint(plain_offer));
  bob.set_own();
  CHECK_FALSE(bob->negotiated().rejected);
  CHECK(bob->negotiated().local);
}

TEST_CASE("an ice-lite peer is told", "[sdp][IC-16]") {
  Peer bob{2};
  bob.set_other(Type::offer, replaced(plain_offer, "a=group", "a=ice-lite\r\na=group"));
  CHECK(bob->negotiated().remote->ice_lite);
  CHECK(lines_of(bob.set_own(), "a=ice-lite").empty());
}

TEST_CASE("a channel makes negotiation necessary once, and data in the session satisfies it",
          "[sdp][NN-1][NN-2][NN-4]") {
  Peer alice{1};
  Peer bob{2};
  CHECK_FALSE(alice->negotiation_needed());
  alice->data_channel_created();
  CHECK(alice->negotiation_needed());
  alice->data_channel_created();
  bob.set_other(Type::offer, alice.set_own());
  CHECK(alice->negotiation_needed());  // not before the answer
  alice.set_other(Type::answer, bob.set_own());
  CHECK_FALSE(alice->negotiation_needed());
  alice->data_channel_created();
  bob->data_channel_created();
  CHECK_FALSE(alice->negotiation_needed());
  CHECK_FALSE(bob->negotiation_needed());
}

TEST_CASE("an offer without data leaves our channel in need", "[sdp][NN-4]") {
  Peer bob{2};
  bob->data_channel_created();
  bob.set_other(Type::offer, media_offer.substr(0, media_offer.find("m=application")));
  bob.set_own();
  CHECK(bob->negotiation_needed());
}

TEST_CASE("descriptions at rest take candidates, and tell what they told", "[sdp]") {
  Connected pair;
  auto& alice = pair.alice;
  const auto offer = alice->local()->sdp;
  const auto answer = alice->remote()->sdp;
  alice->rest();
  CHECK(alice->local()->sdp == offer);
  CHECK(alice->remote()->sdp == answer);
  CHECK(alice->can_trickle_ice_candidates() == true);
  alice->rest();
  const std::string candidate = "candidate:1 1 udp 2113937151 192.0.2.1 1001 typ host";
  alice->add_local_candidate(alice->negotiated().local->ufrag, candidate);
  CHECK(line_of(alice->local()->sdp, "a=candidate") == "a=" + candidate);
  alice->rest();
  REQUIRE(alice->add_remote_candidate({.candidate = candidate, .mid = "0"}).has_value());
  CHECK(line_of(alice->remote()->sdp, "a=candidate") == "a=" + candidate);
  alice->rest();
  const auto next = alice.set_own(Type::offer);
  CHECK(line_of(next, "a=candidate") == "a=" + candidate);
  alice->rest();  // not while something is being negotiated
  REQUIRE(alice->set_local(Type::rollback, {}).has_value());
  CHECK(line_of(alice->local()->sdp, "a=candidate") == "a=" + candidate);
}
