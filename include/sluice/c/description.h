#pragma once
// Session descriptions: an offer or an answer on its way through signaling.   W3C §4.7, RFC 9429 §4.1
#include "sluice/c/base.h"

SLUICE_BEGIN_C

/// W3C §4.7.1
typedef enum sluice_sdp_type {
  SLUICE_SDP_TYPE_OFFER,
  SLUICE_SDP_TYPE_PRANSWER,
  SLUICE_SDP_TYPE_ANSWER,
  SLUICE_SDP_TYPE_ROLLBACK
} sluice_sdp_type;

/// "offer", "pranswer", "answer", "rollback"; "" for another value.
SLUICE_EXPORT const char* sluice_sdp_type_name(sluice_sdp_type type);

typedef struct sluice_session_description {
  size_t size;
  sluice_sdp_type type;
  const char* sdp;  ///< RFC 8866; NULL or empty for rollback.
} sluice_session_description;

/// An offer without text, in `size` bytes.
SLUICE_EXPORT void sluice_session_description_init(sluice_session_description* description, size_t size);

/// {"type":"offer","sdp":"v=0..."}, as a browser's JSON.stringify(description); yours to free. NULL for NULL, for a
/// type that does not exist, or when memory is short.
SLUICE_EXPORT char* sluice_session_description_to_json(const sluice_session_description* description);
/// The other way; `description` is yours to free. Unknown members are ignored; "sdp" may be missing for a rollback
/// only. The SDP itself is not looked at. Errors: bad_argument, json_syntax, json_missing_type,
/// json_wrong_type_of_type, json_unknown_type, json_missing_sdp, json_wrong_type_of_sdp; then it is NULL.
SLUICE_EXPORT sluice_error sluice_session_description_from_json(const char* json,
                                                                sluice_session_description** description);

/// The end of an operation that makes a description: NULL if there is an error; it lives until the function returns.
typedef void (*sluice_description_done)(void* user, sluice_error error, const sluice_session_description* description);

SLUICE_END_C
