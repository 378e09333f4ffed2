// Whether packets were lost by chance, or for want of room.
#include "sctp/loss_episode.hpp"

#include "support/catch.hpp"

using namespace sluice::sctp;

namespace {

using Cause = LossEpisode::Cause;

// 500 packets in flight, of which `lost` are repeated before all of them are acknowledged.
std::optional<Cause> lose(LossEpisode& losses, std::uint64_t lost, bool queue = false) {
  losses.handle_acknowledged({.cumulative_tsn = 1000, .newest_tsn = 1500, .repeated = 1, .queue = queue});
  losses.handle_acknowledged({.cumulative_tsn = 1200, .newest_tsn = 1700, .repeated = lost, .queue = false});
  return losses.handle_acknowledged({.cumulative_tsn = 1500, .newest_tsn = 2000, .repeated = lost, .queue = false});
}

}  // namespace

TEST_CASE("losses of up to 2 % of a flight, on a path without a queue, are chance", "[sctp][rfc9260-7.2.3]") {
  LossEpisode one;
  CHECK(lose(one, 1) == Cause::chance);
  LossEpisode some;
  CHECK(lose(some, 10) == Cause::chance);
  LossEpisode many;
  CHECK(lose(many, 11) == Cause::congestion);
}

TEST_CASE("a loss while a queue stands on the path is congestion", "[sctp][rfc9260-7.2.3]") {
  LossEpisode losses;
  CHECK(lose(losses, 1, true) == Cause::congestion);
}

TEST_CASE("an episode is judged once, when all of its flight has been acknowledged", "[sctp][rfc9260-7.2.4]") {
  LossEpisode losses;
  CHECK_FALSE(losses.handle_acknowledged({.cumulative_tsn = 10, .newest_tsn = 50, .repeated = 1, .queue = false}));
  CHECK_FALSE(losses.handle_acknowledged({.cumulative_tsn = 49, .newest_tsn = 90, .repeated = 2, .queue = false}));
  CHECK(losses.handle_acknowledged({.cumulative_tsn = 50, .newest_tsn = 91, .repeated = 2, .queue = false}) ==
        Cause::chance);
  CHECK_FALSE(losses.handle_acknowledged({.cumulative_tsn = 91, .newest_tsn = 99, .repeated = 2, .queue = false}));
}

TEST_CASE("what the retransmission timer has repeated is left to its rules", "[sctp][rfc9260-7.2.3]") {
  LossEpisode losses;
  losses.handle_acknowledged({.cumulative_tsn = 10, .newest_tsn = 50, .repeated = 1, .queue = false});
  losses.handle_retransmission_timeout(60);
  CHECK_FALSE(losses.handle_acknowledged({.cumulative_tsn = 60, .newest_tsn = 90, .repeated = 2, .queue = false}));
}
