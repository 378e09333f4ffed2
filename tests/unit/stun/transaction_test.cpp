#include "stun/transaction.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::stun;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint start{100s};

// When it sends again, and last when it gives up, as the owner sees it who calls exactly in time.
std::vector<Duration> schedule(Transaction transaction) {
  std::vector<Duration> moments;
  auto step = Transaction::Step::resend;
  while (step == Transaction::Step::resend && moments.size() < 100) {
    const auto now = transaction.next_timeout();
    moments.push_back(now - start);
    step = transaction.handle_timeout(now);
  }
  REQUIRE(step == Transaction::Step::timed_out);
  return moments;
}

}  // namespace

TEST_CASE("a request is sent seven times and given up after 39500 ms", "[stun][rfc8489-6.2.1]") {
  CHECK(schedule(Transaction{start, {}}) ==
        std::vector<Duration>{500ms, 1500ms, 3500ms, 7500ms, 15500ms, 31500ms, 39500ms});
}

TEST_CASE("RTO, Rc and Rm set the schedule", "[stun][rfc8489-6.2.1]") {
  CHECK(schedule(Transaction{start, {}, {.rto = 100ms, .max_sends = 3, .last_wait = 5}}) ==
        std::vector<Duration>{100ms, 300ms, 800ms});
  CHECK(schedule(Transaction{start, {}, {.rto = 250ms, .max_sends = 1, .last_wait = 2}}) ==
        std::vector<Duration>{500ms});
}

TEST_CASE("an early call changes nothing", "[stun][rfc8489-6.2.1]") {
  Transaction transaction{start, {}};
  CHECK(transaction.handle_timeout(start) == Transaction::Step::wait);
  CHECK(transaction.handle_timeout(start + 499ms) == Transaction::Step::wait);
  CHECK(transaction.sent() == 1);
  CHECK(transaction.next_timeout() == start + 500ms);
}

TEST_CASE("a late call sends once, not once per interval it missed", "[stun][rfc8489-6.2.1]") {
  Transaction transaction{start, {}};
  CHECK(transaction.handle_timeout(start + 10s) == Transaction::Step::resend);
  CHECK(transaction.handle_timeout(start + 10s) == Transaction::Step::wait);
  CHECK(transaction.sent() == 2);
  CHECK(transaction.next_timeout() == start + 11s);
}

TEST_CASE("a transaction that has timed out waits for nothing", "[stun][rfc8489-6.2.1]") {
  Transaction transaction{start, {}, {.rto = 1s, .max_sends = 1, .last_wait = 1}};
  CHECK(transaction.handle_timeout(start + 1s) == Transaction::Step::timed_out);
  CHECK(transaction.next_timeout() == never);
  CHECK(transaction.handle_timeout(start + 2s) == Transaction::Step::wait);
}

TEST_CASE("only a request sent once measures the round trip", "[stun][rfc8489-6.2.1]") {
  Transaction transaction{start, {}};
  CHECK(transaction.round_trip(start + 40ms) == Duration{40ms});
  REQUIRE(transaction.handle_timeout(start + 500ms) == Transaction::Step::resend);
  CHECK_FALSE(transaction.round_trip(start + 540ms));
}
