#pragma once
// Events of a connection one at a time, for programs that wait instead of being called: the operations behind the
// coroutines of C++.
//
// Each is done with the next event of its kind, at once if one waits. One at a time: a second concurrent call is done
// with already_waiting. It wins over the on_ handler of that kind. When the connection is closed, events that still
// wait are dropped, and it is done with closed. Any thread. Errors: bad_argument.
#include "sluice/c/peer_connection.h"

SLUICE_BEGIN_C

/// `candidate` as sluice_ice_candidate_handler gets it; NULL with an error.
typedef void (*sluice_ice_candidate_done)(void* user, sluice_error error, const sluice_ice_candidate* candidate);
/// `failure` is NULL with an error.
typedef void (*sluice_ice_candidate_error_done)(void* user, sluice_error error,
                                                const sluice_ice_candidate_error* failure);
/// `state` means nothing with an error.
typedef void (*sluice_signaling_state_done)(void* user, sluice_error error, sluice_signaling_state state);
typedef void (*sluice_ice_gathering_state_done)(void* user, sluice_error error, sluice_ice_gathering_state state);
typedef void (*sluice_ice_connection_state_done)(void* user, sluice_error error, sluice_ice_connection_state state);
typedef void (*sluice_connection_state_done)(void* user, sluice_error error, sluice_connection_state state);
/// The channel is yours to free; NULL with an error.
typedef void (*sluice_data_channel_done)(void* user, sluice_error error, sluice_data_channel* channel);

SLUICE_EXPORT sluice_error sluice_peer_connection_next_negotiation_needed(sluice_peer_connection* connection,
                                                                          sluice_done done, void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_next_ice_candidate(sluice_peer_connection* connection,
                                                                     sluice_ice_candidate_done done, void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_next_ice_candidate_error(sluice_peer_connection* connection,
                                                                           sluice_ice_candidate_error_done done,
                                                                           void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_next_signaling_state(sluice_peer_connection* connection,
                                                                       sluice_signaling_state_done done, void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_next_ice_gathering_state(sluice_peer_connection* connection,
                                                                           sluice_ice_gathering_state_done done,
                                                                           void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_next_ice_connection_state(sluice_peer_connection* connection,
                                                                            sluice_ice_connection_state_done done,
                                                                            void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_next_connection_state(sluice_peer_connection* connection,
                                                                        sluice_connection_state_done done, void* user);
SLUICE_EXPORT sluice_error sluice_peer_connection_accept_data_channel(sluice_peer_connection* connection,
                                                                      sluice_data_channel_done done, void* user);

SLUICE_END_C
