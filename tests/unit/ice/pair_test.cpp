#include "ice/pair.hpp"

#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::ice;

namespace {

using enum PairState;
using enum PairEvent;

constexpr auto states = std::to_array<PairState>({frozen, waiting, in_progress, succeeded, failed});
constexpr auto no_move = std::optional<PairState>{};

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

}  // namespace

TEST_CASE("a pair moves through its states as the RFC draws them", "[ice][rfc8445-6.1.2.6]") {
  CHECK(next_state(frozen, unfreeze) == waiting);
  CHECK(next_state(waiting, check_sent) == in_progress);
  CHECK(next_state(in_progress, response) == succeeded);
  CHECK(next_state(in_progress, failure) == failed);
}

TEST_CASE("an incoming check makes any pair wait for a new one, except a succeeded one", "[ice][rfc8445-7.3.1.4]") {
  CHECK(next_state(frozen, triggered_check) == waiting);
  CHECK(next_state(in_progress, triggered_check) == waiting);
  CHECK(next_state(failed, triggered_check) == waiting);
  CHECK(next_state(succeeded, triggered_check) == no_move);
}

TEST_CASE("only a pair that awaits its check can have it sent, and nothing leaves succeeded but the loss of consent",
          "[ice][rfc8445-6.1.2.6]") {
  for (const auto state : states) {
    if (state != waiting) CHECK(next_state(state, check_sent) == no_move);
    if (state != frozen) CHECK(next_state(state, unfreeze) == no_move);
    if (state != succeeded) CHECK(next_state(state, consent_lost) == no_move);
    if (state != succeeded) CHECK(next_state(state, consent_expired) == no_move);
  }
  CHECK(next_state(succeeded, failure) == no_move);
  CHECK(next_state(succeeded, consent_lost) == waiting);
  CHECK(next_state(succeeded, consent_expired) == failed);
}

TEST_CASE("both agents compute the same pair priority", "[ice][rfc8445-6.1.2.3]") {
  const std::uint32_t host = 2130706431;
  const std::uint32_t reflexive = 1694498815;
  CHECK(pair_priority(Role::controlling, host, reflexive) == pair_priority(Role::controlled, reflexive, host));
  CHECK(pair_priority(Role::controlling, host, reflexive) == (std::uint64_t{reflexive} << 32) + 2ULL * host + 1);
  CHECK(pair_priority(Role::controlled, host, reflexive) == (std::uint64_t{reflexive} << 32) + 2ULL * host);
}

TEST_CASE("priorities beyond the range of the RFC do not overflow", "[ice][rfc8445-5.1.2]") {
  CHECK(pair_priority(Role::controlling, 0xffffffff, 0xffffffff) == (0x7fffffffULL << 32) + 2 * 0x7fffffffULL);
}

TEST_CASE("only addresses that can reach each other are paired", "[ice][rfc8445-6.1.2.2]") {
  CHECK(may_pair(ip("192.0.2.1"), ip("198.51.100.1")));
  CHECK(may_pair(ip("fe80::1"), ip("fe80::2")));
  CHECK(may_pair(ip("2001:db8::1"), ip("fd00::2")));
  CHECK_FALSE(may_pair(ip("192.0.2.1"), ip("fd00::2")));
  CHECK_FALSE(may_pair(ip("fe80::1"), ip("2001:db8::1")));
  CHECK_FALSE(may_pair(ip("2001:db8::1"), ip("fe80::1")));
}
