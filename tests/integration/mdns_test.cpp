// Multicast DNS names instead of addresses, over the real interfaces of this host.
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>

#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using Udp = asio::ip::udp;

// Whether a datagram to the group comes back, on the interface of the default route.
bool multicast_works() {
  static const bool works = [] {
    asio::io_context io;
    Udp::socket socket{io};
    error_code error;
    const Udp::endpoint group{asio::ip::make_address("224.0.0.251"), 47124};
    socket.open(Udp::v4(), error);
    if (!error) socket.bind({Udp::v4(), group.port()}, error);
    if (!error) socket.set_option(asio::ip::multicast::join_group{group.address()}, error);
    if (!error) socket.send_to(asio::buffer("hello", 5), group, 0, error);
    bool heard = false;
    if (error) return heard;
    socket.async_wait(Udp::socket::wait_read, [&](error_code failed) { heard = !failed; });
    io.run_for(1s);
    return heard;
  }();
  if (!works) WARN("multicast does not work here: not tested");
  return works;
}

Configuration hidden() { return {.network = {.mdns_names = true}}; }

SessionDescription without_candidates(SessionDescription description) {
  auto& sdp = description.sdp;
  for (auto at = sdp.find("a=candidate"); at != std::string::npos; at = sdp.find("a=candidate")) {
    sdp.erase(at, sdp.find('\n', at) + 1 - at);
  }
  return description;
}

IceTransport ice(const PeerConnection& pc) { return pc.sctp()->transport().ice_transport(); }

std::vector<std::string> own_addresses(const PeerConnection& pc) {
  std::vector<std::string> found;
  for (const auto& candidate : ice(pc).local_candidates()) found.push_back(describe(candidate)->address);
  return found;
}

}  // namespace

TEST_CASE("a connection that learns nothing but names finds the other one", "[integration][mdns]") {
  if (!multicast_works()) return;
  asio::io_context io;
  PeerConnection a{io}, b{io, hidden()};
  auto channel = a.create_data_channel("x");
  b.on_ice_candidate([&](std::optional<IceCandidate> candidate) {
    if (candidate) a.async_add_ice_candidate(std::move(*candidate), [](error_code) {});
  });
  a.async_set_local_description([&](error_code) {
    b.async_set_remote_description(without_candidates(*a.local_description()), [&](error_code) {
      b.async_set_local_description(
          [&](error_code) { a.async_set_remote_description(*b.local_description(), [](error_code) {}); });
    });
  });
  REQUIRE(run_until(io, [&] { return a.connection_state() == ConnectionState::connected; }));
  const auto selected = ice(a).selected_candidate_pair();
  REQUIRE(selected.has_value());
  CHECK(selected->remote.type == IceCandidateType::host);
  CHECK(selected->remote.address.ends_with(".local"));
  a.close();
  b.close();
  io.run();
}

TEST_CASE("contexts of one host share the port", "[integration][mdns]") {
  if (!multicast_works()) return;
  asio::io_context one, other;
  PeerConnection a{one}, b{other, hidden()};
  std::optional<SessionDescription> offer, answer;
  std::vector<IceCandidate> candidates;
  auto channel = a.create_data_channel("x");
  b.on_ice_candidate([&](std::optional<IceCandidate> candidate) {
    if (candidate) candidates.push_back(std::move(*candidate));
  });
  a.async_set_local_description([&](error_code) { offer = without_candidates(*a.local_description()); });
  REQUIRE(run_until(one, [&] { return offer.has_value(); }));
  b.async_set_remote_description(
      *offer, [&](error_code) { b.async_set_local_description([&](error_code) { answer = *b.local_description(); }); });
  REQUIRE(run_until(other, [&] { return answer.has_value() && !candidates.empty(); }));
  a.async_set_remote_description(*answer, [](error_code) {});
  for (const auto& candidate : candidates) a.async_add_ice_candidate(candidate, [](error_code) {});
  const auto deadline = std::chrono::steady_clock::now() + patience;
  one.restart();
  other.restart();
  while (b.connection_state() != ConnectionState::connected && std::chrono::steady_clock::now() < deadline) {
    one.run_for(5ms);
    other.run_for(5ms);
  }
  CHECK(b.connection_state() == ConnectionState::connected);
  a.close();
  b.close();
  one.run();
  other.run();
}

TEST_CASE("hidden addresses are in no candidate, description or statistic",
          "[integration][mdns][draft-mdns-ice-3.1.1]") {
  asio::io_context io;
  Pair plain{io.get_executor()}, pair{io.get_executor(), hidden()};
  auto channel = plain.a.create_data_channel("x"), other = pair.a.create_data_channel("x");
  REQUIRE(run_until(io, [&] {
    return plain.a.ice_gathering_state() == IceGatheringState::complete &&
           pair.a.ice_gathering_state() == IceGatheringState::complete && pair.b.local_description().has_value();
  }));
  const auto addresses = own_addresses(plain.a);
  const auto names = own_addresses(pair.a);
  REQUIRE(addresses.size() == names.size());
  for (const auto& name : names) CHECK(name.ends_with(".local"));
  CHECK(names != own_addresses(pair.b));
  std::optional<StatsReport> report;
  pair.a.async_get_stats([&](error_code, StatsReport result) { report = std::move(result); });
  REQUIRE(run_until(io, [&] { return report.has_value(); }));
  const auto text = pair.a.local_description()->sdp + to_json(*report);
  for (const auto& address : addresses) {
    INFO(address);
    CHECK(text.find(address) == std::string::npos);
  }
  CHECK(pair.a.local_description()->sdp.find("c=IN IP4 0.0.0.0") != std::string::npos);
}

TEST_CASE("a connection that is closed while it asks for a name lets the context run out", "[integration][mdns]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  auto channel = pair.a.create_data_channel("x");
  REQUIRE(run_until(io, [&] { return pair.a.remote_description().has_value(); }));
  pair.a.async_add_ice_candidate(
      {"candidate:9 1 udp 5 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 9999 typ host", {}, std::uint16_t{0}, {}, {}},
      [](error_code error) { CHECK_FALSE(error); });
  io.run_for(50ms);
  pair.a.close();
  pair.b.close();
  const auto begin = std::chrono::steady_clock::now();
  io.restart();
  io.run();
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

TEST_CASE("a context may end while names are asked for and told", "[integration][mdns]") {
  bool gathered = false;
  {
    asio::io_context io;
    PeerConnection pc{io, hidden()};
    (void)pc.create_data_channel("x");
    pc.async_set_local_description([](error_code) {});
    gathered = run_until(io, [&] { return pc.ice_gathering_state() == IceGatheringState::complete; });
  }
  CHECK(gathered);
}
