#include "sdp/lines.hpp"

#include "peer.hpp"
#include "sdp/session.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("a description comes out of the parser as it went in", "[sdp][rfc8866-5][SD-20]") {
  const auto lines = parse_lines(plain_offer, {});
  REQUIRE(lines.has_value());
  CHECK(to_string(*lines) == plain_offer);
}

TEST_CASE("LF alone ends a line too, and CRLF is what we write", "[sdp][rfc8866-5][SD-20]") {
  std::string text = plain_offer;
  std::erase(text, '\r');
  const auto lines = parse_lines(text, {});
  REQUIRE(lines.has_value());
  CHECK(to_string(*lines) == plain_offer);
}

TEST_CASE("the last line may lack its end, and one empty line may follow it", "[sdp][SD-20]") {
  CHECK(parse_lines("v=0\r\ns=-", {}).has_value());
  CHECK(parse_lines("v=0\r\ns=-\r\n\r\n", {}).has_value());
  CHECK(parse_lines("v=0\ns=-\n\n", {}).has_value());
}

TEST_CASE("an attribute is a name, and a value behind the first colon", "[sdp][rfc8866-5.13]") {
  CHECK(attribute_name({'a', "fingerprint:sha-256 AB:CD"}) == "fingerprint");
  CHECK(attribute_value({'a', "fingerprint:sha-256 AB:CD"}) == "sha-256 AB:CD");
  CHECK(attribute_name({'a', "ice-lite"}) == "ice-lite");
  CHECK(attribute_value({'a', "ice-lite"}).empty());
  CHECK(attribute_name({'s', "ice-lite"}).empty());
  CHECK(attribute_value({'s', "x:y"}).empty());
}

TEST_CASE("a garbled line is refused with its number", "[sdp][SD-7][SD-20]") {
  struct Case {
    std::string sdp;
    unsigned line;
  };
  const auto sdp =
      GENERATE(Case{"", 1}, Case{"\r\n\r\n", 1}, Case{"o=- 1 1 IN IP4 0.0.0.0\r\nv=0\r\n", 1},
               Case{"v=0\r\nv=0\r\n", 2}, Case{"v=0\r\ngarbage\r\n", 2}, Case{"v=0\r\ns\r\n", 2},
               Case{"v=0\r\n\r\ns=-\r\n", 2}, Case{"v=0\r\ns=-\r\nx=1\r\n", 3}, Case{"v=0\r\ns=-\r\nV=0\r\n", 3},
               Case{"v=0\r\na:b\r\n", 2}, Case{std::string{"v=0\r\ns=a\0b\r\n", 12}, 2}, Case{"v=0\r\ns=a\rb\r\n", 2},
               Case{"v=0\r\ns=a\tb\r\n", 2}, Case{"v=0\r\ns=\x7f\r\n", 2},
               Case{"v=0\r\nm=audio 9 RTP/AVP 0\r\nt=0 0\r\n", 3}, Case{"v=0\r\nm=audio 9 RTP/AVP 0\r\no=-\r\n", 3});
  const auto lines = parse_lines(sdp.sdp, {});
  CAPTURE(sdp.sdp);
  CHECK(reason_of(lines) == Reason::sdp_syntax);
  CHECK(lines.error().line == sdp.line);
}

TEST_CASE("bytes above ASCII are text", "[sdp][rfc8866-5]") {
  CHECK(parse_lines("v=0\r\ns=\xc3\xa9t\xc3\xa9\r\n", {}).has_value());
}

TEST_CASE("what is longer than the limits is refused", "[sdp][limits]") {
  const std::string head = "v=0\r\ns=-\r\n";
  SECTION("in bytes") {
    const auto filler = repeated("a=x\r\n", (64 * 1024 - head.size()) / 5);
    CHECK(parse_lines(head + filler, {}).has_value());
    CHECK(reason_of(parse_lines(head + filler + "a=x\r\n", {})) == Reason::too_many);
  }
  SECTION("in media sections") {
    const std::string section = "m=audio 9 RTP/AVP 0\r\n";
    CHECK(parse_lines(head + repeated(section, 32), {}).has_value());
    const auto lines = parse_lines(head + repeated(section, 33), {});
    CHECK(reason_of(lines) == Reason::too_many);
    CHECK(lines.error().line == 35);
  }
  SECTION("in candidates of one section") {
    const std::string section = "m=audio 9 RTP/AVP 0\r\n";
    const auto full = section + repeated("a=candidate:x\r\n", 64);
    CHECK(parse_lines(head + full + full, {}).has_value());
    CHECK(reason_of(parse_lines(head + full + "a=candidate:x\r\n", {})) == Reason::too_many);
  }
}

TEST_CASE("a description cut anywhere is parsed or refused", "[sdp][total]") {
  for (std::size_t length = 0; length < media_offer.size(); ++length) {
    const auto session = parse_session(std::string_view{media_offer}.substr(0, length), {});
    if (session.has_error()) CHECK(session.error().line <= 26);
  }
}
