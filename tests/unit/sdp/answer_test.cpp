#include "peer.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

namespace {

std::string answer_to(Peer& peer, const std::string& offer) {
  peer.set_other(Type::offer, offer);
  return peer.set_own();
}

}  // namespace

TEST_CASE("an answer mirrors the offer, and takes the data section", "[sdp][AN-1][AN-4][rfc9429-5.3.1]") {
  Peer bob{2};
  const auto answer = answer_to(bob, plain_offer);
  CHECK(line_of(answer, "m=") == "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
  CHECK(line_of(answer, "a=group") == "a=group:BUNDLE 0");
  CHECK(line_of(answer, "a=mid") == "a=mid:0");
  CHECK(line_of(answer, "a=setup") == "a=setup:active");
  CHECK(line_of(answer, "a=ice-options") == "a=ice-options:trickle");
  CHECK(line_of(answer, "a=sctp-port") == "a=sctp-port:5000");
  CHECK(line_of(answer, "a=max-message-size") == "a=max-message-size:262144");
  CHECK(lines_of(answer, "a=tls-id").empty());  // RFC 8842 §5.3: not offered
  const auto& negotiated = bob->negotiated();
  REQUIRE(negotiated.local);
  REQUIRE(negotiated.remote);
  CHECK(negotiated.remote->ufrag == "2omt");
  CHECK(negotiated.dtls_client == true);
  CHECK_FALSE(negotiated.local_is_offerer);
  CHECK_FALSE(negotiated.rejected);
  CHECK(negotiated.mid == "0");
}

TEST_CASE("a remote offer alone tells about the remote side only", "[sdp][SD-12]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  CHECK_FALSE(bob->negotiated().local);
  CHECK_FALSE(bob->negotiated().dtls_client);
  REQUIRE(bob->negotiated().remote);
  CHECK(bob->negotiated().remote->max_message_size == 262144);
}

TEST_CASE("the same answer is made as long as nothing changes", "[sdp][OA-5]") {
  Peer bob{2};
  bob.set_other(Type::offer, plain_offer);
  const auto answer = *bob->create_answer();
  CHECK(*bob->create_answer() == answer);
  CHECK(bob.set_own() == answer);
}

TEST_CASE("an answer carries mid, BUNDLE, tls-id and ice-options only if they were offered", "[sdp][AN-1][AN-8]") {
  Peer bob{2};
  SECTION("nothing") {
    auto offer = plain_offer;
    for (const auto* prefix : {"a=mid", "a=group", "a=ice-options"}) offer = without_line(offer, prefix);
    const auto answer = answer_to(bob, offer);
    CHECK(lines_of(answer, "a=mid").empty());
    CHECK(lines_of(answer, "a=group").empty());
    CHECK(lines_of(answer, "a=ice-options").empty());
    CHECK(bob->negotiated().local);
    CHECK(bob->negotiated().mid.empty());
  }
  SECTION("everything") {
    auto offer = with_line(plain_offer, "a=ice-options", "a=ice-options:ice2 trickle");
    offer = replaced(offer, "a=setup", "a=tls-id:abcdefghijklmnopqrst\r\na=setup");
    const auto answer = answer_to(bob, offer);
    CHECK(line_of(answer, "a=ice-options") == "a=ice-options:trickle ice2");
    CHECK(line_of(answer, "a=tls-id").size() >= std::string_view{"a=tls-id:"}.size() + 20);
    CHECK(bob->negotiated().remote->tls_id == "abcdefghijklmnopqrst");
  }
}

TEST_CASE("the answerer is the DTLS client unless the offerer chose so", "[sdp][AN-4][rfc8842-5.3]") {
  struct Case {
    const char* offered;
    const char* answered;
    bool client;
  };
  const auto [offered, answered, client] =
      GENERATE(Case{"a=setup:actpass", "a=setup:active", true}, Case{"a=setup:passive", "a=setup:active", true},
               Case{"a=setup:active", "a=setup:passive", false}, Case{"", "a=setup:active", true});
  Peer bob{2};
  CHECK(line_of(answer_to(bob, with_line(plain_offer, "a=setup", offered)), "a=setup") == answered);
  CHECK(bob->negotiated().dtls_client == client);
}

TEST_CASE("holdconn is of no use", "[sdp][AN-4]") {
  Peer bob{2};
  const auto offer = with_line(plain_offer, "a=setup", "a=setup:holdconn");
  CHECK(reason_of(bob->set_remote(Type::offer, offer)) == Reason::invalid_description);
}

TEST_CASE("the tagged media section stays inactive, all other media is rejected", "[sdp][AN-2][AN-3][rfc9143-7.3]") {
  const auto policy = GENERATE(BundlePolicy::balanced, BundlePolicy::max_compat, BundlePolicy::max_bundle);
  auto options = default_options();
  options.bundle_policy = policy;
  Peer bob{2, options};
  auto offer = replaced(media_offer, "BUNDLE a d", "BUNDLE a v d");
  offer = replaced(offer, "m=application",
                   "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=bundle-only\r\n"
                   "a=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\nm=application");
  const auto answer = answer_to(bob, offer);
  CHECK(lines_of(answer, "m=") == std::vector<std::string>{"m=audio 9 UDP/TLS/RTP/SAVPF 111",
                                                           "m=video 0 UDP/TLS/RTP/SAVPF 96 97",
                                                           "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"});
  CHECK(lines_of(answer, "c=").size() == 3);
  CHECK(lines_of(answer, "a=mid") == std::vector<std::string>{"a=mid:a", "a=mid:v", "a=mid:d"});
  CHECK(line_of(answer, "a=group") == "a=group:BUNDLE a d");
  CHECK(lines_of(answer, "a=inactive").size() == 2);
  CHECK(lines_of(answer, "a=rtcp-mux").size() == 1);
  CHECK(lines_of(answer, "a=rtpmap") == std::vector<std::string>{"a=rtpmap:111 opus/48000/2"});
  CHECK(lines_of(answer, "a=fmtp") == std::vector<std::string>{"a=fmtp:111 minptime=10"});
  CHECK(lines_of(answer, "a=bundle-only").empty());
  for (const auto* prefix : {"a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup"}) {
    const auto lines = lines_of(answer, prefix);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == lines[1]);
  }
  CHECK(bob->negotiated().remote->ufrag == "AAAA");
  CHECK(bob->negotiated().mid == "d");
  CHECK(bob->negotiated().mline_index == 2);
  CHECK(bob->negotiated().transport_mid == "a");  // Chromium drops candidates of the others
  CHECK(bob->negotiated().transport_mline_index == 0);
  CHECK(bob->remote_candidates() ==
        std::vector<std::string>{"candidate:1 1 udp 2113937151 192.0.2.1 1001 typ host", ""});
}

TEST_CASE("media that is not bundled with data is rejected whole", "[sdp][AN-1][AN-2]") {
  Peer bob{2};
  const auto answer = answer_to(bob, without_line(media_offer, "a=group"));
  CHECK(lines_of(answer, "m=") == std::vector<std::string>{"m=audio 0 UDP/TLS/RTP/SAVPF 63 111 0",
                                                           "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"});
  CHECK(lines_of(answer, "a=group").empty());
  CHECK(bob->negotiated().remote->ufrag == "DDDD");
  CHECK(bob->remote_candidates().front() == "candidate:2 1 udp 2113937151 192.0.2.1 2002 typ host");
}

TEST_CASE("a tagged section that cannot stay leaves the group to data", "[sdp][AN-3][rfc9143-7.3.1]") {
  Peer bob{2};
  const auto answer = answer_to(bob, without_line(media_offer, "a=rtpmap:111"));
  CHECK(line_of(answer, "m=audio") == "m=audio 0 UDP/TLS/RTP/SAVPF 63 111 0");
  CHECK(line_of(answer, "a=group") == "a=group:BUNDLE d");
  CHECK(bob->negotiated().remote->ufrag == "DDDD");
}

TEST_CASE("what we cannot carry is rejected", "[sdp][AN-1][AN-3]") {
  const auto [from, by] = GENERATE(table<const char*, const char*>({
      {"UDP/DTLS/SCTP webrtc-datachannel", "UDP/DTLS/SCTP other"},
      {"UDP/DTLS/SCTP webrtc-datachannel", "SCTP webrtc-datachannel"},
      {"m=application 9", "m=application 0"},
      {"m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "m=text 9 RTP/AVP 98"},
  }));
  Peer bob{2};
  const auto offer = replaced(plain_offer, from, by);
  const auto answer = answer_to(bob, offer);
  CAPTURE(answer);
  CHECK(line_of(answer, "m=").find(" 0 ") != std::string::npos);
  CHECK(lines_of(answer, "c=").size() == 1);
  CHECK(lines_of(answer, "a=group").empty());
  CHECK_FALSE(bob->negotiated().local);
  CHECK_FALSE(bob->negotiated().remote);
  CHECK(bob->state() == SignalingState::stable);
}

TEST_CASE("refused data is told apart from no data", "[sdp][SD-12]") {
  Peer bob{2};
  SECTION("refused") {
    answer_to(bob, replaced(plain_offer, "m=application 9", "m=application 0"));
    CHECK(bob->negotiated().rejected);
  }
  SECTION("not there") {
    answer_to(bob, media_offer.substr(0, media_offer.find("m=application")));
    CHECK_FALSE(bob->negotiated().rejected);
  }
}

TEST_CASE("a second data section is rejected", "[sdp][AN-1]") {
  Peer bob{2};
  const auto section = plain_offer.substr(plain_offer.find("m="));
  const auto answer = answer_to(bob, plain_offer + replaced(section, "a=mid:0", "a=mid:1"));
  CHECK(lines_of(answer, "m=") == std::vector<std::string>{"m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
                                                           "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"});
}

TEST_CASE("old peers are answered in their kind", "[sdp][AN-5]") {
  Peer bob{2};
  auto offer = replaced(plain_offer, "UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5000");
  offer = with_line(offer, "a=sctp-port", "a=sctpmap:5000 webrtc-datachannel 65535");
  const auto answer = answer_to(bob, offer);
  CHECK(line_of(answer, "m=") == "m=application 9 DTLS/SCTP 5000");
  CHECK(line_of(answer, "a=sctpmap").starts_with("a=sctpmap:5000 webrtc-datachannel "));
  CHECK(lines_of(answer, "a=sctp-port").empty());
  CHECK(bob->negotiated().local->sctp_port == 5000);
  CHECK(line_of(*bob->create_offer(false), "m=") == "m=application 9 DTLS/SCTP 5000");
}

TEST_CASE("sctp-port 0 asks for no association, and gets none", "[sdp][AN-5][SD-18][rfc8841-10.3]") {
  Peer bob{2};
  const auto answer = answer_to(bob, with_line(plain_offer, "a=sctp-port", "a=sctp-port:0"));
  CHECK(line_of(answer, "m=") == "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
  CHECK(line_of(answer, "a=sctp-port") == "a=sctp-port:0");
  CHECK_FALSE(bob->negotiated().rejected);
  CHECK(bob->negotiated().local->sctp_port == 0);
  CHECK(line_of(*bob->create_offer(false), "a=sctp-port") == "a=sctp-port:5000");
  CHECK(line_of(answer_to(bob, plain_offer), "a=sctp-port") == "a=sctp-port:5000");
}

TEST_CASE("a new sctp-port is answered with a new one of ours", "[sdp][AN-5][SD-18][rfc8841-10.4]") {
  Peer bob{2};
  answer_to(bob, plain_offer);
  const auto answer = answer_to(bob, with_line(plain_offer, "a=sctp-port", "a=sctp-port:5001"));
  CHECK(line_of(answer, "a=sctp-port") == "a=sctp-port:5001");
  CHECK(bob->negotiated().remote->sctp_port == 5001);
  CHECK(bob->negotiated().local->sctp_port == 5001);
  CHECK(line_of(*bob->create_offer(false), "a=sctp-port") == "a=sctp-port:5001");
}

TEST_CASE("max-message-size of an answer is what we take, whatever the offer takes", "[sdp][AN-6][DC-20][rfc8841-6]") {
  const auto [offered, read] = GENERATE(table<const char*, std::uint64_t>({{"a=max-message-size:1000", 1000},
                                                                           {"a=max-message-size:0", 0},
                                                                           {"", 65536},
                                                                           {"a=max-message-size:999999", 999999}}));
  auto options = default_options();
  options.max_message_size = 100'000;
  Peer bob{2, options};
  const auto answer = answer_to(bob, with_line(plain_offer, "a=max-message-size", offered));
  CHECK(line_of(answer, "a=max-message-size") == "a=max-message-size:100000");
  CHECK(bob->negotiated().remote->max_message_size == read);
}

TEST_CASE("an offer without the port of its association is invalid", "[sdp][SD-14][rfc8841-5.1]") {
  Peer bob{2};
  CHECK(reason_of(bob->set_remote(Type::offer, without_line(plain_offer, "a=sctp-port"))) ==
        Reason::invalid_description);
  CHECK(bob->state() == SignalingState::stable);
}

TEST_CASE("the answer of the other side is half of what is negotiated", "[sdp][SD-12]") {
  const auto [setup, client] = GENERATE(table<const char*, bool>({{"active", false}, {"passive", true}}));
  Peer alice{1};
  alice->data_channel_created();
  alice.set_own();
  alice.set_other(Type::answer, with_line(plain_offer, "a=setup", std::string{"a=setup:"} + setup));
  const auto& negotiated = alice->negotiated();
  REQUIRE(negotiated.remote);
  CHECK(negotiated.remote->ufrag == "2omt");
  CHECK(negotiated.dtls_client == client);
  CHECK(negotiated.local_is_offerer);
  CHECK_FALSE(alice->negotiation_needed());
}

TEST_CASE("an answer has the sections of the offer", "[sdp][SD-13][SD-14]") {
  Peer alice{1};
  alice->data_channel_created();
  alice.set_own();
  const auto answer = with_line(plain_offer, "a=setup", "a=setup:active");
  const auto refused = GENERATE_COPY(
      std::string{"v=0\r\n"}, answer + "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n",
      replaced(answer, "m=application", "m=audio"), replaced(answer, "UDP/DTLS", "TCP/DTLS"),
      replaced(answer, "a=mid:0", "a=mid:1"), replaced(answer, " webrtc-datachannel", " other"),
      without_line(answer, "a=ice-ufrag"), without_line(answer, "a=fingerprint"), without_line(answer, "a=setup"),
      without_line(answer, "a=sctp-port"), with_line(answer, "a=setup", "a=setup:actpass"));
  CAPTURE(refused);
  CHECK(reason_of(alice->set_remote(Type::answer, refused)) == Reason::invalid_description);
  CHECK(alice->state() == SignalingState::have_local_offer);
  CHECK_FALSE(alice->remote());
  CHECK_FALSE(alice->negotiated().remote);
}

TEST_CASE("an answer may lack the mid, and may refuse", "[sdp][SD-13][NN-5]") {
  Peer alice{1};
  alice->data_channel_created();
  alice.set_own();
  const auto answer = with_line(plain_offer, "a=setup", "a=setup:active");
  SECTION("no mid") {
    alice.set_other(Type::answer, without_line(without_line(answer, "a=mid"), "a=group"));
    CHECK(alice->negotiated().mid == "0");
    CHECK(alice->negotiated().remote);
  }
  SECTION("port 0, and nothing of a transport") {
    alice.set_other(Type::answer, "v=0\r\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n");
    CHECK(alice->negotiated().rejected);
    CHECK_FALSE(alice->negotiated().remote);
    CHECK_FALSE(alice->negotiated().local);
    CHECK_FALSE(alice->negotiated().dtls_client);
  }
  SECTION("sctp-port 0") {
    alice.set_other(Type::answer, with_line(answer, "a=sctp-port", "a=sctp-port:0"));
    CHECK_FALSE(alice->negotiated().rejected);
    CHECK(alice->negotiated().remote->sctp_port == 0);
  }
}

TEST_CASE("our own re-offer with an inactive section is answered by its peer", "[sdp][OA-9][AN-3]") {
  Peer bob{2};
  answer_to(bob, media_offer);
  const auto before = *bob->negotiated().remote;
  bob.set_own(Type::offer);
  SECTION("which keeps the section") {
    auto answer = replaced(media_offer, "a=setup:actpass", "a=setup:passive");
    bob.set_other(Type::answer, replaced(answer, "a=setup:actpass", "a=setup:passive"));
    CHECK(bob->negotiated().remote->ufrag == before.ufrag);
  }
  SECTION("which rejects it: the data section has a transport of its own now") {
    auto answer = replaced(media_offer, "a=setup:actpass", "a=setup:passive");
    answer = replaced(replaced(answer, "a=setup:actpass", "a=setup:passive"), "BUNDLE a d", "BUNDLE d");
    answer = replaced(replaced(answer, "m=audio 9", "m=audio 0"), "a=ice-ufrag:DDDD", "a=ice-ufrag:AAAA");
    answer = replaced(answer, "dddddddddddddddddddddd", "aaaaaaaaaaaaaaaaaaaaaa");
    bob.set_other(Type::answer, answer);
    CHECK(bob->state() == SignalingState::stable);
    CHECK(lines_of(*bob->create_offer(false), "m=audio 0").size() == 1);
  }
}
