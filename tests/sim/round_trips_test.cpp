// How many one-way delays a set-up takes, and what one lost datagram costs.
#include "sim/set_up.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto one_way = 25ms;

struct Row {
  const char* name;
  Configure configure;
  Steps steps;
  int early_message;
  Duration longest;  // with one datagram lost: SCTP's first timeout, which SNAP fixes before the path is known
};

const Row rows[] = {
    {"plain", with_nothing, {.dtls_of_answerer = 6, .dtls = 5, .open = 9, .message = 10}, 8, 700ms},
    {"SNAP", with_snap, {.dtls_of_answerer = 6, .dtls = 5, .open = 5, .message = 6}, 6, 1200ms},
    {"SPED", with_sped, {.dtls_of_answerer = 4, .dtls = 3, .open = 7, .message = 8}, 6, 700ms},
    {"SNAP and SPED", with_both, {.dtls_of_answerer = 4, .dtls = 3, .open = 3, .message = 4}, 4, 1200ms},
};

TEST_CASE("a set-up takes as many one-way delays as its protocols need", "[sim][setup][snap][sped]") {
  for (const auto& row : rows) {
    INFO(row.name);
    SetUp set_up{1, one_way, row.configure};
    REQUIRE(set_up.run(10s));
    CHECK(set_up.steps().dtls_of_answerer == row.steps.dtls_of_answerer);
    CHECK(set_up.steps().dtls == row.steps.dtls);
    CHECK(set_up.steps().open == row.steps.open);
    CHECK(set_up.steps().message == row.steps.message);
  }
}

TEST_CASE("a message that does not wait for the channel comes with the COOKIE ECHO", "[sim][setup][rfc9260-5.1]") {
  for (const auto& row : rows) {
    INFO(row.name);
    SetUp set_up{1, one_way, row.configure};
    REQUIRE(set_up.run_early(10s));
    CHECK(set_up.steps().message == row.early_message);
  }
}

TEST_CASE("whichever datagram of a set-up is lost, the first message is late by little", "[sim][setup][snap][sped]") {
  for (const auto& row : rows) {
    SetUp unharmed{1, one_way, row.configure};
    REQUIRE(unharmed.run(10s));
    const auto datagrams = unharmed.world().network().sent();
    REQUIRE(datagrams >= 8);
    for (std::size_t lost = 0; lost != datagrams; ++lost) {
      INFO(row.name << ", lost datagram " << lost << " of " << datagrams);
      SetUp set_up{1, one_way, row.configure};
      set_up.world().network().lose(lost);
      REQUIRE(set_up.run(10s));
      CHECK(std::chrono::duration_cast<std::chrono::milliseconds>(set_up.since_answer()).count() <= row.longest / 1ms);
    }
  }
}

}  // namespace
}  // namespace sluice::sim
