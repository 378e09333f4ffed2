#include "pair.h"

#include <string.h>

#include "check.h"

void count_success(void* user, sluice_error error) {
  int* count = user;
  CHECK_TEXT(sluice_error_name(error), "");
  if (error == SLUICE_OK && count) ++*count;
}

void keep_error(void* user, sluice_error error) { *(sluice_error*)user = error; }

static void on_candidate(void* user, const sluice_ice_candidate* candidate) {
  side* from = user;
  if (!candidate) return;
  ++from->candidates;
  CHECK_NUMBER(candidate->size, sizeof *candidate);
  CHECK_NUMBER(sluice_peer_connection_add_ice_candidate(from->other->connection, candidate, count_success, NULL),
               SLUICE_OK);
}

/* W3C perfect negotiation, of two who never collide. */
static void on_signaling_state(void* user, sluice_signaling_state state) {
  side* from = user;
  sluice_session_description* local = NULL;
  if (state == SLUICE_SIGNALING_STATE_HAVE_REMOTE_OFFER)
    sluice_peer_connection_set_local_description(from->connection, NULL, count_success, NULL);
  local = sluice_peer_connection_local_description(from->connection);
  if (local && (state == SLUICE_SIGNALING_STATE_HAVE_LOCAL_OFFER ||
                (state == SLUICE_SIGNALING_STATE_STABLE && local->type == SLUICE_SDP_TYPE_ANSWER)))
    sluice_peer_connection_set_remote_description(from->other->connection, local, count_success, NULL);
  sluice_free(local);
}

static void on_negotiation_needed(void* user) {
  side* from = user;
  sluice_peer_connection_set_local_description(from->connection, NULL, count_success, NULL);
}

static void on_open(void* user) { ++((side*)user)->opened; }
static void on_close(void* user) { ++((side*)user)->closed; }

static void on_message(void* user, sluice_message_kind kind, const void* data, size_t length) {
  side* to = user;
  CHECK(data != NULL);
  if (!CHECK(length < sizeof to->data)) return;
  memcpy(to->data, data, length);
  to->data[length] = '\0';
  to->length = length;
  to->kind = kind;
  ++to->messages;
}

void side_listen(side* it) {
  CHECK_NUMBER(sluice_data_channel_on_open(it->channel, on_open, it), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_on_close(it->channel, on_close, it), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_on_message(it->channel, on_message, it), SLUICE_OK);
}

static void on_data_channel(void* user, sluice_data_channel* channel) {
  side* to = user;
  sluice_data_channel_free(to->channel);
  to->channel = channel;
  side_listen(to);
}

static void side_make(side* it, side* other, pair* owner, const sluice_configuration* configuration) {
  it->pair = owner;
  it->other = other;
  CHECK_NUMBER(sluice_peer_connection_new(owner->loop, configuration, &it->connection), SLUICE_OK);
  sluice_peer_connection_on_ice_candidate(it->connection, on_candidate, it);
  sluice_peer_connection_on_signaling_state_change(it->connection, on_signaling_state, it);
  sluice_peer_connection_on_data_channel(it->connection, on_data_channel, it);
}

void pair_make(pair* it, const sluice_configuration* alice, const sluice_configuration* bob) {
  pair_make_on(it, sluice_loop_new(), alice, bob);
}

void pair_make_on(pair* it, sluice_loop* loop, const sluice_configuration* alice, const sluice_configuration* bob) {
  memset(it, 0, sizeof *it);
  it->loop = loop;
  CHECK(it->loop != NULL);
  side_make(&it->alice, &it->bob, it, alice);
  side_make(&it->bob, &it->alice, it, bob);
  sluice_peer_connection_on_negotiation_needed(it->alice.connection, on_negotiation_needed, &it->alice);
}

void pair_connect(pair* it) {
  pair_make(it, NULL, NULL);
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(it->alice.connection, "chat", NULL, &it->alice.channel),
               SLUICE_OK);
  side_listen(&it->alice);
  CHECK(pair_run_until(it, &it->alice.opened, 1));
  CHECK(pair_run_until(it, &it->bob.opened, 1));
}

void pair_free(pair* it) {
  sluice_peer_connection_free(it->alice.connection);
  sluice_peer_connection_free(it->bob.connection);
  CHECK_NUMBER(sluice_loop_run(it->loop, NULL), SLUICE_OK);
  sluice_data_channel_free(it->alice.channel);
  sluice_loop_free(it->loop);
  sluice_data_channel_free(it->bob.channel);
}

bool pair_run_until(pair* it, const int* number, int expected) {
  for (int slice = 0; slice != 1000 && *number != expected; ++slice) {
    size_t called = 0;
    if (!CHECK(sluice_loop_run_for(it->loop, 10, &called) == SLUICE_OK)) return false;
  }
  return CHECK_NUMBER(*number, expected);
}
