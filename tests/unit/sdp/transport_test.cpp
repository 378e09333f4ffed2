#include "sdp/transport.hpp"

#include "peer.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

namespace {

Session parsed(const std::string& sdp) {
  auto session = parse_session(sdp, {});
  REQUIRE(session.has_value());
  return *session;
}

Expected<TransportDescription> read(const std::string& sdp, Type type = Type::offer) {
  const auto session = parsed(sdp);
  const auto placement = place_in_offer(session, "", BundlePolicy::balanced);
  REQUIRE(placement);
  return read_transport(session, *placement, type);
}

}  // namespace

TEST_CASE("the transport is what its section says", "[sdp][SD-14]") {
  const auto transport = read(plain_offer);
  REQUIRE(transport.has_value());
  CHECK(transport->ufrag == "2omt");
  CHECK(transport->pwd == "TicuMcqQaqYaeQk+zLa2k+/x");
  CHECK(transport->setup == Setup::actpass);
  REQUIRE(transport->fingerprints.size() == 1);
  CHECK(transport->fingerprints[0].algorithm == "sha-256");
  CHECK(transport->fingerprints[0].value.starts_with("23:8A:EE"));
  CHECK(transport->tls_id.empty());
  CHECK_FALSE(transport->ice_lite);
  CHECK(transport->trickle);
  CHECK(transport->sctp_port == 5000);
  CHECK(transport->max_message_size == 262144);
}

TEST_CASE("what stands at session level holds for a section that does not say it", "[sdp][rfc8839-5.4][SD-14]") {
  auto text = plain_offer;
  std::string moved;
  for (const auto* prefix : {"a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup"}) {
    moved += line_of(text, prefix) + "\r\n";
    text = without_line(text, prefix);
  }
  text = replaced(text, "m=application", moved + "a=tls-id:session0123456789012\r\na=ice-lite\r\nm=application");
  const auto transport = read(text);
  REQUIRE(transport.has_value());
  CHECK(transport->ufrag == "2omt");
  CHECK(transport->fingerprints.size() == 1);
  CHECK(transport->tls_id == "session0123456789012");
  CHECK(transport->ice_lite);

  const auto overridden = read(replaced(text, "a=mid:0", "a=mid:0\r\na=ice-ufrag:mine\r\na=fingerprint:sha-1 aB"));
  REQUIRE(overridden.has_value());
  CHECK(overridden->ufrag == "mine");
  CHECK(overridden->fingerprints == std::vector<FingerprintLine>{{"sha-1", "AB"}});
}

TEST_CASE("several fingerprints are all taken, and compared in one case", "[sdp][rfc8122-5][SD-17]") {
  const auto text = replaced(plain_offer, "a=setup", "a=fingerprint:SHA-512 ab:cd\r\na=setup");
  const auto transport = read(text);
  REQUIRE(transport.has_value());
  REQUIRE(transport->fingerprints.size() == 2);
  CHECK(transport->fingerprints[1] == FingerprintLine{"sha-512", "AB:CD"});
}

TEST_CASE("max-message-size is 65536 unless told, 0 is no limit, and a huge one does not overflow",
          "[sdp][rfc8841-6][DC-20]") {
  const auto size = [](std::string_view line) {
    const auto transport = read(with_line(plain_offer, "a=max-message-size", line));
    REQUIRE(transport.has_value());
    return transport->max_message_size;
  };
  CHECK(size("") == 65536);
  CHECK(size("a=max-message-size:0") == 0);
  CHECK(size("a=max-message-size:1000") == 1000);
  CHECK(size("a=max-message-size:18446744073709551615") == 18446744073709551615u);
  CHECK(size("a=max-message-size:99999999999999999999999") == 18446744073709551615u);
}

TEST_CASE("an incomplete transport is refused", "[sdp][SD-14]") {
  struct Case {
    std::string_view prefix;
    std::string line;
  };
  const auto variant =
      GENERATE(Case{"a=ice-ufrag", ""}, Case{"a=ice-ufrag", "a=ice-ufrag:abc"},
               Case{"a=ice-ufrag", "a=ice-ufrag:" + std::string(257, 'u')}, Case{"a=ice-ufrag", "a=ice-ufrag:ab cd"},
               Case{"a=ice-pwd", ""}, Case{"a=ice-pwd", "a=ice-pwd:" + std::string(21, 'p')},
               Case{"a=ice-pwd", "a=ice-pwd:" + std::string(257, 'p')}, Case{"a=fingerprint", ""},
               Case{"a=fingerprint", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"},
               Case{"a=setup", "a=setup:holdconn"}, Case{"a=sctp-port", ""});
  CAPTURE(variant.line);
  CHECK(reason_of(read(with_line(plain_offer, variant.prefix, variant.line))) == Reason::invalid_description);
}

TEST_CASE("credentials at the limits of their length are taken", "[sdp][rfc8839-5.4]") {
  auto text = with_line(plain_offer, "a=ice-ufrag", "a=ice-ufrag:" + std::string(256, 'u'));
  text = with_line(text, "a=ice-pwd", "a=ice-pwd:" + std::string(22, 'p'));
  CHECK(read(text).has_value());
}

TEST_CASE("an offer without a=setup counts as actpass, an answer has to choose", "[sdp][rfc8842-5][AN-4]") {
  const auto setup = [](std::string_view line, Type type) {
    const auto transport = read(with_line(plain_offer, "a=setup", line), type);
    return transport ? std::optional{transport->setup} : std::nullopt;
  };
  CHECK(setup("", Type::offer) == Setup::actpass);
  CHECK(setup("a=setup:active", Type::offer) == Setup::active);
  CHECK(setup("a=setup:passive", Type::answer) == Setup::passive);
  CHECK_FALSE(setup("", Type::answer));
  CHECK_FALSE(setup("a=setup:actpass", Type::answer));
  CHECK_FALSE(setup("a=setup:actpass", Type::pranswer));
}

TEST_CASE("the port of a legacy data section is its format", "[sdp][AN-5]") {
  auto text = replaced(plain_offer, "UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 6001");
  text = with_line(text, "a=sctp-port", "a=sctpmap:6001 webrtc-datachannel 65535");
  const auto transport = read(text);
  REQUIRE(transport.has_value());
  CHECK(transport->sctp_port == 6001);
}

TEST_CASE("a section bundled behind media uses the transport of the tagged one", "[sdp][rfc9143-7.2][AN-3]") {
  const auto placed = [](const std::string& text, BundlePolicy policy = BundlePolicy::balanced) {
    return place_in_offer(parsed(text), "", policy);
  };
  SECTION("which stays, inactive") {
    const auto placement = placed(media_offer);
    REQUIRE(placement);
    CHECK(placement->data == 1);
    CHECK(placement->transport == 0);
    CHECK(read(media_offer)->ufrag == "AAAA");
  }
  SECTION("also if the data section is bundle-only") {
    const auto text = replaced(media_offer, "m=application 9", "m=application 0");
    CHECK_FALSE(placed(text));
    const auto placement = placed(replaced(text, "a=mid:d", "a=mid:d\r\na=bundle-only"));
    REQUIRE(placement);
    CHECK(placement->transport == 0);
  }
  SECTION("unless it cannot stay: then the data section stands alone") {
    for (const auto* line : {"a=rtcp-mux", "a=rtpmap:111"}) {
      const auto placement = placed(without_line(media_offer, line));
      REQUIRE(placement);
      CHECK(placement->transport == 1);
    }
    const auto rejected = placed(replaced(media_offer, "m=audio 9", "m=audio 0"));
    REQUIRE(rejected);
    CHECK(rejected->transport == 1);
  }
  SECTION("or neither of them can be taken") {
    auto text = replaced(media_offer, "m=application 9", "m=application 0");
    text = replaced(text, "a=mid:d", "a=mid:d\r\na=bundle-only");
    CHECK_FALSE(placed(without_line(text, "a=rtpmap:111")));
    CHECK_FALSE(placed(replaced(text, "m=audio 9", "m=audio 0")));
  }
  SECTION("and without a group it stands alone, unless our policy is max-bundle") {
    const auto text = without_line(media_offer, "a=group");
    CHECK(placed(text)->transport == 1);
    CHECK(placed(text, BundlePolicy::max_compat)->transport == 1);
    CHECK_FALSE(placed(text, BundlePolicy::max_bundle));
    CHECK(placed(media_offer, BundlePolicy::max_bundle)->transport == 0);
    CHECK(placed(replaced(text, "m=audio 9", "m=audio 0"), BundlePolicy::max_bundle)->transport == 1);
  }
}

TEST_CASE("of several data sections the one negotiated before goes on, or else the first", "[sdp][SD-14]") {
  const auto section = plain_offer.substr(plain_offer.find("m="));
  const auto session = parsed(plain_offer + replaced(section, "a=mid:0", "a=mid:1"));
  CHECK(place_in_offer(session, "", BundlePolicy::balanced)->data == 0);
  CHECK(place_in_offer(session, "1", BundlePolicy::balanced)->data == 1);
  CHECK(place_in_offer(session, "7", BundlePolicy::balanced)->data == 0);
}

TEST_CASE("media has to be described as browsers demand it, even though we reject it", "[sdp][SD-7][SD-14]") {
  CHECK_FALSE(check_media(parsed(media_offer)));
  CHECK(check_media(parsed(without_line(media_offer, "a=rtcp-mux")))->reason == Reason::invalid_description);
  CHECK(check_media(parsed(without_line(media_offer, "a=fingerprint")))->reason == Reason::invalid_description);
  CHECK(check_media(parsed(without_line(media_offer, "a=rtcp-mux")))->line == 7);
  CHECK_FALSE(check_media(parsed(replaced(without_line(media_offer, "a=rtcp-mux"), "m=audio 9", "m=audio 0"))));
  CHECK_FALSE(check_media(parsed("v=0\r\nm=text 9 RTP/AVP 98\r\n")));
}

TEST_CASE("two descriptions are of one certificate if fingerprints and tls-id agree", "[sdp][rfc8842-3.1][SD-15]") {
  TransportDescription one{.fingerprints = {{"sha-256", "AA"}, {"sha-1", "BB"}}, .tls_id = "x"};
  auto other = one;
  std::swap(other.fingerprints[0], other.fingerprints[1]);
  CHECK(same_identity(one, other));
  other.tls_id.clear();
  CHECK(same_identity(one, other));
  other.tls_id = "y";
  CHECK_FALSE(same_identity(one, other));
  other = one;
  other.fingerprints.pop_back();
  CHECK_FALSE(same_identity(one, other));
  CHECK_FALSE(same_identity(other, one));
}
