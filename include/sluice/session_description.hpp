#pragma once
// SessionDescription: an offer or an answer on its way through signaling.   W3C §4.7, RFC 9429 §4.1
#include <string>
#include <string_view>

#include "sluice/error.hpp"

namespace sluice {

enum class SdpType { offer, pranswer, answer, rollback };    ///< W3C §4.7.1
SLUICE_EXPORT std::string_view to_string(SdpType) noexcept;  ///< "offer", "pranswer", "answer", "rollback"

struct SessionDescription {
  SdpType type = SdpType::offer;
  std::string sdp{};  ///< RFC 8866; empty for rollback.
  friend bool operator==(const SessionDescription&, const SessionDescription&) = default;
};

/// {"type":"offer","sdp":"v=0..."}, as a browser's JSON.stringify(description).
SLUICE_EXPORT std::string to_json(const SessionDescription&);
/// The other way. Unknown members are ignored; "sdp" may be missing for a rollback only. The SDP itself is not looked
/// at. Errors: json_syntax, json_missing_type, json_wrong_type_of_type, json_unknown_type, json_missing_sdp,
/// json_wrong_type_of_sdp.
SLUICE_EXPORT Result<SessionDescription> session_description_from_json(std::string_view json);

}  // namespace sluice
