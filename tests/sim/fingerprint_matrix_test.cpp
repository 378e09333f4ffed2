// Every kind of a=fingerprint that a peer may write, in each role.   RFC 8122 §5
#include <algorithm>
#include <cctype>

#include "sim/rounds.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using dtls::HashAlgorithm;

std::string line(const dtls::Certificate& certificate, HashAlgorithm algorithm) {
  return "a=fingerprint:" + dtls::to_string(certificate.fingerprint(algorithm));
}

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string value_in_lower_case(const std::string& text) {
  const auto space = text.find(' ');
  return text.substr(0, space) + in_lower_case(text.substr(space));
}

std::string name_in_upper_case(std::string text) {
  const auto from = text.begin() + static_cast<std::ptrdiff_t>(std::string_view{"a=fingerprint:"}.size());
  std::transform(from, text.end(), from, [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

enum class Outcome { connected, mismatch, refused };

struct Row {
  const char* name;
  std::string lines;  // in place of the one line of the peer
  Outcome outcome;
};

// RFC 8122 §5: SHA-256 is what everybody has to know; MD5 must not be used. SHA-1 has collisions and names no
// certificate any more: we know it, and do not trust it, so that it counts as little as an algorithm that we do not
// know.
std::vector<Row> rows() {
  const auto& right = certificate();
  const auto& wrong = other_certificate();
  const auto sha_256 = line(right, HashAlgorithm::sha_256);
  const auto sha_1 = line(right, HashAlgorithm::sha_1);
  const auto wrong_sha_256 = line(wrong, HashAlgorithm::sha_256);
  const std::string md5 = "a=fingerprint:md5 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
  return {
      {"right", sha_256, Outcome::connected},
      {"wrong", wrong_sha_256, Outcome::mismatch},
      {"missing", "", Outcome::refused},
      {"several with one right", wrong_sha_256 + "\r\n" + md5 + "\r\n" + sha_256, Outcome::connected},
      {"several, all wrong", wrong_sha_256 + "\r\n" + line(wrong, HashAlgorithm::sha_512), Outcome::mismatch},
      {"sha-1 only", sha_1, Outcome::mismatch},
      {"sha-1 and right sha-256", sha_1 + "\r\n" + sha_256, Outcome::connected},
      {"sha-1 and wrong sha-256", sha_1 + "\r\n" + wrong_sha_256, Outcome::mismatch},
      {"sha-384 only", line(right, HashAlgorithm::sha_384), Outcome::connected},
      {"sha-512 only", line(right, HashAlgorithm::sha_512), Outcome::connected},
      {"md5 only", md5, Outcome::mismatch},
      {"upper case", name_in_upper_case(sha_256), Outcome::connected},
      {"lower case", value_in_lower_case(sha_256), Outcome::connected},
      {"too short", sha_256.substr(0, sha_256.size() - 3), Outcome::mismatch},
  };
}

// One connection of alice, who reads what the row says of bob's certificate.
void check(const Row& row, bool we_offer, bool we_are_client) {
  World world{92};
  auto& we = world.alice();
  auto& peer = world.bob();
  we.set_trickle(false);
  peer.set_trickle(false);
  we.open_channel({.label = "ours"});
  peer.open_channel({.label = "theirs"});
  const auto peers_text = with_line("a=fingerprint", row.lines);
  const auto active = with_line("a=setup", "a=setup:active");
  const auto taken = we_offer ? round(world, we, peer, we_are_client ? active : unchanged, peers_text)
                              : round(world, peer, we, [&](std::string sdp) {
                                  return peers_text(we_are_client ? std::move(sdp) : active(std::move(sdp)));
                                });
  if (row.outcome == Outcome::refused) {
    REQUIRE(taken.has_error());
    CHECK(taken.error().reason == Reason::invalid_description);
    CHECK_FALSE(we.engine().signaling().remote());
    return;
  }
  REQUIRE(taken.has_value());
  REQUIRE(we.engine().signaling().negotiated().dtls_client == we_are_client);
  if (row.outcome == Outcome::connected) {
    REQUIRE(world.run_until([&] { return we.has("announced theirs") && peer.has("announced ours"); }, 10s));
    CHECK_FALSE(we.failure());
    return;
  }
  REQUIRE(world.run_until([&] { return we.has("connection failed") && peer.has("connection failed"); }, 10s));
  world.run_for(5s);
  REQUIRE(we.failure());
  CHECK(we.failure()->reason == Reason::fingerprint_mismatch);
  CHECK(we.engine().dtls_state() == peer::DtlsState::failed);
  CHECK_FALSE(we.engine().association());  // of SCTP there is nothing at all on our side
  CHECK_FALSE(we.engine().statistics().sctp);
  for (auto* each : {&we, &peer}) {
    CHECK_FALSE(each->has("sctp connected"));
    CHECK(each->open_channels() == 0);
  }
  CHECK_FALSE(we.has("connection connected"));  // the peer may have been, until our alert came
  CHECK(we.has("error ours"));
}

TEST_CASE("a=fingerprint names the peer's certificate, or nothing of the connection is used",
          "[sim][SD-14][SD-17][ST-4][rfc8122-5][security-C2]") {
  for (const auto& row : rows()) {
    for (const bool we_offer : {true, false}) {
      for (const bool we_are_client : {true, false}) {
        INFO(row.name << ", we " << (we_offer ? "offer" : "answer") << " as DTLS "
                      << (we_are_client ? "client" : "server"));
        check(row, we_offer, we_are_client);
      }
    }
  }
}

}  // namespace
}  // namespace sluice::sim
