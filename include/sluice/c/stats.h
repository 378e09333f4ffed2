#pragma once
// Statistics: what a connection has done so far, by W3C's objects and names.   W3C webrtc-stats, webrtc-pc §8
//
// A member foo_bar is W3C's fooBar. Counters only grow; bytes are payload, without headers. A number that does not
// exist yet, or is not known, is -1, and a string NULL. JSON has the same objects under W3C's names and units.
#include "sluice/c/candidate.h"
#include "sluice/c/data_channel.h"
#include "sluice/c/transports.h"

SLUICE_BEGIN_C

/// W3C type "peer-connection".
typedef struct sluice_peer_connection_stats {
  size_t size;
  const char* id;  ///< The same in every report of one connection, and cannot be guessed; so are all ids. W3C §8.5
  uint32_t data_channels_opened;
  uint32_t data_channels_closed;  ///< Of those that were open.
} sluice_peer_connection_stats;

/// W3C type "data-channel". Channels that have ended stay, the latest 256 of them.
typedef struct sluice_data_channel_stats {
  size_t size;
  const char* id;
  const char* label;
  const char* protocol;
  int32_t data_channel_identifier;
  sluice_data_channel_state state;
  uint64_t messages_sent;
  uint64_t bytes_sent;
  uint64_t messages_received;
  uint64_t bytes_received;
} sluice_data_channel_stats;

/// W3C type "transport".
typedef struct sluice_transport_stats {
  size_t size;
  const char* id;
  uint64_t packets_sent;
  uint64_t packets_received;
  uint64_t bytes_sent;
  uint64_t bytes_received;
  sluice_ice_role ice_role;
  sluice_ice_transport_state ice_state;
  const char* ice_local_username_fragment;
  sluice_dtls_transport_state dtls_state;
  const char* dtls_role;    ///< "client", "server"
  const char* tls_version;  ///< "FEFD": DTLS 1.2
  const char* dtls_cipher;  ///< "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
  const char* selected_candidate_pair_id;
  const char* local_certificate_id;
  const char* remote_certificate_id;
  uint32_t selected_candidate_pair_changes;
} sluice_transport_stats;

/// RFC 8445 §6.1.2.6
typedef enum sluice_candidate_pair_state {
  SLUICE_CANDIDATE_PAIR_STATE_FROZEN,
  SLUICE_CANDIDATE_PAIR_STATE_WAITING,
  SLUICE_CANDIDATE_PAIR_STATE_IN_PROGRESS,
  SLUICE_CANDIDATE_PAIR_STATE_FAILED,
  SLUICE_CANDIDATE_PAIR_STATE_SUCCEEDED
} sluice_candidate_pair_state;

/// "frozen", "waiting", "in-progress", ...; "" for another value.
SLUICE_EXPORT const char* sluice_candidate_pair_state_name(sluice_candidate_pair_state state);

/// W3C type "candidate-pair".
typedef struct sluice_candidate_pair_stats {
  size_t size;
  const char* id;
  const char* transport_id;
  const char* local_candidate_id;
  const char* remote_candidate_id;
  sluice_candidate_pair_state state;
  bool nominated;
  uint64_t packets_sent;
  uint64_t packets_received;
  uint64_t bytes_sent;
  uint64_t bytes_received;
  int64_t total_round_trip_time;    ///< Nanoseconds; JSON: seconds.
  int64_t current_round_trip_time;  ///< Likewise; or -1.
  uint64_t requests_received;
  uint64_t requests_sent;
  uint64_t responses_received;
  uint64_t responses_sent;
  uint64_t consent_requests_sent;  ///< RFC 7675
} sluice_candidate_pair_stats;

/// W3C types "local-candidate" and "remote-candidate". The address of a peer-reflexive remote candidate is empty until
/// the peer has signaled it.
typedef struct sluice_ice_candidate_stats {
  size_t size;
  const char* id;
  const char* transport_id;
  const sluice_ice_candidate_info* candidate;
} sluice_ice_candidate_stats;

/// W3C type "certificate".
typedef struct sluice_certificate_stats {
  size_t size;
  const char* id;
  const char* fingerprint;  ///< "ab:cd:..."
  const char* fingerprint_algorithm;
  const char* base64_certificate;  ///< DER
  const char* issuer_certificate_id;
} sluice_certificate_stats;

/// Not W3C: type "sluice-sctp", the association of the data channels. RFC 9260
typedef struct sluice_sctp_stats {
  size_t size;
  const char* id;
  const char* transport_id;
  uint32_t congestion_window;        ///< Bytes.
  uint32_t receiver_window;          ///< Of the peer, bytes.
  uint64_t unacknowledged_bytes;     ///< Taken by SCTP and not acknowledged yet.
  int64_t smoothed_round_trip_time;  ///< Nanoseconds; JSON: seconds.
  int64_t retransmission_timeout;    ///< Nanoseconds; JSON: seconds.
  uint32_t path_mtu;                 ///< Bytes of an SCTP packet.
  uint64_t packets_retransmitted;
  uint64_t packets_sent;
  uint64_t packets_received;
  uint64_t packets_refused;  ///< Malformed or hostile ones, which usrsctp never saw.
} sluice_sctp_stats;

/// W3C RTCStatsReport. The first of the certificates is ours.
typedef struct sluice_stats_report {
  size_t size;
  double timestamp;  ///< Of every object in it: milliseconds since 1970.
  const sluice_peer_connection_stats* peer_connection;
  const sluice_data_channel_stats* const* data_channels;
  size_t data_channel_count;
  const sluice_transport_stats* transport;  ///< Or NULL.
  const sluice_candidate_pair_stats* const* candidate_pairs;
  size_t candidate_pair_count;
  const sluice_ice_candidate_stats* const* local_candidates;
  size_t local_candidate_count;
  const sluice_ice_candidate_stats* const* remote_candidates;
  size_t remote_candidate_count;
  const sluice_certificate_stats* const* certificates;
  size_t certificate_count;
  const sluice_sctp_stats* sctp;  ///< Or NULL.
} sluice_stats_report;

/// NULL if there is an error; the report lives until the function returns.
typedef void (*sluice_stats_done)(void* user, sluice_error error, const sluice_stats_report* report);
/// Likewise: {"<id>": {"id": "<id>", "type": "transport", "timestamp": 1700000000000.0, ...}, ...}
typedef void (*sluice_stats_json_done)(void* user, sluice_error error, const char* json);

SLUICE_END_C
