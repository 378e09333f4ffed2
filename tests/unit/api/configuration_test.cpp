#include "sluice/configuration.hpp"

#include "api/certificate.hpp"
#include "api/ice_url.hpp"
#include "api/options.hpp"
#include "support/catch.hpp"

using namespace sluice;
using api::IceUrl;

namespace {

error_code url_error(const char* url) {
  const auto parsed = api::parse_ice_url(url);
  return parsed ? error_code{} : parsed.error();
}

error_code server_error(IceServer server) { return validate({.ice_servers = {std::move(server)}}); }

}  // namespace

TEST_CASE("ICE server URLs give host and port", "[api][CF-6][rfc7064-3.1][rfc7065-3.1]") {
  using enum IceUrl::Scheme;
  CHECK(*api::parse_ice_url("stun:stun.example.org") == IceUrl{stun, "stun.example.org", 3478, false});
  CHECK(*api::parse_ice_url("STUN:192.0.2.1:19302") == IceUrl{stun, "192.0.2.1", 19302, false, true});
  CHECK(*api::parse_ice_url("stun:[2001:db8::1]") == IceUrl{stun, "2001:db8::1", 3478, false});
  CHECK(*api::parse_ice_url("stun:[2001:db8::1]:1") == IceUrl{stun, "2001:db8::1", 1, false, true});
  CHECK(*api::parse_ice_url("stuns:a") == IceUrl{stuns, "a", 5349, true});
  CHECK(*api::parse_ice_url("turn:a:65535?transport=tcp") == IceUrl{turn, "a", 65535, true, true});
  CHECK(*api::parse_ice_url("turn:a?transport=udp") == IceUrl{turn, "a", 3478, false});
  CHECK(*api::parse_ice_url("turns:a") == IceUrl{turns, "a", 5349, true});
}

TEST_CASE("a malformed ICE server URL is refused with its reason", "[api][CF-6]") {
  CHECK(url_error("") == Error::ice_url_without_scheme);
  CHECK(url_error("stun.example.org") == Error::ice_url_without_scheme);
  CHECK(url_error(":stun") == Error::ice_url_without_scheme);
  CHECK(url_error("http:example.org") == Error::ice_url_unknown_scheme);
  CHECK(url_error("stun://example.org") == Error::ice_url_not_opaque);
  CHECK(url_error("stun:example.org/path") == Error::ice_url_with_path);
  CHECK(url_error("turn:user@example.org") == Error::ice_url_with_path);
  CHECK(url_error("stun:example.org#x") == Error::ice_url_with_fragment);
  CHECK(url_error("stun:example.org?transport=udp") == Error::ice_url_bad_query);
  CHECK(url_error("stun:example.org?") == Error::ice_url_bad_query);
  CHECK(url_error("turn:example.org?transport=sctp") == Error::ice_url_bad_query);
  CHECK(url_error("turn:example.org?transport=udp&x") == Error::ice_url_bad_query);
  CHECK(url_error("stun:") == Error::ice_url_bad_host);
  CHECK(url_error("stun::3478") == Error::ice_url_bad_host);
  CHECK(url_error("stun:a b") == Error::ice_url_bad_host);
  CHECK(url_error("stun:a..b") == Error::ice_url_bad_host);
  CHECK(url_error("stun:[192.0.2.1]") == Error::ice_url_bad_host);
  CHECK(url_error("stun:[::1") == Error::ice_url_bad_host);
  CHECK(url_error("stun:[::1]x") == Error::ice_url_bad_port);
  for (const auto* url : {"stun:a:", "stun:a:0", "stun:a:65536", "stun:a:-1", "stun:a:1x", "stun:a:1:2"}) {
    CHECK(url_error(url) == Error::ice_url_bad_port);
  }
}

TEST_CASE("ICE servers are checked as W3C says", "[api][CF-6]") {
  CHECK(server_error({}) == Error::ice_server_without_urls);
  CHECK_FALSE(server_error({.urls = {"stun:a", "stun:b:1"}}));
  CHECK(server_error({.urls = {"stun:a", "stun:"}}) == Error::ice_url_bad_host);
  CHECK(server_error({.urls = {"turn:a"}}) == Error::ice_server_without_credentials);
  CHECK(server_error({.urls = {"turn:a"}, .username = "u"}) == Error::ice_server_without_credentials);
  CHECK(server_error({.urls = {"turn:a"}, .username = std::string(509, 'u'), .credential = "c"}) ==
        Error::ice_server_username_too_long);
}

TEST_CASE("TURN servers reach the engine with their credentials, DTLS and stuns are refused", "[api][CF-6]") {
  const auto server = [](std::string url) { return IceServer{.urls = {url}, .username = "u", .credential = "c"}; };
  for (const auto* url : {"turns:a?transport=udp", "stuns:a"}) {
    CHECK(server_error(server(url)) == Error::ice_url_unsupported);
  }
  auto secure = server("turns:d");
  secure.tls = {"ca.pem", "AB:CD", true};
  const auto options = api::engine_options(
      {.ice_servers = {server("turn:a"), server("turn:b:1?transport=udp"), server("turn:c?transport=tcp"), secure}});
  REQUIRE(options.has_value());
  REQUIRE(options->ice_servers.size() == 4);
  CHECK(options->ice_servers[2].carrier == ice::IceServer::Carrier::tcp);
  CHECK(options->ice_servers[3].carrier == ice::IceServer::Carrier::tls);
  CHECK(options->ice_servers[3].port == 5349);
  CHECK(options->ice_servers[3].trust == ice::TlsTrust{"ca.pem", "AB:CD", true});
  CHECK(options->ice_servers[1] == ice::IceServer{.url = "turn:b:1?transport=udp",
                                                  .host = "b",
                                                  .port = 1,
                                                  .kind = ice::IceServer::Kind::turn,
                                                  .username = "u",
                                                  .password = "c"});
}

TEST_CASE("a server's service is looked up where its URL has a name and no port", "[api][rfc8489-8.1]") {
  const auto service = [](std::string url, bool resolve_srv = true) {
    const IceServer server{.urls = {std::move(url)}, .username = "u", .credential = "c", .follow_to_other_hosts = true};
    const auto options = api::engine_options({.ice_servers = {server}, .network = {.resolve_srv = resolve_srv}});
    REQUIRE(options.has_value());
    CHECK(options->ice_servers.front().follows == (options->ice_servers.front().kind == ice::IceServer::Kind::turn));
    return options->ice_servers.front().service;
  };
  CHECK(service("stun:stun.example.org") == "_stun._udp");
  CHECK(service("turn:example.org") == "_turn._udp");
  CHECK(service("turn:example.org?transport=tcp") == "_turn._tcp");
  CHECK(service("turns:example.org") == "_turns._tcp");
  for (const auto* url :
       {"stun:stun.example.org:3478", "stun:192.0.2.1", "turn:[2001:db8::1]", "stun:localhost", "turn:printer.local"}) {
    CHECK(service(url).empty());
  }
  CHECK(service("turn:example.org", false).empty());
}

TEST_CASE("servers beyond the thirty-second are ignored", "[api][CF-5]") {
  Configuration configuration{.ice_servers = std::vector<IceServer>(32, {.urls = {"stun:a"}})};
  configuration.ice_servers.push_back({.urls = {"nonsense"}});
  CHECK_FALSE(validate(configuration));
  const auto options = api::engine_options(configuration);
  REQUIRE(options.has_value());
  CHECK(options->ice_servers.size() == 32);
}

TEST_CASE("defaults are W3C's", "[api][CF-4]") {
  const Configuration configuration;
  CHECK(configuration.ice_transport_policy == IceTransportPolicy::all);
  CHECK(configuration.bundle_policy == BundlePolicy::balanced);
  CHECK(configuration.ice_servers.empty());
  CHECK_FALSE(validate(configuration));
}

TEST_CASE("what the application chooses reaches the engine", "[api]") {
  const auto certificate = Certificate::generate();
  const auto options = api::engine_options(
      {.ice_servers = {{.urls = {"stun:stun.example.org:1"}}},
       .ice_transport_policy = IceTransportPolicy::relay,
       .bundle_policy = BundlePolicy::max_bundle,
       .certificates = {certificate},
       .limits = {.max_message_size = 2048, .send_queue = 1 << 17, .send_high_water = 10, .channels = 8}});
  REQUIRE(options.has_value());
  REQUIRE(options->ice_servers.size() == 1);
  CHECK(options->ice_servers[0].url == "stun:stun.example.org:1");
  CHECK(options->ice_servers[0].host == "stun.example.org");
  CHECK(options->ice_servers[0].port == 1);
  CHECK(options->relay_only);
  CHECK(options->bundle_policy == sdp::BundlePolicy::max_bundle);
  CHECK(options->max_message_size == 2048);
  CHECK(options->sctp_streams == 8);
  CHECK(options->channel_limits.buffered_amount == 1 << 17);
  CHECK(api::to_public(options->certificate.fingerprint(dtls::HashAlgorithm::sha_256)) ==
        certificate.fingerprints().front());
}

TEST_CASE("limits out of range are refused", "[api]") {
  const auto limit_error = [](Limits limits) { return validate({.limits = limits}); };
  CHECK(limit_error({.max_message_size = 1}) == Error::configuration_limit_out_of_range);
  CHECK(limit_error({.send_queue = 1}) == Error::configuration_limit_out_of_range);
  CHECK(limit_error({.send_queue = 65536, .send_high_water = 65536}) == Error::configuration_limit_out_of_range);
  CHECK(limit_error({.receive_queue_messages = 0}) == Error::configuration_limit_out_of_range);
  CHECK(limit_error({.label_and_protocol = 1023}) == Error::configuration_limit_out_of_range);
  CHECK(limit_error({.channels = 65536}) == Error::configuration_limit_out_of_range);
}

TEST_CASE("a lite agent cannot be told to use relays alone", "[api][rfc8445-2.5]") {
  const auto error = validate({.ice_transport_policy = IceTransportPolicy::relay, .ice_lite = true});
  CHECK(error == Error::ice_lite_with_relay_only);
  CHECK(error.message().find("ice_lite") != std::string::npos);
  CHECK_FALSE(validate({.ice_lite = true}));
}

TEST_CASE("options of the network out of range are refused", "[api]") {
  const auto error = [](NetworkOptions network) { return validate({.network = std::move(network)}); };
  CHECK_FALSE(error({.addresses = {"192.0.2.1", "::1"}, .lowest_port = 5000, .highest_port = 5000, .dscp = 46}));
  CHECK_FALSE(error({.external_addresses = {"192.0.2.1", "2001:db8::1"}}));
  CHECK(error({.addresses = {"host.example"}}) == Error::network_option_invalid);
  CHECK(error({.addresses = std::vector<std::string>(33, "::1")}) == Error::network_option_invalid);
  CHECK(error({.lowest_port = 5000}) == Error::network_option_invalid);
  CHECK(error({.lowest_port = 5001, .highest_port = 5000}) == Error::network_option_invalid);
  CHECK(error({.highest_port = 5000}) == Error::network_option_invalid);
  CHECK(error({.external_addresses = {"192.0.2.1", "192.0.2.2"}}) == Error::network_option_invalid);
  CHECK(error({.dscp = 64}) == Error::network_option_invalid);
}

TEST_CASE("ICE credentials of one's own are ice-chars of the right length, both or none", "[api][rfc8839-5.4]") {
  const std::string password(22, 'p');
  const auto error = [](std::string ufrag, std::string pwd) {
    return validate({.network = {.local_credentials = {{std::move(ufrag), std::move(pwd)}}}});
  };
  CHECK_FALSE(error("abc+", password));
  CHECK_FALSE(error(std::string(256, 'u'), std::string(256, '/')));
  CHECK(error("abcd", "") == Error::network_option_invalid);
  CHECK(error("", password) == Error::network_option_invalid);
  CHECK(error("abc", password) == Error::network_option_invalid);
  CHECK(error("abcd", password.substr(1)) == Error::network_option_invalid);
  CHECK(error("ab-d", password) == Error::network_option_invalid);
  CHECK(error("ab\r\n", password) == Error::network_option_invalid);
  CHECK(error(std::string(257, 'u'), password) == Error::network_option_invalid);
}

TEST_CASE("a certificate that expires meanwhile does not stand in the way of another configuration",
          "[api][CF-2][CF-7]") {
  const Configuration before{.certificates = {Certificate::generate(KeyType::ecdsa_p256, std::chrono::seconds{0})}};
  CHECK(validate(before) == Error::certificate_expired);
  auto after = before;
  after.ice_servers = {{.urls = {"stun:stun.example.org"}}};
  CHECK_FALSE(api::check_change(before, after, false));
}

TEST_CASE("a certificate survives the way through PEM", "[api]") {
  const auto made = Certificate::generate();
  const auto loaded = Certificate::from_pem(made.certificate_pem(), made.private_key_pem());
  REQUIRE(loaded.has_value());
  CHECK(loaded->fingerprints() == made.fingerprints());
  CHECK(made.fingerprints().front().algorithm == "sha-256");
  CHECK(made.expires() > std::chrono::system_clock::now());
  const auto broken = Certificate::from_pem("", "");
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error() == Error::certificate_bad_pem);
  const auto mixed = Certificate::from_pem(made.certificate_pem(), Certificate::generate().private_key_pem());
  REQUIRE_FALSE(mixed.has_value());
  CHECK(mixed.error() == Error::certificate_key_mismatch);
}
