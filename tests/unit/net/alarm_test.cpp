#include "net/alarm.hpp"

#include <boost/asio/io_context.hpp>

#include "support/catch.hpp"

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("an alarm rings once", "[net]") {
  boost::asio::io_context io;
  net::Alarm alarm{io.get_executor()};
  int rings = 0;
  alarm.set(TimePoint{}, [&] { ++rings; });  // long past
  CHECK(alarm.covers(TimePoint{} + 1s));
  io.run();
  CHECK(rings == 1);
  CHECK_FALSE(alarm.covers(TimePoint{} + 1s));
}

TEST_CASE("an earlier deadline replaces a later one", "[net]") {
  boost::asio::io_context io;
  net::Alarm alarm{io.get_executor()};
  std::string rang;
  alarm.set(TimePoint{} + 2s, [&] { rang += "late"; });
  CHECK_FALSE(alarm.covers(TimePoint{} + 1s));
  alarm.set(TimePoint{} + 1s, [&] { rang += "early"; });
  io.run();
  CHECK(rang == "early");
}

TEST_CASE("a cancelled alarm is silent and holds no context open", "[net]") {
  boost::asio::io_context io;
  net::Alarm alarm{io.get_executor()};
  bool rang = false;
  alarm.set(never - 1h, [&] { rang = true; });
  alarm.cancel();
  CHECK(alarm.covers(never));
  io.run();
  CHECK_FALSE(rang);
}
