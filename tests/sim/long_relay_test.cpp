// A day through a TURN server, in virtual time: nothing is lost and nothing grows.   RFC 8656 §3.2, §9, §12
#include <malloc.h>

#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

WorldOptions through_turn() {
  return {.link = {.delay = 25ms, .jitter = 5ms},
          .configure =
              [](peer::EngineOptions& options) {
                options.relay_only = true;
                options.ice_servers = {{.url = "turn:203.0.113.5",
                                        .host = "203.0.113.5",
                                        .kind = ice::IceServer::Kind::turn,
                                        .username = "alice",
                                        .password = "wonderland"}};
              },
          .tick = 100ms};
}

// 0 where the allocator does not say.
std::size_t heap_in_use() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

struct Sizes {
  std::size_t pairs = 0;
  std::size_t candidates = 0;
  std::size_t server_tables = 0;  // permissions and channels are the clients' doing
  std::size_t heap = 0;
};

struct Day {
  Day() {
    REQUIRE(world.connect(10s));
    world.bob().open_channel({.label = "back"});
    REQUIRE(world.run_until([&] { return world.alice().has("announced back"); }, 10s));
  }

  // A message each way every five seconds; each arrives before the next is sent.
  void talk_for(Duration duration) {
    const auto end = world.now() + duration;
    while (world.now() < end) {
      const auto text = std::to_string(++sent);
      world.bob().send(*world.bob().channel("first"), text);
      world.alice().send(*world.alice().channel("back"), text);
      world.run_for(5s);
      for (auto* peer : {&world.alice(), &world.bob()}) {
        REQUIRE(peer->messages().size() == 1);
        REQUIRE(peer->messages().front().data == text);
        peer->forget_messages();
      }
    }
  }

  Sizes sizes() {
    Sizes result;
    for (auto* peer : {&world.alice(), &world.bob()}) {
      const auto ice = peer->engine().statistics().ice;
      result.pairs += ice.pairs.size();
      result.candidates += ice.local_candidates.size() + ice.remote_candidates.size();
    }
    result.server_tables = server.table_entries();
    result.heap = heap_in_use();
    return result;
  }

  World world{1, through_turn()};
  test::TurnServer& server =
      world.add_turn_server({.address = {ip("203.0.113.5"), 3478}, .relay_v4 = ip("203.0.113.9")});
  int sent = 0;
};

TEST_CASE("twenty-four hours through a TURN server lose nothing, and no table or timer grows",
          "[sim][turn][rfc8656-3.2][rfc8656-9][rfc8656-12]") {
  Day day;
  day.talk_for(1h);
  const auto early = day.sizes();
  const auto early_datagrams = day.world.network().sent();
  day.talk_for(1h);
  const auto datagrams_per_hour = day.world.network().sent() - early_datagrams;
  day.talk_for(21h);
  const auto late_datagrams = day.world.network().sent();
  day.talk_for(1h);
  const auto late = day.sizes();
  CHECK(late.pairs == early.pairs);
  CHECK(late.candidates == early.candidates);
  CHECK(late.server_tables == early.server_tables);
  CHECK(late.heap <= early.heap + 16 * 1024);
  const auto in_last_hour = day.world.network().sent() - late_datagrams;
  CHECK(in_last_hour <= datagrams_per_hour + datagrams_per_hour / 50);
  CHECK(in_last_hour >= datagrams_per_hour - datagrams_per_hour / 50);
  CHECK(day.server.faults().empty());
  CHECK(day.server.allocations(day.world.now()) == 2);
  CHECK_FALSE(day.world.alice().has("connection disconnected"));
  CHECK_FALSE(day.world.bob().has("connection disconnected"));
}

}  // namespace
}  // namespace sluice::sim
