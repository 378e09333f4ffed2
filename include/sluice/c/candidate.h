#pragma once
// ICE candidates: an address of one side on its way through signaling.   W3C §4.8, RFC 8838
#include "sluice/c/base.h"

SLUICE_BEGIN_C

/// W3C §4.8.1 RTCIceCandidateInit
typedef struct sluice_ice_candidate {
  size_t size;
  const char* candidate;          ///< "candidate:..." (RFC 8839 §5.1); empty or NULL: no more in this generation.
  const char* sdp_mid;            ///< The a=mid of the section it belongs to, which wins over the index; or NULL.
  int32_t sdp_mline_index;        ///< The number of that section, 0 to 65535; or -1.
  const char* username_fragment;  ///< The ICE generation it belongs to; NULL: the latest.
  const char* url;                ///< Of our own server-reflexive and relayed ones: the server as configured; or NULL.
  const char* relay_protocol;     ///< Of our own relayed ones: "udp", "tcp", "tls"; or NULL.
} sluice_ice_candidate;

typedef struct sluice_ice_candidate_list {
  size_t size;
  size_t count;
  const sluice_ice_candidate* const* items;
} sluice_ice_candidate_list;

/// An end of candidates without mid, in `size` bytes.
SLUICE_EXPORT void sluice_ice_candidate_init(sluice_ice_candidate* candidate, size_t size);

/// {"candidate":"...","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"..."}, as a browser's JSON.stringify; what is
/// not set becomes null. Yours to free. NULL for NULL, for an index out of range, or when memory is short.
SLUICE_EXPORT char* sluice_ice_candidate_to_json(const sluice_ice_candidate* candidate);
/// The other way; `candidate` is yours to free. Members that are null or missing are not set, except "candidate";
/// unknown ones are ignored. Errors: bad_argument, json_syntax, json_missing_candidate, json_wrong_type_of_candidate,
/// _mid, _mline_index, _username_fragment; then it is NULL.
SLUICE_EXPORT sluice_error sluice_ice_candidate_from_json(const char* json, sluice_ice_candidate** candidate);

/// W3C §4.8.1
typedef enum sluice_ice_candidate_type {
  SLUICE_ICE_CANDIDATE_TYPE_HOST,
  SLUICE_ICE_CANDIDATE_TYPE_SRFLX,
  SLUICE_ICE_CANDIDATE_TYPE_PRFLX,
  SLUICE_ICE_CANDIDATE_TYPE_RELAY
} sluice_ice_candidate_type;

/// "host", "srflx", "prflx", "relay"; "" for another value.
SLUICE_EXPORT const char* sluice_ice_candidate_type_name(sluice_ice_candidate_type type);

/// What a candidate says, in parts: the attributes of W3C's RTCIceCandidate.
typedef struct sluice_ice_candidate_info {
  size_t size;
  sluice_ice_candidate_type type;
  const char* protocol;  ///< "udp", "tcp"
  const char* address;   ///< "192.0.2.1", "2001:db8::1", "….local". Empty: peer-reflexive, and not signaled.
  int32_t port;
  const char* foundation;
  uint32_t priority;
  uint32_t component;
  const char* tcp_type;           ///< "active", "passive", "so"; or NULL.
  const char* related_address;    ///< Or NULL.
  int32_t related_port;           ///< Or -1.
  const char* username_fragment;  ///< Or NULL.
  const char* url;                ///< Of our own server-reflexive and relayed candidates, as configured; or NULL.
  const char* relay_protocol;     ///< Of our own relayed candidates: "udp", "tcp", "tls"; or NULL.
} sluice_ice_candidate_info;

/// Yours to free. NULL if the text does not parse (RFC 8839 §5.1), or if it is empty. Any thread. W3C §4.8.1
SLUICE_EXPORT sluice_ice_candidate_info* sluice_ice_candidate_describe(const sluice_ice_candidate* candidate);

/// W3C §5.6
typedef struct sluice_ice_candidate_pair {
  size_t size;
  const sluice_ice_candidate_info* local;
  const sluice_ice_candidate_info* remote;
} sluice_ice_candidate_pair;

/// W3C §4.8.3: why a STUN or TURN server gave no candidate.
typedef struct sluice_ice_candidate_error {
  size_t size;
  const char* url;   ///< As configured.
  uint32_t code;     ///< STUN error code, 300 to 699 (RFC 8489 §14.8), or 701: no answer.
  const char* text;  ///< The server's reason phrase; with 701 our own words.
  const char*
      address;   ///< Of this host, that the server was asked from, if a host candidate tells it as well; or NULL.
  int32_t port;  ///< Likewise; or -1.
  const char* explanation;  ///< Beyond W3C: a sentence for a human that says what it means, and what to do.
} sluice_ice_candidate_error;

SLUICE_END_C
