#include "ice/agent.hpp"

#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::State;

TEST_CASE("two agents on one network connect in one round trip and complete", "[ice][rfc8445-12.1]") {
  World world;
  auto& a = world.add_host();
  auto& b = world.add_host();
  a.add_socket(at("192.0.2.1", 1000));
  b.add_socket(at("192.0.2.2", 2000));
  const auto start = world.now;
  world.connect(a, b);
  REQUIRE(world.run_until([&] { return is_connected(a) && is_connected(b); }, 1s));
  CHECK(world.now - start == 40ms);
  CHECK(a.agent.data_path() == Path{SocketId{0}, at("192.0.2.2", 2000)});
  CHECK(b.agent.data_path() == Path{SocketId{0}, at("192.0.2.1", 1000)});
  world.end_of_candidates(a);
  world.end_of_candidates(b);
  world.run_for(1s);
  CHECK(a.states() == std::vector{State::checking, State::connected, State::completed});
}
