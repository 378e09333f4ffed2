#include "peer.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

TEST_CASE("an offer without channels is a session without sections", "[sdp][OA-2]") {
  Peer alice{1};
  Peer bob{2};
  const auto offer = alice.set_own();
  CHECK(lines_of(offer, "m=").empty());
  CHECK(lines_of(offer, "a=group").empty());
  CHECK_FALSE(alice->negotiated().local);
  bob.set_other(Type::offer, offer);
  alice.set_other(Type::answer, bob.set_own());
  CHECK(alice->state() == SignalingState::stable);
  CHECK_FALSE(alice->negotiated().rejected);
}

TEST_CASE("an offer says what browsers and RFC 9429 want", "[sdp][OA-2][OA-4][rfc9429-5.2.1]") {
  Peer alice{1};
  alice->data_channel_created();
  alice->data_channel_created();
  const auto offer = *alice->create_offer(false);
  const auto lines = lines_of(offer, "");
  REQUIRE(lines.size() == 16);
  CHECK(lines[0] == "v=0");
  CHECK(lines[1].starts_with("o=- "));
  CHECK(lines[1].ends_with(" 1 IN IP4 0.0.0.0"));
  CHECK(lines[2] == "s=-");
  CHECK(lines[3] == "t=0 0");
  CHECK(lines[4] == "a=group:BUNDLE 0");
  CHECK(lines[5] == "a=ice-options:trickle ice2");
  CHECK(lines[6] == "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
  CHECK(lines[7] == "c=IN IP4 0.0.0.0");
  CHECK(lines[8] == "a=mid:0");
  CHECK(lines[9].size() == std::string_view{"a=ice-ufrag:"}.size() + 8);
  CHECK(lines[10].size() == std::string_view{"a=ice-pwd:"}.size() + 24);
  CHECK(lines[11] == "a=fingerprint:sha-256 AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89");
  CHECK(lines[12] == "a=setup:actpass");
  CHECK(lines[13].size() >= std::string_view{"a=tls-id:"}.size() + 20);
  CHECK(lines[14] == "a=sctp-port:5000");
  CHECK(lines[15] == "a=max-message-size:262144");
  CHECK(offer.ends_with("\r\n"));
  CHECK(lines_of(offer, "").size() == static_cast<std::size_t>(std::count(offer.begin(), offer.end(), '\r')));
}

TEST_CASE("the options are told: certificates, port and size", "[sdp][OA-4]") {
  auto options = default_options();
  options.fingerprints.push_back({"SHA-512", "ee:ff"});
  options.sctp_port = 6000;
  options.max_message_size = 0;
  Peer alice{1, options};
  alice->data_channel_created();
  const auto offer = alice.set_own();
  CHECK(lines_of(offer, "a=fingerprint").size() == 2);
  CHECK(lines_of(offer, "a=fingerprint")[1] == "a=fingerprint:sha-512 EE:FF");
  CHECK(line_of(offer, "a=sctp-port") == "a=sctp-port:6000");
  CHECK(line_of(offer, "a=max-message-size") == "a=max-message-size:0");
}

TEST_CASE("the session id is positive, fits 63 bits, and stays; the version grows with the text",
          "[sdp][OA-5][rfc9429-5.2.2]") {
  Peer alice{1};
  Peer bob{2};
  const auto origin = [](const std::string& sdp) {
    std::istringstream in{line_of(sdp, "o=- ").substr(4)};
    std::pair<std::uint64_t, std::uint64_t> result;
    in >> result.first >> result.second;
    return result;
  };
  const auto empty = origin(*alice->create_offer(false));
  CHECK(empty.first > 0);
  CHECK(empty.first >> 63 == 0);
  alice->data_channel_created();
  const auto first = origin(*alice->create_offer(false));
  CHECK(first == std::pair{empty.first, empty.second + 1});
  CHECK(origin(*alice->create_offer(false)) == first);

  alice.set_own();
  REQUIRE(alice->set_local(Type::rollback, {}).has_value());
  const auto after_rollback = origin(*alice->create_offer(false));
  CHECK(after_rollback == std::pair{empty.first, first.second + 1});

  negotiate(alice, bob);
  const auto restart = origin(*alice->create_offer(true));
  CHECK(restart == std::pair{empty.first, after_rollback.second + 1});
  alice.set_other(Type::offer, bob.set_own());
  CHECK(origin(alice.set_own()) == std::pair{empty.first, restart.second + 1});
}

TEST_CASE("a local offer is half of what is negotiated", "[sdp][SD-12][IC-16]") {
  Peer alice{1};
  alice->data_channel_created();
  const auto offer = alice.set_own();
  const auto& negotiated = alice->negotiated();
  REQUIRE(negotiated.local);
  CHECK_FALSE(negotiated.remote);
  CHECK_FALSE(negotiated.dtls_client);
  CHECK(negotiated.local_is_offerer);
  CHECK(negotiated.mid == "0");
  CHECK(negotiated.mline_index == 0);
  CHECK("a=ice-ufrag:" + negotiated.local->ufrag == line_of(offer, "a=ice-ufrag"));
  CHECK("a=tls-id:" + negotiated.local->tls_id == line_of(offer, "a=tls-id"));
  CHECK(negotiated.local->setup == Setup::actpass);
  CHECK(negotiated.local->trickle);
  CHECK(negotiated.local->max_message_size == 262144);
}

TEST_CASE("later offers keep order, mids, credentials and identity", "[sdp][OA-6][OA-7][AN-8]") {
  Peer alice{1};
  Peer bob{2};
  alice->data_channel_created();
  const auto first = alice.set_own();
  CHECK(without_line(alice.set_own(), "o=") == without_line(first, "o="));  // in have-local-offer likewise
  bob.set_other(Type::offer, alice->local()->sdp);
  alice.set_other(Type::answer, bob.set_own());
  const auto second = *alice->create_offer(false);
  CHECK(without_line(second, "o=") == without_line(first, "o="));
  CHECK(line_of(*bob->create_offer(false), "a=setup") == "a=setup:actpass");
}

TEST_CASE("who answered media by rejecting it offers it so, in place", "[sdp][OA-8][OA-9]") {
  Peer bob{2};
  bob->data_channel_created();
  SECTION("with an inactive section for the transport") {
    bob.set_other(Type::offer, media_offer);
    bob.set_own();
    const auto offer = *bob->create_offer(false);
    CHECK(lines_of(offer, "m=") == std::vector<std::string>{"m=audio 9 UDP/TLS/RTP/SAVPF 111",
                                                            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"});
    CHECK(line_of(offer, "a=group") == "a=group:BUNDLE a d");
    CHECK(lines_of(offer, "a=mid") == std::vector<std::string>{"a=mid:a", "a=mid:d"});
    CHECK(lines_of(offer, "a=setup") == std::vector<std::string>{"a=setup:actpass", "a=setup:actpass"});
    CHECK(line_of(offer, "a=rtpmap") == "a=rtpmap:111 opus/48000/2");
    CHECK(lines_of(offer, "a=inactive").size() == 1);
  }
  SECTION("with port 0") {
    bob.set_other(Type::offer, without_line(media_offer, "a=group"));
    bob.set_own();
    const auto offer = *bob->create_offer(false);
    CHECK(lines_of(offer, "m=") == std::vector<std::string>{"m=audio 0 UDP/TLS/RTP/SAVPF 63 111 0",
                                                            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"});
    CHECK(lines_of(offer, "c=").size() == 2);
    CHECK(lines_of(offer, "a=group").empty());  // the answer bundled nothing
  }
  SECTION("and adds data behind it, with a mid never used, bundled") {
    const auto audio_only =
        replaced(media_offer.substr(0, media_offer.find("m=application")), "BUNDLE a d", "BUNDLE 0");
    bob.set_other(Type::offer, replaced(audio_only, "a=mid:a", "a=mid:0"));
    CHECK(lines_of(bob.set_own(), "a=group").empty());
    CHECK_FALSE(bob->negotiated().rejected);
    CHECK(bob->negotiation_needed());
    const auto offer = bob.set_own();
    CHECK(lines_of(offer, "m=") == std::vector<std::string>{"m=audio 0 UDP/TLS/RTP/SAVPF 63 111 0",
                                                            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"});
    CHECK(lines_of(offer, "a=mid") == std::vector<std::string>{"a=mid:0", "a=mid:1"});
    CHECK(line_of(offer, "a=group") == "a=group:BUNDLE 1");
    CHECK(bob->negotiated().mline_index == 1);
  }
}

TEST_CASE("a data section that was refused is offered anew with another mid", "[sdp][OA-6][OA-9][NN-5]") {
  Peer alice{1};
  alice->data_channel_created();
  alice.set_own();
  alice.set_other(Type::answer, replaced(with_line(plain_offer, "a=setup", "a=setup:active"), "n 9", "n 0"));
  CHECK(alice->negotiated().rejected);
  CHECK_FALSE(alice->negotiated().local);
  CHECK_FALSE(alice->negotiation_needed());
  const auto tls_id = line_of(alice->local()->sdp, "a=tls-id");
  alice->data_channel_created();
  CHECK(alice->negotiation_needed());
  const auto offer = alice.set_own();
  CHECK(lines_of(offer, "m=").size() == 1);
  CHECK(line_of(offer, "a=mid") == "a=mid:1");
  CHECK(line_of(offer, "a=tls-id") != tls_id);
  CHECK_FALSE(alice->negotiated().rejected);
}

TEST_CASE("a session that is full of sections takes no other", "[sdp][limits]") {
  std::string offer = "v=0\r\n";
  for (int i = 0; i < 32; ++i) offer += "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n";
  Peer bob{2};
  bob.set_other(Type::offer, offer);
  bob.set_own();
  bob->data_channel_created();
  CHECK(reason_of(bob->create_offer(false)) == Reason::too_many);
}
