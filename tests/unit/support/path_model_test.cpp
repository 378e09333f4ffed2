#include "support/path_model.hpp"

#include <vector>

#include "support/catch.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using TimePoint = PathModel::TimePoint;
constexpr auto none = std::nullopt;

// The packets out of `count` that get through, sent a millisecond apart.
std::vector<int> survivors(PathModel model, int count) {
  std::vector<int> result;
  for (int i = 0; i < count; ++i) {
    if (model.pass(TimePoint{} + i * 1ms, 1000)) result.push_back(i);
  }
  return result;
}

TEST_CASE("a path without settings passes every packet at once", "[path]") {
  Path<int> path{1};
  CHECK(path.next() == TimePoint::max());
  path.push(TimePoint{5ms}, 1200, 7);
  path.push(TimePoint{5ms}, 1200, 8);
  CHECK(path.next() == TimePoint{5ms});
  CHECK(path.pop(TimePoint{5ms}) == 7);
  CHECK(path.pop(TimePoint{5ms}) == 8);
  CHECK(path.pop(TimePoint{1h}) == none);
}

TEST_CASE("a packet is under way for the delay", "[path]") {
  Path<int> path{1, {.delay = 50ms}};
  path.push(TimePoint{10ms}, 1200, 1);
  path.push(TimePoint{20ms}, 1200, 2);
  CHECK(path.under_way() == 2);
  CHECK(path.pop(TimePoint{60ms} - 1ns) == none);
  CHECK(path.pop(TimePoint{60ms}) == 1);
  CHECK(path.next() == TimePoint{70ms});
}

TEST_CASE("jitter keeps its bounds and the order", "[path]") {
  PathModel model{3, {.delay = 20ms, .jitter = 10ms}};
  auto last = TimePoint{};
  auto shortest = 1h + 0ns, longest = 0ns;
  for (int i = 0; i < 10'000; ++i) {
    const auto in = TimePoint{} + i * 1ms;
    const auto out = model.pass(in, 100);
    REQUIRE(out.has_value());
    REQUIRE(*out >= last);
    last = *out;
    shortest = std::min(shortest, *out - in);
    longest = std::max(longest, *out - in);
  }
  CHECK(shortest >= 10ms);
  CHECK(shortest < 20ms);
  CHECK(longest <= 30ms);
  CHECK(longest > 29ms);
}

TEST_CASE("as many packets are lost as wanted, the same ones for the same seed", "[path]") {
  const auto left = survivors(PathModel{4, {.loss = 0.05}}, 100'000);
  CHECK(left.size() > 94'700);
  CHECK(left.size() < 95'300);
  CHECK(left == survivors(PathModel{4, {.loss = 0.05}}, 100'000));
  CHECK(left != survivors(PathModel{5, {.loss = 0.05}}, 100'000));
  CHECK(survivors(PathModel{4, {.loss = 1}}, 100).empty());
}

TEST_CASE("losses come in bursts of the wanted length", "[path]") {
  const int count = 200'000;
  const auto left = survivors(PathModel{6, {.loss = 0.05, .burst = 8}}, count);
  int bursts = 0;
  for (std::size_t i = 1; i < left.size(); ++i) bursts += left[i] != left[i - 1] + 1;
  const auto lost = static_cast<double>(count) - static_cast<double>(left.size());
  CHECK(lost / count == Approx(0.05).margin(0.005));
  CHECK(lost / bursts == Approx(8).margin(0.5));
}

TEST_CASE("packets leave at the rate, and what the queue cannot hold is dropped", "[path]") {
  // 8 Mbit/s: a packet of 1000 bytes takes a millisecond; nine wait while one is being sent.
  PathModel model{7, {.delay = 5ms, .rate = 8'000'000, .queue = 10'000}};
  for (int i = 1; i <= 10; ++i) CHECK(model.pass(TimePoint{}, 1000) == TimePoint{} + i * 1ms + 5ms);
  CHECK(model.pass(TimePoint{}, 1000) == none);
  CHECK(model.counters().overflowed == 1);
  CHECK(model.pass(TimePoint{1ms}, 1000) == TimePoint{16ms});
  CHECK(model.pass(TimePoint{1s}, 1000) == TimePoint{1006ms});
  CHECK(model.counters().passed == 12);
  CHECK(model.counters().bytes == 12'000);
}

TEST_CASE("an idle link takes a packet that is longer than its queue", "[path]") {
  PathModel model{8, {.rate = 8'000'000, .queue = 100}};
  CHECK(model.pass(TimePoint{}, 1000) == TimePoint{1ms});
  CHECK(model.pass(TimePoint{}, 1000) == none);
}

TEST_CASE("new settings are for the packets to come", "[path]") {
  Path<int> path{9, {.delay = 50ms}};
  path.push(TimePoint{}, 100, 1);
  path.model().set({.delay = 10ms});
  path.push(TimePoint{}, 100, 2);  // would overtake, so it waits
  path.push(TimePoint{60ms}, 100, 3);
  CHECK(path.pop(TimePoint{50ms}) == 1);
  CHECK(path.pop(TimePoint{50ms}) == 2);
  CHECK(path.next() == TimePoint{70ms});
}

}  // namespace
}  // namespace sluice::test
