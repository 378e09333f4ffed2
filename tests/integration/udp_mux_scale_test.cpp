// What a mux is for: many connections, and strangers in numbers.
#include <list>

#include "net/udp_socket.hpp"
#include "support/resident.hpp"
#include "support/sanitized.hpp"
#include "udp_mux.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

#ifdef SLUICE_TEST_SANITIZED
constexpr int connections = 100;
constexpr int flood = 100'000;
#else
constexpr int connections = 500;
constexpr int flood = 1'000'000;
#endif

}  // namespace

TEST_CASE("hundreds of clients talk to one port", "[integration][mux][scale]") {
  asio::io_context io;
  const UdpMux mux{io, any_loopback_port};
  const std::vector certificates{Certificate::generate()};
  auto server = on(mux), client = alone();
  server.certificates = client.certificates = certificates;
  std::list<Visit> visits;
  const auto all_have = [&](int echoes) {
    return run_until(io,
                     [&] { return std::ranges::all_of(visits, [&](auto& each) { return each.echoes == echoes; }); });
  };
  const auto before = resident();
  for (int i = 0; i != connections; ++i) {
    visits.emplace_back(io.get_executor(), client, mux.get_executor(), server);
    if (i % 25 == 24) REQUIRE(all_have(1));
  }
  WARN(connections << " connections and as many clients: " << (resident() - before) / connections << " KiB each pair");
  CHECK(mux.stats().connections == connections);
  for (const auto& visit : visits) visit.say(std::string(5000, 'x'));
  REQUIRE(all_have(2));
  const auto stats = mux.stats();
  CHECK(stats.contested == 0);
  CHECK(stats.unknown_ufrags == 0);
}

TEST_CASE("a flood of unknown ufrags costs no memory, and is told at a limited rate", "[integration][mux][hostile]") {
  asio::io_context io;
  constexpr int limit = 20;
  const UdpMux mux{io, any_loopback_port, {.unknown_ufrags_per_second = limit}};
  int told = 0;
  mux.on_unknown_ufrag([&](const UnknownUfrag&) { ++told; });
  std::list<net::UdpSocket> strangers;
  for (std::uint16_t i = 0; i != 64; ++i) {
    auto& stranger = strangers.emplace_back(io.get_executor(), SocketId{0});
    REQUIRE_FALSE(stranger.open({*IpAddress::parse("127.0.0.1"), 0}, {}));
  }
  const Path to{SocketId{0}, {*IpAddress::parse("127.0.0.1"), mux.local_endpoints().at(0).port}};
  Checks checks;
  TransmitQueue queue;
  int number = 0;
  const auto send = [&](int count) {
    for (int end = number + count; number < end;) {
      for (auto& stranger : strangers) {
        queue.clear();
        for (int i = 0; i != 32; ++i) queue.push(to, checks.numbered(number++));
        stranger.send(queue, 0);
        io.poll();
      }
    }
  };
  const auto handled = [&] { return mux.stats().unknown_ufrags + mux.stats().strangers; };
  const auto start = std::chrono::steady_clock::now();
  send(20'000);  // buffers and caches have their size
  const auto before = resident();
  send(flood);
  const auto growth = resident() - before;
  REQUIRE(run_until(io, [&] { return handled() == static_cast<std::uint64_t>(number); }));
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - start).count();
#ifndef SLUICE_TEST_SANITIZED  // which keeps what has been freed
  CHECK(growth < 1024);
#else
  (void)growth;
#endif
  CHECK(told > 0);
  CHECK(told <= limit * (seconds + 1));
}
