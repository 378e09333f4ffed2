// Which addresses and ports a connection uses is the application's choice.
#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// All local candidates of a connection with these options.
std::vector<IceCandidateInfo> candidates(NetworkOptions network) {
  asio::io_context io;
  PeerConnection pc{io, {.network = std::move(network)}};
  (void)pc.create_data_channel("x");
  std::vector<IceCandidateInfo> found;
  bool done = false;
  pc.on_ice_candidate([&](const std::optional<IceCandidate>& candidate) {
    done = !candidate;
    if (const auto info = candidate ? describe(*candidate) : std::nullopt) found.push_back(*info);
  });
  pc.async_set_local_description([](error_code error) { CHECK_FALSE(error); });
  REQUIRE(run_until(io, [&] { return done; }));
  pc.close();
  io.run();
  return found;
}

}  // namespace

TEST_CASE("candidates are of the chosen addresses and ports only", "[integration][rfc8445-5.1.1.1]") {
  const auto found = candidates(
      {.addresses = {"127.0.0.1"}, .lowest_port = 41000, .highest_port = 41999, .tcp_candidates = TcpCandidates::none});
  REQUIRE(found.size() == 1);
  CHECK(found.front().address == "127.0.0.1");
  CHECK(found.front().port >= 41000);
  CHECK(found.front().port <= 41999);
}

TEST_CASE("connections share a range of ports, and gather nothing when it is used up", "[integration]") {
  asio::io_context io;
  const Configuration configuration{.network = {.addresses = {"127.0.0.1"},
                                                .lowest_port = 42001,
                                                .highest_port = 42002,
                                                .tcp_candidates = TcpCandidates::none}};
  PeerConnection first{io, configuration}, second{io, configuration}, third{io, configuration};
  std::vector<std::vector<std::uint16_t>> ports(3);
  int done = 0;
  auto gather = [&](PeerConnection& pc, std::vector<std::uint16_t>& list) {
    pc.on_ice_candidate([&](const std::optional<IceCandidate>& candidate) {
      done += !candidate;
      if (const auto info = candidate ? describe(*candidate) : std::nullopt) list.push_back(info->port);
    });
    (void)pc.create_data_channel("x");
    pc.async_set_local_description([](error_code) {});
  };
  gather(first, ports[0]);
  gather(second, ports[1]);
  gather(third, ports[2]);
  REQUIRE(run_until(io, [&] { return done == 3; }));
  REQUIRE(ports[0].size() == 1);
  REQUIRE(ports[1].size() == 1);
  CHECK(ports[0] != ports[1]);
  CHECK(ports[2].empty());
}

TEST_CASE("a filter sees each address with its interface and has the last word", "[integration]") {
  std::vector<std::string> seen;
  const auto found = candidates({.filter = [&](const NetworkAddress& address) {
    seen.push_back(address.interface + ' ' + address.address);
    return false;
  }});
  CHECK(found.empty());
  CHECK(std::ranges::find(seen, "lo 127.0.0.1") != seen.end());
}

TEST_CASE("a filter of candidates decides which are used", "[integration]") {
  std::vector<IceCandidateInfo> seen;
  const auto choose = [&](bool allowed) {
    seen.clear();
    return candidates({.addresses = {"127.0.0.1"},
                       .tcp_candidates = TcpCandidates::none,
                       .candidate_filter = [&, allowed](const IceCandidate& candidate) {
                         seen.push_back(*describe(candidate));
                         return allowed;
                       }});
  };
  CHECK(choose(false).empty());
  REQUIRE(seen.size() == 1);
  CHECK(seen.front().type == IceCandidateType::host);
  CHECK(seen.front().address == "127.0.0.1");
  const auto found = choose(true);
  REQUIRE(found.size() == 1);
  CHECK(found.front().port == seen.front().port);
}

TEST_CASE("a filter of candidates may even close the connection", "[integration]") {
  asio::io_context io;
  std::optional<PeerConnection> pc;
  int calls = 0;
  pc.emplace(io, Configuration{.network = {.loopback = true, .candidate_filter = [&](const IceCandidate&) {
                                             ++calls;
                                             pc->close();
                                             return true;
                                           }}});
  (void)pc->create_data_channel("x");
  pc->async_set_local_description([](error_code) {});
  io.run();
  CHECK(calls == 1);
}

TEST_CASE("a filter may even close the connection", "[integration]") {
  asio::io_context io;
  std::optional<PeerConnection> pc;
  int calls = 0;
  pc.emplace(io, Configuration{.network = {.filter = [&](const NetworkAddress&) {
                                 ++calls;
                                 pc->close();
                                 return true;
                               }}});
  (void)pc->create_data_channel("x");
  pc->async_set_local_description([](error_code) {});
  io.run();
  CHECK(calls == 1);
}

TEST_CASE("behind a 1:1 NAT candidates name the public address, and the connection still works on the host's own",
          "[integration]") {
  asio::io_context io;
  const auto own = candidates({.ipv6 = false});
  REQUIRE_FALSE(own.empty());
  if (own.front().address.starts_with("127.")) return;  // a host without a network has nothing to hide
  Pair pair{io.get_executor(), {.network = {.ipv6 = false, .external_addresses = {"192.0.2.7"}}}};
  auto channel = pair.a.create_data_channel("x");
  pair.a.async_set_local_description([](error_code) {});
  REQUIRE(run_until(io, [&] { return pair.a.ice_gathering_state() == IceGatheringState::complete; }));
  const auto sdp = pair.a.local_description()->sdp;
  CHECK(sdp.find("192.0.2.7") != std::string::npos);
  CHECK(sdp.find(own.front().address) == std::string::npos);
}
