/* Values without a connection: errors, words, JSON, candidates in parts. */
#include <errno.h>
#include <sluice/sluice.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

typedef struct named {
  int code;
  const char* name;
} named;

static const named errors[] = {
    {SLUICE_ERROR_CLOSED, "InvalidStateError"},
    {SLUICE_ERROR_WRONG_SIGNALING_STATE, "InvalidStateError"},
    {SLUICE_ERROR_NO_REMOTE_DESCRIPTION, "InvalidStateError"},
    {SLUICE_ERROR_NOT_OPEN, "InvalidStateError"},
    {SLUICE_ERROR_BAD_ARGUMENT, "TypeError"},
    {SLUICE_ERROR_CANDIDATE_WITHOUT_MID, "TypeError"},
    {SLUICE_ERROR_MESSAGE_TOO_LARGE, "TypeError"},
    {SLUICE_ERROR_INVALID_DESCRIPTION, "InvalidAccessError"},
    {SLUICE_ERROR_DESCRIPTION_MODIFIED, "InvalidModificationError"},
    {SLUICE_ERROR_CONFIGURATION_MODIFIED, "InvalidModificationError"},
    {SLUICE_ERROR_ID_IN_USE, "OperationError"},
    {SLUICE_ERROR_NO_FREE_ID, "OperationError"},
    {SLUICE_ERROR_SEND_QUEUE_FULL, "OperationError"},
    {SLUICE_ERROR_UNKNOWN_MID, "OperationError"},
    {SLUICE_ERROR_UNKNOWN_UFRAG, "OperationError"},
    {SLUICE_ERROR_CANDIDATE_SYNTAX, "OperationError"},
    {SLUICE_ERROR_TOO_MANY, "OperationError"},
    {SLUICE_ERROR_ALREADY_WAITING, "OperationError"},
    {SLUICE_ERROR_ICE_FAILED, "OperationError"},
    {SLUICE_ERROR_ICE_SERVER_WITHOUT_URLS, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_WITHOUT_SCHEME, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_UNKNOWN_SCHEME, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_NOT_OPAQUE, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_WITH_PATH, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_WITH_FRAGMENT, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_BAD_QUERY, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_BAD_HOST, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_BAD_PORT, "SyntaxError"},
    {SLUICE_ERROR_ICE_URL_UNSUPPORTED, "NotSupportedError"},
    {SLUICE_ERROR_ICE_SERVER_WITHOUT_CREDENTIALS, "InvalidAccessError"},
    {SLUICE_ERROR_ICE_SERVER_USERNAME_TOO_LONG, "InvalidAccessError"},
    {SLUICE_ERROR_CONFIGURATION_LIMIT_OUT_OF_RANGE, "TypeError"},
    {SLUICE_ERROR_NETWORK_OPTION_INVALID, "TypeError"},
    {SLUICE_ERROR_CERTIFICATE_EXPIRED, "InvalidAccessError"},
    {SLUICE_ERROR_CERTIFICATE_BAD_PEM, "DataError"},
    {SLUICE_ERROR_CERTIFICATE_KEY_MISMATCH, "DataError"},
    {SLUICE_ERROR_CERTIFICATE_UNSUPPORTED_KEY, "NotSupportedError"},
    {SLUICE_ERROR_JSON_SYNTAX, "SyntaxError"},
    {SLUICE_ERROR_JSON_MISSING_TYPE, "TypeError"},
    {SLUICE_ERROR_JSON_WRONG_TYPE_OF_USERNAME_FRAGMENT, "TypeError"},
    {SLUICE_ERROR_CANCELLED, "AbortError"},
    {SLUICE_ERROR_OUT_OF_MEMORY, "UnknownError"},
    {SLUICE_ERROR_UNKNOWN, "UnknownError"},
    {SLUICE_ERROR_SYSTEM + ENOENT, "UnknownError"},
    {-5, "UnknownError"},
};

static void every_error_has_the_name_of_w3c_and_a_sentence(void) {
  CHECK_TEXT(sluice_error_name(SLUICE_OK), "");
  CHECK_TEXT(sluice_error_text(SLUICE_OK), "Success.");
  for (size_t i = 0; i != sizeof errors / sizeof *errors; ++i) {
    const char* text = sluice_error_text(errors[i].code);
    CHECK_TEXT(sluice_error_name(errors[i].code), errors[i].name);
    CHECK(strlen(text) > 10);
    CHECK(text == sluice_error_text(errors[i].code)); /* it lives on */
  }
  CHECK_TEXT(sluice_error_text(SLUICE_ERROR_CLOSED), "The connection or channel is closed; make a new one.");
}

static void errors_of_the_system_keep_its_words(void) {
  CHECK_TEXT(sluice_error_text(SLUICE_ERROR_SYSTEM + ENOENT), strerror(ENOENT));
  CHECK(strcmp(sluice_error_text(SLUICE_ERROR_ASIO + 2), sluice_error_text(SLUICE_ERROR_UNKNOWN)) != 0);
  CHECK(strcmp(sluice_error_text(SLUICE_ERROR_NAME + 1), sluice_error_text(SLUICE_ERROR_UNKNOWN)) != 0);
  CHECK(strcmp(sluice_error_text(SLUICE_ERROR_NAME_SERVICE + 8), sluice_error_text(SLUICE_ERROR_UNKNOWN)) != 0);
}

static void the_version_is_that_of_the_headers(void) {
  char expected[32];
  snprintf(expected, sizeof expected, "%d.%d.%d", SLUICE_VERSION_MAJOR, SLUICE_VERSION_MINOR, SLUICE_VERSION_PATCH);
  CHECK_TEXT(sluice_version(), expected);
}

static void states_have_the_words_of_w3c(void) {
  CHECK_TEXT(sluice_log_level_name(SLUICE_LOG_NONE), "none");
  CHECK_TEXT(sluice_log_level_name(SLUICE_LOG_ERROR), "error");
  CHECK_TEXT(sluice_log_level_name(SLUICE_LOG_WARNING), "warning");
  CHECK_TEXT(sluice_log_level_name(SLUICE_LOG_INFO), "info");
  CHECK_TEXT(sluice_log_level_name(SLUICE_LOG_DEBUG), "debug");
  CHECK_TEXT(sluice_ice_transport_policy_name(SLUICE_ICE_TRANSPORT_POLICY_ALL), "all");
  CHECK_TEXT(sluice_ice_transport_policy_name(SLUICE_ICE_TRANSPORT_POLICY_RELAY), "relay");
  CHECK_TEXT(sluice_bundle_policy_name(SLUICE_BUNDLE_POLICY_BALANCED), "balanced");
  CHECK_TEXT(sluice_bundle_policy_name(SLUICE_BUNDLE_POLICY_MAX_COMPAT), "max-compat");
  CHECK_TEXT(sluice_bundle_policy_name(SLUICE_BUNDLE_POLICY_MAX_BUNDLE), "max-bundle");
  CHECK_TEXT(sluice_sdp_type_name(SLUICE_SDP_TYPE_OFFER), "offer");
  CHECK_TEXT(sluice_sdp_type_name(SLUICE_SDP_TYPE_PRANSWER), "pranswer");
  CHECK_TEXT(sluice_sdp_type_name(SLUICE_SDP_TYPE_ANSWER), "answer");
  CHECK_TEXT(sluice_sdp_type_name(SLUICE_SDP_TYPE_ROLLBACK), "rollback");
  CHECK_TEXT(sluice_ice_candidate_type_name(SLUICE_ICE_CANDIDATE_TYPE_HOST), "host");
  CHECK_TEXT(sluice_ice_candidate_type_name(SLUICE_ICE_CANDIDATE_TYPE_SRFLX), "srflx");
  CHECK_TEXT(sluice_ice_candidate_type_name(SLUICE_ICE_CANDIDATE_TYPE_PRFLX), "prflx");
  CHECK_TEXT(sluice_ice_candidate_type_name(SLUICE_ICE_CANDIDATE_TYPE_RELAY), "relay");
  CHECK_TEXT(sluice_data_channel_state_name(SLUICE_DATA_CHANNEL_STATE_CONNECTING), "connecting");
  CHECK_TEXT(sluice_data_channel_state_name(SLUICE_DATA_CHANNEL_STATE_OPEN), "open");
  CHECK_TEXT(sluice_data_channel_state_name(SLUICE_DATA_CHANNEL_STATE_CLOSING), "closing");
  CHECK_TEXT(sluice_data_channel_state_name(SLUICE_DATA_CHANNEL_STATE_CLOSED), "closed");
  CHECK_TEXT(sluice_signaling_state_name(SLUICE_SIGNALING_STATE_STABLE), "stable");
  CHECK_TEXT(sluice_signaling_state_name(SLUICE_SIGNALING_STATE_HAVE_LOCAL_OFFER), "have-local-offer");
  CHECK_TEXT(sluice_signaling_state_name(SLUICE_SIGNALING_STATE_HAVE_REMOTE_OFFER), "have-remote-offer");
  CHECK_TEXT(sluice_signaling_state_name(SLUICE_SIGNALING_STATE_HAVE_LOCAL_PRANSWER), "have-local-pranswer");
  CHECK_TEXT(sluice_signaling_state_name(SLUICE_SIGNALING_STATE_HAVE_REMOTE_PRANSWER), "have-remote-pranswer");
  CHECK_TEXT(sluice_signaling_state_name(SLUICE_SIGNALING_STATE_CLOSED), "closed");
  CHECK_TEXT(sluice_connection_state_name(SLUICE_CONNECTION_STATE_NEW), "new");
  CHECK_TEXT(sluice_connection_state_name(SLUICE_CONNECTION_STATE_CONNECTING), "connecting");
  CHECK_TEXT(sluice_connection_state_name(SLUICE_CONNECTION_STATE_CONNECTED), "connected");
  CHECK_TEXT(sluice_connection_state_name(SLUICE_CONNECTION_STATE_DISCONNECTED), "disconnected");
  CHECK_TEXT(sluice_connection_state_name(SLUICE_CONNECTION_STATE_FAILED), "failed");
  CHECK_TEXT(sluice_connection_state_name(SLUICE_CONNECTION_STATE_CLOSED), "closed");
}

static void states_of_transports_have_the_words_of_w3c(void) {
  CHECK_TEXT(sluice_ice_connection_state_name(SLUICE_ICE_CONNECTION_STATE_NEW), "new");
  CHECK_TEXT(sluice_ice_connection_state_name(SLUICE_ICE_CONNECTION_STATE_CHECKING), "checking");
  CHECK_TEXT(sluice_ice_connection_state_name(SLUICE_ICE_CONNECTION_STATE_CONNECTED), "connected");
  CHECK_TEXT(sluice_ice_connection_state_name(SLUICE_ICE_CONNECTION_STATE_COMPLETED), "completed");
  CHECK_TEXT(sluice_ice_connection_state_name(SLUICE_ICE_CONNECTION_STATE_DISCONNECTED), "disconnected");
  CHECK_TEXT(sluice_ice_connection_state_name(SLUICE_ICE_CONNECTION_STATE_FAILED), "failed");
  CHECK_TEXT(sluice_ice_connection_state_name(SLUICE_ICE_CONNECTION_STATE_CLOSED), "closed");
  CHECK_TEXT(sluice_ice_role_name(SLUICE_ICE_ROLE_UNKNOWN), "unknown");
  CHECK_TEXT(sluice_ice_role_name(SLUICE_ICE_ROLE_CONTROLLING), "controlling");
  CHECK_TEXT(sluice_ice_role_name(SLUICE_ICE_ROLE_CONTROLLED), "controlled");
  CHECK_TEXT(sluice_ice_transport_state_name(SLUICE_ICE_TRANSPORT_STATE_NEW), "new");
  CHECK_TEXT(sluice_ice_transport_state_name(SLUICE_ICE_TRANSPORT_STATE_CHECKING), "checking");
  CHECK_TEXT(sluice_ice_transport_state_name(SLUICE_ICE_TRANSPORT_STATE_CONNECTED), "connected");
  CHECK_TEXT(sluice_ice_transport_state_name(SLUICE_ICE_TRANSPORT_STATE_COMPLETED), "completed");
  CHECK_TEXT(sluice_ice_transport_state_name(SLUICE_ICE_TRANSPORT_STATE_DISCONNECTED), "disconnected");
  CHECK_TEXT(sluice_ice_transport_state_name(SLUICE_ICE_TRANSPORT_STATE_FAILED), "failed");
  CHECK_TEXT(sluice_ice_transport_state_name(SLUICE_ICE_TRANSPORT_STATE_CLOSED), "closed");
  CHECK_TEXT(sluice_ice_gathering_state_name(SLUICE_ICE_GATHERING_STATE_NEW), "new");
  CHECK_TEXT(sluice_ice_gathering_state_name(SLUICE_ICE_GATHERING_STATE_GATHERING), "gathering");
  CHECK_TEXT(sluice_ice_gathering_state_name(SLUICE_ICE_GATHERING_STATE_COMPLETE), "complete");
  CHECK_TEXT(sluice_dtls_transport_state_name(SLUICE_DTLS_TRANSPORT_STATE_NEW), "new");
  CHECK_TEXT(sluice_dtls_transport_state_name(SLUICE_DTLS_TRANSPORT_STATE_CONNECTING), "connecting");
  CHECK_TEXT(sluice_dtls_transport_state_name(SLUICE_DTLS_TRANSPORT_STATE_CONNECTED), "connected");
  CHECK_TEXT(sluice_dtls_transport_state_name(SLUICE_DTLS_TRANSPORT_STATE_CLOSED), "closed");
  CHECK_TEXT(sluice_dtls_transport_state_name(SLUICE_DTLS_TRANSPORT_STATE_FAILED), "failed");
  CHECK_TEXT(sluice_sctp_transport_state_name(SLUICE_SCTP_TRANSPORT_STATE_CONNECTING), "connecting");
  CHECK_TEXT(sluice_sctp_transport_state_name(SLUICE_SCTP_TRANSPORT_STATE_CONNECTED), "connected");
  CHECK_TEXT(sluice_sctp_transport_state_name(SLUICE_SCTP_TRANSPORT_STATE_CLOSED), "closed");
  CHECK_TEXT(sluice_candidate_pair_state_name(SLUICE_CANDIDATE_PAIR_STATE_FROZEN), "frozen");
  CHECK_TEXT(sluice_candidate_pair_state_name(SLUICE_CANDIDATE_PAIR_STATE_WAITING), "waiting");
  CHECK_TEXT(sluice_candidate_pair_state_name(SLUICE_CANDIDATE_PAIR_STATE_IN_PROGRESS), "in-progress");
  CHECK_TEXT(sluice_candidate_pair_state_name(SLUICE_CANDIDATE_PAIR_STATE_FAILED), "failed");
  CHECK_TEXT(sluice_candidate_pair_state_name(SLUICE_CANDIDATE_PAIR_STATE_SUCCEEDED), "succeeded");
}

static void what_is_no_state_has_no_word(void) {
  CHECK_TEXT(sluice_log_level_name((sluice_log_level)99), "");
  CHECK_TEXT(sluice_ice_transport_policy_name((sluice_ice_transport_policy)99), "");
  CHECK_TEXT(sluice_bundle_policy_name((sluice_bundle_policy)99), "");
  CHECK_TEXT(sluice_sdp_type_name((sluice_sdp_type)-1), "");
  CHECK_TEXT(sluice_ice_candidate_type_name((sluice_ice_candidate_type)99), "");
  CHECK_TEXT(sluice_data_channel_state_name((sluice_data_channel_state)99), "");
  CHECK_TEXT(sluice_signaling_state_name((sluice_signaling_state)99), "");
  CHECK_TEXT(sluice_connection_state_name((sluice_connection_state)99), "");
  CHECK_TEXT(sluice_ice_connection_state_name((sluice_ice_connection_state)99), "");
  CHECK_TEXT(sluice_ice_role_name((sluice_ice_role)99), "");
  CHECK_TEXT(sluice_ice_transport_state_name((sluice_ice_transport_state)99), "");
  CHECK_TEXT(sluice_ice_gathering_state_name((sluice_ice_gathering_state)99), "");
  CHECK_TEXT(sluice_dtls_transport_state_name((sluice_dtls_transport_state)99), "");
  CHECK_TEXT(sluice_sctp_transport_state_name((sluice_sctp_transport_state)99), "");
  CHECK_TEXT(sluice_candidate_pair_state_name((sluice_candidate_pair_state)99), "");
}

static void a_description_goes_through_json(void) {
  sluice_session_description description;
  sluice_session_description* read = NULL;
  char* json = NULL;
  sluice_session_description_init(&description, sizeof description);
  description.type = SLUICE_SDP_TYPE_ANSWER;
  description.sdp = "v=0\r\n";
  json = sluice_session_description_to_json(&description);
  CHECK(json && strstr(json, "\"type\":\"answer\"") && strstr(json, "\"sdp\":\"v=0\\r\\n\""));
  CHECK_NUMBER(sluice_session_description_from_json(json, &read), SLUICE_OK);
  if (CHECK(read != NULL)) {
    CHECK_NUMBER(read->size, sizeof *read);
    CHECK_NUMBER(read->type, SLUICE_SDP_TYPE_ANSWER);
    CHECK_TEXT(read->sdp, "v=0\r\n");
  }
  sluice_free(json);
  sluice_free(read);
  description.type = (sluice_sdp_type)7;
  CHECK(sluice_session_description_to_json(&description) == NULL);
}

static void json_that_is_no_description_is_refused_by_reason(void) {
  static const struct {
    const char* json;
    sluice_error error;
  } cases[] = {{"", SLUICE_ERROR_JSON_SYNTAX},
               {"[]", SLUICE_ERROR_JSON_SYNTAX},
               {"{}", SLUICE_ERROR_JSON_MISSING_TYPE},
               {"{\"type\":1,\"sdp\":\"\"}", SLUICE_ERROR_JSON_WRONG_TYPE_OF_TYPE},
               {"{\"type\":\"foo\",\"sdp\":\"\"}", SLUICE_ERROR_JSON_UNKNOWN_TYPE},
               {"{\"type\":\"offer\"}", SLUICE_ERROR_JSON_MISSING_SDP},
               {"{\"type\":\"offer\",\"sdp\":5}", SLUICE_ERROR_JSON_WRONG_TYPE_OF_SDP},
               {NULL, SLUICE_ERROR_BAD_ARGUMENT}};
  for (size_t i = 0; i != sizeof cases / sizeof *cases; ++i) {
    sluice_session_description* read = (sluice_session_description*)&read;
    CHECK_NUMBER(sluice_session_description_from_json(cases[i].json, &read), cases[i].error);
    CHECK(read == NULL);
  }
}

static void a_candidate_goes_through_json(void) {
  sluice_ice_candidate candidate;
  sluice_ice_candidate* read = NULL;
  char* json = NULL;
  sluice_ice_candidate_init(&candidate, sizeof candidate);
  CHECK_NUMBER(candidate.sdp_mline_index, -1);
  candidate.candidate = "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host";
  candidate.sdp_mid = "0";
  candidate.sdp_mline_index = 0;
  json = sluice_ice_candidate_to_json(&candidate);
  CHECK(json && strstr(json, "\"sdpMLineIndex\":0") && strstr(json, "\"usernameFragment\":null"));
  CHECK_NUMBER(sluice_ice_candidate_from_json(json, &read), SLUICE_OK);
  if (CHECK(read != NULL)) {
    CHECK_TEXT(read->candidate, candidate.candidate);
    CHECK_TEXT(read->sdp_mid, "0");
    CHECK_NUMBER(read->sdp_mline_index, 0);
    CHECK_TEXT(read->username_fragment, NULL);
    CHECK_TEXT(read->url, NULL);
  }
  sluice_free(json);
  sluice_free(read);
  CHECK_NUMBER(sluice_ice_candidate_from_json("{}", &read), SLUICE_ERROR_JSON_MISSING_CANDIDATE);
  CHECK_NUMBER(sluice_ice_candidate_from_json("{\"candidate\":\"\",\"sdpMid\":1}", &read),
               SLUICE_ERROR_JSON_WRONG_TYPE_OF_MID);
  CHECK(read == NULL);
  candidate.sdp_mline_index = 65536;
  CHECK(sluice_ice_candidate_to_json(&candidate) == NULL);
}

static void a_candidate_is_described_in_parts(void) {
  sluice_ice_candidate candidate;
  sluice_ice_candidate_info* info = NULL;
  sluice_ice_candidate_init(&candidate, sizeof candidate);
  candidate.candidate = "candidate:4 1 udp 1694498815 203.0.113.7 6000 typ srflx raddr 192.0.2.1 rport 5000";
  candidate.username_fragment = "abcd";
  info = sluice_ice_candidate_describe(&candidate);
  if (CHECK(info != NULL)) {
    CHECK_NUMBER(info->type, SLUICE_ICE_CANDIDATE_TYPE_SRFLX);
    CHECK_TEXT(info->protocol, "udp");
    CHECK_TEXT(info->address, "203.0.113.7");
    CHECK_NUMBER(info->port, 6000);
    CHECK_TEXT(info->foundation, "4");
    CHECK_NUMBER(info->priority, 1694498815);
    CHECK_NUMBER(info->component, 1);
    CHECK_TEXT(info->tcp_type, NULL);
    CHECK_TEXT(info->related_address, "192.0.2.1");
    CHECK_NUMBER(info->related_port, 5000);
    CHECK_TEXT(info->relay_protocol, NULL);
  }
  sluice_free(info);
  candidate.relay_protocol = "tls";
  info = sluice_ice_candidate_describe(&candidate);
  if (CHECK(info != NULL)) CHECK_TEXT(info->relay_protocol, "tls");
  sluice_free(info);
  candidate.relay_protocol = "sctp";
  CHECK(sluice_ice_candidate_describe(&candidate) == NULL);
  candidate.relay_protocol = NULL;
  candidate.candidate = "candidate:nonsense";
  CHECK(sluice_ice_candidate_describe(&candidate) == NULL);
  candidate.candidate = NULL;
  CHECK(sluice_ice_candidate_describe(&candidate) == NULL);
}

int main(void) {
  RUN(every_error_has_the_name_of_w3c_and_a_sentence);
  RUN(errors_of_the_system_keep_its_words);
  RUN(the_version_is_that_of_the_headers);
  RUN(states_have_the_words_of_w3c);
  RUN(states_of_transports_have_the_words_of_w3c);
  RUN(what_is_no_state_has_no_word);
  RUN(a_description_goes_through_json);
  RUN(json_that_is_no_description_is_refused_by_reason);
  RUN(a_candidate_goes_through_json);
  RUN(a_candidate_is_described_in_parts);
  return check_result();
}
