// Descriptions that other stacks really sent.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "peer.hpp"
#include "sdp/session.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string fixture(const std::string& name) {
  const auto text = read_file(fs::path{SLUICE_SOURCE_DIR} / "tests/fixtures/sdp" / (name + ".sdp"));
  REQUIRE_FALSE(text.empty());
  return text;
}

std::vector<fs::path> descriptions_in(const fs::path& folder) {
  std::vector<fs::path> result;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (entry.path().extension() == ".sdp") result.push_back(entry.path());
  }
  return result;
}

bool is_offer(const fs::path& path) {
  const auto name = path.filename().string();
  return name.find("offer") != std::string::npos || name.find("Offer") != std::string::npos;
}

void check_answer(const std::string& offer) {
  Peer bob{2};
  bob.set_other(Type::offer, offer);
  const auto answer = bob.set_own();
  CAPTURE(answer);
  CHECK(lines_of(answer, "m=").size() == lines_of(offer, "m=").size());
  CHECK(lines_of(answer, "c=").size() == lines_of(offer, "m=").size());
  CHECK(lines_of(answer, "a=mid") == lines_of(offer, "a=mid"));
  REQUIRE(bob->negotiated().local);
  REQUIRE(bob->negotiated().remote);
  CHECK(bob->negotiated().dtls_client == true);
  CHECK(line_of(answer, "m=application").find(" 0 ") == std::string::npos);
  // The section that the offer bundles first is alive in the answer, and leads its group.
  const auto parsed = parse_session(answer, {});
  REQUIRE(parsed.has_value());
  const auto group = parsed->bundle_of(bob->negotiated().mid);
  if (!line_of(offer, "a=group:BUNDLE").empty()) {
    REQUIRE_FALSE(group.empty());
    CHECK(line_of(offer, "a=group:BUNDLE").starts_with("a=group:BUNDLE " + std::string{group.front()}));
  }
}

}  // namespace

TEST_CASE("captured offers are answered", "[sdp][interop][AN-1][AN-3]") {
  const auto* name =
      GENERATE("chromium-data-offer", "chromium-media-offer", "chromium-media-max-bundle-offer", "firefox-data-offer",
               "firefox-media-offer", "firefox-media-max-bundle-offer", "pion-data-offer", "pion-trickle-offer",
               "pion-media-offer", "aiortc-data-offer", "aiortc-media-offer");
  CAPTURE(name);
  check_answer(fixture(name));
}

TEST_CASE("captured answers complete our offer", "[sdp][interop][SD-13]") {
  const auto [name, client] = GENERATE(table<const char*, bool>(
      {{"chromium-data-answer", false}, {"firefox-data-answer", false}, {"pion-data-answer", false}}));
  Peer alice{1};
  alice->data_channel_created();
  alice.set_own();
  alice.set_other(Type::answer, fixture(name));
  CHECK(alice->negotiated().dtls_client == client);
  CHECK(alice->negotiated().remote);
}

TEST_CASE("a captured restart restarts, and nothing else changes", "[sdp][interop][AN-7]") {
  Peer bob{2};
  bob.set_other(Type::offer, fixture("chromium-restart-before-offer"));
  const auto before = bob.set_own();
  bob.set_other(Type::offer, fixture("chromium-restart-after-offer"));
  const auto after = bob.set_own();
  CHECK(line_of(after, "a=ice-ufrag") != line_of(before, "a=ice-ufrag"));
  CHECK(line_of(after, "a=setup") == line_of(before, "a=setup"));
}

TEST_CASE("Pion trickles without saying so", "[sdp][interop][SD-19]") {
  Peer bob{2};
  bob.set_other(Type::offer, fixture("pion-trickle-offer"));
  CHECK(bob->remote_candidates().empty());
  CHECK(bob->can_trickle_ice_candidates() == false);
  CHECK(*bob->add_remote_candidate({.candidate = "candidate:1 1 udp 1 192.0.2.1 9 typ host", .mid = "0"}));
}

TEST_CASE("every description ever captured parses, and comes out as it went in", "[sdp][interop][corpus]") {
  const fs::path shared{SLUICE_SHARED_DIR};
  if (shared.empty()) {
    WARN("SLUICE_SHARED_DIR is not set");
    return;
  }
  const auto paths = descriptions_in(shared / "fixtures");
  CHECK(paths.size() > 100);
  for (const auto& path : paths) {
    CAPTURE(path.string());
    const auto text = read_file(path);
    const auto session = parse_session(text, {});
    REQUIRE(session.has_value());
    CHECK(to_string(*session) == text);
    if (is_offer(path)) check_answer(text);
  }
}

TEST_CASE("every series of captured offers is answered, round by round", "[sdp][interop][corpus][SD-15]") {
  const fs::path shared{SLUICE_SHARED_DIR};
  if (shared.empty()) {
    WARN("SLUICE_SHARED_DIR is not set");
    return;
  }
  for (const auto* browser : {"chromium", "firefox"}) {
    for (const auto* series : {"data-then-audio-video", "ice-restart", "renegotiate-same"}) {
      Peer bob{2};
      for (const auto* step : {"before", "after", "stopped"}) {
        const auto path = shared / "fixtures" / browser / (std::string{series} + "." + step + ".offerTrickle.sdp");
        if (!fs::exists(path)) continue;
        CAPTURE(path.string());
        bob.set_other(Type::offer, read_file(path));
        bob.set_own();
        CHECK(bob->negotiated().local);
      }
    }
  }
}
