/* Two connections in one process: messages, getters, transports, statistics, renegotiation, errors. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "pair.h"

static void a_message_arrives_as_it_was_sent(void) {
  static const unsigned char binary[] = {0, 1, 0, 255};
  pair it;
  pair_connect(&it);
  CHECK_NUMBER(sluice_data_channel_send_text(it.alice.channel, "hello", SLUICE_NUL_TERMINATED), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.bob.messages, 1));
  CHECK_TEXT(it.bob.data, "hello");
  CHECK_NUMBER(it.bob.kind, SLUICE_MESSAGE_TEXT);

  CHECK_NUMBER(sluice_data_channel_send_binary(it.bob.channel, binary, sizeof binary), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.alice.messages, 1));
  CHECK_NUMBER(it.alice.length, sizeof binary);
  CHECK(memcmp(it.alice.data, binary, sizeof binary) == 0);
  CHECK_NUMBER(it.alice.kind, SLUICE_MESSAGE_BINARY);

  CHECK_NUMBER(sluice_data_channel_send_text(it.alice.channel, NULL, 0), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.bob.messages, 2));
  CHECK_NUMBER(it.bob.length, 0);
  CHECK_NUMBER(it.bob.kind, SLUICE_MESSAGE_TEXT);
  CHECK_NUMBER(sluice_data_channel_send_binary(it.alice.channel, NULL, 0), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.bob.messages, 3));
  CHECK_NUMBER(it.bob.length, 0);
  CHECK_NUMBER(it.bob.kind, SLUICE_MESSAGE_BINARY);
  pair_free(&it);
}

static void a_connected_pair_says_what_it_is(void) {
  pair it;
  sluice_session_description* local = NULL;
  sluice_session_description* current = NULL;
  sluice_session_description* remote = NULL;
  int connected = 0;
  pair_connect(&it);
  CHECK_NUMBER(sluice_peer_connection_wait_connected(it.alice.connection, count_success, &connected), SLUICE_OK);
  CHECK(pair_run_until(&it, &connected, 1));
  CHECK_NUMBER(sluice_peer_connection_signaling_state(it.alice.connection), SLUICE_SIGNALING_STATE_STABLE);
  CHECK_NUMBER(sluice_peer_connection_connection_state(it.alice.connection), SLUICE_CONNECTION_STATE_CONNECTED);
  CHECK(sluice_peer_connection_ice_connection_state(it.alice.connection) == SLUICE_ICE_CONNECTION_STATE_CONNECTED ||
        sluice_peer_connection_ice_connection_state(it.alice.connection) == SLUICE_ICE_CONNECTION_STATE_COMPLETED);
  CHECK(sluice_peer_connection_ice_gathering_state(it.alice.connection) != SLUICE_ICE_GATHERING_STATE_NEW);
  CHECK_NUMBER(sluice_peer_connection_can_trickle_ice_candidates(it.alice.connection), 1);
  local = sluice_peer_connection_local_description(it.alice.connection);
  current = sluice_peer_connection_current_local_description(it.alice.connection);
  remote = sluice_peer_connection_remote_description(it.bob.connection);
  if (CHECK(local && current && remote)) {
    CHECK_NUMBER(local->type, SLUICE_SDP_TYPE_OFFER);
    CHECK_TEXT(local->sdp, current->sdp);
    CHECK(strstr(remote->sdp, "webrtc-datachannel") != NULL);
  }
  CHECK(sluice_peer_connection_pending_local_description(it.alice.connection) == NULL);
  CHECK(sluice_peer_connection_pending_remote_description(it.alice.connection) == NULL);
  CHECK(sluice_peer_connection_last_error(it.alice.connection) == NULL);
  sluice_free(local);
  sluice_free(current);
  sluice_free(remote);
  pair_free(&it);
}

static void a_channel_says_what_it_is(void) {
  pair it;
  sluice_data_channel_options options;
  sluice_data_channel* channel = NULL;
  sluice_data_channel* copy = NULL;
  size_t length = 0;
  pair_connect(&it);
  CHECK_TEXT(sluice_data_channel_label(it.bob.channel, &length), "chat");
  CHECK_NUMBER(length, 4);
  CHECK_TEXT(sluice_data_channel_protocol(it.bob.channel, NULL), "");
  CHECK(sluice_data_channel_ordered(it.bob.channel));
  CHECK(!sluice_data_channel_negotiated(it.bob.channel));
  CHECK_NUMBER(sluice_data_channel_id(it.bob.channel), sluice_data_channel_id(it.alice.channel));
  CHECK_NUMBER(sluice_data_channel_ready_state(it.bob.channel), SLUICE_DATA_CHANNEL_STATE_OPEN);
  CHECK_NUMBER(sluice_data_channel_max_retransmits(it.bob.channel), -1);
  CHECK_NUMBER(sluice_data_channel_max_packet_life_time(it.bob.channel), -1);
  CHECK(sluice_data_channel_error(it.bob.channel) == NULL);

  sluice_data_channel_options_init(&options, sizeof options);
  options.ordered = false;
  options.max_retransmits = 3;
  options.protocol = "v1";
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(it.alice.connection, "late", &options, &channel), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.bob.opened, 2));
  CHECK_TEXT(sluice_data_channel_label(it.bob.channel, NULL), "late");
  CHECK_TEXT(sluice_data_channel_protocol(it.bob.channel, NULL), "v1");
  CHECK(!sluice_data_channel_ordered(it.bob.channel));
  CHECK_NUMBER(sluice_data_channel_max_retransmits(it.bob.channel), 3);
  copy = sluice_data_channel_copy(channel);
  CHECK(sluice_data_channel_same(channel, copy));
  CHECK(!sluice_data_channel_same(channel, it.alice.channel));
  sluice_data_channel_set_buffered_amount_low_threshold(copy, 77);
  CHECK_NUMBER(sluice_data_channel_buffered_amount_low_threshold(channel), 77);
  CHECK_NUMBER(sluice_data_channel_buffered_amount(channel), 0);
  sluice_data_channel_free(copy);
  sluice_data_channel_free(channel);
  pair_free(&it);
}

static void options_of_channels_are_checked(void) {
  sluice_loop* loop = sluice_loop_new();
  sluice_peer_connection* connection = NULL;
  sluice_data_channel* first = NULL;
  sluice_data_channel* none = NULL;
  sluice_data_channel_options options;
  sluice_peer_connection_new(loop, NULL, &connection);
  sluice_data_channel_options_init(&options, sizeof options);
  options.max_retransmits = 1;
  options.max_packet_life_time = 1;
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(connection, "x", &options, &none), SLUICE_ERROR_BAD_ARGUMENT);
  sluice_data_channel_options_init(&options, sizeof options);
  options.max_retransmits = 65536;
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(connection, "x", &options, &none), SLUICE_ERROR_BAD_ARGUMENT);
  sluice_data_channel_options_init(&options, sizeof options);
  options.negotiated = true;
  options.id = 7;
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(connection, "x", &options, &first), SLUICE_OK);
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(connection, "x", &options, &none), SLUICE_ERROR_ID_IN_USE);
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(connection, NULL, NULL, &none), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK(none == NULL);
  CHECK_NUMBER(sluice_data_channel_send_text(first, "x", 1), SLUICE_ERROR_NOT_OPEN);
  CHECK_NUMBER(sluice_data_channel_send_binary(first, NULL, 1), SLUICE_ERROR_BAD_ARGUMENT);
  sluice_peer_connection_close(connection);
  CHECK_NUMBER(sluice_data_channel_send_text(first, "x", 1), SLUICE_ERROR_CLOSED);
  CHECK_NUMBER(sluice_peer_connection_create_data_channel(connection, "x", NULL, &none), SLUICE_ERROR_CLOSED);
  sluice_data_channel_free(first);
  sluice_peer_connection_free(connection);
  sluice_loop_free(loop);
}

typedef struct stats_seen {
  int count;
  char json[32768];
} stats_seen;

static void look_at_stats(void* user, sluice_error error, const sluice_stats_report* report) {
  stats_seen* seen = user;
  ++seen->count;
  CHECK_NUMBER(error, SLUICE_OK);
  if (!CHECK(report != NULL)) return;
  CHECK_NUMBER(report->size, sizeof *report);
  CHECK(report->timestamp > 1.6e12);
  CHECK_NUMBER(report->peer_connection->data_channels_opened, 1);
  if (CHECK_NUMBER(report->data_channel_count, 1)) {
    CHECK_TEXT(report->data_channels[0]->label, "chat");
    CHECK_NUMBER(report->data_channels[0]->messages_sent, 1);
    CHECK_NUMBER(report->data_channels[0]->bytes_sent, 5);
    CHECK_NUMBER(report->data_channels[0]->state, SLUICE_DATA_CHANNEL_STATE_OPEN);
  }
  if (CHECK(report->transport != NULL)) {
    CHECK(report->transport->packets_sent > 0);
    CHECK_NUMBER(report->transport->dtls_state, SLUICE_DTLS_TRANSPORT_STATE_CONNECTED);
    CHECK_NUMBER(report->transport->ice_role, SLUICE_ICE_ROLE_CONTROLLING);
  }
  CHECK(report->candidate_pair_count > 0);
  CHECK(report->local_candidate_count > 0 && report->local_candidates[0]->candidate->port > 0);
  CHECK(report->remote_candidate_count > 0);
  CHECK(report->certificate_count == 2 && report->certificates[0]->base64_certificate[0] != '\0');
  CHECK(report->sctp && report->sctp->congestion_window > 0);
}

static void keep_json(void* user, sluice_error error, const char* json) {
  stats_seen* seen = user;
  ++seen->count;
  CHECK_NUMBER(error, SLUICE_OK);
  snprintf(seen->json, sizeof seen->json, "%s", json);
}

static void statistics_are_structs_and_json(void) {
  static stats_seen seen;
  pair it;
  pair_connect(&it);
  CHECK_NUMBER(sluice_data_channel_send_text(it.alice.channel, "hello", 5), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.bob.messages, 1));
  CHECK_NUMBER(sluice_peer_connection_get_stats(it.alice.connection, look_at_stats, &seen), SLUICE_OK);
  CHECK(pair_run_until(&it, &seen.count, 1));
  CHECK_NUMBER(sluice_peer_connection_get_stats_json(it.alice.connection, keep_json, &seen), SLUICE_OK);
  CHECK(pair_run_until(&it, &seen.count, 2));
  CHECK(strstr(seen.json, "\"type\":\"peer-connection\"") != NULL);
  CHECK(strstr(seen.json, "\"type\":\"data-channel\"") != NULL);
  CHECK(strstr(seen.json, "\"messagesSent\":1") != NULL);
  CHECK(strstr(seen.json, "\"type\":\"sluice-sctp\"") != NULL);
  pair_free(&it);
}

typedef struct transports_seen {
  int sctp_connected;
  int dtls_connected;
  int ice_checking;
  int selected;
} transports_seen;

static void on_pair(void* user, const sluice_ice_candidate_pair* selected) {
  if (!selected) return;
  CHECK(selected->local->port > 0 && selected->remote->port > 0);
  ((transports_seen*)user)->selected = 1;
}
static void on_dtls_state(void* user, sluice_dtls_transport_state state) {
  if (state == SLUICE_DTLS_TRANSPORT_STATE_CONNECTED) ((transports_seen*)user)->dtls_connected = 1;
}
static void on_sctp_state(void* user, sluice_sctp_transport_state state) {
  if (state == SLUICE_SCTP_TRANSPORT_STATE_CONNECTED) ((transports_seen*)user)->sctp_connected = 1;
}
static void on_ice_state(void* user, sluice_ice_transport_state state) {
  if (state == SLUICE_ICE_TRANSPORT_STATE_CHECKING) ((transports_seen*)user)->ice_checking = 1;
}

static void transports_say_what_they_are(void) {
  pair it;
  sluice_sctp_transport* sctp = NULL;
  sluice_dtls_transport* dtls = NULL;
  sluice_ice_transport* ice = NULL;
  transports_seen seen = {0};
  int described = 0;
  pair_make(&it, NULL, NULL);
  CHECK(sluice_peer_connection_sctp(it.alice.connection) == NULL);
  sluice_peer_connection_create_data_channel(it.alice.connection, "chat", NULL, &it.alice.channel);
  side_listen(&it.alice);
  CHECK_NUMBER(sluice_peer_connection_set_local_description(it.alice.connection, NULL, count_success, &described),
               SLUICE_OK);
  CHECK(pair_run_until(&it, &described, 1));
  sctp = sluice_peer_connection_sctp(it.alice.connection);
  dtls = sluice_sctp_transport_transport(sctp);
  ice = sluice_dtls_transport_ice_transport(dtls);
  CHECK(sctp && dtls && ice);
  CHECK_NUMBER(sluice_sctp_transport_on_state_change(sctp, on_sctp_state, &seen), SLUICE_OK);
  CHECK_NUMBER(sluice_dtls_transport_on_state_change(dtls, on_dtls_state, &seen), SLUICE_OK);
  CHECK_NUMBER(sluice_ice_transport_on_state_change(ice, on_ice_state, &seen), SLUICE_OK);
  CHECK_NUMBER(sluice_ice_transport_on_selected_candidate_pair_change(ice, on_pair, &seen), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.bob.opened, 1));
  CHECK(pair_run_until(&it, &it.alice.opened, 1));

  CHECK_NUMBER(sluice_sctp_transport_get_state(sctp), SLUICE_SCTP_TRANSPORT_STATE_CONNECTED);
  CHECK_NUMBER(sluice_sctp_transport_max_message_size(sctp), 256 * 1024);
  CHECK(sluice_sctp_transport_max_channels(sctp) > 0);
  CHECK(pair_run_until(&it, &seen.sctp_connected, 1));

  sluice_bytes_list* chain = sluice_dtls_transport_remote_certificates(dtls);
  CHECK(chain && chain->count == 1 && chain->items[0].length > 100 && chain->items[0].data[0] == 0x30);
  sluice_free(chain);
  CHECK_NUMBER(sluice_dtls_transport_get_state(dtls), SLUICE_DTLS_TRANSPORT_STATE_CONNECTED);
  CHECK(pair_run_until(&it, &seen.dtls_connected, 1));

  CHECK_NUMBER(sluice_ice_transport_role(ice), SLUICE_ICE_ROLE_CONTROLLING);
  CHECK(pair_run_until(&it, &seen.ice_checking, 1));
  CHECK(pair_run_until(&it, &seen.selected, 1));
  sluice_ice_candidate_list* candidates = sluice_ice_transport_local_candidates(ice);
  CHECK(candidates && candidates->count > 0 && strncmp(candidates->items[0]->candidate, "candidate:", 10) == 0);
  sluice_free(candidates);
  candidates = sluice_ice_transport_remote_candidates(ice);
  CHECK(candidates && candidates->count > 0);
  sluice_free(candidates);
  sluice_ice_parameters* parameters = sluice_ice_transport_local_parameters(ice);
  CHECK(parameters && strlen(parameters->username_fragment) >= 4 && strlen(parameters->password) >= 22);
  sluice_free(parameters);
  sluice_ice_candidate_pair* selected = sluice_ice_transport_selected_candidate_pair(ice);
  CHECK(selected && selected->local->type == SLUICE_ICE_CANDIDATE_TYPE_HOST);
  sluice_free(selected);
  sluice_ice_transport* copy = sluice_ice_transport_copy(ice);
  CHECK(sluice_ice_transport_same(ice, copy));
  sluice_ice_transport_free(copy);

  pair_free(&it);
  CHECK_NUMBER(sluice_sctp_transport_get_state(sctp), SLUICE_SCTP_TRANSPORT_STATE_CLOSED);
  sluice_ice_transport_free(ice);
  sluice_dtls_transport_free(dtls);
  sluice_sctp_transport_free(sctp);
}

static char* local_ufrag(const side* it) {
  sluice_sctp_transport* sctp = sluice_peer_connection_sctp(it->connection);
  sluice_dtls_transport* dtls = sluice_sctp_transport_transport(sctp);
  sluice_ice_transport* ice = sluice_dtls_transport_ice_transport(dtls);
  sluice_ice_parameters* parameters = sluice_ice_transport_local_parameters(ice);
  static char texts[2][64];
  static int next = 0;
  char* text = texts[next++ % 2];
  snprintf(text, sizeof texts[0], "%s", parameters ? parameters->username_fragment : "");
  sluice_free(parameters);
  sluice_ice_transport_free(ice);
  sluice_dtls_transport_free(dtls);
  sluice_sctp_transport_free(sctp);
  return text;
}

static void a_restart_changes_the_credentials_and_keeps_the_channel(void) {
  pair it;
  pair_connect(&it);
  const char* before = local_ufrag(&it.alice);
  const int candidates = it.alice.candidates;
  CHECK_NUMBER(sluice_peer_connection_restart_ice(it.alice.connection), SLUICE_OK);
  for (int i = 0; i != 1000 && it.alice.candidates == candidates; ++i) sluice_loop_run_for(it.loop, 10, NULL);
  const char* after = local_ufrag(&it.alice);
  CHECK(strcmp(before, after) != 0);
  CHECK_NUMBER(sluice_data_channel_send_text(it.alice.channel, "still", 5), SLUICE_OK);
  CHECK(pair_run_until(&it, &it.bob.messages, 1));
  CHECK_TEXT(it.bob.data, "still");
  pair_free(&it);
}

static void keep_offer(void* user, sluice_error error, const sluice_session_description* description) {
  CHECK_NUMBER(error, SLUICE_OK);
  if (description && description->type == SLUICE_SDP_TYPE_OFFER && strncmp(description->sdp, "v=0", 3) == 0)
    ++*(int*)user;
}

static void keep_description_error(void* user, sluice_error error, const sluice_session_description* description) {
  CHECK(description == NULL);
  *(sluice_error*)user = error;
}

static void operations_end_with_their_errors(void) {
  pair it;
  sluice_session_description description;
  sluice_ice_candidate candidate;
  sluice_offer_options options;
  sluice_error answer = -1, remote = -1, added = -1, modified = -1;
  int offers = 0;
  sluice_rtc_error* last = NULL;
  pair_make(&it, NULL, NULL);
  sluice_offer_options_init(&options, sizeof options);
  options.ice_restart = true;
  CHECK_NUMBER(sluice_peer_connection_create_offer(it.alice.connection, &options, keep_offer, &offers), SLUICE_OK);
  CHECK(pair_run_until(&it, &offers, 1));
  CHECK_NUMBER(sluice_peer_connection_create_answer(it.alice.connection, keep_description_error, &answer), SLUICE_OK);
  CHECK(pair_run_until(&it, &answer, SLUICE_ERROR_WRONG_SIGNALING_STATE));

  sluice_ice_candidate_init(&candidate, sizeof candidate);
  candidate.candidate = "candidate:1 1 udp 1 192.0.2.1 5000 typ host";
  candidate.sdp_mid = "0";
  CHECK_NUMBER(sluice_peer_connection_add_ice_candidate(it.alice.connection, &candidate, keep_error, &added),
               SLUICE_OK);
  CHECK(pair_run_until(&it, &added, SLUICE_ERROR_NO_REMOTE_DESCRIPTION));
  candidate.sdp_mline_index = -2;
  CHECK_NUMBER(sluice_peer_connection_add_ice_candidate(it.alice.connection, &candidate, keep_error, &added),
               SLUICE_ERROR_BAD_ARGUMENT);

  sluice_session_description_init(&description, sizeof description);
  description.sdp = "v=0\r\nnonsense\r\n";
  CHECK_NUMBER(sluice_peer_connection_set_local_description(it.alice.connection, &description, keep_error, &modified),
               SLUICE_OK);
  CHECK(pair_run_until(&it, &modified, SLUICE_ERROR_DESCRIPTION_MODIFIED));
  CHECK_NUMBER(sluice_peer_connection_set_remote_description(it.alice.connection, &description, keep_error, &remote),
               SLUICE_OK);
  CHECK(pair_run_until(&it, &remote, SLUICE_ERROR_SDP_SYNTAX));
  last = sluice_peer_connection_last_error(it.alice.connection);
  if (CHECK(last != NULL)) {
    CHECK_NUMBER(last->size, sizeof *last);
    CHECK_NUMBER(last->code, SLUICE_ERROR_SDP_SYNTAX);
    CHECK_TEXT(last->detail, "sdp-syntax-error");
    CHECK_NUMBER(last->sdp_line_number, 2);
    CHECK_NUMBER(last->sctp_cause_code, -1);
    CHECK(last->text != NULL);
  }
  sluice_free(last);
  CHECK_NUMBER(sluice_peer_connection_set_remote_description(it.alice.connection, NULL, keep_error, &remote),
               SLUICE_ERROR_BAD_ARGUMENT);
  pair_free(&it);
}

typedef struct pulled {
  int candidates;
  int states;
  int messages;
  sluice_data_channel* channel;
  int channels;
  sluice_error error;
} pulled;

static void got_candidate(void* user, sluice_error error, const sluice_ice_candidate* candidate) {
  if (error == SLUICE_OK && candidate) ++((pulled*)user)->candidates;
}
static void got_state(void* user, sluice_error error, sluice_signaling_state state) {
  if (error == SLUICE_OK && state == SLUICE_SIGNALING_STATE_HAVE_LOCAL_OFFER) ++((pulled*)user)->states;
}
static void got_channel(void* user, sluice_error error, sluice_data_channel* channel) {
  pulled* all = user;
  CHECK_NUMBER(error, SLUICE_OK);
  all->channel = channel;
  ++all->channels;
}
static void got_message(void* user, sluice_error error, sluice_message_kind kind, const void* data, size_t length) {
  pulled* all = user;
  all->error = error;
  if (error != SLUICE_OK) return;
  CHECK_NUMBER(kind, SLUICE_MESSAGE_TEXT);
  CHECK(length == 4 && memcmp(data, "ping", 4) == 0);
  ++all->messages;
}

static void events_can_be_taken_one_at_a_time(void) {
  pair it;
  pulled all = {0};
  int closed = 0, opened = 0, sent = 0, low = 0;
  pair_make(&it, NULL, NULL);
  sluice_peer_connection_on_data_channel(it.bob.connection, NULL, NULL);
  CHECK_NUMBER(sluice_peer_connection_next_signaling_state(it.bob.connection, NULL, NULL), SLUICE_ERROR_BAD_ARGUMENT);
  CHECK_NUMBER(sluice_peer_connection_accept_data_channel(it.bob.connection, got_channel, &all), SLUICE_OK);
  sluice_peer_connection_create_data_channel(it.alice.connection, "chat", NULL, &it.alice.channel);
  CHECK_NUMBER(sluice_data_channel_wait_open(it.alice.channel, count_success, &opened), SLUICE_OK);
  CHECK(pair_run_until(&it, &all.channels, 1));
  CHECK(pair_run_until(&it, &opened, 1));
  CHECK_NUMBER(sluice_data_channel_receive(all.channel, got_message, &all), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_send_text_async(it.alice.channel, "ping", 4, count_success, &sent), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_wait_buffered_amount_low(it.alice.channel, count_success, &low), SLUICE_OK);
  CHECK(pair_run_until(&it, &all.messages, 1));
  CHECK(pair_run_until(&it, &sent, 1));
  CHECK(pair_run_until(&it, &low, 1));
  CHECK_NUMBER(sluice_data_channel_receive(all.channel, got_message, &all), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_wait_closing(all.channel, count_success, &closed), SLUICE_OK);
  CHECK_NUMBER(sluice_data_channel_wait_closed(all.channel, count_success, &closed), SLUICE_OK);
  sluice_data_channel_close(it.alice.channel);
  CHECK(pair_run_until(&it, &closed, 2));
  CHECK(pair_run_until(&it, &all.error, SLUICE_ERROR_CLOSED));
  sluice_data_channel_free(all.channel);
  pair_free(&it);
}

static void states_and_candidates_can_be_taken_one_at_a_time(void) {
  pair it;
  pulled all = {0};
  int needed = 0;
  pair_make(&it, NULL, NULL);
  sluice_peer_connection_on_ice_candidate(it.bob.connection, NULL, NULL);
  sluice_peer_connection_next_negotiation_needed(it.bob.connection, count_success, &needed);
  sluice_peer_connection_next_signaling_state(it.bob.connection, got_state, &all);
  sluice_peer_connection_next_ice_candidate(it.bob.connection, got_candidate, &all);
  sluice_peer_connection_create_data_channel(it.bob.connection, "chat", NULL, &it.bob.channel);
  CHECK(pair_run_until(&it, &needed, 1));
  CHECK_NUMBER(sluice_peer_connection_set_local_description(it.bob.connection, NULL, NULL, NULL), SLUICE_OK);
  CHECK(pair_run_until(&it, &all.states, 1));
  CHECK(pair_run_until(&it, &all.candidates, 1));
  pair_free(&it);
}

static void an_orderly_close_tells_the_peer_after_the_last_message(void) {
  pair it;
  int done = 0;
  pair_connect(&it);
  CHECK_NUMBER(sluice_data_channel_send_text(it.alice.channel, "bye", 3), SLUICE_OK);
  CHECK_NUMBER(sluice_peer_connection_close_async(it.alice.connection, count_success, &done), SLUICE_OK);
  CHECK(pair_run_until(&it, &done, 1));
  CHECK(pair_run_until(&it, &it.bob.closed, 1));
  CHECK_TEXT(it.bob.data, "bye");
  CHECK(pair_run_until(&it, &it.alice.closed, 1));
  CHECK_NUMBER(sluice_peer_connection_connection_state(it.alice.connection), SLUICE_CONNECTION_STATE_CLOSED);
  pair_free(&it);
}

int main(void) {
  RUN(a_message_arrives_as_it_was_sent);
  RUN(a_connected_pair_says_what_it_is);
  RUN(a_channel_says_what_it_is);
  RUN(options_of_channels_are_checked);
  RUN(statistics_are_structs_and_json);
  RUN(transports_say_what_they_are);
  RUN(a_restart_changes_the_credentials_and_keeps_the_channel);
  RUN(operations_end_with_their_errors);
  RUN(events_can_be_taken_one_at_a_time);
  RUN(states_and_candidates_can_be_taken_one_at_a_time);
  RUN(an_orderly_close_tells_the_peer_after_the_last_message);
  return check_result();
}
