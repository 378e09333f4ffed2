/* Two connections in one process, in C: alice says hello, bob echoes it. */
#include <sluice/sluice.h>
#include <stdio.h>

typedef struct side {
  sluice_peer_connection* connection;
  struct side* other;
  sluice_data_channel* channel;
} side;

static void report(void* user, sluice_error error) {
  (void)user;
  if (error != SLUICE_OK) fprintf(stderr, "%s: %s\n", sluice_error_name(error), sluice_error_text(error));
}

/* The next three stand in for signaling: what one side makes goes straight to the other. */
static void on_ice_candidate(void* user, const sluice_ice_candidate* candidate) {
  side* from = user;
  if (candidate)
    report(NULL, sluice_peer_connection_add_ice_candidate(from->other->connection, candidate, report, NULL));
}

static void send_description(side* from) {
  sluice_session_description* made = sluice_peer_connection_local_description(from->connection);
  report(NULL, sluice_peer_connection_set_remote_description(from->other->connection, made, report, NULL));
  sluice_free(made);
}

static void on_signaling_state(void* user, sluice_signaling_state state) {
  side* from = user;
  sluice_session_description* local = sluice_peer_connection_local_description(from->connection);
  if (state == SLUICE_SIGNALING_STATE_HAVE_LOCAL_OFFER) send_description(from);
  if (state == SLUICE_SIGNALING_STATE_HAVE_REMOTE_OFFER)
    report(NULL, sluice_peer_connection_set_local_description(from->connection, NULL, report, NULL));
  if (state == SLUICE_SIGNALING_STATE_STABLE && local && local->type == SLUICE_SDP_TYPE_ANSWER) send_description(from);
  sluice_free(local);
}

static void on_negotiation_needed(void* user) {
  side* from = user;
  report(NULL, sluice_peer_connection_set_local_description(from->connection, NULL, report, NULL));
}

static void echo(void* user, sluice_message_kind kind, const void* data, size_t length) {
  side* bob = user;
  (void)kind;
  report(NULL, sluice_data_channel_send_text(bob->channel, data, length));
}

static void on_data_channel(void* user, sluice_data_channel* channel) {
  side* bob = user;
  bob->channel = channel;
  report(NULL, sluice_data_channel_on_message(channel, echo, bob));
}

static void say_hello(void* user) {
  side* alice = user;
  report(NULL, sluice_data_channel_send_text(alice->channel, "hello", SLUICE_NUL_TERMINATED));
}

static void print(void* user, sluice_message_kind kind, const void* data, size_t length) {
  side* alice = user;
  (void)kind;
  printf("%s: %.*s\n", sluice_data_channel_label(alice->channel, NULL), (int)length, (const char*)data);
  sluice_peer_connection_close(alice->connection);
  sluice_peer_connection_close(alice->other->connection);
}

static sluice_error make(sluice_loop* loop, side* it) {
  sluice_error error = sluice_peer_connection_new(loop, NULL, &it->connection);
  if (error == SLUICE_OK) error = sluice_peer_connection_on_ice_candidate(it->connection, on_ice_candidate, it);
  if (error == SLUICE_OK)
    error = sluice_peer_connection_on_signaling_state_change(it->connection, on_signaling_state, it);
  return error;
}

int main(void) {
  side alice = {0};
  side bob = {0};
  sluice_loop* loop = sluice_loop_new();
  sluice_error error = make(loop, &alice);
  if (error == SLUICE_OK) error = make(loop, &bob);
  alice.other = &bob;
  bob.other = &alice;
  if (error == SLUICE_OK) error = sluice_peer_connection_on_data_channel(bob.connection, on_data_channel, &bob);
  if (error == SLUICE_OK)
    error = sluice_peer_connection_on_negotiation_needed(alice.connection, on_negotiation_needed, &alice);
  if (error == SLUICE_OK)
    error = sluice_peer_connection_create_data_channel(alice.connection, "chat", NULL, &alice.channel);
  if (error == SLUICE_OK) error = sluice_data_channel_on_open(alice.channel, say_hello, &alice);
  if (error == SLUICE_OK) error = sluice_data_channel_on_message(alice.channel, print, &alice);
  if (error == SLUICE_OK) error = sluice_loop_run(loop, NULL);
  report(NULL, error);

  sluice_data_channel_free(alice.channel);
  sluice_data_channel_free(bob.channel);
  sluice_peer_connection_free(alice.connection);
  sluice_peer_connection_free(bob.connection);
  sluice_loop_free(loop);
  return error == SLUICE_OK ? 0 : 1;
}
