// What other projects' fuzzers and captures hold: none of it may crash, all of what parses can be rebuilt.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "stun/message.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::stun;
namespace fs = std::filesystem;

namespace {

Bytes contents(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  return test::text_bytes(text);
}

// Returns how many files parsed.
std::size_t replay(const fs::path& folder) {
  std::size_t parsed = 0;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (!entry.is_regular_file()) continue;
    const auto bytes = contents(entry.path());
    const auto message = Message::parse(bytes);
    if (!message) continue;
    ++parsed;
    Builder builder{message->message_class(), message->method(), message->transaction_id()};
    for (const auto& [type, value] : message->attributes()) builder.add(type, value);
    CAPTURE(entry.path());
    CHECK(Message::parse(builder.fingerprint().view()).has_value());
  }
  return parsed;
}

}  // namespace

TEST_CASE("messages that browsers and fuzzers produced are read without harm", "[stun][D9]") {
  const fs::path shared{SLUICE_SHARED_DIR};
  if (shared.empty()) {
    WARN("SLUICE_SHARED_DIR is not set: no corpora to read");
    return;
  }
  CHECK(replay(shared / "corpora" / "rfc5769") == 4);
  CHECK(replay(shared / "corpora" / "pion-stun" / "browser-raw") == 14);
  replay(shared / "corpora" / "pion-stun");
  replay(shared / "corpora" / "libwebrtc" / "stun-corpus");
  replay(shared / "corpora" / "libjuice");
  replay(shared / "corpora" / "coturn");
}
