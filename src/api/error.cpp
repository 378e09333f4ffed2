#include "api/error.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <string>

namespace sluice {
namespace {

struct Entry {
  Error error;
  std::string_view w3c_name;
  std::string_view message;
};

constexpr std::string_view type_error = "TypeError";
constexpr std::string_view syntax_error = "SyntaxError";
constexpr std::string_view invalid_state = "InvalidStateError";
constexpr std::string_view invalid_access = "InvalidAccessError";
constexpr std::string_view invalid_modification = "InvalidModificationError";
constexpr std::string_view operation_error = "OperationError";
constexpr std::string_view not_supported = "NotSupportedError";
constexpr std::string_view data_error = "DataError";

constexpr auto entries = std::to_array<Entry>({
    {Error::closed, invalid_state, "The connection or channel is closed; make a new one."},
    {Error::wrong_signaling_state, invalid_state,
     "This call does not fit the signaling state; look at signaling_state() first."},
    {Error::no_remote_description, invalid_state, "Set the remote description before adding candidates to it."},
    {Error::not_open, invalid_state, "Wait until the channel is open before sending on it."},
    {Error::bad_argument, type_error,
     "An argument is out of its range or excludes another; see the function's documentation."},
    {Error::candidate_without_mid, type_error, "Give the candidate its sdp_mid or sdp_mline_index."},
    {Error::message_too_large, type_error,
     "The message is larger than the peer takes; split it (see SctpTransport::max_message_size())."},
    {Error::sdp_syntax, operation_error, "The SDP does not parse; PeerConnection::last_error() names the line."},
    {Error::invalid_description, invalid_access,
     "The description contradicts the session or the rules of WebRTC; send it unchanged and in order."},
    {Error::description_modified, invalid_modification, "Apply the local description exactly as it was created."},
    {Error::configuration_modified, invalid_modification,
     "This member of the configuration cannot change; make a new connection."},
    {Error::id_in_use, operation_error, "Another channel has this id; choose a free one."},
    {Error::no_free_id, operation_error,
     "No stream is left for the channel; close another one or raise Limits::channels."},
    {Error::send_queue_full, operation_error, "Too much is queued; wait for on_buffered_amount_low or use async_send."},
    {Error::unknown_mid, operation_error,
     "No media section has this mid or index; add the candidate to the description it came with."},
    {Error::unknown_ufrag, operation_error,
     "No description has this username fragment; set the description of this ICE generation first."},
    {Error::candidate_syntax, operation_error, "The candidate does not parse; pass the text on unchanged."},
    {Error::too_many, operation_error, "A limit is reached; close what is not needed or raise the limit."},
    {Error::already_waiting, operation_error, "Another operation already waits for this event; await one at a time."},
    {Error::data_channel_failed, operation_error, "The channel could not be established; open another one."},
    {Error::ice_failed, operation_error,
     "No path to the peer was found; check the network and the ICE servers of both sides."},
    {Error::dtls_failed, operation_error,
     "The DTLS handshake or session failed; reconnect, and check both certificates if it repeats."},
    {Error::fingerprint_mismatch, operation_error,
     "The peer's certificate is not the one its description promised; check the signaling for tampering."},
    {Error::sctp_failed, operation_error, "The SCTP association ended; the peer closed the connection or failed."},
    {Error::ice_server_without_urls, syntax_error, "Give every ICE server at least one URL."},
    {Error::ice_url_without_scheme, syntax_error,
     "Start the ICE server URL with its scheme, as in \"stun:stun.example.org\"."},
    {Error::ice_url_unknown_scheme, syntax_error,
     "Use one of the schemes stun, stuns, turn and turns in ICE server URLs."},
    {Error::ice_url_not_opaque, syntax_error, "Remove the \"//\" from the ICE server URL; write \"stun:host:port\"."},
    {Error::ice_url_with_path, syntax_error,
     "Remove '/' and '@' from the ICE server URL; credentials have their own members."},
    {Error::ice_url_with_fragment, syntax_error, "Remove the '#' part from the ICE server URL."},
    {Error::ice_url_bad_query, syntax_error,
     "Only turn and turns URLs have a query, and only \"?transport=udp\" or \"?transport=tcp\"."},
    {Error::ice_url_bad_host, syntax_error,
     "Name a host or an address in the ICE server URL; IPv6 addresses in brackets."},
    {Error::ice_url_bad_port, syntax_error, "Use a port from 1 to 65535 in the ICE server URL, or leave it out."},
    {Error::ice_url_unsupported, not_supported,
     "This version does not speak this scheme; use stun:, turn: or turns: over TCP."},
    {Error::ice_server_without_credentials, invalid_access,
     "Set username and credential of every turn or turns server."},
    {Error::ice_server_username_too_long, invalid_access, "Use a TURN username of at most 508 bytes."},
    {Error::configuration_limit_out_of_range, type_error,
     "A member of Limits is out of its range; see its documentation."},
    {Error::network_option_invalid, type_error,
     "A member of NetworkOptions is no address, no port, or out of its range; see its documentation."},
    {Error::ice_lite_with_relay_only, type_error,
     "An ICE-lite agent has host candidates alone: drop either ice_lite or the relay policy."},
    {Error::certificate_expired, invalid_access, "The certificate has expired; generate or load another one."},
    {Error::certificate_bad_pem, data_error, "Pass certificate and private key as PEM texts."},
    {Error::certificate_key_mismatch, data_error, "Pass the private key that belongs to the certificate."},
    {Error::certificate_unsupported_key, not_supported, "Use an ECDSA P-256 key or an RSA key of at least 2048 bits."},
    {Error::json_syntax, syntax_error, "Pass one JSON object."},
    {Error::json_missing_type, type_error, "Add the member \"type\" to the description."},
    {Error::json_wrong_type_of_type, type_error, "Make the member \"type\" of the description a string."},
    {Error::json_unknown_type, type_error,
     "Use one of the types \"offer\", \"pranswer\", \"answer\" and \"rollback\"."},
    {Error::json_missing_sdp, type_error, "Add the member \"sdp\" to the description."},
    {Error::json_wrong_type_of_sdp, type_error, "Make the member \"sdp\" of the description a string."},
    {Error::json_missing_candidate, type_error, "Add the member \"candidate\"; it is empty at the end of candidates."},
    {Error::json_wrong_type_of_candidate, type_error, "Make the member \"candidate\" a string."},
    {Error::json_wrong_type_of_mid, type_error, "Make the member \"sdpMid\" a string or null."},
    {Error::json_wrong_type_of_mline_index, type_error,
     "Make the member \"sdpMLineIndex\" an integer from 0 to 65535 or null."},
    {Error::json_wrong_type_of_username_fragment, type_error, "Make the member \"usernameFragment\" a string or null."},
});

const Entry* find(int value) noexcept {
  const auto found = std::ranges::find(entries, static_cast<Error>(value), &Entry::error);
  return found == entries.end() ? nullptr : found;
}

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "sluice"; }
  std::string message(int value) const override {
    const auto* entry = find(value);
    return entry ? std::string{entry->message} : "Unknown error " + std::to_string(value) + "; update the library.";
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

std::string_view w3c_error_name(const error_code& error) noexcept {
  if (!error) return "";
  if (error == boost::asio::error::operation_aborted) return "AbortError";
  if (error.category() == error_category()) {
    if (const auto* entry = find(error.value())) return entry->w3c_name;
  }
  return "UnknownError";
}

std::string_view w3c_error_detail(const error_code& error) noexcept {
  if (error == Error::sdp_syntax) return "sdp-syntax-error";
  if (error == Error::dtls_failed) return "dtls-failure";
  if (error == Error::fingerprint_mismatch) return "fingerprint-failure";
  if (error == Error::sctp_failed) return "sctp-failure";
  if (error == Error::data_channel_failed) return "data-channel-failure";
  return "";
}

namespace api {

RtcError to_rtc_error(const Failure& failure) {
  RtcError error{to_error_code(failure), failure.detail, {}, {}, {}, {}};
  if (failure.line != 0) error.sdp_line_number = failure.line;
  return error;
}

Error to_error(Reason reason) noexcept {
  switch (reason) {
    case Reason::closed:
      return Error::closed;
    case Reason::wrong_signaling_state:
      return Error::wrong_signaling_state;
    case Reason::no_remote_description:
      return Error::no_remote_description;
    case Reason::not_open:
      return Error::not_open;
    case Reason::bad_argument:
      return Error::bad_argument;
    case Reason::candidate_without_mid:
      return Error::candidate_without_mid;
    case Reason::message_too_large:
      return Error::message_too_large;
    case Reason::sdp_syntax:
      return Error::sdp_syntax;
    case Reason::invalid_description:
      return Error::invalid_description;
    case Reason::description_modified:
      return Error::description_modified;
    case Reason::configuration_modified:
      return Error::configuration_modified;
    case Reason::id_in_use:
      return Error::id_in_use;
    case Reason::no_free_id:
      return Error::no_free_id;
    case Reason::send_queue_full:
      return Error::send_queue_full;
    case Reason::unknown_mid:
      return Error::unknown_mid;
    case Reason::unknown_ufrag:
      return Error::unknown_ufrag;
    case Reason::candidate_syntax:
      return Error::candidate_syntax;
    case Reason::too_many:
      return Error::too_many;
    case Reason::data_channel_failed:
      return Error::data_channel_failed;
    case Reason::ice_failed:
      return Error::ice_failed;
    case Reason::dtls_failed:
      return Error::dtls_failed;
    case Reason::fingerprint_mismatch:
      return Error::fingerprint_mismatch;
    case Reason::sctp_failed:
      return Error::sctp_failed;
  }
  return Error::closed;
}

}  // namespace api
}  // namespace sluice
