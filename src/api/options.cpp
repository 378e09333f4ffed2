#include "api/options.hpp"

#include <algorithm>
#include <span>

#include "api/certificate.hpp"
#include "api/ice_url.hpp"
#include "api/udp_mux.hpp"
#include "sdp/text.hpp"

namespace sluice {
namespace {

constexpr std::size_t max_servers = 32;  // W3C §4.2.1.1: at least so many are honoured
constexpr std::size_t max_addresses = 32;
constexpr std::size_t max_username = 508;         // RFC 8489 §14.3: fewer than 509 bytes
constexpr std::size_t longest_names = 2 * 65535;  // RFC 8832 §5.1
constexpr std::size_t smallest_datagram = 1200;   // the size that is not probed
constexpr std::size_t largest_datagram = 65507;   // UDP over IPv4
constexpr std::size_t largest_message = std::size_t{1} << 30;

std::span<const IceServer> honoured(const Configuration& configuration) {
  const std::span servers{configuration.ice_servers};
  return servers.first(std::min(servers.size(), max_servers));
}

error_code check(const Limits& limits) {
  const bool valid = limits.max_message_size >= 1024 && limits.max_message_size <= largest_message &&
                     limits.send_queue >= 64 * 1024 && limits.send_high_water < limits.send_queue &&
                     limits.receive_queue_bytes >= 1 && limits.receive_queue_messages >= 1 && limits.channels >= 2 &&
                     limits.channels <= 65535 && limits.label_and_protocol >= 1024 &&
                     limits.label_and_protocol <= longest_names;
  return valid ? error_code{} : Error::configuration_limit_out_of_range;
}

// Of each family at most one: to which of several a host address belongs nobody could say.
bool are_external(const std::vector<std::string>& texts) {
  std::size_t v4 = 0, v6 = 0;
  for (const auto& text : texts) {
    const auto address = IpAddress::parse(text);
    if (!address) return false;
    ++(address->is_v4() ? v4 : v6);
  }
  return v4 <= 1 && v6 <= 1;
}

bool is_credential(const std::string& text, std::size_t shortest) {
  return text.size() >= shortest && text.size() <= 256 && sdp::is_ice_text(text);
}

error_code check(const NetworkOptions& network) {
  const bool any_port = network.lowest_port == 0 && network.highest_port == 0;
  const bool ports = any_port || (network.lowest_port != 0 && network.lowest_port <= network.highest_port);
  const bool credentials = network.local_credentials.size() <= 1 &&
                           std::ranges::all_of(network.local_credentials, [](const IceCredentials& each) {
                             return is_credential(each.ufrag, 4) && is_credential(each.password, 22);
                           });
  const auto is_address = [](const std::string& text) { return IpAddress::parse(text).has_value(); };
  const bool datagrams =
      network.max_datagram_size >= smallest_datagram && network.max_datagram_size <= largest_datagram;
  const bool valid = ports && credentials && datagrams && network.dscp < 64 &&
                     network.addresses.size() <= max_addresses && std::ranges::all_of(network.addresses, is_address) &&
                     are_external(network.external_addresses);
  return valid ? error_code{} : Error::network_option_invalid;
}

error_code check(const IceServer& server) {
  if (server.urls.empty()) return Error::ice_server_without_urls;
  for (const auto& text : server.urls) {
    const auto url = api::parse_ice_url(text);
    if (!url) return url.error();
    const bool turn = url->scheme == api::IceUrl::Scheme::turn || url->scheme == api::IceUrl::Scheme::turns;
    if (turn && (server.username.empty() || server.credential.empty())) return Error::ice_server_without_credentials;
    if (turn && server.username.size() > max_username) return Error::ice_server_username_too_long;
    const bool dtls = url->scheme == api::IceUrl::Scheme::turns && !url->tcp;
    if (dtls || url->scheme == api::IceUrl::Scheme::stuns) return Error::ice_url_unsupported;
  }
  return {};
}

}  // namespace

std::string_view to_string(IceTransportPolicy policy) noexcept {
  switch (policy) {
    case IceTransportPolicy::all:
      return "all";
    case IceTransportPolicy::relay:
      return "relay";
  }
  return "";
}

std::string_view to_string(BundlePolicy policy) noexcept {
  switch (policy) {
    case BundlePolicy::balanced:
      return "balanced";
    case BundlePolicy::max_compat:
      return "max-compat";
    case BundlePolicy::max_bundle:
      return "max-bundle";
  }
  return "";
}

namespace {

// All but the certificates, which may expire meanwhile: the constructor alone asks for that.
error_code check_members(const Configuration& configuration) {
  for (const auto& server : honoured(configuration)) {
    if (const auto error = check(server)) return error;
  }
  if (const auto error = check(configuration.network)) return error;
  const bool relay_only = configuration.ice_transport_policy == IceTransportPolicy::relay;
  if (configuration.ice_lite && relay_only) return Error::ice_lite_with_relay_only;
  return check(configuration.limits);
}

}  // namespace

error_code validate(const Configuration& configuration) {
  const auto expired = [now = std::chrono::system_clock::now()](const Certificate& each) {
    return each.expires() <= now;
  };
  if (std::ranges::any_of(configuration.certificates, expired)) return Error::certificate_expired;
  return check_members(configuration);
}

namespace api {

static_assert(static_cast<int>(BundlePolicy::max_bundle) == static_cast<int>(sdp::BundlePolicy::max_bundle));

namespace {

ice::IceServer::Carrier carrier(const IceUrl& url) {
  if (url.scheme == IceUrl::Scheme::turns) return ice::IceServer::Carrier::tls;
  return url.tcp ? ice::IceServer::Carrier::tcp : ice::IceServer::Carrier::udp;
}

// RFC 8489 §8.1, RFC 8656 §4, for names of the domain name system that come without a port.
std::string service(const IceUrl& url, const NetworkOptions& network) {
  const bool in_dns = url.host.find('.') != url.host.npos && !url.host.ends_with(".local");
  if (!network.resolve_srv || url.explicit_port || !in_dns || IpAddress::parse(url.host)) return {};
  const std::string name = url.scheme == IceUrl::Scheme::stun    ? "_stun"
                           : url.scheme == IceUrl::Scheme::turns ? "_turns"
                                                                 : "_turn";
  return name + (url.tcp ? "._tcp" : "._udp");
}

}  // namespace

std::vector<ice::IceServer> ice_servers(const Configuration& configuration) {
  std::vector<ice::IceServer> servers;
  for (const auto& server : honoured(configuration)) {
    for (const auto& text : server.urls) {
      auto url = parse_ice_url(text);
      if (!url) continue;
      auto srv = service(*url, configuration.network);
      ice::IceServer each{.url = text, .host = std::move(url->host), .port = url->port, .service = std::move(srv)};
      if (url->scheme != IceUrl::Scheme::stun) {
        each.kind = ice::IceServer::Kind::turn;
        each.carrier = carrier(*url);
        each.username = server.username;
        each.password = server.credential;
        each.follows = server.follow_to_other_hosts;
        each.trust = {server.tls.ca_file, server.tls.certificate_fingerprint,
                      server.tls.insecure_accept_any_certificate};
      }
      servers.push_back(std::move(each));
    }
  }
  return servers;
}

error_code check_change(const Configuration& before, const Configuration& after, bool local_description_set) {
  if (after.bundle_policy != before.bundle_policy) return Error::configuration_modified;
  if (!after.certificates.empty() && after.certificates != before.certificates) return Error::configuration_modified;
  if (after.limits != before.limits || after.ice_lite != before.ice_lite) return Error::configuration_modified;
  if (local_description_set && after.ice_candidate_pool_size != before.ice_candidate_pool_size) {
    return Error::configuration_modified;
  }
  return check_members(after);
}

Result<peer::EngineOptions> engine_options(const Configuration& configuration) {
  if (const auto error = validate(configuration)) return error;
  const auto& limits = configuration.limits;
  auto certificates = configuration.certificates;
  if (certificates.empty()) certificates.push_back(Certificate::generate());
  peer::EngineOptions options{.certificate = certificates.front().impl().certificate};
  for (const auto& other : std::span{certificates}.subspan(1)) {
    options.other_fingerprints.push_back(other.impl().certificate.fingerprint(dtls::HashAlgorithm::sha_256));
  }
  options.ice_servers = ice_servers(configuration);
  options.ice_lite = configuration.ice_lite;
  options.relay_only = configuration.ice_transport_policy == IceTransportPolicy::relay;
  options.resolve_mdns = configuration.network.resolve_mdns;
  if (const auto& mux = configuration.network.udp_mux) options.transaction_mark = mux.impl()->new_mark();
  if (const auto& network = configuration.network; !network.local_credentials.empty()) {
    options.credentials = {network.local_credentials.front().ufrag, network.local_credentials.front().password};
  }
  options.propose_candidates = static_cast<bool>(configuration.network.candidate_filter);
  options.largest_mtu = configuration.network.max_datagram_size;
  options.congestion_control = static_cast<sctp::CongestionControl>(configuration.network.congestion_control);
  options.candidate_pool = configuration.ice_candidate_pool_size;
  options.bundle_policy = static_cast<sdp::BundlePolicy>(configuration.bundle_policy);
  options.sctp_streams = static_cast<std::uint16_t>(limits.channels);
  options.max_message_size = limits.max_message_size;
  options.snap = configuration.experiments.snap;
  options.sped = configuration.experiments.sped;
  options.restart_on_change = configuration.network.restart_on_change;
  options.log_keys = static_cast<bool>(configuration.key_log);
  options.channel_limits.channels = limits.channels;
  options.channel_limits.buffered_amount = limits.send_queue;
  options.channel_limits.label_and_protocol = limits.label_and_protocol;
  return options;
}

}  // namespace api
}  // namespace sluice
