// The constructor, and what may be changed afterwards.   W3C §4.4.1.1, §4.4.1.5
#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

error_code change(PeerConnection& pc, Configuration configuration) {
  error_code error;
  pc.set_configuration(std::move(configuration), error);
  return error;
}

const Configuration with_server{.ice_servers = {{.urls = {"stun:127.0.0.1:3478"}}}};

}  // namespace

TEST_CASE("a new connection is stable and new, and has nothing yet", "[w3c][CF-1][IC-16]") {
  asio::io_context io;
  const PeerConnection pc{io};
  CHECK(pc.signaling_state() == SignalingState::stable);
  CHECK(pc.ice_gathering_state() == IceGatheringState::new_);
  CHECK(pc.ice_connection_state() == IceConnectionState::new_);
  CHECK(pc.connection_state() == ConnectionState::new_);
  CHECK_FALSE(pc.local_description().has_value());
  CHECK_FALSE(pc.current_local_description().has_value());
  CHECK_FALSE(pc.pending_local_description().has_value());
  CHECK_FALSE(pc.remote_description().has_value());
  CHECK_FALSE(pc.current_remote_description().has_value());
  CHECK_FALSE(pc.pending_remote_description().has_value());
  CHECK_FALSE(pc.sctp().has_value());
  CHECK_FALSE(pc.can_trickle_ice_candidates().has_value());
  CHECK_FALSE(pc.last_error().code);
}

TEST_CASE("any expired certificate is refused, by the constructor and later", "[w3c][CF-2]") {
  asio::io_context io;
  const auto good = Certificate::generate(), expired = Certificate::generate(KeyType::ecdsa_p256, 0s);
  const auto made = PeerConnection::create(io.get_executor(), {.certificates = {good, expired}});
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error() == Error::certificate_expired);
  CHECK(w3c_error_name(made.error()) == "InvalidAccessError");
  CHECK_THROWS_AS(PeerConnection(io, {.certificates = {expired}}), boost::system::system_error);
}

TEST_CASE("a connection makes its own certificate, and names all that it is given", "[w3c][CF-2]") {
  asio::io_context io;
  PeerConnection own{io}, other{io};
  const auto first = Certificate::generate(), second = Certificate::generate(KeyType::rsa_2048);
  PeerConnection given{io, {.certificates = {first, second}}};
  for (auto* pc : {&own, &other, &given}) (void)pc->create_data_channel("x");
  const auto offer_of = [&](PeerConnection& pc) { return result_of<SessionDescription>(io, pc.async_create_offer()); };
  CHECK_FALSE(attribute(offer_of(own), "fingerprint").empty());
  CHECK(attribute(offer_of(own), "fingerprint") != attribute(offer_of(other), "fingerprint"));
  const auto offer = offer_of(given);
  for (const auto& certificate : {first, second}) {
    auto value = certificate.fingerprints().at(0).value;
    for (auto& c : value) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    CHECK(contains(offer, "a=fingerprint:sha-256 " + value));
  }
}

TEST_CASE("an error that is not of this library has the name UnknownError", "[w3c][CF-3]") {
  CHECK(w3c_error_name(make_error_code(boost::system::errc::not_enough_memory)) == "UnknownError");
  CHECK(w3c_error_name(error_code{}).empty());
  asio::io_context io;
  try {
    const PeerConnection pc{io, {.ice_servers = {{.urls = {"http://example.org"}}}}};
    FAIL("a bad URL is refused");
  } catch (const boost::system::system_error& error) {
    CHECK(w3c_error_name(error.code()) == "SyntaxError");
  }
}

TEST_CASE("a configuration cannot be changed after the end", "[w3c][CF-7]") {
  asio::io_context io;
  PeerConnection pc{io};
  pc.close();
  CHECK(change(pc, {}) == Error::closed);
  CHECK_THROWS_AS(pc.set_configuration({}), boost::system::system_error);
}

TEST_CASE("bundle policy and certificates stay what they were at first", "[w3c][CF-7]") {
  asio::io_context io;
  const auto mine = Certificate::generate(), other = Certificate::generate();
  PeerConnection pc{io, {.bundle_policy = BundlePolicy::max_bundle, .certificates = {mine}}};
  const auto with = [](BundlePolicy policy, std::vector<Certificate> certificates) {
    return Configuration{.bundle_policy = policy, .certificates = std::move(certificates)};
  };
  CHECK(change(pc, with(BundlePolicy::balanced, {mine})) == Error::configuration_modified);
  CHECK(change(pc, {}) == Error::configuration_modified);  // left out means the default
  CHECK(change(pc, with(BundlePolicy::max_bundle, {other})) == Error::configuration_modified);
  CHECK(change(pc, with(BundlePolicy::max_bundle, {mine, other})) == Error::configuration_modified);
  CHECK(w3c_error_name(make_error_code(Error::configuration_modified)) == "InvalidModificationError");
  CHECK_FALSE(change(pc, with(BundlePolicy::max_bundle, {mine})));
}

TEST_CASE("the candidate pool may change until a local description is asked for", "[w3c][CF-8]") {
  asio::io_context io;
  PeerConnection pc{io};
  CHECK_FALSE(change(pc, {.ice_candidate_pool_size = 2}));
  CHECK_FALSE(change(pc, {.ice_candidate_pool_size = 1}));
  bool applied = false;
  pc.async_set_local_description([&](error_code) { applied = true; });
  CHECK(change(pc, {}) == Error::configuration_modified);
  CHECK_FALSE(change(pc, {.ice_candidate_pool_size = 1}));
  REQUIRE(run_until(io, [&] { return applied; }));
  CHECK(change(pc, {}) == Error::configuration_modified);
}

TEST_CASE("a configuration that is refused changes nothing", "[w3c][CF-9]") {
  asio::io_context io;
  PeerConnection pc{io, {.ice_servers = {{.urls = {"stun:a"}}}, .bundle_policy = BundlePolicy::max_compat}};
  const Configuration bad_url{.ice_servers = {{.urls = {"stun:b"}}, {.urls = {"stun://c"}}},
                              .ice_transport_policy = IceTransportPolicy::relay,
                              .bundle_policy = BundlePolicy::max_compat};
  CHECK(change(pc, bad_url) == Error::ice_url_not_opaque);
  CHECK(change(pc, with_server) == Error::configuration_modified);
  const auto now = pc.get_configuration();
  REQUIRE(now.ice_servers.size() == 1);
  CHECK(now.ice_servers[0].urls == Words{"stun:a"});
  CHECK(now.ice_transport_policy == IceTransportPolicy::all);
  CHECK(now.bundle_policy == BundlePolicy::max_compat);
}

TEST_CASE("new servers wait for the next gathering, which the next offer brings", "[w3c][CF-10]") {
  Session s;
  const auto next_ufrag = [&] {
    return attribute(result_of<SessionDescription>(s.io, s.a.async_create_offer()), "ice-ufrag");
  };
  (void)s.a.create_data_channel("x");
  s.until([&] { return s.at_a.has("negotiation-needed"); });
  CHECK_FALSE(change(s.a, with_server));  // nothing has been gathered yet
  CHECK_FALSE(change(s.a, {}));
  s.negotiate(s.a, s.b);
  const auto before = attribute(*s.a.local_description(), "ice-ufrag");
  CHECK(next_ufrag() == before);
  CHECK_FALSE(change(s.a, with_server));
  CHECK(attribute(*s.a.local_description(), "ice-ufrag") == before);
  CHECK(next_ufrag() != before);
  CHECK(s.at_a.count("negotiation-needed") == 1);  // it does not ask; the next offer comes when it comes
  CHECK_FALSE(change(s.a, {}));
  s.negotiate(s.a, s.b);
  const auto after = attribute(*s.a.local_description(), "ice-ufrag");
  CHECK(after != before);
  CHECK(next_ufrag() == after);
}

TEST_CASE("with policy relay no address leaves the host", "[w3c][CF-11]") {
  const auto style = GENERATE(Style::callbacks, Style::coroutines);
  Session s{style, {.ice_transport_policy = IceTransportPolicy::relay}};
  (void)s.a.create_data_channel("x");
  s.negotiate(s.a, s.b);
  s.until([&] { return s.at_a.has("candidate null"); });
  CHECK(s.at_a.candidates().empty());
  CHECK(s.at_a.seen({"gathering", "candidate"}) ==
        s.at_a.expected({"gathering gathering", "candidate end", "gathering complete", "candidate null"}));
  CHECK_FALSE(contains(*s.a.local_description(), "a=candidate"));
  CHECK(contains(*s.a.local_description(), "c=IN IP4 0.0.0.0"));
}

TEST_CASE("a configuration is returned as it was given, defaults filled in", "[w3c][CF-12][CF-4]") {
  asio::io_context io;
  const auto mine = Certificate::generate();
  const PeerConnection pc{
      io,
      {.ice_servers = {{.urls = {"stun:a", "stun:b:1"}, .username = "u", .credential = "c"}}, .certificates = {mine}}};
  const auto now = pc.get_configuration();
  REQUIRE(now.ice_servers.size() == 1);
  CHECK(now.ice_servers[0].urls == Words{"stun:a", "stun:b:1"});
  CHECK(now.ice_servers[0].username == "u");
  CHECK(now.certificates == std::vector{mine});
  CHECK(now.ice_transport_policy == IceTransportPolicy::all);
  CHECK(now.bundle_policy == BundlePolicy::balanced);
  CHECK(now.ice_candidate_pool_size == 0);
}
