#pragma once
// Peer connections: a connection to one peer that carries data channels.   W3C §4.4, RFC 9429
//
// Operations run one after another, in the order of the calls (W3C's operations chain). When the connection is closed,
// everything pending is done with closed (close_async and wait_closed of channels with OK), events and messages that
// nobody has consumed are dropped, then all handlers are dropped, except on_close of channels. New operations are done
// with closed too, except those that say otherwise, while getters keep the last values. Events that nobody consumes
// wait in queues of limited length, and beyond it the oldest are dropped; messages are not, the peer is held back.
#include "sluice/c/candidate.h"
#include "sluice/c/configuration.h"
#include "sluice/c/data_channel.h"
#include "sluice/c/description.h"
#include "sluice/c/loop.h"
#include "sluice/c/stats.h"
#include "sluice/c/transports.h"

SLUICE_BEGIN_C

typedef struct sluice_peer_connection sluice_peer_connection;

/// W3C §4.3.1
typedef enum sluice_signaling_state {
  SLUICE_SIGNALING_STATE_STABLE,
  SLUICE_SIGNALING_STATE_HAVE_LOCAL_OFFER,
  SLUICE_SIGNALING_STATE_HAVE_REMOTE_OFFER,
  SLUICE_SIGNALING_STATE_HAVE_LOCAL_PRANSWER,
  SLUICE_SIGNALING_STATE_HAVE_REMOTE_PRANSWER,
  SLUICE_SIGNALING_STATE_CLOSED
} sluice_signaling_state;

/// W3C §4.3.3
typedef enum sluice_connection_state {
  SLUICE_CONNECTION_STATE_NEW,
  SLUICE_CONNECTION_STATE_CONNECTING,
  SLUICE_CONNECTION_STATE_CONNECTED,
  SLUICE_CONNECTION_STATE_DISCONNECTED,
  SLUICE_CONNECTION_STATE_FAILED,
  SLUICE_CONNECTION_STATE_CLOSED
} sluice_connection_state;

/// W3C §4.3.4
typedef enum sluice_ice_connection_state {
  SLUICE_ICE_CONNECTION_STATE_NEW,
  SLUICE_ICE_CONNECTION_STATE_CHECKING,
  SLUICE_ICE_CONNECTION_STATE_CONNECTED,
  SLUICE_ICE_CONNECTION_STATE_COMPLETED,
  SLUICE_ICE_CONNECTION_STATE_DISCONNECTED,
  SLUICE_ICE_CONNECTION_STATE_FAILED,
  SLUICE_ICE_CONNECTION_STATE_CLOSED
} sluice_ice_connection_state;

/// W3C's words: "have-local-offer", "new", ...; "" for another value.
SLUICE_EXPORT const char* sluice_signaling_state_name(sluice_signaling_state state);
SLUICE_EXPORT const char* sluice_connection_state_name(sluice_connection_state state);
SLUICE_EXPORT const char* sluice_ice_connection_state_name(sluice_ice_connection_state state);

/// A connection on this loop; `configuration` may be NULL: the defaults. An open connection is work: sluice_loop_run()
/// returns when it is closed or freed. Errors: those of sluice_configuration_validate(); then *connection is NULL.
SLUICE_EXPORT sluice_error sluice_peer_connection_new(sluice_loop* loop, const sluice_configuration* configuration,
                                                      sluice_peer_connection** connection);
/// Closes it, and no handler of the connection, its channels and transports starts any more.
SLUICE_EXPORT void sluice_peer_connection_free(sluice_peer_connection* connection);
/// Closes abruptly: the peer is told once (SCTP ABORT, close_notify), nothing is awaited. States are closed when it
/// returns. The only handlers called afterwards: on_close of channels. Idempotent. W3C close()
SLUICE_EXPORT void sluice_peer_connection_close(sluice_peer_connection* connection);
/// Sends what is queued, closes channels, SCTP and DTLS in order, then closes; limited to ten seconds. Done when the
/// connection is closed.
SLUICE_EXPORT sluice_error sluice_peer_connection_close_async(sluice_peer_connection* connection, sluice_done done,
                                                              void* user);

// ---- Getters, for any thread

/// The pending description, or else the current one; then each alone. Yours to free; NULL: none. W3C §4.4.1.1
SLUICE_EXPORT sluice_session_description* sluice_peer_connection_local_description(
    const sluice_peer_connection* connection);
SLUICE_EXPORT sluice_session_description* sluice_peer_connection_current_local_description(
    const sluice_peer_connection* connection);
SLUICE_EXPORT sluice_session_description* sluice_peer_connection_pending_local_description(
    const sluice_peer_connection* connection);
SLUICE_EXPORT sluice_session_description* sluice_peer_connection_remote_description(
    const sluice_peer_connection* connection);
SLUICE_EXPORT sluice_session_description* sluice_peer_connection_current_remote_description(
    const sluice_peer_connection* connection);
SLUICE_EXPORT sluice_session_description* sluice_peer_connection_pending_remote_description(
    const sluice_peer_connection* connection);

/// Closed (gathering: new) for NULL. W3C §4.3
SLUICE_EXPORT sluice_signaling_state sluice_peer_connection_signaling_state(const sluice_peer_connection* connection);
SLUICE_EXPORT sluice_ice_gathering_state
sluice_peer_connection_ice_gathering_state(const sluice_peer_connection* connection);
SLUICE_EXPORT sluice_ice_connection_state
sluice_peer_connection_ice_connection_state(const sluice_peer_connection* connection);
SLUICE_EXPORT sluice_connection_state sluice_peer_connection_connection_state(const sluice_peer_connection* connection);
/// 1: yes, 0: no, -1: not known before a remote description. RFC 9429 §4.1.17
SLUICE_EXPORT int sluice_peer_connection_can_trickle_ice_candidates(const sluice_peer_connection* connection);
/// A new handle, yours to free; from it one comes to the transports below. NULL before a description with a data
/// section is applied, or after the peer has refused it. W3C §6.1
SLUICE_EXPORT sluice_sctp_transport* sluice_peer_connection_sctp(const sluice_peer_connection* connection);
/// What the operation or transport that failed last had to say; yours to free. NULL: nothing has failed.
SLUICE_EXPORT sluice_rtc_error* sluice_peer_connection_last_error(const sluice_peer_connection* connection);

// ---- Configuration and channels

/// As given; yours to free, with its certificates. W3C §4.4.2
SLUICE_EXPORT sluice_configuration* sluice_peer_connection_get_configuration(const sluice_peer_connection* connection);
/// Replaces ice_servers and ice_transport_policy; they act from the next gathering on, and once gathering has begun the
/// next offer restarts ICE. NULL, and a member left at its default, mean the default. key_log and network are checked
/// and then ignored. Errors: closed, those of sluice_configuration_validate(), configuration_modified (bundle_policy,
/// certificates, limits, ice_lite; ice_candidate_pool_size once a local description has been set); then the configuration is what
/// it was. W3C §4.4.1.5
SLUICE_EXPORT sluice_error sluice_peer_connection_set_configuration(sluice_peer_connection* connection,
                                                                    const sluice_configuration* configuration);
/// The next offer has new ICE credentials; on_negotiation_needed asks for it. Nothing happens before there is a local
/// description, or when closed. Errors: bad_argument. W3C restartIce()
SLUICE_EXPORT sluice_error sluice_peer_connection_restart_ice(sluice_peer_connection* connection);

/// `label` at most 65535 bytes; `options` may be NULL: the defaults. The channel is yours to free. Errors:
/// bad_argument, closed, id_in_use, no_free_id, too_many; then *channel is NULL. Called in a handler of the connection
/// all checks are complete. Elsewhere they see the ids in use as of the last event; if an id is lost to the peer in
/// that moment, the channel reports on_error and on_close. W3C §6.1.2
SLUICE_EXPORT sluice_error sluice_peer_connection_create_data_channel(sluice_peer_connection* connection,
                                                                      const char* label,
                                                                      const sluice_data_channel_options* options,
                                                                      sluice_data_channel** channel);

// ---- Operations. Errors of all: bad_argument; of done: closed, and those named.

/// W3C §4.2.6.2
typedef struct sluice_offer_options {
  size_t size;
  bool ice_restart;  ///< New ICE credentials, RFC 8445 §9. By default false.
} sluice_offer_options;
SLUICE_EXPORT void sluice_offer_options_init(sluice_offer_options* options, size_t size);

/// `options` may be NULL. Done with: wrong_signaling_state. W3C createOffer
SLUICE_EXPORT sluice_error sluice_peer_connection_create_offer(sluice_peer_connection* connection,
                                                               const sluice_offer_options* options,
                                                               sluice_description_done done, void* user);
/// Done with: wrong_signaling_state. W3C createAnswer
SLUICE_EXPORT sluice_error sluice_peer_connection_create_answer(sluice_peer_connection* connection,
                                                                sluice_description_done done, void* user);
/// NULL makes and applies the offer or answer that the signaling state calls for (W3C perfect negotiation); afterwards
/// sluice_peer_connection_local_description() has it. Otherwise applies what create_offer or _answer made, or a
/// rollback; with an empty sdp what was made last. Starts gathering. Done with: wrong_signaling_state,
/// description_modified. W3C setLocalDescription
SLUICE_EXPORT sluice_error sluice_peer_connection_set_local_description(sluice_peer_connection* connection,
                                                                        const sluice_session_description* description,
                                                                        sluice_done done, void* user);
/// Applies the peer's description. An offer that collides with ours rolls ours back first. Done with:
/// wrong_signaling_state, sdp_syntax, invalid_description. W3C setRemoteDescription
SLUICE_EXPORT sluice_error sluice_peer_connection_set_remote_description(sluice_peer_connection* connection,
                                                                         const sluice_session_description* description,
                                                                         sluice_done done, void* user);
/// Adds a candidate of the peer; an empty one ends its generation, and so does NULL. Done with: candidate_without_mid,
/// no_remote_description, unknown_mid, unknown_ufrag, candidate_syntax. W3C addIceCandidate
SLUICE_EXPORT sluice_error sluice_peer_connection_add_ice_candidate(sluice_peer_connection* connection,
                                                                    const sluice_ice_candidate* candidate,
                                                                    sluice_done done, void* user);
/// Done when connection_state is connected, at once if it is. Done with: the reason when it is failed (ice_failed,
/// dtls_failed, fingerprint_mismatch, sctp_failed). Any number may wait.
SLUICE_EXPORT sluice_error sluice_peer_connection_wait_connected(sluice_peer_connection* connection, sluice_done done,
                                                                 void* user);
/// Also after close, with the last values. W3C getStats
SLUICE_EXPORT sluice_error sluice_peer_connection_get_stats(sluice_peer_connection* connection, sluice_stats_done done,
                                                            void* user);
/// Likewise, as JSON.
SLUICE_EXPORT sluice_error sluice_peer_connection_get_stats_json(sluice_peer_connection* connection,
                                                                 sluice_stats_json_done done, void* user);

// ---- Events. One handler for each kind, the latest; NULL takes it back. They take effect when the loop comes to it,
// at once in a handler of the connection. Errors: bad_argument. W3C §4.4

/// NULL ends gathering, an empty one ends a generation. It lives until the function returns.
typedef void (*sluice_ice_candidate_handler)(void* user, const sluice_ice_candidate* candidate);
typedef void (*sluice_ice_candidate_error_handler)(void* user, const sluice_ice_candidate_error* error);
typedef void (*sluice_signaling_state_handler)(void* user, sluice_signaling_state state);
typedef void (*sluice_ice_connection_state_handler)(void* user, sluice_ice_connection_state state);
typedef void (*sluice_connection_state_handler)(void* user, sluice_connection_state state);
/// The channel is yours to free; NULL when memory was short.
typedef void (*sluice_data_channel_handler)(void* user, sluice_data_channel* channel);

SLUICE_EXPORT sluice_error sluice_peer_connection_on_negotiation_needed(sluice_peer_connection* connection,
                                                                        sluice_handler handler, void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_on_ice_candidate(sluice_peer_connection* connection,
                                                                   sluice_ice_candidate_handler handler, void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_on_ice_candidate_error(sluice_peer_connection* connection,
                                                                         sluice_ice_candidate_error_handler handler,
                                                                         void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_on_signaling_state_change(sluice_peer_connection* connection,
                                                                            sluice_signaling_state_handler handler,
                                                                            void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_on_ice_gathering_state_change(
    sluice_peer_connection* connection, sluice_ice_gathering_state_handler handler, void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_on_ice_connection_state_change(
    sluice_peer_connection* connection, sluice_ice_connection_state_handler handler, void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_on_connection_state_change(sluice_peer_connection* connection,
                                                                             sluice_connection_state_handler handler,
                                                                             void* user);
/// The peer opened a channel; it is open.
SLUICE_EXPORT sluice_error sluice_peer_connection_on_data_channel(sluice_peer_connection* connection,
                                                                  sluice_data_channel_handler handler, void* user);

SLUICE_END_C
