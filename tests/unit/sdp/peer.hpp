#pragma once
// Peer: a Signaling with its own chance, and small surgery on descriptions, as the tests of this layer want them.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdp/signaling.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

namespace sluice::sdp::test {

inline SignalingOptions default_options() {
  return {.fingerprints = {{"sha-256", "ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89"}}};
}

struct Peer {
  explicit Peer(std::uint64_t seed, SignalingOptions options = default_options())
      : random{seed}, signaling{std::move(options), random} {}

  Signaling* operator->() { return &signaling; }

  // Sets what the state calls for, and gives its text.
  std::string set_own(std::optional<Type> type = {}) {
    const auto set = signaling.set_local(type, {});
    REQUIRE(set.has_value());
    return signaling.local()->sdp;
  }
  void set_other(Type type, std::string sdp) {
    const auto set = signaling.set_remote(type, std::move(sdp));
    INFO((set ? std::string{} : set.error().detail));
    REQUIRE(set.has_value());
  }

  sluice::test::SeededRandom random;
  Signaling signaling;
};

// One complete round: the first offers, the second answers. Then both rest, which nobody may notice.
inline void negotiate(Peer& offerer, Peer& answerer) {
  answerer.set_other(Type::offer, offerer.set_own(Type::offer));
  offerer.set_other(Type::answer, answerer.set_own(Type::answer));
  offerer->rest();
  answerer->rest();
}

inline std::vector<std::string> lines_of(std::string_view sdp, std::string_view prefix) {
  std::vector<std::string> result;
  while (!sdp.empty()) {
    auto line = sdp.substr(0, sdp.find('\n'));
    sdp.remove_prefix(std::min(sdp.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(prefix)) result.emplace_back(line);
  }
  return result;
}

inline std::string line_of(std::string_view sdp, std::string_view prefix) {
  const auto lines = lines_of(sdp, prefix);
  return lines.empty() ? std::string{} : lines.front();
}

inline std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

// Every line that starts so becomes this one; without a line end: is removed.
inline std::string with_line(std::string_view sdp, std::string_view prefix, std::string_view line) {
  std::string result;
  for (const auto& one : lines_of(sdp, "")) {
    const auto& kept = one.starts_with(prefix) ? std::string{line} : one;
    if (!kept.empty()) result += kept + "\r\n";
  }
  return result;
}

inline std::string without_line(std::string_view sdp, std::string_view prefix) { return with_line(sdp, prefix, ""); }

template <class Result>
Reason reason_of(const Result& result) {
  REQUIRE(result.has_error());
  CHECK_FALSE(result.error().detail.empty());
  return result.error().reason;
}

// A browser's data-only offer, reduced to what every offer has.
inline const std::string plain_offer =
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
    "a=ice-ufrag:2omt\r\na=ice-pwd:TicuMcqQaqYaeQk+zLa2k+/x\r\na=ice-options:trickle\r\n"
    "a=fingerprint:sha-256 23:8A:EE:3B:AA:08:51:2F:B0:1B:71:E3:C3:F4:56:53:A0:B1:50:1B:31:31:A0:57:DE:BE:D1:2C:9E:BF:"
    "CA:11\r\n"
    "a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

// Audio first, then data, in one BUNDLE group.
inline const std::string media_offer =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a d\r\n"
    "a=fingerprint:sha-256 23:8A:EE:3B:AA:08:51:2F:B0:1B:71:E3:C3:F4:56:53:A0:B1:50:1B:31:31:A0:57:DE:BE:D1:2C:9E:BF:"
    "CA:11\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 63 111 0\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=ice-ufrag:AAAA\r\n"
    "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa\r\na=setup:actpass\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=rtpmap:63 red/48000/2\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\n"
    "a=candidate:1 1 udp 2113937151 192.0.2.1 1001 typ host\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:d\r\na=ice-ufrag:DDDD\r\n"
    "a=ice-pwd:dddddddddddddddddddddd\r\na=setup:actpass\r\na=sctp-port:5000\r\n"
    "a=candidate:2 1 udp 2113937151 192.0.2.1 2002 typ host\r\n";

}  // namespace sluice::sdp::test
