/* Handles and threads: what may be freed when, and what is called afterwards. */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "pair.h"

static void nothing(void* user) { (void)user; }

static void null_is_harmless_for_connections(void) {
  sluice_peer_connection* none = NULL;
  sluice_error error = -1;
  sluice_peer_connection_free(NULL);
  sluice_peer_connection_close(NULL);
  CHECK_NUMBER(sluice_peer_connection_new(NULL, NULL, &none), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_close_async(NULL, keep_error, &error), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_signaling_state(NULL), SLUICE_SIGNALING_STATE_CLOSED);
  CHECK_NUMBER(sluice_peer_connection_connection_state(NULL), SLUICE_CONNECTION_STATE_CLOSED);
  CHECK_NUMBER(sluice_peer_connection_ice_connection_state(NULL), SLUICE_ICE_CONNECTION_STATE_CLOSED);
  CHECK_NUMBER(sluice_peer_connection_ice_gathering_state(NULL), SLUICE_ICE_GATHERING_STATE_NEW);
  CHECK_NUMBER(sluice_peer_connection_can_trickle_ice_candidates(NULL), -1);
  CHECK(sluice_peer_connection_local_description(NULL) == NULL);
  CHECK(sluice_peer_connection_remote_description(NULL) == NULL);
  CHECK(sluice_peer_connection_sctp(NULL) == NULL);
  CHECK(sluice_peer_connection_last_error(NULL) == NULL);
  CHECK(sluice_peer_connection_get_configuration(NULL) == NULL);
  CHECK_NUMBER(sluice_peer_connection_set_configuration(NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_restart_ice(NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(NULL, "x", NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_create_offer(NULL, NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_create_answer(NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_set_local_description(NULL, NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_add_ice_candidate(NULL, NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_get_stats(NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_on_negotiation_needed(NULL, nothing, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_on_data_channel(NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_accept_data_channel(NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(error, -1);
}

static void null_is_harmless_for_channels_and_transports(void) {
  size_t length = 5;
  sluice_data_channel_free(NULL);
  sluice_data_channel_close(NULL);
  sluice_data_channel_set_buffered_amount_low_threshold(NULL, 1);
  CHECK(sluice_data_channel_copy(NULL) == NULL);
  CHECK(!sluice_data_channel_same(NULL, NULL));
  CHECK_TEXT(sluice_data_channel_label(NULL, &length), "");
  CHECK_NUMBER(length, 0);
  CHECK_NUMBER(sluice_data_channel_ready_state(NULL), SLUICE_DATA_CHANNEL_STATE_CLOSED);
  CHECK_NUMBER(sluice_data_channel_id(NULL), -1);
  CHECK_NUMBER(sluice_data_channel_send_text(NULL, "x", 1), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_data_channel_send_binary_async(NULL, "x", 1, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_data_channel_receive(NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_data_channel_on_open(NULL, nothing, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  sluice_ice_transport_free(NULL);
  sluice_dtls_transport_free(NULL);
  sluice_sctp_transport_free(NULL);
  CHECK_NUMBER(sluice_ice_transport_get_state(NULL), SLUICE_ICE_TRANSPORT_STATE_CLOSED);
  CHECK_NUMBER(sluice_dtls_transport_get_state(NULL), SLUICE_DTLS_TRANSPORT_STATE_CLOSED);
  CHECK_NUMBER(sluice_sctp_transport_get_state(NULL), SLUICE_SCTP_TRANSPORT_STATE_CLOSED);
  CHECK_NUMBER(sluice_sctp_transport_max_message_size(NULL), 0);
  CHECK(sluice_ice_transport_local_candidates(NULL) == NULL);
  CHECK(sluice_dtls_transport_remote_certificates(NULL) == NULL);
  CHECK(sluice_dtls_transport_ice_transport(NULL) == NULL);
  CHECK_NUMBER(sluice_dtls_transport_on_error(NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
}

static void null_is_harmless_for_values(void) {
  size_t called = 5;
  sluice_free(NULL);
  sluice_loop_free(NULL);
  sluice_loop_stop(NULL);
  CHECK(sluice_loop_stopped(NULL));
  CHECK_NUMBER(sluice_loop_run(NULL, &called), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(called, 0);
  CHECK_NUMBER(sluice_loop_post(NULL, nothing, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  sluice_configuration_init(NULL, 100);
  sluice_certificate_free(NULL);
  CHECK(sluice_certificate_pem(NULL) == NULL);
  CHECK_NUMBER(sluice_certificate_expires(NULL), -1);
  CHECK_NUMBER(sluice_certificate_from_pem(NULL, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_certificate_generate(SLUICE_KEY_ECDSA_P256, 1, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK(sluice_session_description_to_json(NULL) == NULL);
  CHECK_NUMBER(sluice_session_description_from_json("{}", NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK(sluice_ice_candidate_to_json(NULL) == NULL);
  CHECK(sluice_ice_candidate_describe(NULL) == NULL);
}

static void count(void* user) { ++*(int*)user; }

static void a_loop_runs_until_it_has_no_work_or_is_stopped(void) {
  int calls = 0;
  size_t called = 0;
  sluice_loop* loop = sluice_loop_new();
  CHECK_NUMBER(sluice_loop_post(loop, count, &calls), SLUICE_OK);
  CHECK_NUMBER(calls, 0);
  CHECK_NUMBER(sluice_loop_run(loop, &called), SLUICE_OK);
  CHECK_NUMBER(calls, 1);
  CHECK_NUMBER(called, 1);
  sluice_loop_post(loop, count, &calls); /* new work after it ran out */
  sluice_loop_post(loop, count, &calls);
  CHECK_NUMBER(sluice_loop_run_one(loop, &called), SLUICE_OK);
  CHECK_NUMBER(calls, 2);
  CHECK_NUMBER(sluice_loop_poll(loop, &called), SLUICE_OK);
  CHECK_NUMBER(calls, 3);
  sluice_loop_stop(loop);
  sluice_loop_post(loop, count, &calls);
  CHECK_NUMBER(sluice_loop_run_for(loop, 1, &called), SLUICE_OK);
  CHECK_NUMBER(called, 0);
  CHECK(sluice_loop_stopped(loop));
  CHECK_NUMBER(sluice_loop_restart(loop), SLUICE_OK);
  CHECK_NUMBER(sluice_loop_run(loop, &called), SLUICE_OK);
  CHECK_NUMBER(calls, 4);
  CHECK_NUMBER(sluice_loop_post(loop, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  sluice_loop_free(loop);
}

static void close_on_message(void* user, sluice_message_kind kind, const void* data, size_t length) {
  side* it = user;
  (void)kind, (void)data, (void)length;
  sluice_peer_connection_close(it->connection);
  CHECK_NUMBER(sluice_data_channel_ready_state(it->channel), SLUICE_DATA_CHANNEL_STATE_CLOSED);
  CHECK_NUMBER(sluice_data_channel_send_text(it->channel, "x", 1), SLUICE_ERROR_CLOSED);
}

static void a_connection_may_be_closed_in_a_handler(void) {
  pair it;
  pair_connect(&it);
  sluice_data_channel_on_message(it.bob.channel, close_on_message, &it.bob);
  sluice_data_channel_send_text(it.alice.channel, "x", 1);
  CHECK(pair_run_until(&it, &it.bob.closed, 1));
  CHECK(pair_run_until(&it, &it.alice.closed, 1));
  pair_free(&it);
}

static void free_connection_on_message(void* user, sluice_message_kind kind, const void* data, size_t length) {
  side* it = user;
  (void)kind, (void)data, (void)length;
  ++it->messages;
  sluice_peer_connection_free(it->connection);
  it->connection = NULL;
  sluice_data_channel_free(it->channel);
  it->channel = NULL;
}

static void a_connection_may_be_freed_in_a_handler_and_nothing_is_called_after_it(void) {
  pair it;
  sluice_error waited = -1;
  pair_connect(&it);
  sluice_data_channel_on_message(it.bob.channel, free_connection_on_message, &it.bob);
  CHECK_NUMBER(sluice_data_channel_wait_closing(it.bob.channel, keep_error, &waited), SLUICE_OK);
  sluice_data_channel_send_text(it.alice.channel, "x", 1);
  sluice_data_channel_send_text(it.alice.channel, "y", 1);
  CHECK(pair_run_until(&it, &it.alice.closed, 1)); /* the peer was told */
  CHECK_NUMBER(it.bob.messages, 1);
  CHECK_NUMBER(it.bob.closed, 0);
  CHECK(pair_run_until(&it, &waited, SLUICE_ERROR_CLOSED)); /* operations still end */
  pair_free(&it);
}

static void free_all_on_message(void* user, sluice_message_kind kind, const void* data, size_t length) {
  pair* it = user;
  (void)kind, (void)data, (void)length;
  sluice_loop* loop = it->loop;
  sluice_peer_connection_free(it->alice.connection);
  sluice_data_channel_free(it->alice.channel);
  sluice_peer_connection_free(it->bob.connection);
  sluice_data_channel_free(it->bob.channel);
  sluice_loop_free(loop);
  memset(it, 0, sizeof *it);
}

static void everything_may_be_freed_in_a_handler(void) {
  pair it;
  pair_connect(&it);
  sluice_data_channel_on_message(it.bob.channel, free_all_on_message, &it);
  sluice_data_channel_send_text(it.alice.channel, "x", 1);
  CHECK_NUMBER(sluice_loop_run(it.loop, NULL), SLUICE_OK);
  CHECK(it.loop == NULL);
}

static void a_freed_handle_takes_its_handlers_with_it(void) {
  pair it;
  pair_connect(&it);
  sluice_data_channel* other = sluice_data_channel_copy(it.bob.channel);
  sluice_data_channel_free(it.bob.channel); /* through it the handlers were registered */
  it.bob.channel = other;
  sluice_data_channel_send_text(it.alice.channel, "unheard", 7);
  sluice_data_channel_close(it.alice.channel);
  CHECK(pair_run_until(&it, &it.alice.closed, 1));
  CHECK_NUMBER(it.bob.messages, 0);
  CHECK_NUMBER(it.bob.closed, 0);
  pair_free(&it);
}

static void operations_on_a_channel_without_connection_end(void) {
  pair it;
  sluice_error opened = -1, sent = -1, closed = -1;
  pair_connect(&it);
  sluice_peer_connection_free(it.bob.connection);
  it.bob.connection = NULL;
  CHECK(pair_run_until(&it, &it.alice.closed, 1));
  CHECK_NUMBER(sluice_data_channel_wait_open(it.bob.channel, keep_error, &opened), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_send_text_async(it.bob.channel, "x", 1, keep_error, &sent), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_wait_closed(it.bob.channel, keep_error, &closed), SLUICE_OK);
  CHECK_NUMBER(opened, -1);
  CHECK(pair_run_until(&it, &opened, SLUICE_ERROR_CLOSED));
  CHECK(pair_run_until(&it, &closed, SLUICE_OK));
  CHECK(sent != SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_send_text(it.bob.channel, "x", 1), sent);
  pair_free(&it);
}

static void never(void* user, sluice_error error) {
  (void)user, (void)error;
  check(false, "called after the end of the loop", __FILE__, __LINE__);
}

static void handles_may_be_freed_in_any_order_without_running_the_loop_again(void) {
  pair it;
  pair_connect(&it);
  sluice_sctp_transport* sctp = sluice_peer_connection_sctp(it.alice.connection);
  CHECK_NUMBER(sluice_data_channel_wait_closing(it.bob.channel, never, NULL), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_send_text(it.alice.channel, "x", 1), SLUICE_OK);
  sluice_loop_free(it.loop);
  sluice_peer_connection_free(it.alice.connection);
  sluice_data_channel_free(it.bob.channel);
  sluice_data_channel_free(it.alice.channel);
  sluice_peer_connection_free(it.bob.connection);
  CHECK_NUMBER(sluice_sctp_transport_max_message_size(sctp), 256 * 1024);
  sluice_sctp_transport_free(sctp);
}

static void* run_loop(void* loop) {
  CHECK_NUMBER(sluice_loop_run(loop, NULL), SLUICE_OK);
  return NULL;
}

typedef struct barrier {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int messages;
} barrier;

static void signal_message(void* user, sluice_message_kind kind, const void* data, size_t length) {
  barrier* seen = user;
  (void)kind, (void)data, (void)length;
  pthread_mutex_lock(&seen->mutex);
  ++seen->messages;
  pthread_cond_signal(&seen->changed);
  pthread_mutex_unlock(&seen->mutex);
}

static void any_thread_may_call_while_others_run_the_loop(void) {
  enum { threads = 3, messages = 50 };
  pair it;
  pthread_t runners[threads];
  barrier seen = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  pair_connect(&it);
  sluice_data_channel_on_message(it.bob.channel, signal_message, &seen);
  for (int i = 0; i != threads; ++i) pthread_create(&runners[i], NULL, run_loop, it.loop);
  for (int i = 0; i != messages; ++i) CHECK_NUMBER(sluice_data_channel_send_text(it.alice.channel, "x", 1), SLUICE_OK);
  pthread_mutex_lock(&seen.mutex);
  while (seen.messages != messages) pthread_cond_wait(&seen.changed, &seen.mutex);
  pthread_mutex_unlock(&seen.mutex);
  sluice_peer_connection_close(it.alice.connection);
  sluice_peer_connection_close(it.bob.connection);
  for (int i = 0; i != threads; ++i) pthread_join(runners[i], NULL);
  CHECK_NUMBER(it.alice.closed, 1);
  pair_free(&it);
}

static int lines = 0;
static void on_line(void* user, sluice_log_level level, const char* line) {
  (void)user;
  ++lines;
  CHECK(level >= SLUICE_LOG_ERROR && level <= SLUICE_LOG_DEBUG);
  CHECK(line[0] != '\0' && !strchr(line, '\n'));
}

static void keep_description_error(void* user, sluice_error error, const sluice_session_description* description) {
  CHECK(description == NULL);
  *(sluice_error*)user = error;
}

static void the_log_goes_to_its_handler(void) {
  pair it;
  sluice_error answer = -1;
  CHECK_NUMBER(sluice_set_log_handler((sluice_log_level)9, on_line, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_set_log_handler(SLUICE_LOG_DEBUG, on_line, NULL), SLUICE_OK);
  pair_make(&it, NULL, NULL);
  sluice_peer_connection_create_answer(it.bob.connection, keep_description_error, &answer);
  CHECK(pair_run_until(&it, &answer, SLUICE_ERROR_WRONG_SIGNALING_STATE)); /* why is written for who debugs it */
  CHECK_NUMBER(sluice_set_log_handler(SLUICE_LOG_NONE, NULL, NULL), SLUICE_OK);
  CHECK(lines > 0);
  pair_free(&it);
}

static void count_key(void* user, const char* line) {
  CHECK(strncmp(line, "CLIENT_RANDOM ", 14) == 0);
  ++*(int*)user;
}

static void key_logging_ends_with_the_connection(void) {
  pair it;
  int keys = 0;
  sluice_configuration configuration;
  sluice_configuration_init(&configuration, sizeof configuration);
  configuration.key_log = count_key;
  configuration.key_log_user = &keys;
  pair_make(&it, &configuration, NULL);
  sluice_peer_connection_create_data_channel(it.alice.connection, "chat", NULL, &it.alice.channel);
  side_listen(&it.alice);
  CHECK(pair_run_until(&it, &it.alice.opened, 1));
  CHECK_NUMBER(keys, 1);
  pair_free(&it);
  CHECK_NUMBER(keys, 1);
}

int main(void) {
  RUN(null_is_harmless_for_connections);
  RUN(null_is_harmless_for_channels_and_transports);
  RUN(null_is_harmless_for_values);
  RUN(a_loop_runs_until_it_has_no_work_or_is_stopped);
  RUN(a_connection_may_be_closed_in_a_handler);
  RUN(a_connection_may_be_freed_in_a_handler_and_nothing_is_called_after_it);
  RUN(everything_may_be_freed_in_a_handler);
  RUN(a_freed_handle_takes_its_handlers_with_it);
  RUN(operations_on_a_channel_without_connection_end);
  RUN(handles_may_be_freed_in_any_order_without_running_the_loop_again);
  RUN(any_thread_may_call_while_others_run_the_loop);
  RUN(the_log_goes_to_its_handler);
  RUN(key_logging_ends_with_the_connection);
  return check_result();
}
