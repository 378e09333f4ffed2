// How often SCTP's timers run.
#include "api/sctp_clock.hpp"

#include "support/catch.hpp"

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the timers of SCTP run a hundred times a second, and less often with many associations", "[sctp][scale]") {
  CHECK(sctp_tick(0) == 10ms);
  CHECK(sctp_tick(1999) == 10ms);
  CHECK(sctp_tick(2000) == 20ms);
  CHECK(sctp_tick(4500) == 40ms);
  CHECK(sctp_tick(65'534) == 50ms);
}

}  // namespace
}  // namespace sluice::api
