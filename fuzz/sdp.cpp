// Any text as description: it parses and survives a round trip, or is refused; and it can be answered, or is refused.
#include <cstdint>
#include <string>
#include <string_view>

#include "property.hpp"
#include "sdp/signaling.hpp"

namespace {

using sluice::fuzz::property;

// Reproducible: the input is all that may differ between two runs.
class Counting final : public sluice::Random {
 public:
  void fill(sluice::MutableBytes output) override {
    for (auto& octet : output) octet = static_cast<std::byte>(next_++);
  }

 private:
  unsigned char next_ = 0;
};

bool equal(const std::vector<sluice::sdp::Line>& one, const std::vector<sluice::sdp::Line>& other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i].type != other[i].type || one[i].value != other[i].value) return false;
  }
  return true;
}

void round_trip(std::string_view text) {
  using namespace sluice::sdp;
  Limits limits;
  const auto lines = parse_lines(text, limits);
  if (!lines) return;
  limits.bytes *= 2;  // LF has become CRLF
  const auto again = parse_lines(to_string(*lines), limits);
  property(again.has_value() && equal(*lines, *again), "lines survive a round trip");
}

void negotiate(std::string_view text) {
  using namespace sluice::sdp;
  Counting random;
  Signaling signaling{{.fingerprints = {{"sha-256", "AB:CD"}}}, random};
  if (!signaling.set_remote(Type::offer, std::string{text})) {
    property(signaling.state() == SignalingState::stable && !signaling.remote(), "a refused offer changes nothing");
    return;
  }
  const auto answer = signaling.create_answer();
  property(answer.has_value(), "what was accepted can be answered");
  property(signaling.set_local(Type::answer, *answer).has_value(), "the answer can be applied");
  signaling.data_channel_created();
  if (const auto offer = signaling.create_offer(true)) {
    property(signaling.set_local(Type::offer, *offer).has_value(), "the next offer can be applied");
  }
  (void)signaling.set_remote(Type::answer, std::string{text});
  (void)signaling.add_remote_candidate({.candidate = std::string{text.substr(0, 200)}, .mline_index = 0});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  round_trip(text);
  negotiate(text);
  return 0;
}
