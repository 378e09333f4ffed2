#pragma once
// Failure: why a command of the application was refused. The api layer turns it into the public error of the same name.
#include <string>

#include "base/outcome.hpp"

namespace sluice {

// W3C's error class stands behind each; src/api/error.cpp has the table.
enum class Reason {
  closed,                  // InvalidStateError: the connection or channel is closed
  wrong_signaling_state,   // InvalidStateError: not allowed in this signaling state
  no_remote_description,   // InvalidStateError: a candidate before its description
  not_open,                // InvalidStateError: send on a channel that is not open
  bad_argument,            // TypeError: a value out of its range
  candidate_without_mid,   // TypeError: neither sdpMid nor sdpMLineIndex
  message_too_large,       // TypeError: larger than the peer's max-message-size
  sdp_syntax,              // RTCError sdp-syntax-error; `line` says where, from 1
  invalid_description,     // InvalidAccessError: parses, but contradicts the rules or the session
  description_modified,    // InvalidModificationError: not what create_offer or create_answer made
  configuration_modified,  // InvalidModificationError: a member that may not change
  id_in_use,               // OperationError
  no_free_id,              // OperationError
  send_queue_full,         // OperationError
  unknown_mid,             // OperationError: no such media section
  unknown_ufrag,           // OperationError: no description has this usernameFragment
  candidate_syntax,        // OperationError: the candidate does not parse
  too_many,                // OperationError: a limit of ours
  data_channel_failed,     // event: data-channel-failure
  ice_failed,              // event
  dtls_failed,             // event: dtls-failure
  fingerprint_mismatch,    // event: fingerprint-failure
  sctp_failed,             // event: sctp-failure
};

struct Failure {
  Reason reason{};
  std::string detail{};  // a sentence that says what to do
  unsigned line = 0;     // of the SDP, for sdp_syntax
};

template <class T>
using Expected = Outcome<T, Failure>;

}  // namespace sluice
