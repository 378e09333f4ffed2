#include "net/alarm.hpp"

#include <boost/asio/io_context.hpp>

#include "net/resolver.hpp"
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

TEST_CASE("an address resolves to itself, nonsense to nothing", "[net]") {
  boost::asio::io_context io;
  net::Resolver resolver{io.get_executor()};
  std::vector<IpAddress> numeric{};
  bool nothing = false;
  resolver.async_resolve("192.0.2.9", [&](std::vector<IpAddress> addresses) { numeric = std::move(addresses); });
  resolver.async_resolve("not a host", [&](const std::vector<IpAddress>& addresses) { nothing = addresses.empty(); });
  io.run();
  CHECK(numeric == std::vector{*IpAddress::parse("192.0.2.9")});
  CHECK(nothing);
}

TEST_CASE("a cancelled resolution calls nobody", "[net]") {
  boost::asio::io_context io;
  bool called = false;
  {
    net::Resolver resolver{io.get_executor()};
    resolver.async_resolve("192.0.2.9", [&](const auto&) { called = true; });
    resolver.cancel();
    io.run();
  }
  CHECK_FALSE(called);
}
