#pragma once
// What carries the data channels: SCTP over DTLS over ICE.   W3C §5.5, §5.6, §6.1
//
// Handles as those of data channels: several may name the same transport, getters keep their last values after the end,
// and freeing a handle drops the handlers registered through it. Any thread.
#include "sluice/c/candidate.h"

SLUICE_BEGIN_C

/// There is one for the life of a connection; restarts do not replace it. W3C §5.6
typedef struct sluice_ice_transport sluice_ice_transport;
/// An ICE restart leaves it as it is; a peer that comes back with another certificate gets a new one (RFC 8842 §3.1).
/// W3C §5.5
typedef struct sluice_dtls_transport sluice_dtls_transport;
/// The association; a new one (RFC 8841 §10.3) has a new transport. W3C §6.1
typedef struct sluice_sctp_transport sluice_sctp_transport;

/// W3C §5.6
typedef enum sluice_ice_role {
  SLUICE_ICE_ROLE_UNKNOWN,
  SLUICE_ICE_ROLE_CONTROLLING,
  SLUICE_ICE_ROLE_CONTROLLED
} sluice_ice_role;

/// W3C §5.6
typedef enum sluice_ice_transport_state {
  SLUICE_ICE_TRANSPORT_STATE_NEW,
  SLUICE_ICE_TRANSPORT_STATE_CHECKING,
  SLUICE_ICE_TRANSPORT_STATE_CONNECTED,
  SLUICE_ICE_TRANSPORT_STATE_COMPLETED,
  SLUICE_ICE_TRANSPORT_STATE_DISCONNECTED,
  SLUICE_ICE_TRANSPORT_STATE_FAILED,
  SLUICE_ICE_TRANSPORT_STATE_CLOSED
} sluice_ice_transport_state;

/// W3C §4.3.2, §5.6
typedef enum sluice_ice_gathering_state {
  SLUICE_ICE_GATHERING_STATE_NEW,
  SLUICE_ICE_GATHERING_STATE_GATHERING,
  SLUICE_ICE_GATHERING_STATE_COMPLETE
} sluice_ice_gathering_state;

/// W3C §5.5
typedef enum sluice_dtls_transport_state {
  SLUICE_DTLS_TRANSPORT_STATE_NEW,
  SLUICE_DTLS_TRANSPORT_STATE_CONNECTING,
  SLUICE_DTLS_TRANSPORT_STATE_CONNECTED,
  SLUICE_DTLS_TRANSPORT_STATE_CLOSED,
  SLUICE_DTLS_TRANSPORT_STATE_FAILED
} sluice_dtls_transport_state;

/// W3C §6.1.2
typedef enum sluice_sctp_transport_state {
  SLUICE_SCTP_TRANSPORT_STATE_CONNECTING,
  SLUICE_SCTP_TRANSPORT_STATE_CONNECTED,
  SLUICE_SCTP_TRANSPORT_STATE_CLOSED
} sluice_sctp_transport_state;

/// W3C's words: "controlling", "checking", ...; "" for another value.
SLUICE_EXPORT const char* sluice_ice_role_name(sluice_ice_role role);
SLUICE_EXPORT const char* sluice_ice_transport_state_name(sluice_ice_transport_state state);
SLUICE_EXPORT const char* sluice_ice_gathering_state_name(sluice_ice_gathering_state state);
SLUICE_EXPORT const char* sluice_dtls_transport_state_name(sluice_dtls_transport_state state);
SLUICE_EXPORT const char* sluice_sctp_transport_state_name(sluice_sctp_transport_state state);

// ---- ICE

/// The credentials of one side and generation; the password is a secret of that generation. W3C §5.6
typedef struct sluice_ice_parameters {
  size_t size;
  const char* username_fragment;
  const char* password;
} sluice_ice_parameters;

/// Another handle of the same transport; NULL for NULL, or when memory is short.
SLUICE_EXPORT sluice_ice_transport* sluice_ice_transport_copy(const sluice_ice_transport* transport);
SLUICE_EXPORT void sluice_ice_transport_free(sluice_ice_transport* transport);
SLUICE_EXPORT bool sluice_ice_transport_same(const sluice_ice_transport* a, const sluice_ice_transport* b);

/// Unknown before the first description is applied, and for NULL.
SLUICE_EXPORT sluice_ice_role sluice_ice_transport_role(const sluice_ice_transport* transport);
/// Closed for NULL.
SLUICE_EXPORT sluice_ice_transport_state sluice_ice_transport_get_state(const sluice_ice_transport* transport);
/// New for NULL.
SLUICE_EXPORT sluice_ice_gathering_state sluice_ice_transport_gathering_state(const sluice_ice_transport* transport);
/// Of the current generation, as far as gathered or signaled, without peer-reflexive ones; yours to free. NULL for
/// NULL, or when memory is short.
SLUICE_EXPORT sluice_ice_candidate_list* sluice_ice_transport_local_candidates(const sluice_ice_transport* transport);
SLUICE_EXPORT sluice_ice_candidate_list* sluice_ice_transport_remote_candidates(const sluice_ice_transport* transport);
/// The path that carries data; yours to free. NULL: none yet.
SLUICE_EXPORT sluice_ice_candidate_pair* sluice_ice_transport_selected_candidate_pair(
    const sluice_ice_transport* transport);
/// Of the descriptions in use; yours to free. NULL before they are applied.
SLUICE_EXPORT sluice_ice_parameters* sluice_ice_transport_local_parameters(const sluice_ice_transport* transport);
SLUICE_EXPORT sluice_ice_parameters* sluice_ice_transport_remote_parameters(const sluice_ice_transport* transport);

typedef void (*sluice_ice_transport_state_handler)(void* user, sluice_ice_transport_state state);
typedef void (*sluice_ice_gathering_state_handler)(void* user, sluice_ice_gathering_state state);
/// NULL: there is none any more. It lives until the function returns.
typedef void (*sluice_ice_candidate_pair_handler)(void* user, const sluice_ice_candidate_pair* pair);

/// One handler each for a transport, the latest; NULL takes it back. Errors: bad_argument. W3C §5.6
SLUICE_EXPORT sluice_error sluice_ice_transport_on_state_change(const sluice_ice_transport* transport,
                                                                sluice_ice_transport_state_handler handler, void* user);
SLUICE_EXPORT sluice_error sluice_ice_transport_on_gathering_state_change(const sluice_ice_transport* transport,
                                                                          sluice_ice_gathering_state_handler handler,
                                                                          void* user);
SLUICE_EXPORT sluice_error sluice_ice_transport_on_selected_candidate_pair_change(
    const sluice_ice_transport* transport, sluice_ice_candidate_pair_handler handler, void* user);

// ---- DTLS

typedef struct sluice_bytes {
  const uint8_t* data;
  size_t length;
} sluice_bytes;

typedef struct sluice_bytes_list {
  size_t size;
  size_t count;
  const sluice_bytes* items;
} sluice_bytes_list;

/// Another handle of the same transport; NULL for NULL, or when memory is short.
SLUICE_EXPORT sluice_dtls_transport* sluice_dtls_transport_copy(const sluice_dtls_transport* transport);
SLUICE_EXPORT void sluice_dtls_transport_free(sluice_dtls_transport* transport);
SLUICE_EXPORT bool sluice_dtls_transport_same(const sluice_dtls_transport* a, const sluice_dtls_transport* b);

/// A new handle, yours to free; NULL for NULL, or when memory is short.
SLUICE_EXPORT sluice_ice_transport* sluice_dtls_transport_ice_transport(const sluice_dtls_transport* transport);
/// Closed for NULL.
SLUICE_EXPORT sluice_dtls_transport_state sluice_dtls_transport_get_state(const sluice_dtls_transport* transport);
/// The peer's certificate chain as DER, its own first; yours to free. Empty before the state is connected.
SLUICE_EXPORT sluice_bytes_list* sluice_dtls_transport_remote_certificates(const sluice_dtls_transport* transport);

typedef void (*sluice_dtls_transport_state_handler)(void* user, sluice_dtls_transport_state state);

/// One handler each for a transport, the latest; NULL takes it back. Errors: bad_argument. W3C §5.5
SLUICE_EXPORT sluice_error sluice_dtls_transport_on_state_change(const sluice_dtls_transport* transport,
                                                                 sluice_dtls_transport_state_handler handler,
                                                                 void* user);
/// dtls_failed with the alert that was sent or received, or fingerprint_mismatch; before the state change to failed.
SLUICE_EXPORT sluice_error sluice_dtls_transport_on_error(const sluice_dtls_transport* transport,
                                                          sluice_error_handler handler, void* user);

// ---- SCTP

/// Another handle of the same transport; NULL for NULL, or when memory is short.
SLUICE_EXPORT sluice_sctp_transport* sluice_sctp_transport_copy(const sluice_sctp_transport* transport);
SLUICE_EXPORT void sluice_sctp_transport_free(sluice_sctp_transport* transport);
SLUICE_EXPORT bool sluice_sctp_transport_same(const sluice_sctp_transport* a, const sluice_sctp_transport* b);

/// A new handle, yours to free; NULL for NULL, or when memory is short.
SLUICE_EXPORT sluice_dtls_transport* sluice_sctp_transport_transport(const sluice_sctp_transport* transport);
/// Closed for NULL.
SLUICE_EXPORT sluice_sctp_transport_state sluice_sctp_transport_get_state(const sluice_sctp_transport* transport);
/// Largest message that send takes, in bytes: what the peer accepts, and not more than sluice_limits.send_queue. 65536
/// before the peer has said; 0 for NULL. W3C §6.1.1, RFC 8841 §6
SLUICE_EXPORT uint64_t sluice_sctp_transport_max_message_size(const sluice_sctp_transport* transport);
/// How many channels there can be; -1 before the state is connected. RFC 8831 §6.2
SLUICE_EXPORT int32_t sluice_sctp_transport_max_channels(const sluice_sctp_transport* transport);

typedef void (*sluice_sctp_transport_state_handler)(void* user, sluice_sctp_transport_state state);

/// One handler for a transport, the latest; NULL takes it back. Errors: bad_argument. W3C §6.1
SLUICE_EXPORT sluice_error sluice_sctp_transport_on_state_change(const sluice_sctp_transport* transport,
                                                                 sluice_sctp_transport_state_handler handler,
                                                                 void* user);

SLUICE_END_C
