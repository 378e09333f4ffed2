// Many connections, one port.
#include "udp_mux.hpp"

#include <boost/asio/thread_pool.hpp>
#include <future>
#include <list>

#include "w3c/stun_server.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// All local candidates once gathering is complete.
std::vector<IceCandidateInfo> gathered(asio::io_context& io, PeerConnection& pc) {
  std::vector<IceCandidateInfo> found;
  bool done = false;
  pc.on_ice_candidate([&](const std::optional<IceCandidate>& candidate) {
    done = !candidate;
    if (const auto info = candidate ? describe(*candidate) : std::nullopt) found.push_back(*info);
  });
  (void)pc.create_data_channel("x");
  pc.async_set_local_description([](error_code) {});
  REQUIRE(run_until(io, [&] { return done; }));
  pc.on_ice_candidate(nullptr);
  return found;
}

}  // namespace

TEST_CASE("connections of a mux have its port and talk all the same", "[integration][mux]") {
  asio::io_context io;
  const UdpMux mux{io, any_loopback_port};
  const auto port = mux.local_endpoints().at(0).port;
  REQUIRE(port != 0);
  std::list<Visit> visits;
  const bool on_its_strand = GENERATE(true, false);
  const auto executor = on_its_strand ? mux.get_executor() : asio::any_io_executor{io.get_executor()};
  for (int i = 0; i != 3; ++i) visits.emplace_back(io.get_executor(), alone(), executor, on(mux));
  REQUIRE(run_until(io, [&] { return std::ranges::all_of(visits, [](auto& each) { return each.echoes == 1; }); }));
  CHECK(mux.stats().connections == 3);
  for (auto& visit : visits) {
    CHECK((visit.server.get_executor() == mux.get_executor()) == on_its_strand);
    const auto pair = visit.client.sctp()->transport().ice_transport().selected_candidate_pair();
    CHECK(pair->remote.port == port);
    for (int i = 0; i != 20; ++i) visit.say(std::string(20'000, 'x'));
  }
  REQUIRE(run_until(io, [&] { return std::ranges::all_of(visits, [](auto& each) { return each.echoes == 21; }); }));
  const auto stats = mux.stats();
  CHECK(stats.contested == 0);
  CHECK(stats.overflows == 0);
  CHECK(stats.unknown_ufrags == 0);
  for (auto& visit : visits) visit.close();
  CHECK(mux.is_open());
  mux.close();
  io.restart();
  io.run();
  CHECK(mux.stats().connections == 0);
}

TEST_CASE("a mux is open until its last handle and its last connection have gone", "[integration][mux]") {
  asio::io_context io;
  auto mux = std::make_unique<UdpMux>(io, any_loopback_port);
  Visit visit{io.get_executor(), alone(), mux->get_executor(), on(*mux)};
  mux.reset();
  REQUIRE(run_until(io, [&] { return visit.echoes == 1; }));
  CHECK(visit.server.get_configuration().network.udp_mux.is_open());
  visit.close();
  io.restart();
  io.run();  // returns
  CHECK_FALSE(visit.server.get_configuration().network.udp_mux);
}

TEST_CASE("a mux says what is wrong with its endpoint", "[integration][mux]") {
  asio::io_context io;
  const auto error = [&](std::vector<UdpEndpoint> endpoints, UdpMuxOptions options = {}) {
    const auto made = UdpMux::create(io.get_executor(), endpoints, options);
    return made ? error_code{} : made.error();
  };
  CHECK(error({}) == Error::bad_argument);
  CHECK(error({{"localhost", 0}}) == Error::bad_argument);
  CHECK(error({any_loopback_port}, {.sockets_per_address = 0}) == Error::bad_argument);
  CHECK(error({any_loopback_port}, {.dscp = 64}) == Error::bad_argument);
  CHECK_FALSE(error({{"0.0.0.0", 0}, any_loopback_port}));
  const UdpMux mux{io, any_loopback_port};
  CHECK(error(mux.local_endpoints()) == asio::error::address_in_use);
  CHECK_THROWS_AS((UdpMux{io, mux.local_endpoints().at(0)}), boost::system::system_error);
}

TEST_CASE("a restart through a mux loses nothing", "[integration][mux][IC-15]") {
  asio::io_context io;
  const UdpMux mux{io, any_loopback_port};
  Visit visit{io.get_executor(), alone(), mux.get_executor(), on(mux)};
  REQUIRE(run_until(io, [&] { return visit.echoes == 1; }));
  const auto ice = visit.client.sctp()->transport().ice_transport();
  int said = 1;
  for (int round = 0; round != 4; ++round) {
    const auto before = ice.local_parameters();
    (round % 2 == 0 ? visit.client : visit.server).restart_ice();
    for (int i = 0; i != 10; ++i, ++said) visit.say("during the restart");
    const auto restarted = [&] {
      const auto now = ice.local_parameters();
      return now && now != before && visit.client.signaling_state() == SignalingState::stable && visit.echoes == said;
    };
    REQUIRE(run_until(io, restarted));
  }
  CHECK(mux.stats().connections == 1);
  CHECK(visit.client.connection_state() == ConnectionState::connected);
}

TEST_CASE("closing a mux fails its connections, with the reason", "[integration][mux]") {
  asio::io_context io;
  const UdpMux mux{io, any_loopback_port};
  const bool on_its_strand = GENERATE(true, false);
  Visit visit{io.get_executor(), alone(), on_its_strand ? mux.get_executor() : asio::any_io_executor{io.get_executor()},
              on(mux)};
  REQUIRE(run_until(io, [&] { return visit.echoes == 1; }));
  std::vector<ConnectionState> states;
  visit.server.on_connection_state_change([&](ConnectionState state) { states.push_back(state); });
  REQUIRE(run_until(io, [&] { return !states.empty(); }));  // the one that has waited
  states.clear();
  mux.close();
  mux.close();
  CHECK_FALSE(mux.is_open());
  REQUIRE(run_until(io, [&] { return visit.server.connection_state() == ConnectionState::failed; }));
  REQUIRE(run_until(io, [&] { return !states.empty(); }));
  CHECK(states == std::vector{ConnectionState::failed});
  CHECK(visit.server.last_error().code == Error::ice_failed);
  CHECK(visit.server.last_error().text.find("UdpMux") != std::string::npos);
  SECTION("a new connection on it gathers nothing") {
    PeerConnection late{io, on(mux)};
    CHECK(gathered(io, late).empty());
    late.close();
  }
  visit.close();
  io.restart();
  io.run();  // returns
}

TEST_CASE("two peers with one port each have one connection at a time", "[integration][mux][hostile]") {
  asio::io_context io;
  const UdpMux here{io, any_loopback_port}, there{io, any_loopback_port};
  Visit first{there.get_executor(), on(there), here.get_executor(), on(here)};
  REQUIRE(run_until(io, [&] { return first.echoes == 1; }));
  Visit second{there.get_executor(), on(there), here.get_executor(), on(here)};
  REQUIRE(run_until(io, [&] { return here.stats().contested > 2 && there.stats().contested > 2; }));
  first.say("still mine");
  REQUIRE(run_until(io, [&] { return first.echoes == 2; }));
  CHECK(second.echoes == 0);
  first.close();
  REQUIRE(run_until(io, [&] { return second.echoes == 1; }));
}

TEST_CASE("STUN servers answer each connection of a mux", "[integration][mux][rfc8445-5.1.1.2]") {
  asio::io_context io;
  const StunServer server{io, asio::ip::make_address("127.0.0.1"), StunServer::Answer::reflexive};
  const UdpMux mux{io, any_loopback_port};
  auto configuration = on(mux);
  configuration.ice_servers = {{.urls = {server.url()}}};
  std::list<PeerConnection> connections;
  int found = 0, ended = 0;
  for (int i = 0; i != 5; ++i) {
    auto& pc = connections.emplace_back(mux.get_executor(), configuration);
    pc.on_ice_candidate([&](const std::optional<IceCandidate>& candidate) {
      const auto info = candidate ? describe(*candidate) : std::nullopt;
      found += info && info->address == server.reflexive_address();
      ended += !candidate;
    });
    (void)pc.create_data_channel("x");
    pc.async_set_local_description([](error_code) {});
  }
  REQUIRE(run_until(io, [&] { return ended == 5; }));
  CHECK(found == 5);
}

TEST_CASE("a mux of several addresses gives each connection all of them, by one port", "[integration][mux]") {
  asio::io_context io;
  const auto made = UdpMux::create(io.get_executor(), {any_loopback_port, {"127.0.0.2", 0}});
  REQUIRE(made.has_value());
  const auto endpoints = made->local_endpoints();
  REQUIRE(endpoints.size() == 2);
  CHECK(endpoints[0].port == endpoints[1].port);
  PeerConnection pc{made->get_executor(), on(*made)};
  const auto candidates = gathered(io, pc);
  REQUIRE(candidates.size() == 2);
  for (const auto& each : candidates) CHECK(each.port == endpoints[0].port);
}

TEST_CASE("connections on other threads than their mux get everything, in order", "[integration][mux]") {
  struct Progress {
    std::promise<void> done{};
    std::atomic<int> waiting = 8;
  };
  asio::thread_pool pool{4};
  const std::size_t sockets = GENERATE(std::size_t{1}, std::size_t{4});
  const UdpMux mux{pool, any_loopback_port, {.sockets_per_address = sockets}};
  {
    const auto progress = std::make_shared<Progress>();
    std::list<Visit> visits;
    for (int i = 0; i != 8; ++i) {
      auto& visit = visits.emplace_back(pool.get_executor(), alone(), pool.get_executor(), on(mux));
      visit.channel.on_message([progress, channel = visit.channel, next = -1](const Message& message) mutable {
        if (next == -1) {
          for (int number = 0; number != 200; ++number) (void)channel.send(std::to_string(number));
        } else if (message.text() != std::to_string(next)) {
          return;
        }
        if (++next == 200 && --progress->waiting == 0) progress->done.set_value();
      });
    }
    REQUIRE(progress->done.get_future().wait_for(patience) == std::future_status::ready);
    CHECK(mux.stats().connections == 8);
  }  // the connections go while something may be on the way to them
  mux.close();
  pool.join();
}

TEST_CASE("a mux may be closed by another thread while its connections talk", "[integration][mux]") {
  struct Progress {
    std::promise<void> talking{}, failed{};
  };
  asio::thread_pool pool{4};
  for (int round = 0; round != 5; ++round) {
    const UdpMux mux{pool, any_loopback_port};
    const auto progress = std::make_shared<Progress>();
    Visit visit{pool.get_executor(), alone(), pool.get_executor(), on(mux)};
    visit.channel.on_message([progress, channel = visit.channel, count = 0](const Message&) mutable {
      if (++count == 10) progress->talking.set_value();
      (void)channel.send("on and on");
    });
    visit.server.on_connection_state_change([progress](ConnectionState state) {
      if (state == ConnectionState::failed) progress->failed.set_value();
    });
    REQUIRE(progress->talking.get_future().wait_for(patience) == std::future_status::ready);
    mux.close();
    REQUIRE(progress->failed.get_future().wait_for(patience) == std::future_status::ready);
  }
  pool.join();
}

TEST_CASE("a connection may be made when its peer's first check comes", "[integration][mux]") {
  asio::io_context io;
  const UdpMux mux{io, any_loopback_port};
  const std::string ufrag = "chosen+by+the+client", password = "a/secret/that/both/sides/know";
  auto known = on(mux);
  known.network.local_credentials = {{ufrag, password}};

  // The client writes the server's answer itself: all in it is known beforehand.
  const std::vector server_certificate{Certificate::generate()};
  known.certificates = server_certificate;
  PeerConnection template_of_answer{io, known};
  PeerConnection client{io, alone()};
  auto channel = client.create_data_channel("x");
  std::string received;
  channel.on_open([&] { CHECK_FALSE(channel.send("hello")); });
  std::optional<SessionDescription> offer, answer;
  client.async_set_local_description([&](error_code error) {
    REQUIRE_FALSE(error);
    offer = client.local_description();
    template_of_answer.async_set_remote_description(*offer, [&](error_code refused) {
      REQUIRE_FALSE(refused);
      template_of_answer.async_create_answer([&](error_code failed, SessionDescription made) {
        REQUIRE_FALSE(failed);
        answer = std::move(made);
      });
    });
  });
  REQUIRE(run_until(io, [&] { return answer.has_value(); }));
  CHECK(answer->sdp.find("a=ice-ufrag:" + ufrag + "\r\n") != std::string::npos);
  template_of_answer.close();

  // Nobody is there yet. What the server learns comes by its own way, here by memory.
  std::optional<PeerConnection> server;
  mux.on_unknown_ufrag([&](const UnknownUfrag& unknown) {
    if (server || unknown.local_ufrag != ufrag) return;
    server.emplace(mux.get_executor(), known);
    server->on_data_channel([&](const DataChannel& opened) {
      opened.on_message([&, opened](const Message& message) { received = message.text(); });
    });
    server->async_set_remote_description(*offer, [](error_code error) { CHECK_FALSE(error); });
    server->async_set_local_description([](error_code error) { CHECK_FALSE(error); });
  });
  client.async_set_remote_description(*answer, [](error_code error) { CHECK_FALSE(error); });
  const auto local = mux.local_endpoints().at(0);
  const auto line = "candidate:1 1 udp 2130706431 " + local.address + ' ' + std::to_string(local.port) + " typ host";
  client.async_add_ice_candidate({line, {}, std::uint16_t{0}, {}, {}}, [](error_code error) { CHECK_FALSE(error); });
  REQUIRE(run_until(io, [&] { return received == "hello"; }));
  CHECK(mux.stats().connections == 1);
  CHECK(mux.stats().unknown_ufrags >= 1);
}

TEST_CASE("a check for an unknown ufrag is told, and not answered", "[integration][mux]") {
  asio::io_context io;
  const UdpMux mux{io, any_loopback_port};
  std::vector<UnknownUfrag> told;
  mux.on_unknown_ufrag([&](UnknownUfrag unknown) { told.push_back(std::move(unknown)); });
  asio::ip::udp::socket stranger{io, {asio::ip::make_address("127.0.0.1"), 0}};
  stranger.send_to(asio::buffer(check_for("mine", "theirs")), to_asio(mux.local_endpoints().at(0)));
  REQUIRE(run_until(io, [&] { return !told.empty(); }));
  const UdpEndpoint source{"127.0.0.1", stranger.local_endpoint().port()};
  CHECK(told == std::vector<UnknownUfrag>{{"mine", "theirs", source, mux.local_endpoints().at(0)}});
  CHECK(mux.stats().unknown_ufrags == 1);
  CHECK(stranger.available() == 0);

  SECTION("an operation waits for the next one, and ends with the mux") {
    std::vector<error_code> ends;
    mux.async_next_unknown_ufrag([&](error_code error, const UnknownUfrag&) { ends.push_back(error); });
    stranger.send_to(asio::buffer(check_for("mine", "theirs")), to_asio(mux.local_endpoints().at(0)));
    REQUIRE(run_until(io, [&] { return ends.size() == 1; }));
    mux.async_next_unknown_ufrag([&](error_code error, const UnknownUfrag&) { ends.push_back(error); });
    mux.close();
    io.restart();
    io.run();
    CHECK(ends == std::vector<error_code>{{}, Error::closed});
    CHECK(told.size() == 1);
  }
}
