#include "sluice/c/configuration.h"

#include "c/udp_mux.hpp"
#include "c/values.hpp"

namespace sluice::c {
namespace {

// A number that size_t cannot hold is too large for every limit, and so is its maximum.
std::size_t limit(std::uint64_t value) noexcept {
  return value > std::numeric_limits<std::size_t>::max() ? std::numeric_limits<std::size_t>::max()
                                                         : static_cast<std::size_t>(value);
}

Limits to_cpp(const sluice_limits& given) {
  const auto limits = read(given);
  return {.max_message_size = limit(limits.max_message_size),
          .send_queue = limit(limits.send_queue),
          .send_high_water = limit(limits.send_high_water),
          .receive_queue_bytes = limit(limits.receive_queue_bytes),
          .receive_queue_messages = limit(limits.receive_queue_messages),
          .channels = limit(limits.channels),
          .label_and_protocol = limit(limits.label_and_protocol)};
}

sluice_limits to_c(const Limits& limits) noexcept {
  return {.size = sizeof(sluice_limits),
          .max_message_size = limits.max_message_size,
          .send_queue = limits.send_queue,
          .send_high_water = limits.send_high_water,
          .receive_queue_bytes = limits.receive_queue_bytes,
          .receive_queue_messages = limits.receive_queue_messages,
          .channels = limits.channels,
          .label_and_protocol = limits.label_and_protocol};
}

std::vector<std::string> texts(const char* const* first, std::size_t count) {
  std::vector<std::string> result;
  for (const auto* each : elements(first, count)) result.emplace_back(&require(each));
  return result;
}

NetworkOptions to_cpp(const sluice_network_options& given) {
  const auto network = read(given);
  NetworkOptions result{.ipv4 = network.ipv4,
                        .ipv6 = network.ipv6,
                        .loopback = network.loopback,
                        .addresses = texts(network.addresses, network.address_count),
                        .lowest_port = network.lowest_port,
                        .highest_port = network.highest_port,
                        .external_addresses = texts(network.external_addresses, network.external_address_count),
                        .mdns_names = network.mdns_names,
                        .resolve_mdns = network.resolve_mdns,
                        .resolve_srv = network.resolve_srv,
                        .max_datagram_size = network.max_datagram_size,
                        .congestion_control = enumerator(network.congestion_control, CongestionControl::loss_based),
                        .tcp_candidates = enumerator(network.tcp_candidates, TcpCandidates::active_and_passive),
                        .dscp = network.dscp,
                        .watch_interfaces = network.watch_interfaces,
                        .restart_on_change = network.restart_on_change};
  IceCredentials credentials{text(network.local_ufrag), text(network.local_password)};
  if (!credentials.ufrag.empty() || !credentials.password.empty()) {
    result.local_credentials.push_back(std::move(credentials));
  }
  if (network.udp_mux) result.udp_mux = network.udp_mux->value;
  if (network.filter) result.filter = AddressFilter{network.filter, network.filter_user};
  if (network.candidate_filter) {
    result.candidate_filter = CandidateFilter{network.candidate_filter, network.candidate_filter_user};
  }
  return result;
}

IceServer to_cpp(const sluice_ice_server& given) {
  const auto server = read(given);
  IceServer result{.username = text(server.username),
                   .credential = text(server.credential),
                   .tls = {text(server.tls_ca_file), text(server.tls_certificate_fingerprint),
                           server.tls_insecure_accept_any_certificate},
                   .follow_to_other_hosts = server.follow_to_other_hosts};
  result.urls = texts(server.urls, server.url_count);
  return result;
}

}  // namespace

void set_defaults(sluice_ice_server&) noexcept {}

void set_defaults(sluice_limits& limits) noexcept { limits = to_c(Limits{}); }

void set_defaults(sluice_network_options& options) noexcept {
  options.ipv4 = options.ipv6 = options.resolve_mdns = options.resolve_srv = options.watch_interfaces = true;
  options.max_datagram_size = static_cast<std::uint32_t>(NetworkOptions{}.max_datagram_size);
  options.tcp_candidates = SLUICE_TCP_CANDIDATES_ACTIVE;
  options.congestion_control = SLUICE_CONGESTION_CONTROL_RATE_BASED;
}

void set_defaults(sluice_configuration& configuration) noexcept {
  configuration.ice_transport_policy = SLUICE_ICE_TRANSPORT_POLICY_ALL;
  configuration.bundle_policy = SLUICE_BUNDLE_POLICY_BALANCED;
}

Configuration to_cpp(const sluice_configuration& given) {
  const auto configuration = read(given);
  Configuration result;
  for (const auto* server : elements(configuration.ice_servers, configuration.ice_server_count))
    result.ice_servers.push_back(to_cpp(require(server)));
  result.ice_transport_policy = enumerator(configuration.ice_transport_policy, IceTransportPolicy::relay);
  result.bundle_policy = enumerator(configuration.bundle_policy, BundlePolicy::max_bundle);
  for (const auto* certificate : elements(configuration.certificates, configuration.certificate_count))
    result.certificates.push_back(require(certificate).value);
  require(configuration.ice_candidate_pool_size <= std::numeric_limits<std::uint8_t>::max());
  result.ice_candidate_pool_size = static_cast<std::uint8_t>(configuration.ice_candidate_pool_size);
  result.ice_lite = configuration.ice_lite;
  if (configuration.limits) result.limits = to_cpp(*configuration.limits);
  if (configuration.network) result.network = to_cpp(*configuration.network);
  result.experiments.snap = configuration.experiments_snap;
  result.experiments.sped = configuration.experiments_sped;
  if (configuration.key_log) result.key_log = KeyLog{configuration.key_log, configuration.key_log_user, {}};
  return result;
}

sluice_ice_server HeldServer::view() {
  urls.clear();
  for (const auto& url : value.urls) urls.push_back(url.c_str());
  return {.size = sizeof(sluice_ice_server),
          .urls = urls.data(),
          .url_count = urls.size(),
          .username = value.username.c_str(),
          .credential = value.credential.c_str(),
          .tls_ca_file = value.tls.ca_file.c_str(),
          .tls_certificate_fingerprint = value.tls.certificate_fingerprint.c_str(),
          .tls_insecure_accept_any_certificate = value.tls.insecure_accept_any_certificate,
          .follow_to_other_hosts = value.follow_to_other_hosts};
}

sluice_network_options HeldNetwork::view() {
  addresses.clear();
  external_addresses.clear();
  for (const auto& address : value.addresses) addresses.push_back(address.c_str());
  for (const auto& address : value.external_addresses) external_addresses.push_back(address.c_str());
  const auto* filter = value.filter.target<AddressFilter>();
  const auto* candidate_filter = value.candidate_filter.target<CandidateFilter>();
  return {.size = sizeof(sluice_network_options),
          .ipv4 = value.ipv4,
          .ipv6 = value.ipv6,
          .loopback = value.loopback,
          .dscp = value.dscp,
          .lowest_port = value.lowest_port,
          .highest_port = value.highest_port,
          .addresses = addresses.data(),
          .address_count = addresses.size(),
          .external_addresses = external_addresses.data(),
          .external_address_count = external_addresses.size(),
          .filter = filter ? filter->function : nullptr,
          .filter_user = filter ? filter->user : nullptr,
          .mdns_names = value.mdns_names,
          .resolve_mdns = value.resolve_mdns,
          .local_ufrag = value.local_credentials.empty() ? "" : value.local_credentials.front().ufrag.c_str(),
          .local_password = value.local_credentials.empty() ? "" : value.local_credentials.front().password.c_str(),
          .watch_interfaces = value.watch_interfaces,
          .restart_on_change = value.restart_on_change,
          .resolve_srv = value.resolve_srv,
          .candidate_filter = candidate_filter ? candidate_filter->function : nullptr,
          .candidate_filter_user = candidate_filter ? candidate_filter->user : nullptr,
          .max_datagram_size = static_cast<std::uint32_t>(value.max_datagram_size),
          .tcp_candidates = static_cast<sluice_tcp_candidates>(value.tcp_candidates),
          .congestion_control = static_cast<sluice_congestion_control>(value.congestion_control)};
}

HeldConfiguration::HeldConfiguration(Configuration value) : value_{std::move(value)} {
  for (const auto& server : value_.ice_servers) servers_.push_back({server});
}

sluice_configuration HeldConfiguration::view() {
  server_views_.assign(servers_, [](auto& each) { return each.view(); });
  certificates_.assign(value_.certificates, [](const auto& each) { return sluice_certificate{each}; });
  limits_ = to_c(value_.limits);
  network_.value = value_.network;
  network_view_ = network_.view();
  const auto* key_log = value_.key_log.target<KeyLog>();
  return {.size = sizeof(sluice_configuration),
          .ice_servers = server_views_.data(),
          .ice_server_count = server_views_.size(),
          .ice_transport_policy = static_cast<sluice_ice_transport_policy>(value_.ice_transport_policy),
          .bundle_policy = static_cast<sluice_bundle_policy>(value_.bundle_policy),
          .certificates = certificates_.data(),
          .certificate_count = certificates_.size(),
          .ice_candidate_pool_size = value_.ice_candidate_pool_size,
          .limits = &limits_,
          .key_log = key_log ? key_log->function : nullptr,
          .key_log_user = key_log ? key_log->user : nullptr,
          .network = &network_view_,
          .experiments_snap = value_.experiments.snap,
          .experiments_sped = value_.experiments.sped,
          .ice_lite = value_.ice_lite};
}

}  // namespace sluice::c

using namespace sluice::c;

void sluice_ice_server_init(sluice_ice_server* server, size_t size) { initialise(server, size); }
void sluice_limits_init(sluice_limits* limits, size_t size) { initialise(limits, size); }
void sluice_network_options_init(sluice_network_options* options, size_t size) { initialise(options, size); }
void sluice_configuration_init(sluice_configuration* configuration, size_t size) { initialise(configuration, size); }

sluice_error sluice_configuration_validate(const sluice_configuration* configuration) {
  return guarded(
      [&] { return sluice::validate(configuration ? sluice::c::to_cpp(*configuration) : sluice::Configuration{}); });
}
