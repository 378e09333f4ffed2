#include "sdp/session.hpp"

#include "peer.hpp"
#include "sdp/text.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

TEST_CASE("a description is its session part and its media sections, and keeps every line", "[sdp][rfc8866-5]") {
  const auto text = replaced(media_offer, "a=sendrecv\r\n", "b=AS:30\r\na=unheard-of:1\r\nk=prompt\r\n");
  const auto session = parse_session(text, {});
  REQUIRE(session.has_value());
  CHECK(to_string(*session) == text);
  REQUIRE(session->sections.size() == 2);
  const auto& audio = session->sections[0];
  CHECK(audio.mid == "a");
  CHECK(audio.media == "audio");
  CHECK(audio.port == "9");
  CHECK(audio.proto == "UDP/TLS/RTP/SAVPF");
  CHECK(audio.formats == std::vector<std::string>{"63", "111", "0"});
  CHECK(audio.line_number == 7);
  CHECK(audio.is_secure_rtp());
  CHECK_FALSE(audio.is_data());
  CHECK(session->sections[1].is_data());
  CHECK(session->index_of("d") == 1u);
  CHECK_FALSE(session->index_of("x"));
  CHECK_FALSE(session->index_of(""));
  CHECK(session->bundle_of("d") == std::vector<std::string_view>{"a", "d"});
  CHECK(session->bundle_of("x").empty());
}

TEST_CASE("data sections are known by media, proto and format", "[sdp][rfc8841-4][AN-5]") {
  const auto is_data = [](std::string_view m_line, std::string_view attribute = "") {
    const auto session = parse_session("v=0\r\nm=" + std::string{m_line} + "\r\n" + std::string{attribute}, {});
    REQUIRE(session.has_value());
    return session->sections[0].is_data();
  };
  CHECK(is_data("application 9 UDP/DTLS/SCTP webrtc-datachannel"));
  CHECK(is_data("application 9 TCP/DTLS/SCTP webrtc-datachannel"));
  CHECK(is_data("application 9 DTLS/SCTP webrtc-datachannel"));
  CHECK(is_data("application 9 DTLS/SCTP 5000", "a=sctpmap:5000 webrtc-datachannel 65535\r\n"));
  CHECK_FALSE(is_data("application 9 DTLS/SCTP 5000"));
  CHECK_FALSE(is_data("application 9 DTLS/SCTP 5000", "a=sctpmap:5001 webrtc-datachannel 65535\r\n"));
  CHECK_FALSE(is_data("application 9 DTLS/SCTP 5000", "a=sctpmap:5000 other 65535\r\n"));
  CHECK_FALSE(is_data("application 9 UDP/DTLS/SCTP something"));
  CHECK_FALSE(is_data("application 9 RTP/AVP webrtc-datachannel"));
  CHECK_FALSE(is_data("audio 9 UDP/DTLS/SCTP webrtc-datachannel"));
}

TEST_CASE("port 0 is read in whatever way it is written", "[sdp][rfc8866-5.14]") {
  const auto section = [](std::string_view port) {
    const auto session = parse_session("v=0\r\nm=audio " + std::string{port} + " RTP/AVP 0\r\n", {});
    REQUIRE(session.has_value());
    return session->sections[0];
  };
  CHECK(section("0").zero_port());
  CHECK(section("00000").zero_port());
  CHECK(section("0/2").zero_port());
  CHECK_FALSE(section("65535").zero_port());
  CHECK_FALSE(section("49170/2").zero_port());
  CHECK(section("49170/2").port == "49170/2");
}

TEST_CASE("a garbled m= line or attribute that we read is refused with its line number", "[sdp][SD-7][SD-20]") {
  struct Case {
    std::string_view from;
    std::string_view to;
    unsigned line;
  };
  const auto variant =
      GENERATE(Case{"v=0", "v=1", 1}, Case{"m=application 9", "m=application nine", 6},
               Case{"m=application 9", "m=application 65536", 6}, Case{"m=application 9", "m=application 9/x", 6},
               Case{"m=application 9", "m=application -1", 6}, Case{"m=application 9", "m=\"app\" 9", 6},
               Case{" webrtc-datachannel", "", 6}, Case{"a=group:BUNDLE 0", "a=group:", 5},
               Case{"a=group:BUNDLE 0", "a=group", 5}, Case{"a=mid:0", "a=mid:", 13}, Case{"a=mid:0", "a=mid", 13},
               Case{"a=mid:0", "a=mid:0 1", 13}, Case{"a=setup:actpass", "a=setup:", 12},
               Case{"a=setup:actpass", "a=setup:ACTIVE", 12}, Case{"sctp-port:5000", "sctp-port:65536", 14},
               Case{"sctp-port:5000", "sctp-port:5000x", 14}, Case{"sctp-port:5000", "sctp-port:", 14},
               Case{"size:262144", "size:-1", 15}, Case{"size:262144", "size:1e9", 15}, Case{"CA:11", "CA:1", 11},
               Case{"CA:11", "CA:1G", 11}, Case{"CA:11", "CA-11", 11}, Case{"sha-256 ", "sha-256", 11},
               Case{"sha-256 ", "sha-256 sha-1 ", 11});
  CAPTURE(variant.from, variant.to);
  const auto session = parse_session(replaced(plain_offer, variant.from, variant.to), {});
  CHECK(reason_of(session) == Reason::sdp_syntax);
  CHECK(session.error().line == variant.line);
}

TEST_CASE("a mid names one section, and is in one BUNDLE group", "[sdp][rfc9143-7.1][rfc5888-9.2]") {
  CHECK(reason_of(parse_session(replaced(media_offer, "a=mid:d", "a=mid:a"), {})) == Reason::invalid_description);
  CHECK(reason_of(parse_session(replaced(media_offer, "BUNDLE a d", "BUNDLE a d a"), {})) ==
        Reason::invalid_description);
  const auto two_groups = replaced(media_offer, "a=group:BUNDLE a d", "a=group:BUNDLE a\r\na=group:BUNDLE d a");
  CHECK(reason_of(parse_session(two_groups, {})) == Reason::invalid_description);
  CHECK(parse_session(replaced(media_offer, "BUNDLE a d", "LS a d a"), {}).has_value());
  CHECK(parse_session(replaced(media_offer, "BUNDLE a d", "BUNDLE a d ghost"), {}).has_value());
}

TEST_CASE("ice-options are separated by spaces, or by the commas of libdatachannel", "[sdp][rfc8839-5.6][SD-19]") {
  const auto lists = [](std::string_view value) {
    const auto session = parse_session(replaced(plain_offer, "ice-options:trickle", value), {});
    REQUIRE(session.has_value());
    return session->lists_ice_option("trickle");
  };
  CHECK(lists("ice-options:trickle"));
  CHECK(lists("ice-options:ice2 trickle renomination"));
  CHECK(lists("ice-options:ice2,trickle"));
  CHECK_FALSE(lists("ice-options:ice2"));
  CHECK_FALSE(lists("ice-options:nontrickle"));
}

TEST_CASE("numbers that do not fit are the largest there is", "[sdp][rfc8841-6]") {
  CHECK(parse_saturated("0") == 0u);
  CHECK(parse_saturated("18446744073709551614") == 18446744073709551614u);
  CHECK(parse_saturated("18446744073709551615") == 18446744073709551615u);
  CHECK(parse_saturated("18446744073709551616") == 18446744073709551615u);
  CHECK(parse_saturated("99999999999999999999999999999999") == 18446744073709551615u);
  CHECK(parse_saturated("0000000000000000000000001") == 1u);
  CHECK_FALSE(parse_saturated(""));
  CHECK_FALSE(parse_saturated("+1"));
  CHECK(parse_u16("65535") == 65535);
  CHECK_FALSE(parse_u16("65536"));
}
