#include "ice/consent.hpp"

#include <set>

#include "support/catch.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
using namespace sluice::ice;
using namespace std::chrono_literals;
using Health = Consent::Health;

TEST_CASE("consent checks are 4 to 6 seconds apart, not always the same", "[ice][rfc7675-5.1]") {
  test::SeededRandom random{7};
  Consent consent;
  TimePoint now{1h};
  consent.start(now, random);
  auto shortest = Duration::max();
  auto longest = Duration::min();
  for (int round = 0; round < 200; ++round) {
    const auto interval = consent.next_timeout(now) - now;
    shortest = std::min(shortest, interval);
    longest = std::max(longest, interval);
    now += interval;
    REQUIRE(consent.check_due(now));
    consent.check_sent(now, random);
    consent.handle_response(now, random);
  }
  CHECK(shortest >= 4s);
  CHECK(shortest < 4200ms);
  CHECK(longest <= 6s);
  CHECK(longest > 5800ms);
}

TEST_CASE("consent is doubted when several checks in a row are lost, and ends 30 s after the last response",
          "[ice][rfc7675-5.1]") {
  test::SeededRandom random{3};
  Consent consent;
  const TimePoint start{1h};
  consent.start(start, random);
  auto now = start;
  std::optional<TimePoint> doubted;
  unsigned sent = 0;
  while (consent.health(now) != Health::expired) {
    if (consent.check_due(now)) {
      consent.check_sent(now, random);
      ++sent;
    }
    if (consent.health(now) == Health::doubtful && !doubted) {
      doubted = now;
      CHECK(sent >= 5);
    }
    REQUIRE(consent.next_timeout(now) > now);
    now = consent.next_timeout(now);
  }
  CHECK(now == start + 30s);
  REQUIRE(doubted.has_value());
  CHECK(*doubted - start >= 5s);
  CHECK(*doubted - start <= 9s);
  CHECK(sent < 40);
}

TEST_CASE("unanswered checks are not repeated in step by all who lost the same network", "[ice][rfc7675-5.1]") {
  test::SeededRandom random{3};
  std::set<Duration> intervals;
  for (int connection = 0; connection < 20; ++connection) {
    Consent consent;
    const TimePoint start{1h};
    consent.start(start, random);
    const auto now = consent.next_timeout(start);
    consent.check_sent(now, random);
    const auto repeat = consent.next_timeout(now) - now;
    CHECK(repeat >= 320ms);
    CHECK(repeat <= 480ms);
    intervals.insert(repeat);
  }
  CHECK(intervals.size() > 10);
}

TEST_CASE("one lost consent check does no harm", "[ice][rfc7675-5.1]") {
  test::SeededRandom random{3};
  Consent consent;
  TimePoint now{1h};
  consent.start(now, random);
  now = consent.next_timeout(now);
  consent.check_sent(now, random);
  now = consent.next_timeout(now);
  CHECK(consent.health(now) == Health::fresh);
  consent.check_sent(now, random);
  consent.handle_response(now + 20ms, random);
  CHECK(consent.health(now + 5s) == Health::fresh);
}

TEST_CASE("without a selected path there is nothing to watch", "[ice][rfc7675-5.1]") {
  const Consent consent;
  CHECK(consent.health(TimePoint{1h}) == Health::none);
  CHECK(consent.next_timeout(TimePoint{1h}) == never);
}
