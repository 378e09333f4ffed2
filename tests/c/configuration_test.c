/* Configuration, certificates, and structs of other sizes than the library's. */
#include <sluice/sluice.h>
#include <string.h>
#include <time.h>

#include "check.h"

static sluice_error validate_url(const char* url) {
  const char* urls[] = {url};
  sluice_ice_server server;
  const sluice_ice_server* servers[] = {&server};
  sluice_configuration configuration;
  sluice_ice_server_init(&server, sizeof server);
  server.urls = urls;
  server.url_count = 1;
  sluice_configuration_init(&configuration, sizeof configuration);
  configuration.ice_servers = servers;
  configuration.ice_server_count = 1;
  return sluice_configuration_validate(&configuration);
}

static void servers_are_validated(void) {
  CHECK_NUMBER(sluice_configuration_validate(NULL), SLUICE_OK);
  CHECK_NUMBER(validate_url("stun:stun.example.org:3478"), SLUICE_OK);
  CHECK_NUMBER(validate_url("stun.example.org"), SLUICE_ERROR_ICE_URL_WITHOUT_SCHEME);
  CHECK_NUMBER(validate_url("http:example.org"), SLUICE_ERROR_ICE_URL_UNKNOWN_SCHEME);
  CHECK_NUMBER(validate_url("stun://example.org"), SLUICE_ERROR_ICE_URL_NOT_OPAQUE);
  CHECK_NUMBER(validate_url("stun:example.org:0"), SLUICE_ERROR_ICE_URL_BAD_PORT);
  CHECK_NUMBER(validate_url("turn:example.org"), SLUICE_ERROR_ICE_SERVER_WITHOUT_CREDENTIALS);
  CHECK_NUMBER(validate_url(NULL), SLUICE_ERROR_BAD_ARGUMENT);
}

static void arguments_out_of_their_range_are_refused(void) {
  sluice_configuration configuration;
  sluice_limits limits;
  sluice_configuration_init(&configuration, sizeof configuration);
  configuration.bundle_policy = (sluice_bundle_policy)42;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_BAD_ARGUMENT);

  sluice_configuration_init(&configuration, sizeof configuration);
  configuration.ice_candidate_pool_size = 256;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_BAD_ARGUMENT);

  sluice_configuration_init(&configuration, sizeof configuration);
  configuration.ice_server_count = 1; /* and no array */
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_BAD_ARGUMENT);

  sluice_configuration_init(&configuration, sizeof configuration);
  sluice_limits_init(&limits, sizeof limits);
  CHECK_NUMBER(limits.max_message_size, 256 * 1024);
  CHECK_NUMBER(limits.channels, 256);
  configuration.limits = &limits;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_OK);
  limits.channels = 1;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_CONFIGURATION_LIMIT_OUT_OF_RANGE);

  memset(&configuration, 0, sizeof configuration); /* never initialised */
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_BAD_ARGUMENT);
}

static bool refuse_all(void* calls, const char* interface_name, const char* address) {
  ++*(int*)calls;
  CHECK(strlen(interface_name) != 0);
  CHECK(strlen(address) != 0);
  return false;
}

static bool refuse_every_candidate(void* calls, const char* candidate) {
  ++*(int*)calls;
  CHECK(strncmp(candidate, "candidate:", strlen("candidate:")) == 0);
  return false;
}

static void the_network_is_the_programs_choice(void) {
  const char* addresses[] = {"127.0.0.1"};
  sluice_configuration configuration;
  sluice_network_options network;
  int calls = 0;
  sluice_configuration_init(&configuration, sizeof configuration);
  sluice_network_options_init(&network, sizeof network);
  CHECK(network.ipv4 && network.ipv6 && !network.loopback);
  CHECK(network.resolve_mdns && network.resolve_srv && !network.mdns_names);
  CHECK(network.tcp_candidates == SLUICE_TCP_CANDIDATES_ACTIVE);
  CHECK(network.congestion_control == SLUICE_CONGESTION_CONTROL_RATE_BASED);
  configuration.network = &network;
  network.lowest_port = 2;
  network.highest_port = 1;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_NETWORK_OPTION_INVALID);
  network.highest_port = 2;
  network.address_count = 1; /* and no array */
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_BAD_ARGUMENT);
  network.addresses = addresses;
  network.filter = refuse_all;
  network.filter_user = &calls;
  network.candidate_filter = refuse_every_candidate;
  network.candidate_filter_user = &calls;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_OK);
  CHECK_NUMBER(calls, 0);
  configuration.ice_lite = true;
  configuration.ice_transport_policy = SLUICE_ICE_TRANSPORT_POLICY_RELAY;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_ICE_LITE_WITH_RELAY_ONLY);
}

static void a_smaller_struct_means_the_defaults_beyond_it(void) {
  sluice_configuration configuration;
  sluice_limits limits;
  /* A program older than the pool: what stands behind is not the library's to read or to write. */
  memset(&configuration, 0xee, sizeof configuration);
  sluice_configuration_init(&configuration, offsetof(sluice_configuration, ice_candidate_pool_size));
  CHECK_NUMBER(configuration.size, offsetof(sluice_configuration, ice_candidate_pool_size));
  CHECK_NUMBER(configuration.ice_candidate_pool_size, 0xeeeeeeee);
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_OK);
  configuration.size = sizeof configuration;
  configuration.limits = NULL;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_BAD_ARGUMENT); /* 0xeeeeeeee is read */

  sluice_limits_init(&limits, sizeof limits);
  limits.channels = 0;
  limits.size = offsetof(sluice_limits, channels);
  sluice_configuration_init(&configuration, sizeof configuration);
  configuration.limits = &limits;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_OK);
}

static void a_larger_struct_is_read_as_far_as_known(void) {
  struct {
    sluice_session_description known;
    char later[16];
  } newer;
  char* json = NULL;
  memset(&newer, 0xee, sizeof newer);
  sluice_session_description_init(&newer.known, sizeof newer);
  CHECK_NUMBER(newer.known.size, sizeof newer);
  CHECK_NUMBER(newer.later[15], 0);
  newer.known.sdp = "v=0";
  json = sluice_session_description_to_json(&newer.known);
  CHECK(json && strstr(json, "\"type\":\"offer\"") && strstr(json, "\"sdp\":\"v=0\""));
  sluice_free(json);
}

static void a_certificate_goes_through_pem(void) {
  sluice_certificate* made = NULL;
  sluice_certificate* read = NULL;
  sluice_certificate* copy = NULL;
  char* certificate = NULL;
  char* key = NULL;
  sluice_fingerprint_list* first = NULL;
  sluice_fingerprint_list* second = NULL;
  CHECK_NUMBER(sluice_certificate_generate(SLUICE_KEY_ECDSA_P256, 3600, &made), SLUICE_OK);
  certificate = sluice_certificate_pem(made);
  key = sluice_certificate_private_key_pem(made);
  CHECK(certificate && strncmp(certificate, "-----BEGIN CERTIFICATE-----", 27) == 0);
  CHECK(key && strstr(key, "PRIVATE KEY-----"));
  CHECK_NUMBER(sluice_certificate_from_pem(certificate, key, &read), SLUICE_OK);
  CHECK_NUMBER(sluice_certificate_expires(read), sluice_certificate_expires(made));
  CHECK(sluice_certificate_expires(made) > (int64_t)time(NULL) + 3500);
  CHECK(sluice_certificate_expires(made) <= (int64_t)time(NULL) + 3600);
  first = sluice_certificate_fingerprints(made);
  second = sluice_certificate_fingerprints(read);
  if (CHECK(first && second && first->count == 1 && second->count == 1)) {
    CHECK_TEXT(first->items[0]->algorithm, "sha-256");
    CHECK_NUMBER(strlen(first->items[0]->value), 32 * 3 - 1);
    CHECK_TEXT(first->items[0]->value, second->items[0]->value);
  }
  copy = sluice_certificate_copy(made);
  CHECK(sluice_certificate_same(made, copy));
  CHECK(!sluice_certificate_same(made, read));
  sluice_free(first);
  sluice_free(second);
  sluice_free(certificate);
  sluice_free(key);
  sluice_certificate_free(made);
  sluice_certificate_free(read);
  sluice_certificate_free(copy);
}

static void certificates_are_refused_by_reason(void) {
  sluice_certificate* ours = NULL;
  sluice_certificate* other = NULL;
  sluice_certificate* none = NULL;
  char* certificate = NULL;
  char* key = NULL;
  CHECK_NUMBER(sluice_certificate_generate(SLUICE_KEY_ECDSA_P256, -1, &ours), SLUICE_OK);
  CHECK_NUMBER(sluice_certificate_generate(SLUICE_KEY_RSA_2048, -1, &other), SLUICE_OK);
  certificate = sluice_certificate_pem(ours);
  key = sluice_certificate_private_key_pem(other);
  CHECK_NUMBER(sluice_certificate_from_pem(certificate, key, &none), SLUICE_ERROR_CERTIFICATE_KEY_MISMATCH);
  CHECK_NUMBER(sluice_certificate_from_pem("no", key, &none), SLUICE_ERROR_CERTIFICATE_BAD_PEM);
  CHECK_NUMBER(sluice_certificate_generate(SLUICE_KEY_ECDSA_P256, -2, &none), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_certificate_generate((sluice_key_type)9, 1, &none), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK(none == NULL);
  sluice_free(certificate);
  sluice_free(key);
  sluice_certificate_free(ours);
  sluice_certificate_free(other);
}

static void an_expired_certificate_is_refused(void) {
  sluice_certificate* expired = NULL;
  sluice_configuration configuration;
  CHECK_NUMBER(sluice_certificate_generate(SLUICE_KEY_ECDSA_P256, 0, &expired), SLUICE_OK);
  sluice_configuration_init(&configuration, sizeof configuration);
  const sluice_certificate* certificates[] = {expired};
  configuration.certificates = certificates;
  configuration.certificate_count = 1;
  CHECK_NUMBER(sluice_configuration_validate(&configuration), SLUICE_ERROR_CERTIFICATE_EXPIRED);
  sluice_certificate_free(expired);
}

static void log_key(void* user, const char* line) {
  (void)user;
  (void)line;
}

static void a_connection_gives_its_configuration_back(void) {
  const char* urls[] = {"stun:127.0.0.1:9", "stun:[::1]:9"};
  sluice_ice_server server;
  const sluice_ice_server* servers[] = {&server};
  sluice_certificate* certificate = NULL;
  sluice_configuration configuration;
  sluice_configuration* given = NULL;
  sluice_loop* loop = sluice_loop_new();
  sluice_peer_connection* connection = NULL;
  sluice_certificate_generate(SLUICE_KEY_ECDSA_P256, -1, &certificate);
  const sluice_certificate* certificates[] = {certificate};
  sluice_ice_server_init(&server, sizeof server);
  server.urls = urls;
  server.url_count = 2;
  server.tls_ca_file = "ca.pem";
  server.tls_certificate_fingerprint = "AB:CD";
  server.tls_insecure_accept_any_certificate = server.follow_to_other_hosts = true;
  sluice_configuration_init(&configuration, sizeof configuration);
  configuration.ice_servers = servers;
  configuration.ice_server_count = 1;
  configuration.bundle_policy = SLUICE_BUNDLE_POLICY_MAX_BUNDLE;
  configuration.certificates = certificates;
  configuration.certificate_count = 1;
  configuration.key_log = log_key;
  configuration.key_log_user = &server;
  CHECK_NUMBER(sluice_peer_connection_new(loop, &configuration, &connection), SLUICE_OK);
  given = sluice_peer_connection_get_configuration(connection);
  if (CHECK(given && given->ice_server_count == 1 && given->certificate_count == 1)) {
    CHECK_NUMBER(given->ice_servers[0]->url_count, 2);
    CHECK_TEXT(given->ice_servers[0]->urls[1], urls[1]);
    CHECK_TEXT(given->ice_servers[0]->tls_ca_file, "ca.pem");
    CHECK_TEXT(given->ice_servers[0]->tls_certificate_fingerprint, "AB:CD");
    CHECK(given->ice_servers[0]->tls_insecure_accept_any_certificate);
    CHECK(given->ice_servers[0]->follow_to_other_hosts);
    CHECK_NUMBER(given->bundle_policy, SLUICE_BUNDLE_POLICY_MAX_BUNDLE);
    CHECK(sluice_certificate_same(given->certificates[0], certificate));
    CHECK_NUMBER(given->limits->channels, 256);
    CHECK(given->key_log == log_key);
    CHECK(given->key_log_user == &server);
    CHECK_NUMBER(sluice_peer_connection_set_configuration(connection, given), SLUICE_OK);
  }
  sluice_free(given);
  sluice_certificate_free(certificate);
  sluice_peer_connection_free(connection);
  sluice_loop_free(loop);
}

static void a_configuration_changes_only_where_it_may(void) {
  sluice_configuration configuration;
  sluice_configuration* now = NULL;
  sluice_loop* loop = sluice_loop_new();
  sluice_peer_connection* connection = NULL;
  CHECK_NUMBER(sluice_peer_connection_new(loop, NULL, &connection), SLUICE_OK);
  sluice_configuration_init(&configuration, sizeof configuration);
  configuration.ice_transport_policy = SLUICE_ICE_TRANSPORT_POLICY_RELAY;
  CHECK_NUMBER(sluice_peer_connection_set_configuration(connection, &configuration), SLUICE_OK);
  configuration.ice_transport_policy = SLUICE_ICE_TRANSPORT_POLICY_ALL;
  configuration.bundle_policy = SLUICE_BUNDLE_POLICY_MAX_COMPAT;
  CHECK_NUMBER(sluice_peer_connection_set_configuration(connection, &configuration),
               SLUICE_ERROR_CONFIGURATION_MODIFIED);
  now = sluice_peer_connection_get_configuration(connection);
  CHECK(now && now->ice_transport_policy == SLUICE_ICE_TRANSPORT_POLICY_RELAY);
  sluice_free(now);
  sluice_peer_connection_close(connection);
  CHECK_NUMBER(sluice_peer_connection_set_configuration(connection, NULL), SLUICE_ERROR_CLOSED);
  sluice_peer_connection_free(connection);
  sluice_loop_free(loop);
}

int main(void) {
  RUN(servers_are_validated);
  RUN(arguments_out_of_their_range_are_refused);
  RUN(the_network_is_the_programs_choice);
  RUN(a_smaller_struct_means_the_defaults_beyond_it);
  RUN(a_larger_struct_is_read_as_far_as_known);
  RUN(a_certificate_goes_through_pem);
  RUN(certificates_are_refused_by_reason);
  RUN(an_expired_certificate_is_refused);
  RUN(a_connection_gives_its_configuration_back);
  RUN(a_configuration_changes_only_where_it_may);
  return check_result();
}
