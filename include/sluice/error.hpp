#pragma once
// Errors: what a call or an operation of this library can end with, besides errors of Asio and the operating system.
//
// message() of an error_code is a sentence that says what to do; w3c_error_name() is the exception a browser throws.
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/detail/export.hpp"

namespace sluice {

using boost::system::error_code;

/// A value, or the error_code that says why there is none. (std::expected arrives only with C++23.)
template <class T>
using Result = boost::system::result<T>;

enum class Error {
  // Calls and operations; the comment names W3C's error, as w3c_error_name() does. RTCError's name is OperationError.
  closed = 1,              ///< InvalidStateError: the connection or channel is closed.
  wrong_signaling_state,   ///< InvalidStateError: not allowed in this signaling state.
  no_remote_description,   ///< InvalidStateError: a candidate before the description it belongs to.
  not_open,                ///< InvalidStateError: send on a channel that is not open yet, or no longer.
  bad_argument,            ///< TypeError: a value out of its range, or two that exclude each other.
  candidate_without_mid,   ///< TypeError: neither sdp_mid nor sdp_mline_index.
  message_too_large,       ///< TypeError: larger than SctpTransport::max_message_size(). RFC 8841 §6
  sdp_syntax,              ///< RTCError sdp-syntax-error: PeerConnection::last_error() names the line.
  invalid_description,     ///< InvalidAccessError: parses, but contradicts the rules or the session.
  description_modified,    ///< InvalidModificationError: not what async_create_offer or _answer made.
  configuration_modified,  ///< InvalidModificationError: a member that may not change.
  id_in_use,               ///< OperationError: another channel has this id.
  no_free_id,              ///< OperationError: the association has no stream left for a channel.
  send_queue_full,         ///< OperationError: buffered_amount would exceed its limit.
  unknown_mid,             ///< OperationError: no such media section.
  unknown_ufrag,           ///< OperationError: no description has this username_fragment.
  candidate_syntax,        ///< OperationError: the candidate does not parse. RFC 8839 §5.1
  too_many,                ///< OperationError: a limit of this library.
  already_waiting,         ///< OperationError: another operation already waits for this event.

  // The end of a transport, as on_error of channels, async_wait_open and async_wait_connected report it. ICE failure
  // ends async_wait_open and async_wait_connected, but not the channels, because a restart may revive the connection.
  data_channel_failed = 40,  ///< RTCError data-channel-failure
  ice_failed,                ///< OperationError: no path to the peer. RFC 8445 §8.3
  dtls_failed,               ///< RTCError dtls-failure
  fingerprint_mismatch,      ///< RTCError fingerprint-failure: not the certificate that the description promised.
  sctp_failed,               ///< RTCError sctp-failure

  // Configuration: ICE servers, W3C §4.4.1.5 and RFC 7064, 7065.
  ice_server_without_urls = 60,      ///< SyntaxError: an IceServer with an empty list.
  ice_url_without_scheme,            ///< SyntaxError: no "scheme:" in front.
  ice_url_unknown_scheme,            ///< SyntaxError: neither stun, stuns, turn nor turns.
  ice_url_not_opaque,                ///< SyntaxError: "//" after the scheme.
  ice_url_with_path,                 ///< SyntaxError: '/' or '@' in it.
  ice_url_with_fragment,             ///< SyntaxError: '#' in it.
  ice_url_bad_query,                 ///< SyntaxError: not exactly ?transport=udp or ?transport=tcp, or any with stun.
  ice_url_bad_host,                  ///< SyntaxError: no host, or characters that no host has.
  ice_url_bad_port,                  ///< SyntaxError: not a number from 1 to 65535.
  ice_url_unsupported,               ///< NotSupportedError: a scheme that this version does not speak.
  ice_server_without_credentials,    ///< InvalidAccessError: turn needs username and credential.
  ice_server_username_too_long,      ///< InvalidAccessError: more than 508 bytes. RFC 8489 §14.3
  configuration_limit_out_of_range,  ///< TypeError: a member of Limits.
  network_option_invalid,            ///< TypeError: a member of NetworkOptions.
  ice_lite_with_relay_only,          ///< TypeError: a lite agent has no relayed candidates.

  // Certificates, W3C §4.9.
  certificate_expired = 90,     ///< InvalidAccessError
  certificate_bad_pem,          ///< DataError
  certificate_key_mismatch,     ///< DataError
  certificate_unsupported_key,  ///< NotSupportedError

  // JSON of descriptions and candidates.
  json_syntax = 100,                     ///< SyntaxError: not JSON, or not an object.
  json_missing_type,                     ///< TypeError
  json_wrong_type_of_type,               ///< TypeError: "type" is not a string.
  json_unknown_type,                     ///< TypeError: neither offer, pranswer, answer nor rollback.
  json_missing_sdp,                      ///< TypeError: a description other than rollback without "sdp".
  json_wrong_type_of_sdp,                ///< TypeError: "sdp" is not a string.
  json_missing_candidate,                ///< TypeError
  json_wrong_type_of_candidate,          ///< TypeError: not a string.
  json_wrong_type_of_mid,                ///< TypeError: neither string nor null.
  json_wrong_type_of_mline_index,        ///< TypeError: neither integer from 0 to 65535 nor null.
  json_wrong_type_of_username_fragment,  ///< TypeError: neither string nor null.
};

SLUICE_EXPORT const boost::system::error_category& error_category() noexcept;
inline error_code make_error_code(Error error) noexcept { return {static_cast<int>(error), error_category()}; }

/// W3C §8.5 RTCError: what is known of a failure besides its code.
struct RtcError {
  error_code code{};
  std::string text{};                              ///< A sentence for a human; may be empty.
  std::optional<unsigned> sdp_line_number{};       ///< sdp_syntax and invalid_description; from 1.
  std::optional<std::uint16_t> sctp_cause_code{};  ///< sctp_failed: RFC 9260 §3.3.10; 12: the peer closed.
  std::optional<std::uint8_t> received_alert{};    ///< dtls_failed: RFC 5246 §7.2, from the peer.
  std::optional<std::uint8_t> sent_alert{};        ///< Likewise, from us.
};

/// W3C §8.3 RTCErrorDetailType: "sdp-syntax-error", "dtls-failure", "fingerprint-failure", "sctp-failure",
/// "data-channel-failure"; "" for errors that are no RTCError.
SLUICE_EXPORT std::string_view w3c_error_detail(const error_code&) noexcept;

/// The name of W3C's exception for an error of this library ("InvalidStateError", W3C §4.4, WebIDL §2.8.1);
/// "AbortError" for a cancelled operation, "UnknownError" for anything else, "" for success.
SLUICE_EXPORT std::string_view w3c_error_name(const error_code&) noexcept;

}  // namespace sluice

template <>
struct boost::system::is_error_code_enum<sluice::Error> : std::true_type {};
