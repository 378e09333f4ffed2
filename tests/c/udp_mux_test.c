/* Two connections at one port. */
#include <sluice/sluice.h>
#include <string.h>

#include "check.h"
#include "pair.h"

static sluice_udp_endpoint loopback(void) {
  sluice_udp_endpoint endpoint;
  sluice_udp_endpoint_init(&endpoint, sizeof endpoint);
  endpoint.address = "127.0.0.1";
  return endpoint;
}

static sluice_udp_mux* make_mux(sluice_loop* loop) {
  const sluice_udp_endpoint endpoint = loopback();
  const sluice_udp_endpoint* endpoints[] = {&endpoint};
  sluice_udp_mux_options options;
  sluice_udp_mux* mux = NULL;
  sluice_udp_mux_options_init(&options, sizeof options);
  CHECK_NUMBER(options.sockets_per_address, 1);
  CHECK_NUMBER(options.unknown_ufrags_per_second, 100);
  CHECK_NUMBER(sluice_udp_mux_new(loop, endpoints, 1, &options, &mux), SLUICE_OK);
  CHECK(mux != NULL);
  return mux;
}

static void arguments_are_checked(void) {
  sluice_loop* loop = sluice_loop_new();
  sluice_udp_endpoint endpoint = loopback();
  const sluice_udp_endpoint* endpoints[] = {&endpoint};
  sluice_udp_mux* mux = NULL;
  CHECK_NUMBER(sluice_udp_mux_new(loop, endpoints, 0, NULL, &mux), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_udp_mux_new(NULL, endpoints, 1, NULL, &mux), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_udp_mux_new(loop, endpoints, 1, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  endpoint.address = "localhost";
  CHECK_NUMBER(sluice_udp_mux_new(loop, endpoints, 1, NULL, &mux), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK(mux == NULL);
  CHECK(!sluice_udp_mux_is_open(NULL));
  CHECK(sluice_udp_mux_local_endpoint(NULL, 0) == NULL);
  CHECK(sluice_udp_mux_get_stats(NULL) == NULL);
  sluice_udp_mux_close(NULL);
  sluice_udp_mux_free(NULL);
  sluice_loop_free(loop);
}

static void nobody(void* user, const sluice_unknown_ufrag* unknown) {
  (void)user;
  CHECK(unknown == NULL);
}

static void connections_share_a_port(void) {
  pair it;
  const char* addresses[] = {"127.0.0.1"};
  sluice_configuration configuration, other;
  sluice_network_options network, others_network;
  sluice_udp_mux* mux;
  sluice_udp_endpoint* local;
  sluice_udp_mux_stats* stats;
  sluice_loop* loop = sluice_loop_new();
  mux = make_mux(loop);
  CHECK_NUMBER(sluice_udp_mux_on_unknown_ufrag(mux, nobody, NULL), SLUICE_OK);
  sluice_configuration_init(&configuration, sizeof configuration);
  sluice_network_options_init(&network, sizeof network);
  network.udp_mux = mux;
  configuration.network = &network;
  sluice_configuration_init(&other, sizeof other);
  sluice_network_options_init(&others_network, sizeof others_network);
  others_network.addresses = addresses;
  others_network.address_count = 1;
  other.network = &others_network;
  pair_make_on(&it, loop, &other, &configuration);
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(it.alice.connection, "chat", NULL, &it.alice.channel),
               SLUICE_OK);
  side_listen(&it.alice);
  CHECK(pair_run_until(&it, &it.alice.opened, 1));
  CHECK(pair_run_until(&it, &it.bob.opened, 1));

  local = sluice_udp_mux_local_endpoint(mux, 0);
  CHECK(local != NULL);
  CHECK_TEXT(local->address, "127.0.0.1");
  CHECK(local->port != 0);
  CHECK(sluice_udp_mux_local_endpoint(mux, 1) == NULL);
  sluice_free(local);
  stats = sluice_udp_mux_get_stats(mux);
  CHECK_NUMBER(stats->connections, 1);
  CHECK_NUMBER(stats->contested, 0);
  sluice_free(stats);

  CHECK(sluice_udp_mux_is_open(mux));
  sluice_udp_mux_free(mux); /* the connection keeps it open, and closes it when it is closed */
  CHECK_NUMBER(sluice_data_channel_send_text(it.alice.channel, "still there", 11), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.bob.messages, 1));
  pair_free(&it); /* runs the loop until there is no work left */
}

int main(void) {
  RUN(arguments_are_checked);
  RUN(connections_share_a_port);
  return check_result();
}
