// What one port must carry: ten thousand connections at the same time, all the way up to their messages.
#include "scale/crowd.hpp"

#include "stun/message.hpp"
#include "support/catch.hpp"
#include "support/checks.hpp"
#include "support/resident.hpp"
#include "support/sanitized.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using To = peer::MuxTable::Route::To;

#ifdef SLUICE_TEST_SANITIZED
constexpr std::uint32_t connections = 400;
constexpr int flood = 50'000;
#else
constexpr std::uint32_t connections = 10'000;
constexpr int flood = 1'000'000;
#endif
constexpr std::uint32_t at_once = 200;  // that come together

void all_have_messages(Crowd& crowd, std::uint32_t expected) {
  crowd.say_something();
  CHECK(crowd.run_until([&] { return crowd.answers() == 2 * expected; }, 5s));
  CHECK(crowd.misplaced() == 0);
}

TEST_CASE("ten thousand connections live on one port, from their first check to their last message",
          "[scale][mux][rfc8445-7.3][rfc7675-5.1]") {
  Crowd crowd;
  const auto empty = test::resident();
  for (std::uint32_t count = at_once; count <= connections; count += at_once) {
    crowd.add(at_once);
    REQUIRE(crowd.run_until([&] { return crowd.open() == 2 * count; }, 10s));
  }
  all_have_messages(crowd, connections);
  WARN(connections << " connections and as many clients: " << (test::resident() - empty) / connections
                   << " KiB a pair");

  crowd.run_for(40s);  // longer than consent lasts
  CHECK(crowd.connected() == 2 * connections);
  CHECK(crowd.table().addresses() == connections);
  CHECK(crowd.table().ufrags() == connections);
  all_have_messages(crowd, connections);

  test::Checks checks;
  const auto before = test::resident();
  std::uint64_t told = 0, belonging = 0;
  for (int i = 0; i != flood; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    const auto octet = [&](int shift) { return static_cast<std::byte>(number >> shift & 0xff); };
    const Path from{SocketId{0}, {IpAddress::v4({std::byte{198}, octet(16), octet(8), octet(0)}), 4000}};
    const auto to = crowd.strange(from, checks.numbered(i)).to;
    told += to == To::unknown_ufrag;
    belonging += to == To::owner || to == To::unproven;
  }
#ifndef SLUICE_TEST_SANITIZED  // which keeps what has been freed
  CHECK(test::resident() - before < 1024);
#else
  (void)before;
#endif
  CHECK(told == 10);  // in this second
  CHECK(belonging == 0);
  all_have_messages(crowd, connections);
  CHECK(crowd.misled() == 0);

  crowd.close(0, connections / 2);
  CHECK(crowd.table().addresses() == connections / 2);
  all_have_messages(crowd, connections - connections / 2);
  crowd.close(connections / 2, connections - connections / 2);
  CHECK(crowd.table().addresses() == 0);
  CHECK(crowd.table().ufrags() == 0);
  CHECK(sctp::Stack::instance().association_count() == 0);
}

}  // namespace
}  // namespace sluice::sim
