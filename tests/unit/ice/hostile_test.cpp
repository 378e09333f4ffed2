// What an agent does when its peer, or somebody who pretends to be its peer, does not mean well.
#include "base/writer.hpp"
#include "crypto/crc32.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::Role;
using ice::State;
namespace attribute = stun::attribute;

namespace {

const SocketId first{0};
const auto victim_address = at("192.0.2.1", 1000);
const auto peer_address = at("192.0.2.2", 2000);

struct Request {
  std::string username{};
  std::string password{};
  std::uint32_t priority = 1'862'270'975;
  std::uint64_t tie_breaker = 7;
  bool controlling = true;
  bool use_candidate = false;
};

// One agent, controlled by default, and a hand that writes to it.
struct Victim {
  explicit Victim(Role role = Role::controlled) {
    agent.set_role(role);
    host.add_socket(victim_address);
    world.gather(host);
  }

  void knows_peer() { world.introduce(host, peer); }
  void add_candidate(const Endpoint& address, std::uint32_t priority = 2'130'706'431) {
    agent.add_remote_candidate(world.now, {.foundation = "1", .priority = priority, .address = address});
    world.drain(host);
  }

  Request valid() const { return {host.credentials.ufrag + ":" + peer.ufrag, host.credentials.pwd}; }
  stun::Builder start(const Request& request) {
    stun::Builder builder{stun::Class::request, stun::Method::binding, stun::new_transaction_id(random)};
    builder.add(attribute::username, request.username).add(attribute::priority, request.priority);
    builder.add(request.controlling ? attribute::ice_controlling : attribute::ice_controlled, request.tie_breaker);
    if (request.use_candidate) builder.add(attribute::use_candidate);
    return builder;
  }
  Bytes build(const Request& request) {
    return start(request).integrity(crypto::HmacSha1{as_bytes(request.password)}).fingerprint().finish();
  }
  /// What the agent sends in the same moment.
  std::vector<Packet> receive(const Endpoint& from, ByteView bytes) {
    const auto before = world.log.size();
    world.receive(host, first, from, bytes);
    return {world.log.begin() + static_cast<std::ptrdiff_t>(before), world.log.end()};
  }
  std::vector<Packet> receive(const Endpoint& from, const Request& request) { return receive(from, build(request)); }

  /// A peer that answers checks at these addresses.
  void peer_answers(std::set<Endpoint> addresses) {
    for (const auto& each : addresses) world.servers[each] = [this](const Packet& packet) { return answer(packet); };
  }
  std::optional<Bytes> answer(const Packet& packet) const {
    const auto request = stun::Message::parse(packet.bytes);
    if (!request || !request->is_request()) return std::nullopt;
    return stun::Builder{stun::Class::success_response, stun::Method::binding, request->transaction_id()}
        .add(attribute::xor_mapped_address, packet.from)
        .integrity(crypto::HmacSha1{as_bytes(peer.pwd)})
        .fingerprint()
        .finish();
  }

  World world{};
  Host& host = world.add_host();
  ice::Agent& agent = host.agent;
  SeededRandom random{99};
  ice::Credentials peer{"peer", "the password of the peer"};
};

std::optional<unsigned> error_of(const Packet& packet) {
  const auto message = stun::Message::parse(packet.bytes);
  if (!message || message->message_class() != stun::Class::error_response) return std::nullopt;
  return message->get(attribute::error_code)->code;
}

bool is_success(const Packet& packet) {
  const auto message = stun::Message::parse(packet.bytes);
  return message && message->message_class() == stun::Class::success_response;
}

// A request in which USE-CANDIDATE follows MESSAGE-INTEGRITY, as somebody on the path could append it.
Bytes with_attribute_after_integrity(Victim& victim, const Request& request) {
  auto bytes = victim.start(request).integrity(crypto::HmacSha1{as_bytes(request.password)}).finish();
  Writer out{bytes};
  out.u16(raw(attribute::use_candidate.type));
  out.u16(0);
  out.patch_u16(2, static_cast<std::uint16_t>(bytes.size() + 8 - stun::header_size));
  const auto fingerprint = crypto::crc32(bytes) ^ 0x5354554eU;  // RFC 8489 §14.7
  out.u16(0x8028);
  out.u16(4);
  out.u32(fingerprint);
  return bytes;
}

}  // namespace

TEST_CASE("a request that proves to know our password is answered, with the address it came from",
          "[ice][rfc8445-7.3]") {
  Victim victim;
  victim.knows_peer();
  const auto sent = victim.receive(peer_address, victim.valid());
  REQUIRE_FALSE(sent.empty());
  CHECK(sent[0].to == peer_address);
  const auto response = stun::Message::parse(sent[0].bytes);
  REQUIRE(response.has_value());
  CHECK(response->get(attribute::xor_mapped_address) == peer_address);
  CHECK(response->authenticated_by(crypto::HmacSha1{as_bytes(victim.host.credentials.pwd)}));
  CHECK(response->has_fingerprint());
  CHECK(victim.agent.admits(Path{first, peer_address}));
}

TEST_CASE("what is not authentic does not count as a check of an address that had one", "[ice][mux][hostile]") {
  for (const bool introduced : {false, true}) {
    Victim victim;
    if (introduced) victim.knows_peer();
    const Path path{first, peer_address};
    CHECK_FALSE(victim.agent.authenticated_at(path).has_value());
    victim.receive(peer_address, victim.valid());
    const auto checked = victim.world.now;
    CHECK(victim.agent.authenticated_at(path) == checked);
    victim.world.now += 1s;
    auto forged = victim.valid();
    forged.password += "x";
    victim.receive(peer_address, forged);
    CHECK(victim.agent.authenticated_at(path) == checked);
    victim.receive(peer_address, victim.valid());
    CHECK(victim.agent.authenticated_at(path) == victim.world.now);
  }
}

TEST_CASE("a request that is not authentic is dropped in silence and changes nothing", "[ice][rfc8445-7.3]") {
  for (const bool introduced : {false, true}) {
    Victim victim;
    if (introduced) victim.knows_peer();
    const auto expect_silence = [&](const Bytes& bytes) {
      const auto before = victim.agent.counters().unauthenticated;
      CHECK(victim.receive(peer_address, bytes).empty());
      CHECK(victim.agent.counters().unauthenticated == before + 1);
      CHECK_FALSE(victim.agent.admits(Path{first, peer_address}));
    };
    auto wrong_password = victim.valid();
    wrong_password.password += "x";
    expect_silence(victim.build(wrong_password));
    auto wrong_receiver = victim.valid();
    wrong_receiver.username = "oops:" + victim.peer.ufrag;
    expect_silence(victim.build(wrong_receiver));
    auto no_colon = victim.valid();
    no_colon.username = victim.host.credentials.ufrag;
    expect_silence(victim.build(no_colon));
    const auto request = victim.valid();
    const crypto::HmacSha1 key{as_bytes(request.password)};
    expect_silence(victim.start(request).fingerprint().finish());
    expect_silence(victim.start(request).integrity(key).finish());
    const auto id = stun::new_transaction_id(victim.random);
    expect_silence(
        stun::Builder{stun::Class::request, stun::Method::binding, id}.integrity(key).fingerprint().finish());
    expect_silence(stun::Builder{stun::Class::request, stun::Method::binding, id}.fingerprint().finish());
    CHECK(victim.agent.state() == State::new_);
  }
}

TEST_CASE("a user name whose second half belongs to another generation is not accepted", "[ice][rfc8445-7.3]") {
  Victim victim;
  victim.knows_peer();
  auto mixed = victim.valid();
  mixed.username = victim.host.credentials.ufrag + ":old";
  CHECK(victim.receive(peer_address, mixed).empty());
  CHECK(victim.agent.counters().unauthenticated == 1);
}

TEST_CASE("an authentic request that asks for what we do not understand is refused", "[ice][rfc8489-6.3.1]") {
  Victim victim;
  victim.knows_peer();
  const auto request = victim.valid();
  const crypto::HmacSha1 key{as_bytes(request.password)};
  const auto unknown = victim.start(request).add(stun::AttributeType{0x7001}, {}).integrity(key).fingerprint().finish();
  const auto sent = victim.receive(peer_address, unknown);
  REQUIRE(sent.size() == 1);
  CHECK(error_of(sent[0]) == 420);
  const auto listed = stun::Message::parse(sent[0].bytes)->get(attribute::unknown_attributes);
  CHECK(listed == std::vector{stun::AttributeType{0x7001}});
  stun::Builder bare{stun::Class::request, stun::Method::binding, stun::new_transaction_id(victim.random)};
  const auto refused = victim.receive(
      peer_address, bare.add(attribute::username, request.username).integrity(key).fingerprint().finish());
  REQUIRE(refused.size() == 1);
  CHECK(error_of(refused[0]) == 400);
  CHECK_FALSE(victim.agent.admits(Path{first, peer_address}));
}

TEST_CASE("of two agents in the same role the larger tie-breaker is in control", "[ice][rfc8445-7.3.1.1]") {
  for (const auto role : {Role::controlling, Role::controlled}) {
    const bool controlling = role == Role::controlling;
    Victim winner{role};
    winner.knows_peer();
    auto request = winner.valid();
    request.controlling = controlling;
    request.tie_breaker = controlling ? 0 : ~std::uint64_t{0};
    const auto refused = winner.receive(peer_address, request);
    REQUIRE(refused.size() == 1);
    CHECK(error_of(refused[0]) == 487);
    CHECK(winner.agent.role() == role);

    Victim loser{role};
    loser.knows_peer();
    request = loser.valid();
    request.controlling = controlling;
    request.tie_breaker = controlling ? ~std::uint64_t{0} : 0;
    CHECK(is_success(loser.receive(peer_address, request).at(0)));
    CHECK(loser.agent.role() != role);
  }
}

TEST_CASE("a nomination counts, unless it stands behind the integrity attribute", "[ice][rfc8489-14.5]") {
  const auto better = at("192.0.2.2", 2000);
  const auto worse = at("192.0.2.2", 2001);
  Victim victim;
  victim.knows_peer();
  victim.peer_answers({better, worse});
  victim.add_candidate(worse, 1000);
  victim.world.run_for(100ms);
  victim.add_candidate(better, 2000);
  victim.world.run_for(100ms);
  REQUIRE(victim.agent.data_path() == Path{first, better});
  const auto forged = with_attribute_after_integrity(victim, victim.valid());
  CHECK(is_success(victim.receive(worse, forged).at(0)));
  CHECK(victim.agent.data_path() == Path{first, better});
  auto nominating = victim.valid();
  nominating.use_candidate = true;
  victim.receive(worse, nominating);
  CHECK(victim.agent.data_path() == Path{first, worse});
}

TEST_CASE("of nominations that follow each other closely the better pair counts, later the last one",
          "[ice][rfc8445-8.1.1]") {
  const auto better = at("192.0.2.2", 2000);
  const auto worse = at("192.0.2.2", 2001);
  Victim victim;
  victim.knows_peer();
  victim.peer_answers({better, worse});
  victim.add_candidate(worse, 1000);
  victim.world.run_for(100ms);
  victim.add_candidate(better, 2000);
  victim.world.run_for(100ms);
  auto nominating = victim.valid();
  nominating.use_candidate = true;
  victim.receive(better, nominating);
  victim.receive(worse, nominating);
  CHECK(victim.agent.data_path() == Path{first, better});
  victim.world.run_for(3s);
  victim.receive(worse, nominating);
  CHECK(victim.agent.data_path() == Path{first, worse});
}

TEST_CASE("a nomination that comes before our own check is remembered until that succeeds", "[ice][rfc8445-7.3.1.5]") {
  const auto better = at("192.0.2.2", 2000);
  const auto worse = at("192.0.2.2", 2001);
  Victim victim;
  victim.knows_peer();
  victim.peer_answers({better, worse});
  victim.add_candidate(better, 2'000'000'000);
  victim.world.run_for(100ms);
  auto nominating = victim.valid();
  nominating.use_candidate = true;
  nominating.priority = 1000;
  victim.receive(worse, nominating);
  CHECK(victim.agent.data_path() == Path{first, better});
  victim.world.run_for(200ms);
  CHECK(victim.agent.data_path() == Path{first, worse});
}

TEST_CASE("an address that never answers our checks gets no data, whoever vouches for it", "[ice][rfc8445-19.5.1]") {
  Victim victim;
  victim.knows_peer();
  const auto spoofed = at("198.51.100.7", 80);
  auto request = victim.valid();
  request.priority = 0x7fffffff;
  request.use_candidate = true;
  for (int i = 0; i < 200; ++i) {
    victim.receive(spoofed, request);
    victim.world.run_for(10ms);
  }
  victim.world.run_for(60s);
  CHECK_FALSE(victim.agent.data_path().has_value());
  const auto checks = std::ranges::count_if(victim.world.log, [](const Packet& each) { return !is_success(each); });
  CHECK(checks <= 80);
}

TEST_CASE("a response that comes from elsewhere does not make a pair valid", "[ice][rfc8445-7.2.5.2.1]") {
  Victim victim;
  victim.knows_peer();
  victim.add_candidate(peer_address);
  REQUIRE(victim.world.log.size() == 1);
  const auto answer = victim.answer(victim.world.log[0]).value();
  victim.receive(at("198.51.100.7", 80), answer);
  CHECK_FALSE(victim.agent.data_path().has_value());
  CHECK(victim.agent.counters().unexpected == 1);
}

TEST_CASE("responses that are forged or answer nothing are ignored", "[ice][rfc8445-7.2.5]") {
  Victim victim;
  victim.knows_peer();
  victim.add_candidate(peer_address);
  auto& check = victim.world.log.at(0);
  const auto genuine = victim.answer(check).value();
  victim.peer.pwd = "another password, a guess";
  victim.receive(peer_address, victim.answer(check).value());
  CHECK_FALSE(victim.agent.data_path().has_value());
  CHECK(victim.agent.counters().unauthenticated == 1);
  CHECK(victim.agent.counters().responses_received == 0);
  victim.receive(peer_address, genuine);
  CHECK(victim.agent.data_path() == Path{first, peer_address});
  victim.receive(peer_address, genuine);
  CHECK(victim.agent.counters().unexpected == 1);
  CHECK(victim.agent.counters().responses_received == 1);
}

TEST_CASE("three thousand candidates cost at most 64 addresses and 20 checks a second", "[ice][rfc8445-6.1.2.5]") {
  Victim victim;
  victim.knows_peer();
  for (std::uint16_t i = 0; i < 3000; ++i)
    victim.add_candidate(at("198.51.100.7", static_cast<std::uint16_t>(i + 1)), i);
  CHECK(victim.agent.counters().over_limit == 3000 - 64);
  for (int second = 0; second < 60; ++second) {
    const auto before = victim.world.log.size();
    victim.world.run_for(1s);
    CHECK(victim.world.log.size() - before <= 20);
  }
  std::set<Endpoint> checked;
  for (const auto& packet : victim.world.log) checked.insert(packet.to);
  CHECK(checked.size() == 64);
}

TEST_CASE("an authentic peer that checks from three thousand ports gets at most 100 pairs and 20 checks a second",
          "[ice][rfc8445-6.1.2.5]") {
  Victim victim;
  victim.knows_peer();
  for (std::uint16_t i = 0; i < 3000; ++i) {
    victim.receive(at("198.51.100.7", static_cast<std::uint16_t>(i + 1)), victim.valid());
  }
  CHECK(victim.agent.counters().over_limit >= 2900 - 1);
  std::size_t admitted = 0;
  for (std::uint16_t i = 0; i < 3000; ++i) {
    admitted += victim.agent.admits(Path{first, at("198.51.100.7", static_cast<std::uint16_t>(i + 1))}) ? 1U : 0U;
  }
  CHECK(admitted <= 100);
  const auto before = victim.world.log.size();
  victim.world.run_for(10s);
  CHECK(victim.world.log.size() - before <= 201);
}

TEST_CASE("a good candidate among a hundred bad ones is found within seconds", "[ice][rfc8445-6.1.4]") {
  Victim victim{Role::controlling};
  victim.knows_peer();
  victim.peer_answers({peer_address});
  for (std::uint16_t i = 0; i < 63; ++i) {
    victim.add_candidate(at("198.51.100.7", static_cast<std::uint16_t>(i + 1)), 2'000'000'000U + i);
  }
  victim.add_candidate(peer_address, 1000);
  CHECK(victim.world.run_until([&] { return victim.agent.data_path().has_value(); }, 8s));
}

TEST_CASE("before the answer, checks of strangers are remembered up to a limit", "[ice][rfc8445-7.3]") {
  Victim victim;
  for (std::uint16_t i = 0; i < 1000; ++i) {
    victim.receive(at("198.51.100.7", static_cast<std::uint16_t>(i + 1)), victim.valid());
  }
  CHECK(victim.agent.counters().over_limit == 1000 - 16);
  CHECK(victim.world.log.size() == 16);
}

TEST_CASE("addresses that no peer can have are not checked", "[ice][rfc8445-5.1.1]") {
  Victim victim;
  victim.knows_peer();
  for (const auto* address : {"0.0.0.0", "224.0.0.251", "255.255.255.255", "::", "ff02::1", "::ffff:224.0.0.1"}) {
    victim.add_candidate(at(address, 5000));
  }
  victim.add_candidate(at("198.51.100.7", 0));
  victim.add_candidate(at("fd00::2", 5000));  // no socket of that family
  victim.world.run_for(1s);
  CHECK(victim.world.log.empty());
  CHECK(victim.agent.counters().unexpected == 7);
}

TEST_CASE("an IPv4 address in the clothes of IPv6 is checked as what it is, once", "[ice]") {
  Victim victim;
  victim.knows_peer();
  victim.add_candidate(at("::ffff:198.51.100.7", 5000));
  victim.add_candidate(at("198.51.100.7", 5000));
  victim.world.run_for(100ms);
  REQUIRE(victim.world.log.size() == 1);
  CHECK(victim.world.log[0].to == at("198.51.100.7", 5000));
}

TEST_CASE("candidates of other components, names and generations are counted and ignored", "[ice]") {
  Victim victim;
  victim.knows_peer();
  for (const auto* line : {"candidate:1 2 udp 5 198.51.100.7 9 typ host", "candidate:1 1 udp 5 a.local 9 typ host",
                           "candidate:1 1 udp 5 198.51.100.7 9 typ host ufrag other"}) {
    victim.agent.add_remote_candidate(victim.world.now, *ice::parse_candidate(line));
    victim.world.drain(victim.host);
  }
  CHECK(victim.agent.counters().unexpected == 3);
  CHECK(victim.world.log.empty());
}

TEST_CASE("a request that is cut or damaged anywhere is never answered", "[ice]") {
  Victim victim;
  victim.knows_peer();
  const auto request = victim.build(victim.valid());
  for (std::size_t size = 0; size < request.size(); ++size) {
    CHECK(victim.receive(peer_address, ByteView{request}.first(size)).empty());
  }
  for (std::size_t index = 0; index < request.size(); ++index) {
    auto damaged = request;
    damaged[index] ^= std::byte{0x20};
    CHECK(victim.receive(peer_address, damaged).empty());
  }
  CHECK(victim.agent.counters().malformed > 0);
  CHECK_FALSE(victim.agent.admits(Path{first, peer_address}));
}

TEST_CASE("a datagram on a socket nobody told us about is ignored", "[ice]") {
  Victim victim;
  victim.knows_peer();
  victim.agent.handle_datagram(victim.world.now, Path{SocketId{9}, peer_address}, victim.build(victim.valid()));
  victim.world.drain(victim.host);
  CHECK(victim.world.log.empty());
  CHECK(victim.agent.counters().unexpected == 1);
}

TEST_CASE("a peer that answers every check with a role conflict does not make us spin", "[ice][rfc8445-7.2.5.1]") {
  Victim victim;
  victim.knows_peer();
  victim.world.servers[peer_address] = [&](const Packet& packet) -> std::optional<Bytes> {
    const auto request = stun::Message::parse(packet.bytes);
    if (!request || !request->is_request()) return std::nullopt;
    return stun::Builder{stun::Class::error_response, stun::Method::binding, request->transaction_id()}
        .add(attribute::error_code, {487, "Role Conflict"})
        .integrity(crypto::HmacSha1{as_bytes(victim.peer.pwd)})
        .fingerprint()
        .finish();
  };
  victim.add_candidate(peer_address);
  victim.world.run_for(10s);
  const auto checks =
      std::ranges::count_if(victim.world.log, [](const Packet& each) { return each.from == victim_address; });
  CHECK(checks <= 201);
  CHECK_FALSE(victim.agent.data_path().has_value());
}
