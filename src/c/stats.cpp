#include "sluice/c/stats.h"

#include "c/values.hpp"

namespace sluice::c {
namespace {

sluice_peer_connection_stats view_of(const PeerConnectionStats& stats) noexcept {
  return {.size = sizeof(sluice_peer_connection_stats),
          .id = stats.id.c_str(),
          .data_channels_opened = stats.data_channels_opened,
          .data_channels_closed = stats.data_channels_closed};
}

sluice_data_channel_stats view_of(const DataChannelStats& stats) noexcept {
  return {.size = sizeof(sluice_data_channel_stats),
          .id = stats.id.c_str(),
          .label = stats.label.c_str(),
          .protocol = stats.protocol.c_str(),
          .data_channel_identifier = optional_number(stats.data_channel_identifier),
          .state = static_cast<sluice_data_channel_state>(stats.state),
          .messages_sent = stats.messages_sent,
          .bytes_sent = stats.bytes_sent,
          .messages_received = stats.messages_received,
          .bytes_received = stats.bytes_received};
}

sluice_transport_stats view_of(const TransportStats& stats) noexcept {
  return {.size = sizeof(sluice_transport_stats),
          .id = stats.id.c_str(),
          .packets_sent = stats.packets_sent,
          .packets_received = stats.packets_received,
          .bytes_sent = stats.bytes_sent,
          .bytes_received = stats.bytes_received,
          .ice_role = static_cast<sluice_ice_role>(stats.ice_role),
          .ice_state = static_cast<sluice_ice_transport_state>(stats.ice_state),
          .ice_local_username_fragment = optional_text(stats.ice_local_username_fragment),
          .dtls_state = static_cast<sluice_dtls_transport_state>(stats.dtls_state),
          .dtls_role = optional_text(stats.dtls_role),
          .tls_version = optional_text(stats.tls_version),
          .dtls_cipher = optional_text(stats.dtls_cipher),
          .selected_candidate_pair_id = optional_text(stats.selected_candidate_pair_id),
          .local_certificate_id = optional_text(stats.local_certificate_id),
          .remote_certificate_id = optional_text(stats.remote_certificate_id),
          .selected_candidate_pair_changes = stats.selected_candidate_pair_changes};
}

std::int64_t nanoseconds(std::chrono::nanoseconds time) noexcept { return time.count(); }

sluice_candidate_pair_stats view_of(const CandidatePairStats& stats) noexcept {
  return {.size = sizeof(sluice_candidate_pair_stats),
          .id = stats.id.c_str(),
          .transport_id = stats.transport_id.c_str(),
          .local_candidate_id = stats.local_candidate_id.c_str(),
          .remote_candidate_id = stats.remote_candidate_id.c_str(),
          .state = static_cast<sluice_candidate_pair_state>(stats.state),
          .nominated = stats.nominated,
          .packets_sent = stats.packets_sent,
          .packets_received = stats.packets_received,
          .bytes_sent = stats.bytes_sent,
          .bytes_received = stats.bytes_received,
          .total_round_trip_time = nanoseconds(stats.total_round_trip_time),
          .current_round_trip_time = stats.current_round_trip_time ? nanoseconds(*stats.current_round_trip_time) : -1,
          .requests_received = stats.requests_received,
          .requests_sent = stats.requests_sent,
          .responses_received = stats.responses_received,
          .responses_sent = stats.responses_sent,
          .consent_requests_sent = stats.consent_requests_sent};
}

sluice_certificate_stats view_of(const CertificateStats& stats) noexcept {
  return {.size = sizeof(sluice_certificate_stats),
          .id = stats.id.c_str(),
          .fingerprint = stats.fingerprint.c_str(),
          .fingerprint_algorithm = stats.fingerprint_algorithm.c_str(),
          .base64_certificate = stats.base64_certificate.c_str(),
          .issuer_certificate_id = optional_text(stats.issuer_certificate_id)};
}

sluice_sctp_stats view_of(const SctpStats& stats) noexcept {
  return {.size = sizeof(sluice_sctp_stats),
          .id = stats.id.c_str(),
          .transport_id = stats.transport_id.c_str(),
          .congestion_window = stats.congestion_window,
          .receiver_window = stats.receiver_window,
          .unacknowledged_bytes = stats.unacknowledged_bytes,
          .smoothed_round_trip_time = nanoseconds(stats.smoothed_round_trip_time),
          .retransmission_timeout = nanoseconds(stats.retransmission_timeout),
          .path_mtu = stats.path_mtu,
          .packets_retransmitted = stats.packets_retransmitted,
          .packets_sent = stats.packets_sent,
          .packets_received = stats.packets_received,
          .packets_refused = stats.packets_refused};
}

double milliseconds_since_1970(std::chrono::system_clock::time_point time) noexcept {
  return std::chrono::duration<double, std::milli>{time.time_since_epoch()}.count();
}

}  // namespace

HeldCandidateStats::HeldCandidateStats(IceCandidateStats stats)
    : id{std::move(stats.id)}, transport_id{std::move(stats.transport_id)}, info{std::move(stats.candidate)} {}

sluice_ice_candidate_stats HeldCandidateStats::view() {
  info_view = info.view();
  return {.size = sizeof(sluice_ice_candidate_stats),
          .id = id.c_str(),
          .transport_id = transport_id.c_str(),
          .candidate = &info_view};
}

HeldStats::HeldStats(StatsReport value) : value_{std::move(value)} {
  for (auto& each : value_.local_candidates) local_.emplace_back(std::move(each));
  for (auto& each : value_.remote_candidates) remote_.emplace_back(std::move(each));
}

sluice_stats_report HeldStats::view() {
  const auto plain = [](const auto& each) { return view_of(each); };
  const auto candidate = [](auto& each) { return each.view(); };
  peer_connection_ = view_of(value_.peer_connection);
  data_channels_.assign(value_.data_channels, plain);
  if (value_.transport) transport_ = view_of(*value_.transport);
  candidate_pairs_.assign(value_.candidate_pairs, plain);
  local_candidates_.assign(local_, candidate);
  remote_candidates_.assign(remote_, candidate);
  certificates_.assign(value_.certificates, plain);
  if (value_.sctp) sctp_ = view_of(*value_.sctp);
  return {.size = sizeof(sluice_stats_report),
          .timestamp = milliseconds_since_1970(value_.timestamp),
          .peer_connection = &peer_connection_,
          .data_channels = data_channels_.data(),
          .data_channel_count = data_channels_.size(),
          .transport = value_.transport ? &transport_ : nullptr,
          .candidate_pairs = candidate_pairs_.data(),
          .candidate_pair_count = candidate_pairs_.size(),
          .local_candidates = local_candidates_.data(),
          .local_candidate_count = local_candidates_.size(),
          .remote_candidates = remote_candidates_.data(),
          .remote_candidate_count = remote_candidates_.size(),
          .certificates = certificates_.data(),
          .certificate_count = certificates_.size(),
          .sctp = value_.sctp ? &sctp_ : nullptr};
}

}  // namespace sluice::c
