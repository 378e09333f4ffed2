// An agent with candidates of TCP.   RFC 6544
#include "ice/tcp_streams.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace sluice;
using namespace sluice::test;
using ice::CandidateType;
using ice::Transport;

namespace {

const auto own = at("192.0.2.1", 5000);
const auto far = at("192.0.2.2", 443);

// Alone, with an address to connect from and a socket that listens; the peer is what the test sends.
struct Alone {
  explicit Alone(ice::AgentOptions options = {}) : host{world.add_host(std::move(options))} {
    host.sockets = {{.id = SocketId{0}, .address = own},
                    {.id = SocketId{1}, .address = at("192.0.2.1", 9), .transport = Transport::tcp_active},
                    {.id = SocketId{2}, .address = at("192.0.2.1", 7000), .transport = Transport::tcp_passive}};
    world.gather(host);
    world.introduce(host, {"peer", "a password of the peer"});
  }

  void signal(std::string_view line) {
    host.agent.add_remote_candidate(world.now, *ice::parse_candidate(line));
    world.drain(host);
  }
  void run(Duration duration) { world.run_for(duration); }
  void opened(const Path& path) {
    host.agent.handle_stream_opened(world.now, path);
    world.drain(host);
  }
  void closed(const Path& path) {
    host.agent.handle_stream_closed(world.now, path);
    world.drain(host);
  }
  std::vector<Path> needed() const {
    std::vector<Path> result;
    for (const auto& each : host.all<ice::TcpNeeded>()) result.push_back(each.path);
    return result;
  }
  stun::TransactionId last_request() const { return stun::Message::parse(world.log.back().bytes)->transaction_id(); }
  void answer(const Path& path, const Endpoint& mapped) {
    const auto message = stun::Builder{stun::Class::success_response, stun::Method::binding, last_request()}
                             .add(stun::attribute::xor_mapped_address, mapped)
                             .integrity(crypto::HmacSha1{as_bytes(std::string_view{"a password of the peer"})})
                             .fingerprint()
                             .finish();
    world.receive(host, path.local, path.remote, message);
  }
  // A check of the peer.
  void check(const Path& path) {
    SeededRandom random{world.log.size()};
    const auto message = stun::Builder{stun::Class::request, stun::Method::binding, stun::new_transaction_id(random)}
                             .add(stun::attribute::username, host.credentials.ufrag + ":peer")
                             .add(stun::attribute::priority, 1000U)
                             .add(stun::attribute::ice_controlled, std::uint64_t{1})
                             .integrity(crypto::HmacSha1{as_bytes(host.credentials.pwd)})
                             .fingerprint()
                             .finish();
    world.receive(host, path.local, path.remote, message);
  }

  World world{};
  Host& host;
  const Path active{SocketId{1}, far};
  const Path accepted{SocketId{2}, at("192.0.2.2", 50000)};
};

constexpr auto passive_line = "candidate:1 1 tcp 1518149375 192.0.2.2 443 typ host tcptype passive";

}  // namespace

TEST_CASE("TCP ranks below UDP of a host and of a NAT, above a relay, and active above passive", "[ice][rfc6544-4.2]") {
  const auto tcp = [](Transport transport, std::uint16_t preference = 65535) {
    return ice::candidate_priority(CandidateType::host, preference, 1, transport);
  };
  CHECK(tcp(Transport::tcp_active) == (90U << 24 | (6U << 13 | 8191U) << 8 | 255U));
  CHECK(tcp(Transport::tcp_passive) == (90U << 24 | (4U << 13 | 8191U) << 8 | 255U));
  CHECK(tcp(Transport::tcp_active, 65534) < tcp(Transport::tcp_active));
  CHECK(tcp(Transport::tcp_active, 65000) > tcp(Transport::tcp_passive));
  CHECK(tcp(Transport::tcp_active) < ice::candidate_priority(CandidateType::server_reflexive, 0, 1));
  CHECK(tcp(Transport::tcp_passive) > ice::candidate_priority(CandidateType::relayed, 65535, 1));
  CHECK(ice::candidate_priority(CandidateType::peer_reflexive, 65535, 1, Transport::tcp_active) <
        tcp(Transport::tcp_passive));
}

TEST_CASE("active pairs with passive, UDP with UDP, and nothing with simultaneous open", "[ice][rfc6544-6.2]") {
  using enum Transport;
  for (const auto local : {udp, tcp_active, tcp_passive, tcp_simultaneous_open}) {
    for (const auto remote : {udp, tcp_active, tcp_passive, tcp_simultaneous_open}) {
      const bool expected = (local == udp && remote == udp) || (local == tcp_active && remote == tcp_passive);
      CHECK(ice::may_pair(local, remote) == expected);
    }
  }
}

TEST_CASE("candidates of TCP say their direction, have a foundation of their own, and active ones port 9",
          "[ice][rfc6544-4.5]") {
  Alone alone;
  const auto found = alone.host.all<ice::CandidateGathered>();
  REQUIRE(found.size() == 3);
  const auto active = ice::to_string(found[1].candidate);
  const auto passive = ice::to_string(found[2].candidate);
  CHECK(active.starts_with("candidate:2 1 tcp 1524629503 192.0.2.1 9 typ host tcptype active"));
  CHECK(passive.starts_with("candidate:2 1 tcp 1520435199 192.0.2.1 7000 typ host tcptype passive"));
  CHECK(found[0].candidate.foundation == "1");
}

TEST_CASE("only a passive candidate makes us connect; active and simultaneous-open ones are known and of no use",
          "[ice][rfc6544-6.2]") {
  Alone alone;
  alone.signal("candidate:1 1 tcp 1518280447 192.0.2.2 9 typ host tcptype active");
  for (int i = 0; i < 2; ++i) alone.signal("candidate:1 1 tcp 1518280447 192.0.2.2 444 typ host tcptype so");
  CHECK(alone.host.agent.statistics().remote_candidates.size() == 2);
  CHECK(alone.host.agent.statistics().pairs.empty());
  alone.signal(passive_line);
  alone.run(100ms);
  REQUIRE(alone.needed() == std::vector{alone.active});
  CHECK(alone.host.all<ice::TcpNeeded>().front().local == own.address);
  CHECK(alone.world.log.empty());
}

TEST_CASE("the check leaves when the connection is there, once, and its answer has 39.5 s", "[ice][rfc8489-6.2.2]") {
  Alone alone;
  alone.signal(passive_line);
  alone.run(3s);
  CHECK(alone.world.log.empty());
  alone.opened(alone.active);
  alone.run(39s);
  REQUIRE(alone.world.log.size() == 1);
  CHECK(alone.host.agent.keeps(alone.world.now, alone.active));
  CHECK(alone.host.agent.statistics().pairs.front().state == ice::PairState::in_progress);
  alone.run(1s);
  CHECK(alone.host.agent.statistics().pairs.front().state == ice::PairState::failed);
  CHECK_FALSE(alone.host.agent.keeps(alone.world.now, alone.active));
}

TEST_CASE("an answered check makes the pair valid, and the local end is the host candidate whatever its port is",
          "[ice][rfc6544-7.1]") {
  Alone alone;
  alone.signal(passive_line);
  alone.run(100ms);
  alone.opened(alone.active);
  alone.run(100ms);
  alone.answer(alone.active, at("192.0.2.1", 40123));
  REQUIRE(alone.host.agent.data_path() == alone.active);
  const auto pair = alone.host.agent.selected_pair();
  CHECK(pair->local.type == CandidateType::host);
  CHECK(pair->local.address.port == 9);
  CHECK(pair->remote.transport == Transport::tcp_passive);
}

TEST_CASE("a refused connection fails its pair and is not tried again", "[ice][rfc6544-7.1]") {
  Alone alone;
  alone.signal(passive_line);
  alone.run(100ms);
  alone.closed(alone.active);
  CHECK(alone.host.agent.statistics().pairs.front().state == ice::PairState::failed);
  alone.run(60s);
  CHECK(alone.needed().size() == 1);
}

TEST_CASE("a check that comes through an accepted connection makes a peer-reflexive pair, which we check there",
          "[ice][rfc6544-7.2]") {
  Alone alone;
  CHECK_FALSE(alone.host.agent.admits(alone.accepted));
  alone.check(alone.accepted);
  CHECK(alone.host.agent.admits(alone.accepted));
  const auto pairs = alone.host.agent.statistics().pairs;
  REQUIRE(pairs.size() == 1);
  CHECK(pairs.front().pair.remote.type == CandidateType::peer_reflexive);
  CHECK(pairs.front().pair.remote.transport == Transport::tcp_active);
  alone.run(100ms);
  alone.answer(alone.accepted, at("192.0.2.1", 7000));
  CHECK(alone.host.agent.data_path() == alone.accepted);
  CHECK(alone.needed().empty());
}

TEST_CASE("the end of an accepted connection takes its pair with it", "[ice][rfc6544-7]") {
  Alone alone;
  alone.check(alone.accepted);
  alone.run(100ms);
  alone.answer(alone.accepted, at("192.0.2.1", 7000));
  REQUIRE(alone.host.agent.data_path());
  alone.closed(alone.accepted);
  CHECK_FALSE(alone.host.agent.data_path());
  CHECK(alone.host.agent.statistics().pairs.empty());
  CHECK(alone.host.agent.state() == ice::State::disconnected);
  CHECK_FALSE(alone.host.agent.admits(alone.accepted));
  alone.run(31s);
  CHECK(alone.host.agent.state() == ice::State::failed);
}

TEST_CASE("another pair that works takes over at once when the connection ends", "[ice][rfc6544-7]") {
  Alone alone;
  const Path other{SocketId{2}, at("192.0.2.2", 50001)};
  for (const auto& path : {alone.accepted, other}) {
    alone.check(path);
    alone.run(100ms);
    alone.answer(path, at("192.0.2.1", 7000));
  }
  const auto before = alone.host.agent.data_path();
  REQUIRE(before);
  alone.closed(*before);
  REQUIRE(alone.host.agent.data_path());
  CHECK(alone.host.agent.data_path() != before);
  CHECK(alone.host.agent.state() != ice::State::disconnected);
}

TEST_CASE("with our own connection gone it is opened again, once", "[ice][rfc6544-7]") {
  Alone alone;
  alone.signal(passive_line);
  alone.run(100ms);
  alone.opened(alone.active);
  alone.run(100ms);
  alone.answer(alone.active, at("192.0.2.1", 40123));
  alone.closed(alone.active);
  CHECK(alone.host.agent.state() == ice::State::disconnected);
  alone.run(100ms);
  CHECK(alone.needed().size() == 2);
  alone.closed(alone.active);
  alone.run(60s);
  CHECK(alone.needed().size() == 2);
  CHECK(alone.host.agent.state() == ice::State::failed);
}

TEST_CASE("a peer that signals passive candidates without end makes us connect no more than pairs are limited",
          "[ice][rfc8445-6.1.2.5]") {
  Alone alone{{.max_pairs = 5}};
  for (int port = 1000; port < 2000; ++port) {
    alone.signal("candidate:1 1 tcp " + std::to_string(port) + " 192.0.2.2 " + std::to_string(port) +
                 " typ host tcptype passive");
  }
  alone.run(10s);
  CHECK(alone.needed().size() <= 5);
}

TEST_CASE("a lite agent listens only", "[ice][rfc8445-2.5]") {
  Alone alone{{.lite = true}};
  for (const auto& each : alone.host.all<ice::CandidateGathered>()) {
    CHECK(each.candidate.transport != Transport::tcp_active);
  }
  alone.signal(passive_line);
  alone.run(1s);
  CHECK(alone.needed().empty());
}

TEST_CASE("nobody is asked by UDP from a TCP socket", "[ice][rfc6544]") {
  const std::vector<ice::LocalSocket> all{{.id = SocketId{0}},
                                          {.id = SocketId{1}, .transport = Transport::tcp_active},
                                          {.id = SocketId{2}, .transport = Transport::tcp_passive}};
  const auto kept = ice::datagram_sockets(all);
  REQUIRE(kept.size() == 1);
  CHECK(kept.front().id == SocketId{0});
}
