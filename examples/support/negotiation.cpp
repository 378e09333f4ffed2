#include "support/negotiation.hpp"

#include <sstream>

namespace example {

using nlohmann::json;

Negotiation::Negotiation(sluice::PeerConnection& connection, Options options, Emit emit, Report report)
    : connection_{connection}, options_{std::move(options)}, emit_{std::move(emit)}, report_{std::move(report)} {
  connection_.on_ice_candidate(
      [this](std::optional<sluice::IceCandidate> candidate) { candidate_found(std::move(candidate)); });
}

void Negotiation::offer(sluice::OfferOptions options) {
  describing_ = Describing::applying;
  connection_.async_create_offer(options, [this](sluice::error_code error, sluice::SessionDescription offer) {
    if (error) return report_("create-description", error);
    connection_.async_set_local_description(std::move(offer),
                                            [this](sluice::error_code e) { local_description_set(e); });
  });
}

bool Negotiation::handle(const json& line) {
  const auto type = line.value("type", "");
  if (type == "offer" || type == "answer") {
    receive_description(line);
  } else if (type == "candidate") {
    auto candidate = sluice::ice_candidate_from_json(line.dump());
    if (candidate) {
      add_candidate(*std::move(candidate));
    } else {
      report_("candidate", candidate.error());
    }
  } else if (type == "candidates-end") {
    add_candidate({.candidate = "", .sdp_mline_index = std::uint16_t{0}});
  } else {
    return false;
  }
  return true;
}

void Negotiation::receive_description(const json& line) {
  const auto description = sluice::session_description_from_json(line.dump());
  if (!description) return report_("set-remote", description.error());
  const bool is_offer = description->type == sluice::SdpType::offer;
  if (is_offer && !options_.polite && connection_.signaling_state() == sluice::SignalingState::have_local_offer) return;
  connection_.async_set_remote_description(*description, [this, is_offer](sluice::error_code error) {
    if (error) return report_("set-remote", error);
    for (auto& candidate : std::exchange(early_, {})) add_candidate(std::move(candidate));
    if (!is_offer) return;
    describing_ = Describing::applying;
    connection_.async_set_local_description([this](sluice::error_code e) { local_description_set(e); });
  });
}

void Negotiation::add_candidate(sluice::IceCandidate candidate) {
  if (!connection_.remote_description()) return early_.push_back(std::move(candidate));
  connection_.async_add_ice_candidate(std::move(candidate), [this](sluice::error_code error) {
    if (error) report_("add-candidate", error);
  });
}

void Negotiation::local_description_set(sluice::error_code error) {
  if (error) return report_("set-local", error);
  describing_ = Describing::gathering;
  if (options_.trickle || connection_.ice_gathering_state() == sluice::IceGatheringState::complete) emit_description();
}

void Negotiation::emit_description() {
  describing_ = Describing::no;
  const auto description = connection_.local_description();
  if (!description) return;
  emit_({{"type", to_string(description->type)}, {"sdp", description->sdp}});
  for (auto& candidate : std::exchange(held_, {})) emit_(std::move(candidate));
}

void Negotiation::candidate_found(std::optional<sluice::IceCandidate> candidate) {
  if (!options_.trickle) {
    if (!candidate && describing_ == Describing::gathering) emit_description();
  } else if (!candidate) {
    emit_candidate({{"type", "candidates-end"}});
  } else if (!candidate->candidate.empty()) {
    auto line = json::parse(to_json(*candidate));
    line["type"] = "candidate";
    emit_candidate(std::move(line));
  }
}

void Negotiation::emit_candidate(json line) {
  if (describing_ == Describing::no) return emit_(std::move(line));
  held_.push_back(std::move(line));
}

// candidate:<foundation> <component> <transport> <priority> <address> ...   RFC 8839 §5.1
}  // namespace example
