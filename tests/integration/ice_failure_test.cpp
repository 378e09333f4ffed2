// What the application hears of an ICE failure. RFC 8445 §8.3
#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a connection that cannot come about says why", "[integration][failure]") {
  asio::io_context io;
  Configuration configuration;
  configuration.ice_transport_policy = IceTransportPolicy::relay;
  Pair pair{io.get_executor(), configuration};
  pair.a.create_data_channel("x");
  RtcError at_event;
  pair.a.on_connection_state_change([&](ConnectionState state) {
    if (state == ConnectionState::failed) at_event = pair.a.last_error();
  });
  REQUIRE(run_until(io, [&] { return pair.a.connection_state() == ConnectionState::failed && at_event.code; }));
  CHECK(at_event.code == Error::ice_failed);
  CHECK(at_event.text.find("TURN server") != std::string::npos);
}
