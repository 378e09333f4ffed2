#include "ice/checklist.hpp"

#include <set>

#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::ice;

namespace {

const auto local = IpAddress::parse("192.0.2.1").value();
const auto remote = IpAddress::parse("192.0.2.2").value();
const TimePoint start{1h};

Path path_to(std::uint16_t port) { return {SocketId{0}, {remote, port}}; }

struct List : Checklist {
  using Checklist::Checklist;

  Pair* put(std::uint16_t port, std::uint32_t priority, std::string foundation) {
    const Candidate base{.foundation = "1", .priority = 2'130'706'431, .address = {local, 1000}};
    const Candidate peer{.foundation = std::move(foundation), .priority = priority, .address = {remote, port}};
    return add(Role::controlling, path_to(port), base, peer);
  }

  /// Sends the next check and says to which port.
  std::optional<std::uint16_t> check(TimePoint now) {
    auto* pair = next(now);
    if (pair == nullptr) return std::nullopt;
    Check check{.path = pair->path};
    check.id[0] = static_cast<std::byte>(++count);
    sent(now, *pair, std::move(check));
    return pair->path.remote.port;
  }
  PairState state(std::uint16_t port) { return find(path_to(port))->state; }

  unsigned count = 0;
};

}  // namespace

TEST_CASE("pairs are checked in the order of their priority", "[ice][rfc8445-6.1.4.2]") {
  List list{100};
  list.put(1, 100, "a");
  list.put(2, 300, "b");
  list.put(3, 200, "c");
  CHECK(list.check(start) == 2);
  CHECK(list.check(start) == 3);
  CHECK(list.check(start) == 1);
  CHECK_FALSE(list.check(start).has_value());
}

TEST_CASE("a pair is frozen while another one of its foundation is on its way", "[ice][rfc8838-12]") {
  List list{100};
  list.put(1, 300, "a");
  list.put(2, 200, "a");
  list.put(3, 100, "b");
  CHECK(list.state(1) == PairState::waiting);
  CHECK(list.state(2) == PairState::frozen);
  CHECK(list.state(3) == PairState::waiting);
  CHECK(list.check(start) == 1);
  CHECK(list.check(start) == 3);
}

TEST_CASE("success unfreezes the pairs of its foundation, and new ones start unfrozen", "[ice][rfc8445-7.2.5.3.3]") {
  List list{100};
  list.put(1, 300, "a");
  list.put(2, 200, "a");
  list.check(start);
  list.succeed(*list.find(path_to(1)));
  CHECK(list.state(1) == PairState::succeeded);
  CHECK(list.state(2) == PairState::waiting);
  list.put(3, 100, "a");
  CHECK(list.state(3) == PairState::waiting);
}

TEST_CASE("a frozen pair does not wait for a check that nobody answers", "[ice][rfc8445-6.1.4.2]") {
  List list{100};
  list.put(1, 300, "a");
  list.put(2, 200, "a");
  CHECK(list.check(start) == 1);
  CHECK(list.next_timeout() == start + 50ms);
  CHECK(list.check(start + 50ms) == 2);
}

TEST_CASE("triggered checks go first, in the order in which they were triggered", "[ice][rfc8445-6.1.4.1]") {
  List list{100};
  for (std::uint16_t port = 1; port <= 4; ++port) list.put(port, 1000U - port, "f" + std::to_string(port));
  list.trigger(*list.find(path_to(4)));
  list.trigger(*list.find(path_to(3)));
  list.trigger(*list.find(path_to(4)));
  CHECK(list.check(start) == 4);
  CHECK(list.check(start) == 3);
  CHECK(list.check(start) == 1);
}

TEST_CASE("one check leaves per Ta", "[ice][rfc8445-14.2]") {
  List list{100};
  list.put(1, 300, "a");
  list.put(2, 200, "b");
  CHECK(list.slot_free(start));
  list.check(start);
  CHECK_FALSE(list.slot_free(start + 49ms));
  CHECK(list.slot_free(start + 50ms));
  CHECK(list.next_timeout() == start + 50ms);
}

TEST_CASE("an unanswered check is repeated ever more slowly and given up when patience ends", "[ice][rfc8445-14.3]") {
  List list{100};
  list.put(1, 300, "a");
  list.check(start);
  std::vector<Duration> times;
  auto now = start;
  while (list.state(1) == PairState::in_progress) {
    now = list.next_timeout();
    REQUIRE(now != never);
    if (auto* check = list.due(now)) {
      times.push_back(now - start);
      list.resent(now, *check);
    }
    list.expire(now);
  }
  REQUIRE(times.size() > 5);
  CHECK(times[0] == 250ms);
  CHECK(times[1] == 750ms);
  CHECK(times[2] == 1750ms);
  CHECK(times[3] == 3750ms);
  CHECK(times[4] == 5750ms);
  CHECK(now - start == 39500ms);
  CHECK(list.state(1) == PairState::failed);
  CHECK_FALSE(list.unfinished());
  CHECK(list.next_timeout() == never);
}

TEST_CASE("a full list gives up its worst pair for a better one only", "[ice][rfc8445-6.1.2.5]") {
  List list{3};
  list.put(1, 100, "a");
  list.put(2, 200, "b");
  list.put(3, 300, "c");
  CHECK(list.put(4, 50, "d") == nullptr);
  CHECK(list.put(5, 250, "e") != nullptr);
  CHECK(list.find(path_to(1)) == nullptr);
  CHECK(list.pairs().size() == 3);
}

TEST_CASE("a full list keeps pairs that are valid or being checked", "[ice][rfc8445-6.1.2.5]") {
  List list{2};
  list.put(1, 200, "a");
  list.check(start);
  list.put(2, 100, "b");
  list.check(start);
  list.find(path_to(2))->last_response = start;
  list.succeed(*list.find(path_to(2)));
  CHECK(list.put(3, 300, "c") == nullptr);
}

TEST_CASE("in a full list failed pairs make room for any other, the worst of them first", "[ice][rfc8445-6.1.2.5]") {
  List list{3};
  for (std::uint16_t port = 1; port <= 3; ++port) list.put(port, 100U * port, "f" + std::to_string(port));
  list.fail(*list.find(path_to(3)));
  list.fail(*list.find(path_to(2)));
  CHECK(list.put(4, 50, "d") != nullptr);
  CHECK(list.find(path_to(2)) == nullptr);
  CHECK(list.put(5, 60, "e") != nullptr);
  CHECK(list.find(path_to(3)) == nullptr);
  CHECK(list.put(6, 10, "f") == nullptr);
  CHECK(list.pairs().size() == 3);
}

TEST_CASE("a path whose consent has expired is not forgotten: it must not come back", "[ice][rfc7675-5.1]") {
  List list{1};
  list.put(1, 100, "a");
  auto& pair = *list.find(path_to(1));
  list.check(start);
  list.succeed(pair);
  pair.handle(PairEvent::consent_expired);
  pair.consent_expired = true;
  list.trigger(pair);
  CHECK_FALSE(list.check(start).has_value());
  CHECK(list.put(2, 300, "b") == nullptr);
}

TEST_CASE("a peer that checks all the time does not keep other pairs from being checked", "[ice][rfc8445-6.1.4.2]") {
  List list{100};
  for (std::uint16_t port = 1; port <= 4; ++port) list.put(port, 1000U - port, "f" + std::to_string(port));
  std::set<std::uint16_t> checked;
  for (int i = 0; i < 16; ++i) {
    list.trigger(*list.find(path_to(1)));
    checked.insert(*list.check(start));
  }
  CHECK(checked == std::set<std::uint16_t>{1, 2, 3, 4});
}

TEST_CASE("nor from being checked again", "[ice][rfc8445-6.1.4.2]") {
  List list{100};
  list.put(1, 1000, "a");
  list.put(2, 999, "b");
  list.check(start);
  list.check(start);
  auto now = start + 300ms;
  bool repeated = false;
  for (int i = 0; i < 4 && !repeated; ++i) {
    list.trigger(*list.find(path_to(1)));
    if (list.check(now)) continue;
    auto* check = list.due(now);
    repeated = check != nullptr && check->path == path_to(2);
  }
  CHECK(repeated);
}

TEST_CASE("pairs below the selected one are not checked, unless the peer does", "[ice][rfc8445-8.1.2]") {
  List list{100};
  list.put(1, 100, "a");
  list.put(2, 200, "b");
  list.put(3, 300, "c");
  list.set_floor(list.find(path_to(2))->priority);
  CHECK(list.check(start) == 3);
  CHECK_FALSE(list.check(start).has_value());
  list.fail(*list.find(path_to(3)));
  CHECK_FALSE(list.unfinished());
  list.trigger(*list.find(path_to(1)));
  CHECK(list.check(start) == 1);
}

TEST_CASE("no more than 32 checks are repeated at a time, and pairs that wait get their turn", "[ice]") {
  List list{100};
  for (std::uint16_t port = 1; port <= 40; ++port) list.put(port, 1000U - port, "f" + std::to_string(port));
  for (int i = 0; i < 32; ++i) CHECK(list.check(start).has_value());
  CHECK_FALSE(list.check(start).has_value());
  list.trigger(*list.find(path_to(40)));
  CHECK(list.check(start) == 40);
  CHECK(list.state(1) == PairState::failed);
  list.expire(start + 5s);
  CHECK(list.check(start + 5s) == 33);
}

TEST_CASE("a triggered check replaces the one under way, whose answer still counts", "[ice][rfc8445-7.3.1.4]") {
  List list{100};
  list.put(1, 100, "a");
  list.check(start);
  stun::TransactionId old{};
  old[0] = std::byte{1};
  list.trigger(*list.find(path_to(1)));
  CHECK(list.state(1) == PairState::waiting);
  CHECK(list.checks().find(old) != nullptr);
  CHECK(list.checks().next_resend() == never);
  CHECK(list.check(start) == 1);
}
