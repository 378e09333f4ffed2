// Which places a service of a host is at, whatever DNS answers, and when.   RFC 8489 §8.1
#include "net/resolver.hpp"

#include <boost/asio/io_context.hpp>
#include <future>
#include <map>
#include <thread>

#include "support/catch.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
using net::SrvRecord;
using Places = std::vector<Endpoint>;

namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

// A name service of the test's: what it does not know does not exist, and what is held gives no answer until the end.
struct Dns {
  std::map<std::string, std::vector<IpAddress>> addresses{};
  std::map<std::string, std::vector<SrvRecord>> records{};
  std::string held{};
  std::promise<void> released{};
  std::shared_future<void> release{released.get_future()};

  net::NameService service() {
    return {.addresses = [this](const std::string& name) { return find(addresses, name); },
            .records = [this](const std::string& name) { return find(records, name); }};
  }
  template <class Map>
  typename Map::mapped_type find(const Map& all, const std::string& name) {
    if (name == held) release.wait();
    const auto found = all.find(name);
    return found == all.end() ? typename Map::mapped_type{} : found->second;
  }
};

struct Bench {
  explicit Bench(Dns& given) : dns{given} {}
  ~Bench() { dns.released.set_value(); }

  Places locate() {
    std::optional<Places> found;
    resolver.async_locate("_turn._udp", "example.org", [&](Places places) {
      REQUIRE_FALSE(found.has_value());
      found = std::move(places);
      io.stop();
    });
    auto guard = boost::asio::make_work_guard(io);
    io.run();
    io.restart();
    REQUIRE(found.has_value());
    return *found;
  }

  Dns& dns;
  SeededRandom random{1};
  boost::asio::io_context io{};
  net::Resolver resolver{io.get_executor(), random, dns.service()};
};

const auto host = ip("192.0.2.1");

}  // namespace

TEST_CASE("targets come in the order of their priorities, each with its port", "[net][rfc8489-8.1]") {
  Dns dns{.addresses = {{"example.org", {host}}, {"a", {ip("192.0.2.2"), ip("2001:db8::2")}}, {"b", {ip("192.0.2.3")}}},
          .records = {{"_turn._udp.example.org", {{2, 0, 3480, "b"}, {1, 0, 3479, "a"}}}}};
  CHECK(Bench{dns}.locate() == Places{{ip("192.0.2.2"), 3479}, {ip("2001:db8::2"), 3479}, {ip("192.0.2.3"), 3480}});
}

TEST_CASE("without records the host's own addresses count, and without a port", "[net][rfc8489-8.1]") {
  Dns dns{.addresses = {{"example.org", {host}}}};
  CHECK(Bench{dns}.locate() == Places{{host, 0}});
}

TEST_CASE("without anything there is nothing", "[net][rfc8489-8.1]") {
  Dns dns;
  CHECK(Bench{dns}.locate().empty());
}

TEST_CASE("targets without addresses are as good as none", "[net][rfc8489-8.1]") {
  Dns dns{.addresses = {{"example.org", {host}}}, .records = {{"_turn._udp.example.org", {{1, 0, 3479, "a"}}}}};
  CHECK(Bench{dns}.locate() == Places{{host, 0}});
}

TEST_CASE("a domain may say that it has no such service", "[net][rfc2782]") {
  Dns dns{.addresses = {{"example.org", {host}}}, .records = {{"_turn._udp.example.org", {{0, 0, 0, "."}}}}};
  CHECK(Bench{dns}.locate().empty());
}

TEST_CASE("whoever does not answer is waited for a moment, and then what is known counts", "[net][rfc8489-8.1]") {
  Dns dns{.addresses = {{"example.org", {host}}, {"a", {ip("192.0.2.2")}}, {"b", {ip("192.0.2.3")}}},
          .records = {{"_turn._udp.example.org", {{1, 0, 3479, "a"}, {2, 0, 3480, "b"}}}}};
  const auto start = std::chrono::steady_clock::now();
  SECTION("records") {
    dns.held = "_turn._udp.example.org";
    CHECK(Bench{dns}.locate() == Places{{host, 0}});
  }
  SECTION("one of the targets") {
    dns.held = "a";
    CHECK(Bench{dns}.locate() == Places{{ip("192.0.2.3"), 3480}});
  }
  SECTION("the host itself, not even that") {
    dns.held = "example.org";
    CHECK(Bench{dns}.locate() == Places{{ip("192.0.2.2"), 3479}, {ip("192.0.2.3"), 3480}});
  }
  CHECK(std::chrono::steady_clock::now() - start < 3s);
}

TEST_CASE("more targets and addresses than anybody needs are not looked up", "[net]") {
  Dns dns;
  auto& records = dns.records["_turn._udp.example.org"];
  for (std::uint16_t i = 0; i != 10; ++i) records.push_back({i, 0, 3478, std::to_string(i)});
  for (const auto& each : records) {
    for (unsigned i = 0; i != 10; ++i) {
      dns.addresses[each.target].push_back(
          IpAddress::v4({std::byte{10}, std::byte{0}, std::byte(std::stoul(each.target)), static_cast<std::byte>(i)}));
    }
  }
  const auto places = Bench{dns}.locate();
  CHECK(places.size() == 16);
  CHECK(places.back().address == ip("10.0.1.5"));
}

TEST_CASE("a name that is not answered delays no other", "[net]") {
  Dns dns{.addresses = {{"a", {host}}}, .held = "dead"};
  Bench bench{dns};
  std::vector<IpAddress> found;
  bench.resolver.async_resolve("dead", [](const auto&) { FAIL("it is held"); });
  bench.resolver.async_resolve("a", [&](std::vector<IpAddress> addresses) {
    found = std::move(addresses);
    bench.io.stop();
  });
  auto guard = boost::asio::make_work_guard(bench.io);
  bench.io.run();
  CHECK(found == std::vector{host});
  bench.resolver.cancel();
}

TEST_CASE("after cancel nobody is called", "[net]") {
  Dns dns{.addresses = {{"example.org", {host}}}, .held = "_turn._udp.example.org"};
  Bench bench{dns};
  auto guard = boost::asio::make_work_guard(bench.io);
  bench.resolver.async_locate("_turn._udp", "example.org", [](const auto&) { FAIL("cancelled"); });
  bench.resolver.async_resolve("example.org", [](const auto&) { FAIL("cancelled"); });
  bench.resolver.cancel();
  bool other = false;
  bench.resolver.async_resolve("example.org", [&](const auto&) {
    other = true;
    bench.io.stop();
  });
  bench.io.run();
  CHECK(other);
}

TEST_CASE("addresses of the system's names have no duplicates", "[net]") {
  const auto addresses = net::query_addresses("localhost");
  REQUIRE_FALSE(addresses.empty());
  for (const auto& each : addresses) CHECK(each.is_loopback());
}

TEST_CASE("an address resolves to itself, nonsense to nothing", "[net]") {
  boost::asio::io_context io;
  SeededRandom random{1};
  net::Resolver resolver{io.get_executor(), random};
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
    SeededRandom random{1};
    net::Resolver resolver{io.get_executor(), random};
    resolver.async_resolve("192.0.2.9", [&](const auto&) { called = true; });
    resolver.cancel();
    io.run();
  }
  CHECK_FALSE(called);
}
