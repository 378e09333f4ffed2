// set_configuration and restart_ice on a live connection.
#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a configuration is replaced as a whole, or not at all", "[integration][CF-7][CF-8][CF-9][CF-12]") {
  asio::io_context io;
  const auto certificate = Certificate::generate();
  const Configuration first{.bundle_policy = BundlePolicy::max_bundle, .certificates = {certificate}};
  PeerConnection pc{io, first};
  const auto error_of = [&](Configuration next) {
    error_code error;
    pc.set_configuration(std::move(next), error);
    return error;
  };
  CHECK(pc.get_configuration().certificates == first.certificates);

  CHECK(error_of({}) == Error::configuration_modified);  // the default of bundle_policy is another one
  auto next = first;
  next.certificates = {Certificate::generate()};
  CHECK(error_of(next) == Error::configuration_modified);
  next = first;
  next.limits.channels = 4;
  CHECK(error_of(next) == Error::configuration_modified);
  next = first;
  next.ice_servers = {{.urls = {"stun:good.example"}}, {.urls = {"stun://bad"}}};
  CHECK(error_of(next) == Error::ice_url_not_opaque);
  CHECK(pc.get_configuration().ice_servers.empty());

  next.ice_servers.pop_back();
  next.ice_candidate_pool_size = 1;
  next.certificates.clear();
  CHECK_FALSE(error_of(next));
  CHECK(pc.get_configuration().ice_servers.size() == 1);
  CHECK(pc.get_configuration().certificates == first.certificates);
  pc.async_set_local_description([](error_code) {});
  next.ice_candidate_pool_size = 2;
  CHECK(error_of(next) == Error::configuration_modified);

  pc.close();
  CHECK(error_of(first) == Error::closed);
  CHECK_THROWS_AS(pc.set_configuration(first), boost::system::system_error);
  io.run();
}

TEST_CASE("a restart replaces the credentials while data goes on", "[integration][RI-1][IC-15][SD-15]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  pair.a.restart_ice();  // before the first description: nothing
  auto channel = pair.a.create_data_channel("x");
  std::vector<std::string> received;
  pair.b.on_data_channel([&](const DataChannel& opened) {
    opened.on_message([&, opened](const Message& message) { received.emplace_back(message.text()); });
  });
  channel.on_open([&] { CHECK_FALSE(channel.send("before")); });
  REQUIRE(run_until(io, [&] { return received.size() == 1; }));
  const auto sctp = *pair.a.sctp();
  const auto ice = sctp.transport().ice_transport();
  const auto local = ice.local_parameters(), remote = ice.remote_parameters();

  pair.a.restart_ice();
  REQUIRE(run_until(io, [&] {
    return ice.remote_parameters() != remote && pair.a.signaling_state() == SignalingState::stable &&
           pair.b.signaling_state() == SignalingState::stable;
  }));
  CHECK(ice.local_parameters() != local);
  CHECK(pair.a.sctp() == sctp);
  REQUIRE_FALSE(ice.local_candidates().empty());
  for (const auto& candidate : ice.local_candidates()) {
    const auto ufrag = ice.local_parameters()->username_fragment;
    CHECK(candidate.username_fragment == ufrag);
    CHECK(candidate.candidate.find(ufrag) != std::string::npos);  // and not the one of before
  }
  CHECK_FALSE(channel.send("after"));
  REQUIRE(run_until(io, [&] { return received.size() == 2; }));
  CHECK(pair.a.connection_state() == ConnectionState::connected);
  CHECK(sctp.state() == SctpTransportState::connected);
}

TEST_CASE("with a pool, candidates are there as soon as the description is", "[integration][CF-8][IC-1]") {
  asio::io_context io;
  PeerConnection pc{io, {.ice_candidate_pool_size = 1}};
  (void)pc.create_data_channel("x");
  io.poll();
  CHECK(pc.ice_gathering_state() == IceGatheringState::new_);
  bool set = false;
  std::size_t candidates = 0;
  pc.on_ice_candidate([&](const std::optional<IceCandidate>& candidate) {
    CHECK(set);
    if (candidate && !candidate->candidate.empty()) ++candidates;
  });
  pc.async_set_local_description([&](error_code error) { set = !error; });
  REQUIRE(run_until(io, [&] { return set && candidates != 0; }));
  CHECK(pc.ice_gathering_state() == IceGatheringState::complete);
  pc.close();
  io.run();
}
