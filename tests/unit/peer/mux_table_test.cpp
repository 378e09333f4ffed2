// One socket, many connections: whose is a datagram?
#include "peer/mux_table.hpp"

#include "crypto/hmac.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

namespace sluice::peer {
namespace {

using namespace std::chrono_literals;
using To = MuxTable::Route::To;
namespace attribute = stun::attribute;

constexpr MemberId alice{1};
constexpr MemberId bob{2};
const TimePoint start{1h};
const crypto::HmacSha1 some_key{as_bytes("a password of nobody here")};  // authentication is the agents' business
const auto dtls = test::hex("16 fe fd 00");

Path path(unsigned number) {
  const auto octet = [&](int shift) { return static_cast<std::byte>(number >> shift & 0xff); };
  return {SocketId{0}, {IpAddress::v4({std::byte{10}, octet(16), octet(8), octet(0)}), 5000}};
}

struct Fixture {
  explicit Fixture(std::size_t unknown_per_second = 10)
      : table{{.key = key, .seed = 42, .unknown_per_second = unknown_per_second}} {
    table.join(alice);
    table.join(bob);
  }

  bool name(MemberId id, std::vector<std::string> ufrags) { return table.set_ufrags(id, ufrags); }

  Bytes check(const std::string& local_ufrag) {
    stun::Builder request{stun::Class::request, stun::Method::binding, stun::new_transaction_id(random)};
    return request.add(attribute::username, local_ufrag + ":them").integrity(some_key).fingerprint().finish();
  }
  Bytes server_response(MemberId id) {
    const auto transaction = stun::new_transaction_id(random, stun::TransactionMark{key, raw(id)});
    return stun::Builder{stun::Class::success_response, stun::Method::binding, transaction}.fingerprint().finish();
  }
  Bytes check_response(MemberId id) {
    const auto transaction = stun::new_transaction_id(random, stun::TransactionMark{key, raw(id)});
    stun::Builder response{stun::Class::success_response, stun::Method::binding, transaction};
    return response.integrity(some_key).fingerprint().finish();
  }
  MuxTable::Route route(const Path& from, ByteView bytes, TimePoint now = start) {
    return table.route(now, {from, bytes});
  }
  /// What a connection does with the first check that it has authenticated.
  void learn(MemberId id, const std::string& ufrag, const Path& from, TimePoint now = start) {
    REQUIRE(route(from, check(ufrag), now).to == To::unproven);
    REQUIRE(table.claim(now, from, id));
  }

  test::SeededRandom random{};
  stun::MarkKey key{std::byte{7}};
  MuxTable table;
};

TEST_CASE("a check goes to the connection with that ufrag, and then everything from its address",
          "[mux][rfc8445-7.3]") {
  Fixture mux;
  REQUIRE(mux.name(alice, {"aaaa"}));
  REQUIRE(mux.name(bob, {"bbbb"}));
  CHECK(mux.route(path(1), mux.check("bbbb")).member == bob);
  mux.learn(alice, "aaaa", path(1));
  const auto data = mux.route(path(1), dtls);
  CHECK(data.to == To::owner);
  CHECK(data.member == alice);
  CHECK(mux.route(path(2), dtls).to == To::stranger);
  const Path other_socket{SocketId{1}, path(1).remote};
  CHECK(mux.route(other_socket, dtls).to == To::stranger);
}

TEST_CASE("what follows a check before its answer reaches the same connection, unproven", "[mux]") {
  Fixture mux;
  mux.name(alice, {"aaaa"});
  CHECK(mux.route(path(1), dtls).to == To::stranger);
  CHECK(mux.route(path(1), mux.check("aaaa")).to == To::unproven);
  CHECK(mux.route(path(1), dtls).to == To::unproven);
  CHECK(mux.table.addresses() == 0);
  mux.table.leave(alice);
  CHECK(mux.route(path(1), dtls).to == To::stranger);
}

TEST_CASE("a response finds who has asked by its transaction id", "[mux][rfc8489-5]") {
  Fixture mux;
  const auto of_server = mux.route(path(1), mux.server_response(bob));
  CHECK(of_server.to == To::unproven);
  CHECK(of_server.member == bob);
  CHECK(mux.route(path(2), mux.check_response(alice)).member == alice);
  CHECK(mux.route(path(3), mux.check_response(MemberId{3})).to == To::stranger);
}

TEST_CASE("a server that a connection has claimed for a peer still answers the others", "[mux][hostile]") {
  Fixture mux;
  mux.name(alice, {"aaaa"});
  mux.learn(alice, "aaaa", path(1));
  CHECK(mux.route(path(1), mux.server_response(bob)).member == bob);
  CHECK(mux.route(path(1), mux.check_response(bob)).to == To::contested);
}

TEST_CASE("while it restarts a connection has several ufrags, and no other gets one of them", "[mux][rfc8445-9]") {
  Fixture mux;
  REQUIRE(mux.name(alice, {"old", "new"}));
  CHECK(mux.route(path(1), mux.check("old")).member == alice);
  CHECK(mux.route(path(1), mux.check("new")).member == alice);
  CHECK_FALSE(mux.name(bob, {"bob", "new"}));
  CHECK(mux.route(path(2), mux.check("new")).member == alice);
  CHECK(mux.route(path(2), mux.check("bob")).member == bob);
  REQUIRE(mux.name(alice, {"new"}));
  CHECK(mux.route(path(1), mux.check("old")).to == To::unknown_ufrag);
  CHECK(mux.name(bob, {"bob", "old"}));
}

TEST_CASE("a ufrag that another connection had is that of who waits for it, once it is free", "[mux]") {
  Fixture mux;
  REQUIRE(mux.name(alice, {"fixed"}));
  REQUIRE_FALSE(mux.name(bob, {"fixed"}));
  SECTION("because its owner has left") { mux.table.leave(alice); }
  SECTION("because its owner has another one") { REQUIRE(mux.name(alice, {"other"})); }
  SECTION("but not if it does not want it any more") {
    REQUIRE(mux.name(bob, {"other"}));
    mux.table.leave(alice);
    CHECK(mux.route(path(1), mux.check("fixed")).to == To::unknown_ufrag);
    return;
  }
  SECTION("nor if it has left itself") {
    mux.table.leave(bob);
    mux.table.leave(alice);
    CHECK(mux.route(path(1), mux.check("fixed")).to == To::unknown_ufrag);
    CHECK(mux.table.ufrags() == 0);
    return;
  }
  CHECK(mux.route(path(1), mux.check("fixed")).member == bob);
  mux.table.leave(bob);
  CHECK(mux.route(path(1), mux.check("fixed")).to == To::unknown_ufrag);
}

TEST_CASE("an address belongs to one connection until that leaves or falls silent", "[mux][hostile][rfc7675-5.1]") {
  Fixture mux;
  mux.name(alice, {"aaaa"});
  mux.name(bob, {"bbbb"});
  mux.learn(alice, "aaaa", path(1));
  SECTION("a forged check with another connection's credentials changes nothing") {
    CHECK(mux.route(path(1), mux.check("bbbb")).to == To::contested);
    CHECK_FALSE(mux.table.claim(start, path(1), bob));
    CHECK(mux.route(path(1), dtls).member == alice);
  }
  SECTION("its own checks keep it, once they are authenticated") {
    for (auto now = start; now < start + 60s; now += 5s) {
      const auto own = mux.route(path(1), mux.check("aaaa"), now);
      CHECK(own.to == To::owner);
      CHECK(own.claims);
      CHECK(mux.table.claim(now, path(1), alice));
      CHECK(mux.route(path(1), mux.check("bbbb"), now + 4s).to == To::contested);
    }
  }
  SECTION("so do answers to checks") {
    CHECK(mux.route(path(1), mux.check_response(alice), start + 14s).claims);
    CHECK(mux.table.claim(start + 14s, path(1), alice));
    CHECK(mux.route(path(1), mux.check("bbbb"), start + 28s).to == To::contested);
  }
  SECTION("what only names it keeps nothing") {
    CHECK(mux.route(path(1), mux.check("aaaa"), start + 14s).to == To::owner);
    CHECK(mux.route(path(1), mux.check_response(alice), start + 14s).to == To::owner);
    CHECK_FALSE(mux.route(path(1), dtls, start + 14s).claims);
    CHECK(mux.route(path(1), mux.check("bbbb"), start + 15s).to == To::unproven);
    CHECK(mux.table.claim(start + 15s, path(1), bob));
  }
  SECTION("after 15 seconds without them another one may have it") {
    CHECK(mux.route(path(1), mux.check("bbbb"), start + 14999ms).to == To::contested);
    CHECK(mux.route(path(1), mux.check("bbbb"), start + 15s).to == To::unproven);
    CHECK(mux.route(path(1), dtls, start + 15s).member == alice);
    CHECK(mux.table.claim(start + 15s, path(1), bob));
    CHECK(mux.route(path(1), dtls, start + 15s).member == bob);
    CHECK(mux.table.addresses() == 1);
    mux.table.leave(alice);
    CHECK(mux.route(path(1), dtls, start + 15s).member == bob);
  }
  SECTION("and at once when it has left") {
    mux.table.leave(alice);
    CHECK(mux.table.addresses() == 0);
    CHECK(mux.route(path(1), mux.check("bbbb")).to == To::unproven);
  }
}

TEST_CASE("a connection has sixteen addresses, the latest", "[mux][hostile]") {
  Fixture mux;
  mux.name(alice, {"aaaa"});
  mux.name(bob, {"bbbb"});
  mux.learn(bob, "bbbb", path(1000));
  for (unsigned i = 0; i != 100; ++i) mux.learn(alice, "aaaa", path(i), start + i * 1ms);
  CHECK(mux.table.addresses() == MuxTable::max_addresses + 1);
  CHECK(mux.route(path(84), dtls).to == To::owner);
  CHECK(mux.route(path(83), dtls).to != To::owner);
  CHECK(mux.route(path(1000), dtls).member == bob);
}

TEST_CASE("who has left can claim nothing", "[mux]") {
  Fixture mux;
  mux.table.leave(alice);
  CHECK_FALSE(mux.table.claim(start, path(1), alice));
  CHECK_FALSE(mux.name(alice, {"aaaa"}));
  CHECK(mux.table.addresses() == 0);
  CHECK(mux.table.ufrags() == 0);
}

TEST_CASE("unknown ufrags are told at a limited rate, and remembered not at all", "[mux][hostile]") {
  Fixture mux{10};
  std::size_t told = 0;
  for (int i = 0; i != 100'000; ++i) {
    const auto ufrag = std::to_string(i);
    const auto check = mux.check(ufrag);                                                     // the route views it
    const auto route = mux.route(path(static_cast<unsigned>(i)), check, start + i * 100us);  // ten seconds
    told += route.to == To::unknown_ufrag;
    if (route.to == To::unknown_ufrag) {
      CHECK(route.local_ufrag == ufrag);
      CHECK(route.remote_ufrag == "them");
    }
  }
  CHECK(told == 100);
  CHECK(mux.table.addresses() == 0);
  CHECK(mux.table.ufrags() == 0);
}

TEST_CASE("what is no check raises nothing", "[mux][hostile]") {
  Fixture mux;
  const auto id = stun::new_transaction_id(mux.random);
  const auto request = [&] { return stun::Builder{stun::Class::request, stun::Method::binding, id}; };
  const auto name = attribute::username;
  CHECK(mux.route(path(1), request().fingerprint().finish()).to == To::stranger);
  CHECK(mux.route(path(1), request().add(name, "a:b").fingerprint().finish()).to == To::stranger);
  CHECK(mux.route(path(1), request().add(name, "a:b").integrity(some_key).finish()).to == To::stranger);
  CHECK(mux.route(path(1), request().add(name, "ab").integrity(some_key).fingerprint().finish()).to == To::stranger);
  CHECK(mux.route(path(1), request().add(name, ":b").integrity(some_key).fingerprint().finish()).to == To::stranger);
  const std::string long_ufrag(257, 'x');
  CHECK(mux.route(path(1), mux.check(long_ufrag)).to == To::stranger);
  auto whole = mux.check("aaaa");
  for (std::size_t length = 0; length != whole.size(); ++length) {
    CHECK(mux.route(path(1), ByteView{whole}.first(length)).to == To::stranger);
  }
}

TEST_CASE("ten thousand connections on one socket get what is theirs", "[mux][scale]") {
  constexpr unsigned connections = 10'000;
  Fixture mux;
  for (unsigned i = 10; i != 10 + connections; ++i) {
    const MemberId id{i};
    const auto ufrag = "ufrag" + std::to_string(i);
    mux.table.join(id);
    REQUIRE(mux.name(id, {ufrag}));
    mux.learn(id, ufrag, path(2 * i));
    mux.learn(id, ufrag, path(2 * i + 1));
  }
  REQUIRE(mux.table.addresses() == 2 * connections);
  std::size_t wrong = 0;
  for (unsigned round = 0; round != 50; ++round) {
    for (unsigned i = 10; i != 10 + connections; ++i) {
      const auto route = mux.route(path(2 * i + round % 2), dtls);
      wrong += route.to != To::owner || route.member != MemberId{i};
    }
  }
  CHECK(wrong == 0);
  for (unsigned i = 10; i != 10 + connections; ++i) mux.table.leave(MemberId{i});
  CHECK(mux.table.addresses() == 0);
  CHECK(mux.table.ufrags() == 0);
}

}  // namespace
}  // namespace sluice::peer
