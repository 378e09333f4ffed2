#pragma once
// What the whole C API uses: errors, memory, version. The rules stand in sluice/sluice.h.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/detail/export.h"

#ifdef __cplusplus
#define SLUICE_BEGIN_C extern "C" {
#define SLUICE_END_C }
#else
#define SLUICE_BEGIN_C
#define SLUICE_END_C
#endif

SLUICE_BEGIN_C

/// The version of these headers.
#define SLUICE_VERSION_MAJOR 0
#define SLUICE_VERSION_MINOR 1
#define SLUICE_VERSION_PATCH 0

/// The version of the library in use: "major.minor.patch".
SLUICE_EXPORT const char* sluice_version(void);

/// SLUICE_OK or one of enum sluice_error_value, or a range of it:
///   10000 + n   error n of the operating system, as in errno
///   20000 + n   error n of Boost.Asio (boost::asio::error::misc_errors)
///   30000 + n   error n of name resolution (h_errno)
///   31000 + n   error -n or n of name resolution (getaddrinfo)
typedef int sluice_error;

/// 1 to 999 are the values of sluice::Error; the comment names W3C's error (W3C §4.4, WebIDL §2.8.1).
enum sluice_error_value {
  SLUICE_OK = 0,

  SLUICE_ERROR_CLOSED = 1,              ///< InvalidStateError: the connection or channel is closed.
  SLUICE_ERROR_WRONG_SIGNALING_STATE,   ///< InvalidStateError: not allowed in this signaling state.
  SLUICE_ERROR_NO_REMOTE_DESCRIPTION,   ///< InvalidStateError: a candidate before the description it belongs to.
  SLUICE_ERROR_NOT_OPEN,                ///< InvalidStateError: send on a channel that is not open yet, or no longer.
  SLUICE_ERROR_BAD_ARGUMENT,            ///< TypeError: missing, out of its range, or two that exclude each other.
  SLUICE_ERROR_CANDIDATE_WITHOUT_MID,   ///< TypeError: neither sdp_mid nor sdp_mline_index.
  SLUICE_ERROR_MESSAGE_TOO_LARGE,       ///< TypeError: larger than the peer's max-message-size. RFC 8841 §6
  SLUICE_ERROR_SDP_SYNTAX,              ///< RTCError sdp-syntax-error: last_error names the line.
  SLUICE_ERROR_INVALID_DESCRIPTION,     ///< InvalidAccessError: parses, but contradicts the rules or the session.
  SLUICE_ERROR_DESCRIPTION_MODIFIED,    ///< InvalidModificationError: not what create_offer or _answer made.
  SLUICE_ERROR_CONFIGURATION_MODIFIED,  ///< InvalidModificationError: a member that may not change.
  SLUICE_ERROR_ID_IN_USE,               ///< OperationError: another channel has this id.
  SLUICE_ERROR_NO_FREE_ID,              ///< OperationError: the association has no stream left for a channel.
  SLUICE_ERROR_SEND_QUEUE_FULL,         ///< OperationError: buffered_amount would exceed its limit.
  SLUICE_ERROR_UNKNOWN_MID,             ///< OperationError: no such media section.
  SLUICE_ERROR_UNKNOWN_UFRAG,           ///< OperationError: no description has this username_fragment.
  SLUICE_ERROR_CANDIDATE_SYNTAX,        ///< OperationError: the candidate does not parse. RFC 8839 §5.1
  SLUICE_ERROR_TOO_MANY,                ///< OperationError: a limit of this library.
  SLUICE_ERROR_ALREADY_WAITING,         ///< OperationError: another operation already waits for this event.

  SLUICE_ERROR_DATA_CHANNEL_FAILED = 40,  ///< RTCError data-channel-failure
  SLUICE_ERROR_ICE_FAILED,                ///< OperationError: no path to the peer. RFC 8445 §8.3
  SLUICE_ERROR_DTLS_FAILED,               ///< RTCError dtls-failure
  SLUICE_ERROR_FINGERPRINT_MISMATCH,      ///< RTCError fingerprint-failure: not the certificate that was promised.
  SLUICE_ERROR_SCTP_FAILED,               ///< RTCError sctp-failure

  SLUICE_ERROR_ICE_SERVER_WITHOUT_URLS = 60,      ///< SyntaxError: a server with an empty list.
  SLUICE_ERROR_ICE_URL_WITHOUT_SCHEME,            ///< SyntaxError: no "scheme:" in front.
  SLUICE_ERROR_ICE_URL_UNKNOWN_SCHEME,            ///< SyntaxError: neither stun, stuns, turn nor turns.
  SLUICE_ERROR_ICE_URL_NOT_OPAQUE,                ///< SyntaxError: "//" after the scheme.
  SLUICE_ERROR_ICE_URL_WITH_PATH,                 ///< SyntaxError: '/' or '@' in it.
  SLUICE_ERROR_ICE_URL_WITH_FRAGMENT,             ///< SyntaxError: '#' in it.
  SLUICE_ERROR_ICE_URL_BAD_QUERY,                 ///< SyntaxError: not exactly ?transport=udp or ?transport=tcp.
  SLUICE_ERROR_ICE_URL_BAD_HOST,                  ///< SyntaxError: no host, or characters that no host has.
  SLUICE_ERROR_ICE_URL_BAD_PORT,                  ///< SyntaxError: not a number from 1 to 65535.
  SLUICE_ERROR_ICE_URL_UNSUPPORTED,               ///< NotSupportedError: a scheme that this version does not speak.
  SLUICE_ERROR_ICE_SERVER_WITHOUT_CREDENTIALS,    ///< InvalidAccessError: turn needs username and credential.
  SLUICE_ERROR_ICE_SERVER_USERNAME_TOO_LONG,      ///< InvalidAccessError: more than 508 bytes. RFC 8489 §14.3
  SLUICE_ERROR_CONFIGURATION_LIMIT_OUT_OF_RANGE,  ///< TypeError: a member of sluice_limits.
  SLUICE_ERROR_NETWORK_OPTION_INVALID,            ///< TypeError: a member of sluice_network_options.
  SLUICE_ERROR_ICE_LITE_WITH_RELAY_ONLY,          ///< TypeError: a lite agent has no relayed candidates.

  SLUICE_ERROR_CERTIFICATE_EXPIRED = 90,     ///< InvalidAccessError
  SLUICE_ERROR_CERTIFICATE_BAD_PEM,          ///< DataError
  SLUICE_ERROR_CERTIFICATE_KEY_MISMATCH,     ///< DataError
  SLUICE_ERROR_CERTIFICATE_UNSUPPORTED_KEY,  ///< NotSupportedError

  SLUICE_ERROR_JSON_SYNTAX = 100,                     ///< SyntaxError: not JSON, or not an object.
  SLUICE_ERROR_JSON_MISSING_TYPE,                     ///< TypeError
  SLUICE_ERROR_JSON_WRONG_TYPE_OF_TYPE,               ///< TypeError: "type" is not a string.
  SLUICE_ERROR_JSON_UNKNOWN_TYPE,                     ///< TypeError: neither offer, pranswer, answer nor rollback.
  SLUICE_ERROR_JSON_MISSING_SDP,                      ///< TypeError: not a rollback, and no "sdp".
  SLUICE_ERROR_JSON_WRONG_TYPE_OF_SDP,                ///< TypeError: "sdp" is not a string.
  SLUICE_ERROR_JSON_MISSING_CANDIDATE,                ///< TypeError
  SLUICE_ERROR_JSON_WRONG_TYPE_OF_CANDIDATE,          ///< TypeError: not a string.
  SLUICE_ERROR_JSON_WRONG_TYPE_OF_MID,                ///< TypeError: neither string nor null.
  SLUICE_ERROR_JSON_WRONG_TYPE_OF_MLINE_INDEX,        ///< TypeError: neither integer from 0 to 65535 nor null.
  SLUICE_ERROR_JSON_WRONG_TYPE_OF_USERNAME_FRAGMENT,  ///< TypeError: neither string nor null.

  SLUICE_ERROR_CANCELLED = 1000,      ///< AbortError: ended before its time.
  SLUICE_ERROR_OUT_OF_MEMORY = 1001,  ///< UnknownError
  SLUICE_ERROR_UNKNOWN = 1002,        ///< UnknownError: of a kind that has no range.
  SLUICE_ERROR_SYSTEM = 10000,        ///< UnknownError: first of its range.
  SLUICE_ERROR_ASIO = 20000,          ///< UnknownError: first of its range.
  SLUICE_ERROR_NAME = 30000,          ///< UnknownError: first of its range.
  SLUICE_ERROR_NAME_SERVICE = 31000,  ///< UnknownError: first of its range.
};

/// A sentence that says what to do; never NULL. Lives for the life of the process. Any thread.
SLUICE_EXPORT const char* sluice_error_text(sluice_error error);
/// The exception a browser throws: "InvalidStateError", ...; "AbortError" for SLUICE_ERROR_CANCELLED, "UnknownError"
/// for what has no W3C name, "" for SLUICE_OK. Never NULL; lives for the life of the process. W3C §4.4
SLUICE_EXPORT const char* sluice_error_name(sluice_error error);

/// What is known of a failure besides its code. W3C §8.5 RTCError
typedef struct sluice_rtc_error {
  size_t size;
  sluice_error code;
  const char* name;         ///< sluice_error_name(code)
  const char* detail;       ///< W3C §8.3: "sdp-syntax-error", "dtls-failure", "fingerprint-failure", "sctp-failure",
                            ///< "data-channel-failure"; "" for errors that are no RTCError.
  const char* text;         ///< A sentence for a human; may be empty.
  int64_t sdp_line_number;  ///< sdp_syntax and invalid_description: from 1; or -1.
  int32_t sctp_cause_code;  ///< sctp_failed: RFC 9260 §3.3.10, 12: the peer closed; or -1.
  int32_t received_alert;   ///< dtls_failed: RFC 5246 §7.2, from the peer; or -1.
  int32_t sent_alert;       ///< Likewise, from us; or -1.
} sluice_rtc_error;

/// Frees what the library gave as `char*` or as pointer to a struct that is not const; handles have functions of their
/// own. NULL is allowed. Any thread.
SLUICE_EXPORT void sluice_free(void* block);

/// An event without a value.
typedef void (*sluice_handler)(void* user);
/// The end of an operation without a result.
typedef void (*sluice_done)(void* user, sluice_error error);
/// A failure that ends something; the error lives until the handler returns.
typedef void (*sluice_error_handler)(void* user, const sluice_rtc_error* error);

SLUICE_END_C
