// Descriptions and candidates as browsers write them in JSON.   W3C §4.7.2, §4.8.1
#include <nlohmann/json.hpp>

#include "sluice/ice_candidate.hpp"
#include "sluice/session_description.hpp"

namespace sluice {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  // for what we write: as browsers do

// Never throws: what is not UTF-8 was put there by the application and is replaced.
std::string dump(const OrderedJson& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Stops at the depth that no object of ours has, so that a hostile text cannot exhaust the stack.
Json parse(std::string_view text) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= 8; };
  return Json::parse(text, shallow, false);
}

template <class T>
OrderedJson nullable(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

const Json* member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<SdpType> sdp_type(std::string_view name) {
  for (const auto type : {SdpType::offer, SdpType::pranswer, SdpType::answer, SdpType::rollback}) {
    if (to_string(type) == name) return type;
  }
  return std::nullopt;
}

Result<std::optional<std::string>> optional_text(const Json& object, const char* name, Error wrong_type) {
  const auto* found = member(object, name);
  if (!found) return std::optional<std::string>{};
  if (!found->is_string()) return make_error_code(wrong_type);
  return std::optional{found->get<std::string>()};
}

Result<std::optional<std::uint16_t>> optional_index(const Json& object) {
  const auto* found = member(object, "sdpMLineIndex");
  if (!found) return std::optional<std::uint16_t>{};
  if (!found->is_number_unsigned()) return make_error_code(Error::json_wrong_type_of_mline_index);
  const auto value = found->get<std::uint64_t>();
  if (value > UINT16_MAX) return make_error_code(Error::json_wrong_type_of_mline_index);
  return std::optional{static_cast<std::uint16_t>(value)};
}

}  // namespace

std::string to_json(const SessionDescription& description) {
  return dump({{"type", std::string{to_string(description.type)}}, {"sdp", description.sdp}});
}

Result<SessionDescription> session_description_from_json(std::string_view text) {
  const auto json = parse(text);
  if (!json.is_object()) return make_error_code(Error::json_syntax);
  const auto* type = member(json, "type");
  if (!type) return make_error_code(Error::json_missing_type);
  if (!type->is_string()) return make_error_code(Error::json_wrong_type_of_type);
  const auto known = sdp_type(type->get_ref<const std::string&>());
  if (!known) return make_error_code(Error::json_unknown_type);
  auto sdp = optional_text(json, "sdp", Error::json_wrong_type_of_sdp);
  if (!sdp) return sdp.error();
  if (!*sdp && *known != SdpType::rollback) return make_error_code(Error::json_missing_sdp);
  return SessionDescription{*known, sdp->value_or("")};
}

std::string to_json(const IceCandidate& candidate) {
  return dump({{"candidate", candidate.candidate},
               {"sdpMid", nullable(candidate.sdp_mid)},
               {"sdpMLineIndex", nullable(candidate.sdp_mline_index)},
               {"usernameFragment", nullable(candidate.username_fragment)}});
}

Result<IceCandidate> ice_candidate_from_json(std::string_view text) {
  const auto json = parse(text);
  if (!json.is_object()) return make_error_code(Error::json_syntax);
  const auto candidate = optional_text(json, "candidate", Error::json_wrong_type_of_candidate);
  if (!candidate) return candidate.error();
  if (!*candidate) return make_error_code(Error::json_missing_candidate);
  const auto mid = optional_text(json, "sdpMid", Error::json_wrong_type_of_mid);
  if (!mid) return mid.error();
  const auto index = optional_index(json);
  if (!index) return index.error();
  const auto ufrag = optional_text(json, "usernameFragment", Error::json_wrong_type_of_username_fragment);
  if (!ufrag) return ufrag.error();
  return IceCandidate{**candidate, *mid, *index, *ufrag};
}

}  // namespace sluice
