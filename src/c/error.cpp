// Errors: from error_code to the ranges of sluice_error, and back for their texts.
#include <boost/asio/error.hpp>
#include <cstdlib>
#include <string>

#include "c/values.hpp"

namespace sluice::c {
namespace {

namespace asio_error = boost::asio::error;
using boost::system::error_category;

constexpr int first_own = 1;
constexpr int last_own = SLUICE_ERROR_CANCELLED - 1;
constexpr int range = 10000;
constexpr int name_range = SLUICE_ERROR_NAME_SERVICE - SLUICE_ERROR_NAME;

// One C enumerator for each of C++. Without default, so that a new one is missed by the compiler.
constexpr sluice_error enumerator_of(Error error) {
  switch (error) {
#define SLUICE_SAME(cpp, c) \
  case Error::cpp:          \
    return c;
    SLUICE_SAME(closed, SLUICE_ERROR_CLOSED)
    SLUICE_SAME(wrong_signaling_state, SLUICE_ERROR_WRONG_SIGNALING_STATE)
    SLUICE_SAME(no_remote_description, SLUICE_ERROR_NO_REMOTE_DESCRIPTION)
    SLUICE_SAME(not_open, SLUICE_ERROR_NOT_OPEN)
    SLUICE_SAME(bad_argument, SLUICE_ERROR_BAD_ARGUMENT)
    SLUICE_SAME(candidate_without_mid, SLUICE_ERROR_CANDIDATE_WITHOUT_MID)
    SLUICE_SAME(message_too_large, SLUICE_ERROR_MESSAGE_TOO_LARGE)
    SLUICE_SAME(sdp_syntax, SLUICE_ERROR_SDP_SYNTAX)
    SLUICE_SAME(invalid_description, SLUICE_ERROR_INVALID_DESCRIPTION)
    SLUICE_SAME(description_modified, SLUICE_ERROR_DESCRIPTION_MODIFIED)
    SLUICE_SAME(configuration_modified, SLUICE_ERROR_CONFIGURATION_MODIFIED)
    SLUICE_SAME(id_in_use, SLUICE_ERROR_ID_IN_USE)
    SLUICE_SAME(no_free_id, SLUICE_ERROR_NO_FREE_ID)
    SLUICE_SAME(send_queue_full, SLUICE_ERROR_SEND_QUEUE_FULL)
    SLUICE_SAME(unknown_mid, SLUICE_ERROR_UNKNOWN_MID)
    SLUICE_SAME(unknown_ufrag, SLUICE_ERROR_UNKNOWN_UFRAG)
    SLUICE_SAME(candidate_syntax, SLUICE_ERROR_CANDIDATE_SYNTAX)
    SLUICE_SAME(too_many, SLUICE_ERROR_TOO_MANY)
    SLUICE_SAME(already_waiting, SLUICE_ERROR_ALREADY_WAITING)
    SLUICE_SAME(data_channel_failed, SLUICE_ERROR_DATA_CHANNEL_FAILED)
    SLUICE_SAME(ice_failed, SLUICE_ERROR_ICE_FAILED)
    SLUICE_SAME(dtls_failed, SLUICE_ERROR_DTLS_FAILED)
    SLUICE_SAME(fingerprint_mismatch, SLUICE_ERROR_FINGERPRINT_MISMATCH)
    SLUICE_SAME(sctp_failed, SLUICE_ERROR_SCTP_FAILED)
    SLUICE_SAME(ice_server_without_urls, SLUICE_ERROR_ICE_SERVER_WITHOUT_URLS)
    SLUICE_SAME(ice_url_without_scheme, SLUICE_ERROR_ICE_URL_WITHOUT_SCHEME)
    SLUICE_SAME(ice_url_unknown_scheme, SLUICE_ERROR_ICE_URL_UNKNOWN_SCHEME)
    SLUICE_SAME(ice_url_not_opaque, SLUICE_ERROR_ICE_URL_NOT_OPAQUE)
    SLUICE_SAME(ice_url_with_path, SLUICE_ERROR_ICE_URL_WITH_PATH)
    SLUICE_SAME(ice_url_with_fragment, SLUICE_ERROR_ICE_URL_WITH_FRAGMENT)
    SLUICE_SAME(ice_url_bad_query, SLUICE_ERROR_ICE_URL_BAD_QUERY)
    SLUICE_SAME(ice_url_bad_host, SLUICE_ERROR_ICE_URL_BAD_HOST)
    SLUICE_SAME(ice_url_bad_port, SLUICE_ERROR_ICE_URL_BAD_PORT)
    SLUICE_SAME(ice_url_unsupported, SLUICE_ERROR_ICE_URL_UNSUPPORTED)
    SLUICE_SAME(ice_server_without_credentials, SLUICE_ERROR_ICE_SERVER_WITHOUT_CREDENTIALS)
    SLUICE_SAME(ice_server_username_too_long, SLUICE_ERROR_ICE_SERVER_USERNAME_TOO_LONG)
    SLUICE_SAME(configuration_limit_out_of_range, SLUICE_ERROR_CONFIGURATION_LIMIT_OUT_OF_RANGE)
    SLUICE_SAME(network_option_invalid, SLUICE_ERROR_NETWORK_OPTION_INVALID)
    SLUICE_SAME(ice_lite_with_relay_only, SLUICE_ERROR_ICE_LITE_WITH_RELAY_ONLY)
    SLUICE_SAME(certificate_expired, SLUICE_ERROR_CERTIFICATE_EXPIRED)
    SLUICE_SAME(certificate_bad_pem, SLUICE_ERROR_CERTIFICATE_BAD_PEM)
    SLUICE_SAME(certificate_key_mismatch, SLUICE_ERROR_CERTIFICATE_KEY_MISMATCH)
    SLUICE_SAME(certificate_unsupported_key, SLUICE_ERROR_CERTIFICATE_UNSUPPORTED_KEY)
    SLUICE_SAME(json_syntax, SLUICE_ERROR_JSON_SYNTAX)
    SLUICE_SAME(json_missing_type, SLUICE_ERROR_JSON_MISSING_TYPE)
    SLUICE_SAME(json_wrong_type_of_type, SLUICE_ERROR_JSON_WRONG_TYPE_OF_TYPE)
    SLUICE_SAME(json_unknown_type, SLUICE_ERROR_JSON_UNKNOWN_TYPE)
    SLUICE_SAME(json_missing_sdp, SLUICE_ERROR_JSON_MISSING_SDP)
    SLUICE_SAME(json_wrong_type_of_sdp, SLUICE_ERROR_JSON_WRONG_TYPE_OF_SDP)
    SLUICE_SAME(json_missing_candidate, SLUICE_ERROR_JSON_MISSING_CANDIDATE)
    SLUICE_SAME(json_wrong_type_of_candidate, SLUICE_ERROR_JSON_WRONG_TYPE_OF_CANDIDATE)
    SLUICE_SAME(json_wrong_type_of_mid, SLUICE_ERROR_JSON_WRONG_TYPE_OF_MID)
    SLUICE_SAME(json_wrong_type_of_mline_index, SLUICE_ERROR_JSON_WRONG_TYPE_OF_MLINE_INDEX)
    SLUICE_SAME(json_wrong_type_of_username_fragment, SLUICE_ERROR_JSON_WRONG_TYPE_OF_USERNAME_FRAGMENT)
#undef SLUICE_SAME
  }
  return SLUICE_OK;
}

constexpr bool same_numbers() {
  for (int value = first_own; value <= last_own; ++value) {
    const auto found = enumerator_of(static_cast<Error>(value));
    if (found != SLUICE_OK && found != value) return false;
  }
  return true;
}
static_assert(same_numbers());

// Errors of name resolution are negative in some systems' headers, and all of the same sign.
constexpr int name_service_sign = static_cast<int>(asio_error::service_not_found) < 0 ? -1 : 1;

sluice_error in_range(int first, int size, int value) noexcept {
  return value > 0 && value < size ? first + value : SLUICE_ERROR_UNKNOWN;
}

error_code to_cpp(sluice_error error) noexcept {
  if (error >= first_own && error <= last_own) return {error, sluice::error_category()};
  if (error == SLUICE_ERROR_CANCELLED) return asio_error::operation_aborted;
  if (error > SLUICE_ERROR_SYSTEM && error < SLUICE_ERROR_SYSTEM + range)
    return {error - SLUICE_ERROR_SYSTEM, boost::system::system_category()};
  if (error > SLUICE_ERROR_ASIO && error < SLUICE_ERROR_ASIO + range)
    return {error - SLUICE_ERROR_ASIO, asio_error::get_misc_category()};
  if (error > SLUICE_ERROR_NAME && error < SLUICE_ERROR_NAME + name_range)
    return {error - SLUICE_ERROR_NAME, asio_error::get_netdb_category()};
  if (error > SLUICE_ERROR_NAME_SERVICE && error < SLUICE_ERROR_NAME_SERVICE + name_range)
    return {name_service_sign * (error - SLUICE_ERROR_NAME_SERVICE), asio_error::get_addrinfo_category()};
  return {SLUICE_ERROR_UNKNOWN, sluice::error_category()};
}

std::string sentence(sluice_error error) {
  if (error == SLUICE_OK) return "Success.";
  if (error == SLUICE_ERROR_CANCELLED) return "The operation was cancelled; start it again if it is still wanted.";
  if (error == SLUICE_ERROR_OUT_OF_MEMORY) return "Memory is short; free some and try again.";
  const auto code = to_cpp(error);
  if (code.value() == SLUICE_ERROR_UNKNOWN)
    return "This error has no number; if handlers can throw C++ exceptions, catch them inside.";
  return code.message();
}

}  // namespace

sluice_error to_c(const error_code& error) noexcept {
  if (!error) return SLUICE_OK;
  const auto& category = error.category();
  const auto value = error.value();
  if (category == sluice::error_category()) return value <= last_own ? value : SLUICE_ERROR_UNKNOWN;
  if (error == asio_error::operation_aborted) return SLUICE_ERROR_CANCELLED;
  if (category == boost::system::system_category() || category == boost::system::generic_category())
    return in_range(SLUICE_ERROR_SYSTEM, range, value);
  if (category == asio_error::get_misc_category()) return in_range(SLUICE_ERROR_ASIO, range, value);
  if (category == asio_error::get_netdb_category()) return in_range(SLUICE_ERROR_NAME, name_range, value);
  if (category == asio_error::get_addrinfo_category())
    return in_range(SLUICE_ERROR_NAME_SERVICE, name_range, name_service_sign * value);
  return SLUICE_ERROR_UNKNOWN;
}

sluice_rtc_error HeldRtcError::view() const {
  return {.size = sizeof(sluice_rtc_error),
          .code = to_c(value.code),
          .name = interned(w3c_error_name(value.code)),
          .detail = interned(w3c_error_detail(value.code)),
          .text = value.text.c_str(),
          .sdp_line_number = value.sdp_line_number ? std::int64_t{*value.sdp_line_number} : -1,
          .sctp_cause_code = optional_number(value.sctp_cause_code),
          .received_alert = optional_number(value.received_alert),
          .sent_alert = optional_number(value.sent_alert)};
}

}  // namespace sluice::c

using namespace sluice::c;

const char* sluice_error_text(sluice_error error) {
  return guarded_or(&error, "Memory is short; free some and try again.",
                    [](sluice_error value) { return interned(sentence(value)); });
}

const char* sluice_error_name(sluice_error error) {
  return guarded_or(&error, "UnknownError", [](sluice_error value) {
    return value == SLUICE_OK ? "" : interned(sluice::w3c_error_name(to_cpp(value)));
  });
}
