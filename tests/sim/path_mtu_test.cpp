// Path MTU discovery between two engines: DTLS and ICE below it, paths of any size.   RFC 8899
#include <algorithm>

#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

const Bytes message(50'000, std::byte{7});

// What a path carries, in bytes of UDP payload, and the largest datagram that was put on it.
struct Size {
  std::size_t carried = 65'507;
  std::size_t largest = 0;
};

void limit(World& world, Size& size) {
  world.network().set_filter([&size](const Endpoint&, const Endpoint&, Bytes& datagram) {
    size.largest = std::max(size.largest, datagram.size());
    return datagram.size() <= size.carried;
  });
}

bool deliver(World& world, std::size_t count, Duration limit = 60s) {
  const auto before = world.bob().messages().size();
  for (std::size_t i = 0; i < count; ++i) world.alice().send(peer::ChannelId{0}, message);
  return world.run_until([&] { return world.bob().messages().size() == before + count; }, limit);
}

std::size_t packet_size(Peer& peer) { return peer.engine().statistics().sctp->path_mtu; }

TEST_CASE("bulk ends in datagrams as large as the path carries", "[sim][path-mtu]") {
  const std::size_t carried = GENERATE(1'200U, 1'372U, 1'472U, 8'972U, 65'507U);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed, carried);
    Size size{.carried = carried};
    World world{seed, {.link = {.delay = 5ms, .jitter = 1ms}}};
    limit(world, size);
    REQUIRE(world.connect());
    REQUIRE(deliver(world, 100));
    world.run_for(4s);
    CHECK(packet_size(world.alice()) + 37 <= carried);
    if (carried > 1'371) CHECK(packet_size(world.alice()) > 1'163);
    if (carried == 65'507) CHECK(packet_size(world.alice()) == 16'384);
    CHECK(size.largest <= 16'384 + 37);
    REQUIRE(deliver(world, 100));
  }
}

TEST_CASE("a path that shrinks and grows again carries every message", "[sim][path-mtu][rfc8899-4.3]") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Size size;
    World world{seed, {.link = {.delay = 5ms, .loss = seed % 2 == 0 ? 0.01 : 0.0}}};
    limit(world, size);
    REQUIRE(world.connect());
    for (const std::size_t carried : {65'507U, 1'472U, 1'200U, 65'507U, 8'972U}) {
      CAPTURE(carried);
      size.carried = carried;
      REQUIRE(deliver(world, 40));
    }
  }
}

TEST_CASE("where one side wants no large datagrams none is sent, and it takes those of the other", "[sim][path-mtu]") {
  Size size;
  bool first = true;
  World world{7, {.link = {.delay = 5ms}, .configure = [&](peer::EngineOptions& options) {
                    if (std::exchange(first, false)) options.largest_mtu = options.mtu;
                  }}};
  limit(world, size);
  REQUIRE(world.connect());
  REQUIRE(deliver(world, 100));
  CHECK(size.largest <= 1'200);
  for (int i = 0; i < 100; ++i) world.bob().send(*world.bob().channel("first"), message);
  REQUIRE(world.run_until([&] { return world.alice().messages().size() == 100; }, 60s));
  world.run_for(1s);
  CHECK(size.largest == 16'384 + 37);
}

TEST_CASE("a relay is not probed", "[sim][path-mtu][turn]") {
  const ice::IceServer turn{.url = "turn:203.0.113.5",
                            .host = "203.0.113.5",
                            .kind = ice::IceServer::Kind::turn,
                            .username = "alice",
                            .password = "wonderland"};
  Size size;
  World world{8, {.link = {.delay = 5ms}, .configure = [&](peer::EngineOptions& options) {
                    options.ice_servers = {turn};
                    options.relay_only = true;
                  }}};
  (void)world.add_turn_server(
      {.address = {*IpAddress::parse("203.0.113.5"), 3478}, .relay_v4 = *IpAddress::parse("203.0.113.9")});
  limit(world, size);
  REQUIRE(world.connect());
  REQUIRE(deliver(world, 100));
  CHECK(size.largest <= 1'280);
}

TEST_CASE("another selected pair begins at 1200 bytes", "[sim][path-mtu][rfc8445-9]") {
  const Endpoint other{*IpAddress::parse("198.51.100.77"), 6000};
  World world{9, {.link = {.delay = 5ms}}};
  std::size_t largest = 0;  // from the new address
  world.network().set_filter([&](const Endpoint& from, const Endpoint& to, Bytes& datagram) {
    if (from != other && to != other) return true;
    largest = std::max(largest, datagram.size());
    return datagram.size() <= 1'200;
  });
  REQUIRE(world.connect());
  REQUIRE(deliver(world, 100));
  world.run_for(1s);
  REQUIRE(packet_size(world.alice()) == 16'384);
  for (int i = 0; i < 100; ++i) world.alice().send(peer::ChannelId{0}, message);
  world.run_for(20ms);
  world.alice().change_addresses({other}, {world.alice().address()});
  world.alice().engine().restart_ice();
  world.alice().negotiate();
  REQUIRE(world.run_until([&] { return world.bob().messages().size() == 200; }, 60s));
  CHECK(largest > 1'000);
}

}  // namespace
}  // namespace sluice::sim
