// How much of the messages may be inside usrsctp.
#include "sctp/send_window.hpp"

#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::sctp;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most = 4 * 1024 * 1024;
constexpr std::size_t first = 256 * 1024;

// A path that takes `rate` bytes in a millisecond, and a sender that always fills the window.
struct Path {
  double rate;
  Duration round_trip;
  SendWindow window{most, first};
  TimePoint now{1h};
  std::uint64_t delivered = 0;

  // One window's worth: what does not fit into the round trip waits in the queue before the bottleneck.
  void send_and_acknowledge(bool busy = true) {
    const Departure departure{.time = now, .delivered = delivered, .delivered_at = now, .busy = busy};
    const auto bytes = static_cast<double>(window.size());
    const auto transmission =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>{bytes / rate});
    now += std::max(round_trip, transmission);
    delivered += window.size();
    window.handle_acknowledged(now, departure, delivered);
  }

  void run(Duration time, bool busy = true) {
    for (const auto end = now + time; now < end;) send_and_acknowledge(busy);
  }

  std::size_t carried() const {
    return static_cast<std::size_t>(rate * std::chrono::duration<double, std::milli>{round_trip}.count());
  }
};

}  // namespace

TEST_CASE("the send window is twice what the path carries in a round trip", "[sctp]") {
  Path path{.rate = 12'500, .round_trip = 50ms};  // 100 Mbit/s
  path.run(3s);
  CHECK(path.window.size() >= 2 * path.carried());
  CHECK(path.window.size() <= 2 * path.carried() + path.carried() / 10);
}

TEST_CASE("the send window fills a path of 100 Mbit/s and 200 ms, and of 1 Gbit/s and 20 ms", "[sctp]") {
  Path far{.rate = 12'500, .round_trip = 200ms};
  far.run(5s);
  CHECK(far.window.size() > far.carried() * 3 / 2);
  Path fast{.rate = 125'000, .round_trip = 20ms};
  fast.run(5s);
  CHECK(fast.window.size() > fast.carried() * 3 / 2);
}

TEST_CASE("the send window has a least and a most size", "[sctp]") {
  Path slow{.rate = 10, .round_trip = 10ms};
  slow.run(300s);
  CHECK(slow.window.size() == SendWindow::least);
  Path endless{.rate = 1e9, .round_trip = 100ms};
  endless.run(5s);
  CHECK(endless.window.size() == most);
}

TEST_CASE("our own queue on the path does not make the send window grow", "[sctp]") {
  Path path{.rate = 12'500, .round_trip = 50ms};
  path.run(120s);  // a dozen times the age of a round trip
  CHECK(path.window.size() <= 3 * path.carried());
}

TEST_CASE("the send window follows a path that becomes longer or slower", "[sctp]") {
  Path path{.rate = 12'500, .round_trip = 20ms};
  path.run(3s);
  path.round_trip = 100ms;
  path.run(60s);
  CHECK(path.window.size() >= path.carried());
  path.rate = 1'250;
  path.run(60s);
  CHECK(path.window.size() <= 3 * path.carried());
}

TEST_CASE("the send window leaves hosts less time for a while where small messages follow", "[sctp]") {
  Path path{.rate = 4e6, .round_trip = 200us};
  path.run(3s);
  const auto alone = path.window.size();
  path.window.note_follower(path.now);
  path.send_and_acknowledge();
  CHECK(path.window.size() < alone * 9 / 10);
  CHECK(path.window.size() > 2 * path.carried());
  path.run(1s);
  CHECK(path.window.size() > alone * 95 / 100);
}

TEST_CASE("an application that sends little says nothing about the path", "[sctp]") {
  Path path{.rate = 12'500, .round_trip = 50ms};
  path.run(3s);
  const auto before = path.window.size();
  path.rate = 125;
  path.run(5s, false);
  CHECK(path.window.size() >= before);
}

TEST_CASE("after congestion the send window is what leaves no queue, and rises from there", "[sctp]") {
  Path path{.rate = 12'500, .round_trip = 50ms};
  path.run(3s);
  path.window.handle_congestion();
  CHECK(path.window.size() > path.carried() * 9 / 10);
  CHECK(path.window.size() < path.carried() * 11 / 10);
  path.run(30s);
  CHECK(path.window.size() >= 2 * path.carried());
}

TEST_CASE("the send window tells whether a queue stands on the path", "[sctp][rfc9406-4.3]") {
  Path path{.rate = 12'500, .round_trip = 50ms};
  path.send_and_acknowledge();
  CHECK_FALSE(path.window.queue());
  path.run(3s);  // twice what fits
  CHECK(path.window.queue());
}

TEST_CASE("another path starts with a window of its own", "[sctp]") {
  Path path{.rate = 12'500, .round_trip = 200ms};
  path.run(5s);
  REQUIRE(path.window.size() != first);
  path.window.reset();
  CHECK(path.window.size() == first);
}
