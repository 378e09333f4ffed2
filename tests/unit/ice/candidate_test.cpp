#include "ice/candidate.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::ice;

namespace {

Candidate parsed(std::string_view line) {
  const auto candidate = parse_candidate(line);
  INFO(line);
  REQUIRE(candidate.has_value());
  return *candidate;
}

CandidateError problem(std::string_view line) {
  const auto candidate = parse_candidate(line);
  INFO(line);
  REQUIRE_FALSE(candidate.has_value());
  return candidate.error();
}

Endpoint endpoint(std::string_view address, std::uint16_t port) { return {IpAddress::parse(address).value(), port}; }

}  // namespace

TEST_CASE("a candidate of Chromium is read, with extensions skipped and the ufrag kept", "[ice][rfc8839-5.1]") {
  const auto candidate = parsed(
      "candidate:4119960497 1 udp 2113937151 192.0.2.2 41300 typ host generation 0 ufrag rRZr network-id 3 "
      "network-cost 999");
  CHECK(candidate.foundation == "4119960497");
  CHECK(candidate.component == 1);
  CHECK(candidate.transport == Transport::udp);
  CHECK(candidate.priority == 2113937151);
  CHECK(candidate.address == endpoint("192.0.2.2", 41300));
  CHECK(candidate.type == CandidateType::host);
  CHECK(candidate.ufrag == "rRZr");
  CHECK_FALSE(candidate.related.has_value());
}

TEST_CASE("a candidate of Firefox is read, in upper case and without extensions", "[ice][rfc8839-5.1]") {
  const auto candidate = parsed("candidate:0 1 UDP 2122187007 10.77.0.1 45630 typ host");
  CHECK(candidate.transport == Transport::udp);
  CHECK(candidate.address == endpoint("10.77.0.1", 45630));
  CHECK(candidate.ufrag.empty());
}

TEST_CASE("a candidate line with a= in front and a line end behind is read", "[ice]") {
  CHECK(parsed("a=candidate:1 1 UDP 2130706431 192.0.2.9 9999 typ host\r\n").address == endpoint("192.0.2.9", 9999));
}

TEST_CASE("reflexive and relayed candidates keep their related address", "[ice][rfc8839-5.1]") {
  const auto srflx = parsed("candidate:1 1 udp 1685987071 203.0.113.1 57377 typ srflx raddr 10.77.0.1 rport 57378");
  CHECK(srflx.type == CandidateType::server_reflexive);
  CHECK(srflx.related == endpoint("10.77.0.1", 57378));
  const auto relay = parsed("candidate:2 1 udp 50340351 203.0.113.9 1 typ relay raddr 0.0.0.0 rport 0 generation 0");
  CHECK(relay.type == CandidateType::relayed);
  CHECK(relay.related == endpoint("0.0.0.0", 0));
  CHECK(parsed("candidate:2 1 udp 5 203.0.113.9 1 typ prflx raddr ::1 rport 7").type == CandidateType::peer_reflexive);
}

TEST_CASE("TCP candidates keep their type", "[ice][rfc6544-4.5]") {
  CHECK(parsed("candidate:2 1 TCP 2105458943 192.0.2.2 9 typ host tcptype active").transport == Transport::tcp_active);
  CHECK(parsed("candidate:2 1 tcp 2105458943 192.0.2.2 443 typ host tcptype passive generation 0").transport ==
        Transport::tcp_passive);
  CHECK(parsed("candidate:2 1 tcp 2105458943 192.0.2.2 443 typ host tcptype so").transport ==
        Transport::tcp_simultaneous_open);
}

TEST_CASE("IPv6 addresses are read bare and in brackets", "[ice]") {
  CHECK(parsed("candidate:1 1 UDP 2122252543 fd00::2 55433 typ host").address == endpoint("fd00::2", 55433));
  CHECK(parsed("candidate:1 1 UDP 2122252543 [fd00::2] 55433 typ host").address == endpoint("fd00::2", 55433));
}

TEST_CASE("a name in place of the address is kept as a name", "[ice][rfc8839-5.1]") {
  const auto candidate = parsed(
      "candidate:17525521 1 udp 2113942271 dd6d1862-9a43-4702-a990-94681efc4a2a.local 53729 typ host generation 1");
  CHECK(candidate.host_name == "dd6d1862-9a43-4702-a990-94681efc4a2a.local");
  CHECK(candidate.address.port == 53729);
}

TEST_CASE("limits of the grammar are accepted", "[ice][rfc8839-5.1]") {
  CHECK(parsed("candidate:4e868a5cbdff52f4321c159802f5830d 256 udp 4294967295 192.0.2.1 65535 typ host").component ==
        256);
  CHECK(parsed("candidate:1 1 udp 0 192.0.2.1 0 typ host").address.port == 0);
  CHECK(parsed("candidate:1 1 udp 1 192.0.2.1 1 typ host generation").priority == 1);
}

TEST_CASE("what is not a candidate is refused with the reason", "[ice][rfc8839-5.1]") {
  using enum CandidateError;
  CHECK(problem("") == syntax);
  CHECK(problem("candidate:") == syntax);
  CHECK(problem("1 1 udp 1 192.0.2.1 1 typ host") == syntax);
  CHECK(problem("candidate:1 1 udp 1 192.0.2.1 1 host") == syntax);
  CHECK(problem("candidate:1 1 udp 4294967296 192.0.2.1 1 typ host") == syntax);
  CHECK(problem("candidate:1 1 udp -1 192.0.2.1 1 typ host") == syntax);
  CHECK(problem("candidate:12345678901234567890123456789012x 1 udp 1 192.0.2.1 1 typ host") == syntax);
  CHECK(problem("candidate:\xc3\xa4 1 udp 1 192.0.2.1 1 typ host") == syntax);
  CHECK(problem("candidate:1 0 udp 1 192.0.2.1 1 typ host") == bad_component);
  CHECK(problem("candidate:1 257 udp 1 192.0.2.1 1 typ host") == bad_component);
  CHECK(problem("candidate:1 1 sctp 1 192.0.2.1 1 typ host") == unknown_transport);
  CHECK(problem("candidate:1 1 tcp 1 192.0.2.1 1 typ host tcptype other") == unknown_transport);
  CHECK(problem("candidate:1 1 udp 1 192.0.2.1 65536 typ host") == bad_port);
  CHECK(problem("candidate:1 1 udp 1 192.0.2.1 1 typ srflx raddr 1.2.3.4 rport x") == bad_port);
  CHECK(problem("candidate:1 1 udp 1 192.0.2.1 1 typ guest") == unknown_type);
  CHECK(problem("candidate:1 1 udp 1 192.0.2.256 1 typ host") == bad_address);
  CHECK(problem("candidate:1 1 udp 1 fe80::1%eth0 1 typ host") == bad_address);
  CHECK(problem("candidate:1 1 udp 1 a..local 1 typ host") == bad_address);
}

TEST_CASE("a candidate that is cut anywhere is read or refused, never misread", "[ice]") {
  const std::string line = "candidate:1 1 udp 1685987071 203.0.113.1 57377 typ srflx raddr 10.77.0.1 rport 57378";
  for (std::size_t size = 0; size < line.size(); ++size) {
    const auto candidate = parse_candidate(line.substr(0, size));
    CHECK(candidate.has_value() == (size >= line.find(" raddr")));
  }
}

TEST_CASE("a candidate that is written reads as the same", "[ice][rfc8839-5.1]") {
  for (const std::string line : {
           "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host ufrag ab+/",
           "candidate:2 1 udp 1694498815 203.0.113.1 40001 typ srflx raddr 192.0.2.1 rport 5000 ufrag abcd",
           "candidate:3 1 tcp 2105458943 fd00::2 9 typ host tcptype active",
           "candidate:4 1 udp 2113937151 dd6d1862-9a43-4702-a990-94681efc4a2a.local 5 typ host",
       }) {
    CHECK(to_string(parsed(line)) == line);
  }
}

TEST_CASE("candidate priorities follow the recommended formula", "[ice][rfc8445-5.1.2.1]") {
  CHECK(candidate_priority(CandidateType::host, 65535, 1) == 2130706431);
  CHECK(candidate_priority(CandidateType::peer_reflexive, 65535, 1) == 1862270975);
  CHECK(candidate_priority(CandidateType::server_reflexive, 65535, 1) == 1694498815);
  CHECK(candidate_priority(CandidateType::relayed, 65535, 1) == 16777215);
  CHECK(candidate_priority(CandidateType::host, 0, 256) == 126U << 24);
}

TEST_CASE("every candidate that browsers and other stacks were seen to send is read", "[ice]") {
  const std::filesystem::path root{SLUICE_SHARED_DIR};
  if (root.empty() || !std::filesystem::is_directory(root / "fixtures")) {
    WARN("no third-party test data");
    return;
  }
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "fixtures")) {
    if (entry.path().extension() != ".sdp") continue;
    std::ifstream file{entry.path()};
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("a=candidate:")) continue;
      const auto candidate = parsed(line);
      CHECK(parsed(to_string(candidate)).address == candidate.address);
      ++count;
    }
  }
  CHECK(count > 100);
}
