// Servers that send us on, refuse, hide behind names, or are dead, and what the application hears of it.
//   RFC 8489 §8, §10, W3C §4.8.3
#include <algorithm>

#include "sim/world.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::sim;
using namespace std::chrono_literals;
using ice::Carrier;

namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }
Endpoint at(std::string_view address, std::uint16_t port = 3478) { return {ip(address), port}; }

ice::IceServer turn(std::string host, Carrier carrier = Carrier::udp) {
  ice::IceServer server{.url = "turn:" + host, .kind = ice::IceServer::Kind::turn};
  server.host = std::move(host);
  server.carrier = carrier;
  server.username = "alice";
  server.password = "wonderland";
  return server;
}

test::TurnServerOptions listening(const Endpoint& address) {
  auto relay = address.port == 3478 ? ip("203.0.113.200") : ip("203.0.113.201");
  if (address.address == ip("203.0.113.6")) relay = ip("203.0.113.206");
  return {.address = address, .relay_v4 = relay};
}

WorldOptions relayed(std::vector<ice::IceServer> servers, bool relay_only = true) {
  return {.link = {.delay = 20ms},
          .configure = [servers = std::move(servers), relay_only](peer::EngineOptions& options) {
            options.ice_servers = servers;
            options.relay_only = relay_only;
          }};
}

// What alice is told of her servers, and which streams she opens.
struct Told {
  explicit Told(World& world) {
    world.alice().set_observer([this](const peer::Event& event) {
      if (const auto* error = std::get_if<peer::CandidateError>(&event)) errors.push_back(*error);
      if (const auto* stream = std::get_if<ice::StreamNeeded>(&event)) streams.push_back(*stream);
    });
  }
  std::vector<peer::CandidateError> errors{};
  std::vector<ice::StreamNeeded> streams{};
};

// alice alone.
void gather(World& world) {
  world.alice().open_channel({.label = "first"});
  REQUIRE(world.alice().engine().set_local_description(world.now(), {}, {}).has_value());
  world.alice().drain();
  REQUIRE(world.run_until([&] { return world.alice().has("gathering complete"); }, 11s));
}

std::size_t relayed_candidates(World& world) {
  const auto statistics = world.alice().engine().statistics();
  return static_cast<std::size_t>(
      std::ranges::count(statistics.ice.local_candidates, ice::CandidateType::relayed, &ice::Candidate::type));
}

}  // namespace

TEST_CASE("a TURN server sends its clients to another port of its own, and they go", "[sim][turn][rfc8489-10]") {
  const auto carrier = GENERATE(Carrier::udp, Carrier::tcp, Carrier::tls);
  World world{1, relayed({turn("203.0.113.5", carrier)})};
  auto options = listening(at("203.0.113.5"));
  options.alternates = {at("2001:db8::5", 3480), at("203.0.113.5", 3480)};  // the first is of another family
  options.redirects_anybody = GENERATE(false, true);
  auto& first = world.add_turn_server(options);
  auto& second = world.add_turn_server(listening(at("203.0.113.5", 3480)));
  Told told{world};
  REQUIRE(world.connect(5s));
  CHECK(first.allocations(world.now()) == 0);
  CHECK(second.allocations(world.now()) == 2);
  CHECK(second.challenges() == 2);  // realm and nonce of the first were not shown to it
  CHECK(first.faults().empty());
  CHECK(second.faults().empty());
  CHECK(told.errors.empty());
  CHECK(world.alice().engine().selected_pair()->local.carrier == carrier);
  if (carrier != Carrier::udp) CHECK(told.streams.back().server == at("203.0.113.5", 3480));

  SECTION("and a restart finds what they have there") {
    world.alice().engine().restart_ice();
    world.alice().negotiate();
    world.run_for(12s);
    CHECK(world.alice().connected());
    CHECK(second.allocations(world.now()) == 2);
    CHECK(second.count(stun::Method::allocate) == 2);
  }
}

TEST_CASE("to another host they go only if the configuration says so", "[sim][turn][rfc8489-10]") {
  const auto carrier = GENERATE(Carrier::udp, Carrier::tls);
  auto server = turn("203.0.113.5", carrier);
  server.follows = GENERATE(false, true);
  World world{1, relayed({server})};
  auto options = listening(at("203.0.113.5"));
  options.alternates = {at("203.0.113.6")};
  options.alternate_domain = "other.example.org";
  world.add_turn_server(options);
  auto& other = world.add_turn_server(listening(at("203.0.113.6")));
  Told told{world};
  gather(world);
  if (server.follows) {
    CHECK(relayed_candidates(world) == 1);
    CHECK(told.errors.empty());
    CHECK(other.challenges() == 1);
    if (carrier == Carrier::tls) CHECK(told.streams.back().host == "other.example.org");  // RFC 8489 §14.16
  } else {
    CHECK(relayed_candidates(world) == 0);
    CHECK(other.challenges() == 0);
    REQUIRE(told.errors.size() == 1);
    CHECK(told.errors.front().code == 300);
    CHECK(told.errors.front().text == "Try Alternate");
    CHECK(told.errors.front().explanation.find("another host") != std::string::npos);
    CHECK(told.streams.size() == (carrier == Carrier::tls ? 1 : 0));
  }
}

TEST_CASE("without a name of its own the other host needs a certificate for the first one's",
          "[sim][turn][rfc8489-10]") {
  auto server = turn("203.0.113.5", Carrier::tls);
  server.host = "turn.example.org";
  server.follows = true;
  World world{1, relayed({server})};
  world.set_names({{"turn.example.org", {ip("203.0.113.5")}}});
  auto options = listening(at("203.0.113.5"));
  options.alternates = {at("203.0.113.6")};
  world.add_turn_server(options);
  world.add_turn_server(listening(at("203.0.113.6")));
  Told told{world};
  gather(world);
  REQUIRE(told.streams.size() == 2);
  CHECK(told.streams.back().server == at("203.0.113.6"));
  CHECK(told.streams.back().host == "turn.example.org");
}

TEST_CASE("nobody is sent in circles, and not far", "[sim][turn][rfc8489-10]") {
  World world{1, relayed({turn("203.0.113.5")})};
  std::vector<test::TurnServer*> servers;
  const bool circle = GENERATE(true, false);
  for (std::uint16_t i = 0; i != 6; ++i) {
    auto options = listening(at("203.0.113.5", static_cast<std::uint16_t>(3478 + i)));
    options.alternates = {at("203.0.113.5", static_cast<std::uint16_t>(circle && i == 1 ? 3478 : 3479 + i))};
    servers.push_back(&world.add_turn_server(options));
  }
  Told told{world};
  gather(world);
  CHECK(relayed_candidates(world) == 0);
  REQUIRE(told.errors.size() == 1);
  CHECK(told.errors.front().code == 300);
  const auto asked = std::ranges::count_if(servers, [](const auto* each) { return each->challenges() != 0; });
  CHECK(asked == (circle ? 2 : 1 + static_cast<int>(ice::Relays::max_redirections)));
  for (const auto* each : servers) CHECK(each->challenges() <= 1);
}

TEST_CASE("a server is not followed to addresses that only this host, or everybody, has", "[sim][turn][rfc8489-10]") {
  auto server = turn("203.0.113.5");
  server.follows = true;
  World world{1, relayed({server})};
  auto options = listening(at("203.0.113.5"));
  options.alternates = {GENERATE(at("127.0.0.1"), at("224.0.0.1"), at("0.0.0.0"), at("255.255.255.255"),
                                 at("169.254.1.1"), at("203.0.113.6", 0))};
  world.add_turn_server(options);
  bool sent = false;
  world.network().set_filter([&](const Endpoint&, const Endpoint& to, Bytes&) {
    sent |= to == options.alternates.front();
    return true;
  });
  Told told{world};
  gather(world);
  CHECK_FALSE(sent);
  REQUIRE(told.errors.size() == 1);
  CHECK(told.errors.front().code == 300);
}

TEST_CASE("servers that send to the same one share what it grants", "[sim][turn][rfc8489-10]") {
  auto one = turn("203.0.113.5"), other = turn("203.0.113.7");
  one.follows = other.follows = true;
  World world{1, relayed({one, other})};
  for (const auto* address : {"203.0.113.5", "203.0.113.7"}) {
    auto options = listening(at(address));
    options.relay_v4 = ip("203.0.113.210");
    options.alternates = {at("203.0.113.6")};
    world.add_turn_server(options);
  }
  auto& both = world.add_turn_server(listening(at("203.0.113.6")));
  Told told{world};
  REQUIRE(world.connect(5s));
  CHECK(both.allocations(world.now()) == 2);
  REQUIRE(world.run_until([&] { return world.alice().has("gathering complete"); }, 3s));
  CHECK(told.errors.empty());
  for (auto* peer : {&world.alice(), &world.bob()}) peer->engine().set_ice_servers({turn("203.0.113.6")}, true);
  world.alice().negotiate();
  world.run_for(12s);
  CHECK(world.alice().connected());
  CHECK(both.count(stun::Method::allocate) == 2);
  CHECK(both.faults().empty());
}

TEST_CASE("each refusal reaches the application with its code, the server's words and an explanation",
          "[sim][turn][IC-13][rfc8656-19]") {
  const unsigned code = GENERATE(400u, 403u, 420u, 437u, 440u, 441u, 442u, 446u, 447u, 486u, 500u, 508u);
  const bool relay_only = GENERATE(false, true);
  World world{1, relayed({turn("203.0.113.5")}, relay_only)};
  auto options = listening(at("203.0.113.5"));
  options.refuses = code;
  auto& server = world.add_turn_server(options);
  Told told{world};
  gather(world);
  REQUIRE(told.errors.size() == 1);
  const auto& error = told.errors.front();
  CHECK(error.code == code);
  CHECK(error.text == "Refused");
  CHECK(error.url == "turn:203.0.113.5");
  CHECK(error.explanation.size() > 20);
  CHECK(error.explanation.find("wonderland") == std::string::npos);
  if (relay_only) {
    CHECK_FALSE(error.local.has_value());  // no candidate tells it
  } else {
    CHECK(error.local == world.alice().address());
  }
  CHECK(server.count(stun::Method::allocate) == 1);  // and it is not asked again
}

TEST_CASE("nothing waits for servers that are dead, slow or never resolved", "[sim][turn][IC-13]") {
  auto dead = turn("203.0.113.66"), silent = turn("silent.example.org"), unknown = turn("unknown.example.org");
  silent.carrier = GENERATE(Carrier::udp, Carrier::tls);
  silent.service = GENERATE("", "_turn._udp");
  const ice::IceServer stun{.url = "stun:203.0.113.67", .host = "203.0.113.67"};
  const ice::IceServer silent_stun{.url = "stun:silent.example.org", .host = "silent.example.org"};
  const bool relay_only = GENERATE(true, false);
  World world{1, relayed({dead, silent, unknown, stun, silent_stun, turn("203.0.113.5")}, relay_only)};
  world.silence_name("silent.example.org");
  world.add_turn_server(listening(at("203.0.113.5")));
  Told told{world};
  const auto start = world.now();
  REQUIRE(world.connect(5s));
  CHECK(world.now() - start < 1s);
  REQUIRE(world.run_until([&] { return world.alice().has("gathering complete"); }, 11s));
  CHECK(world.now() - start < 11s);
  std::vector<std::string> urls;
  for (const auto& each : told.errors) {
    CHECK(each.code == 701);
    CHECK_FALSE(each.local.has_value());
    urls.push_back(each.url);
    if (each.url.find("example.org") != std::string::npos) CHECK(each.text.find("was not found") != std::string::npos);
  }
  std::ranges::sort(urls);
  std::vector<std::string> expected{"turn:203.0.113.66", "turn:silent.example.org", "turn:unknown.example.org"};
  if (!relay_only) expected.insert(expected.begin(), {"stun:203.0.113.67", "stun:silent.example.org"});
  CHECK(urls == expected);
}

TEST_CASE("a service of a name is asked at its targets, with their ports", "[sim][turn][rfc8489-8.1]") {
  auto server = turn("example.org", GENERATE(Carrier::udp, Carrier::tcp));
  server.service = "_turn._udp";
  World world{1, relayed({server})};
  world.set_names({{"example.org", {ip("203.0.113.66")}}});
  world.set_services({{"_turn._udp.example.org", {at("203.0.113.67", 4000), at("203.0.113.5", 3480)}}});
  auto& target = world.add_turn_server(listening(at("203.0.113.5", 3480)));
  REQUIRE(world.connect(5s));  // after the first was given up
  CHECK(target.allocations(world.now()) == 2);
}

TEST_CASE("where there is no such service the name's addresses count", "[sim][turn][rfc8489-8.1]") {
  auto server = turn("example.org");
  server.service = "_turn._udp";
  auto without = server;
  without.service.clear();
  const ice::IceServer stun{.url = "stun:example.org", .host = "example.org", .service = "_stun._udp"};
  World world{1, relayed({server, without, stun}, false)};
  world.set_names({{"example.org", {ip("203.0.113.5")}}});
  auto& found = world.add_turn_server(listening(at("203.0.113.5")));
  std::vector<peer::ResolveNeeded> names;
  world.alice().set_observer([&](const peer::Event& event) {
    if (const auto* name = std::get_if<peer::ResolveNeeded>(&event)) names.push_back(*name);
  });
  REQUIRE(world.connect(1s));
  CHECK(found.allocations(world.now()) == 2);
  CHECK(names.size() == 3);  // each once
  CHECK(std::ranges::count(names, peer::ResolveNeeded{"example.org", "_turn._udp"}) == 1);
}
