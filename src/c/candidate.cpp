#include "sluice/c/candidate.h"

#include <algorithm>

#include "c/values.hpp"

namespace sluice::c {

void set_defaults(sluice_ice_candidate& candidate) noexcept { candidate.sdp_mline_index = -1; }

sluice_ice_candidate HeldCandidate::view() const noexcept {
  return {.size = sizeof(sluice_ice_candidate),
          .candidate = value.candidate.c_str(),
          .sdp_mid = optional_text(value.sdp_mid),
          .sdp_mline_index = optional_number(value.sdp_mline_index),
          .username_fragment = optional_text(value.username_fragment),
          .url = optional_text(value.url),
          .relay_protocol = value.relay_protocol ? interned(to_string(*value.relay_protocol)) : nullptr};
}

namespace {

std::optional<IceServerTransportProtocol> relay_protocol(const char* text) {
  using enum IceServerTransportProtocol;
  if (text == nullptr) return std::nullopt;
  const auto all = {udp, tcp, tls};
  const auto found = std::ranges::find(all, std::string_view{text}, [](auto each) { return to_string(each); });
  require(found != all.end());
  return *found;
}

}  // namespace

IceCandidate to_cpp(const sluice_ice_candidate& given) {
  const auto candidate = read(given);
  return {.candidate = text(candidate.candidate),
          .sdp_mid = optional_text(candidate.sdp_mid),
          .sdp_mline_index = optional_number(candidate.sdp_mline_index),
          .username_fragment = optional_text(candidate.username_fragment),
          .url = optional_text(candidate.url),
          .relay_protocol = relay_protocol(candidate.relay_protocol)};
}

sluice_ice_candidate_list HeldCandidates::view() {
  views.assign(values, [](const auto& each) { return each.view(); });
  return {.size = sizeof(sluice_ice_candidate_list), .count = views.size(), .items = views.data()};
}

sluice_ice_candidate_info HeldCandidateInfo::view() const {
  return {.size = sizeof(sluice_ice_candidate_info),
          .type = static_cast<sluice_ice_candidate_type>(value.type),
          .protocol = value.protocol.c_str(),
          .address = value.address.c_str(),
          .port = value.port,
          .foundation = value.foundation.c_str(),
          .priority = value.priority,
          .component = value.component,
          .tcp_type = value.tcp_type ? interned(to_string(*value.tcp_type)) : nullptr,
          .related_address = optional_text(value.related_address),
          .related_port = optional_number(value.related_port),
          .username_fragment = optional_text(value.username_fragment),
          .url = optional_text(value.url),
          .relay_protocol = value.relay_protocol ? interned(to_string(*value.relay_protocol)) : nullptr};
}

sluice_ice_candidate_pair HeldCandidatePair::view() {
  local_view = local.view();
  remote_view = remote.view();
  return {.size = sizeof(sluice_ice_candidate_pair), .local = &local_view, .remote = &remote_view};
}

sluice_ice_candidate_error HeldCandidateError::view() const noexcept {
  return {.size = sizeof(sluice_ice_candidate_error),
          .url = value.url.c_str(),
          .code = value.code,
          .text = value.text.c_str(),
          .address = optional_text(value.address),
          .port = optional_number(value.port),
          .explanation = value.explanation.c_str()};
}

}  // namespace sluice::c

using namespace sluice::c;

void sluice_ice_candidate_init(sluice_ice_candidate* candidate, size_t size) { initialise(candidate, size); }

char* sluice_ice_candidate_to_json(const sluice_ice_candidate* candidate) {
  return guarded_or(candidate, static_cast<char*>(nullptr),
                    [](const auto& given) { return own_text(sluice::to_json(to_cpp(given))); });
}

sluice_error sluice_ice_candidate_from_json(const char* json, sluice_ice_candidate** candidate) {
  if (candidate) *candidate = nullptr;
  return guarded([&] {
    auto& result = require(candidate);
    result = own(HeldCandidate{require(sluice::ice_candidate_from_json(&require(json)))});
  });
}

sluice_ice_candidate_info* sluice_ice_candidate_describe(const sluice_ice_candidate* candidate) {
  return guarded_or(candidate, static_cast<sluice_ice_candidate_info*>(nullptr), [](const auto& given) {
    auto info = sluice::describe(to_cpp(given));
    return info ? own(HeldCandidateInfo{*std::move(info)}) : nullptr;
  });
}
