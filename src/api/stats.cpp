#include "api/stats.hpp"

#include <algorithm>

#include "api/certificate.hpp"
#include "api/states.hpp"
#include "crypto/base64.hpp"

namespace sluice::api {
namespace {

std::string text(const ice::Candidate& candidate) {
  const std::string protocol = candidate.transport == ice::Transport::udp ? "" : " tcp";
  if (!candidate.address.address.is_unspecified()) return to_string(candidate.address) + protocol;
  return candidate.host_name + ' ' + std::to_string(candidate.address.port) + protocol;
}

CandidatePairState to_public(ice::PairState state) noexcept {
  switch (state) {
    case ice::PairState::frozen:
      return CandidatePairState::frozen;
    case ice::PairState::waiting:
      return CandidatePairState::waiting;
    case ice::PairState::in_progress:
      return CandidatePairState::in_progress;
    case ice::PairState::succeeded:
      return CandidatePairState::succeeded;
    case ice::PairState::failed:
      return CandidatePairState::failed;
  }
  return CandidatePairState::failed;
}

std::optional<std::string> if_any(std::string value) {
  return value.empty() ? std::nullopt : std::optional{std::move(value)};
}

SctpStats to_public(const sctp::Statistics& sctp) {
  SctpStats stats;
  stats.congestion_window = sctp.congestion_window;
  stats.receiver_window = sctp.receiver_window;
  stats.unacknowledged_bytes = sctp.unacknowledged_bytes;
  stats.smoothed_round_trip_time = sctp.smoothed_round_trip;
  stats.retransmission_timeout = sctp.retransmission_timeout;
  stats.path_mtu = sctp.path_mtu;
  stats.packets_retransmitted = sctp.retransmissions;
  stats.packets_sent = sctp.counters.packets_sent;
  stats.packets_received = sctp.counters.packets_received;
  stats.packets_refused = sctp.counters.packets_refused;
  return stats;
}

}  // namespace

StatsBook::StatsBook(Random& random) : key_{random.text(20)} {}

void StatsBook::channel_ended(DataChannelStats stats, bool was_open) {
  if (was_open) channel_closed();
  stats.state = DataChannelState::closed;
  if (ended_.size() == max_ended_channels) ended_.pop_front();
  ended_.push_back(std::move(stats));
}

DataChannelStats StatsBook::describe(peer::ChannelId channel, const dcep::Channels& channels,
                                     DataChannelState state) const {
  const auto& init = channels.init(channel);
  const auto& traffic = channels.traffic(channel);
  return {.id = id("D", std::to_string(static_cast<std::uint32_t>(channel))),
          .label = init.label,
          .protocol = init.protocol,
          .data_channel_identifier = channels.id(channel),
          .state = state,
          .messages_sent = traffic.messages_sent,
          .bytes_sent = traffic.bytes_sent,
          .messages_received = traffic.messages_received,
          .bytes_received = traffic.bytes_received};
}

StatsReport StatsBook::report(peer::Engine& engine, std::vector<DataChannelStats> open) const {
  StatsReport report;
  report.timestamp = std::chrono::system_clock::now();
  report.peer_connection = totals_;
  report.peer_connection.id = id("PC", "");
  report.data_channels.assign(ended_.begin(), ended_.end());
  std::ranges::move(open, std::back_inserter(report.data_channels));
  report.certificates.push_back(certificate(engine.certificate().der()));
  const auto statistics = engine.statistics();
  if (!engine.ice_role()) return report;  // W3C §8: no transport yet
  add_transport(report, statistics);
  report.transport->ice_role = api::to_public(engine.ice_role());
  report.transport->ice_state = static_cast<IceTransportState>(engine.ice_connection_state());
  return report;
}

StatsReport StatsBook::last_report() const {
  auto report = last_ ? *last_ : StatsReport{};
  report.timestamp = std::chrono::system_clock::now();
  report.peer_connection.data_channels_opened = totals_.data_channels_opened;
  report.peer_connection.data_channels_closed = totals_.data_channels_closed;
  for (auto& channel : report.data_channels) channel.state = DataChannelState::closed;
  if (report.transport) {
    report.transport->ice_state = IceTransportState::closed;
    report.transport->dtls_state = DtlsTransportState::closed;
  }
  return report;
}

StatsId StatsBook::id(std::string_view what, std::string_view key) const {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::size_t octets = 8;
  if (!names_) names_.emplace(as_bytes(key_));
  const auto code = (*names_)({as_bytes(what), as_bytes(" "), as_bytes(key)});
  StatsId result{what};
  for (const auto octet : std::span{code}.first(octets)) {
    const auto value = std::to_integer<unsigned>(octet);
    result += digits[value >> 4];
    result += digits[value & 15];
  }
  return result;
}

CertificateStats StatsBook::certificate(ByteView der) const {
  const auto fingerprint = api::to_public(dtls::fingerprint_of(der, dtls::HashAlgorithm::sha_256));
  return {.id = id("C", fingerprint.value),
          .fingerprint = fingerprint.value,
          .fingerprint_algorithm = fingerprint.algorithm,
          .base64_certificate = crypto::to_base64(der)};
}

void StatsBook::add_transport(StatsReport& report, const peer::Statistics& statistics) const {
  auto& transport = report.transport.emplace();
  transport.id = id("T", "");
  transport.packets_sent = statistics.packets_sent;
  transport.packets_received = statistics.packets_received;
  transport.bytes_sent = statistics.bytes_sent;
  transport.bytes_received = statistics.bytes_received;
  if (statistics.ice.local) transport.ice_local_username_fragment = statistics.ice.local->ufrag;
  transport.dtls_state = api::to_public(statistics.dtls_state);
  if (statistics.dtls_role) {
    transport.dtls_role = *statistics.dtls_role == dtls::Role::client ? "client" : "server";
  }
  transport.tls_version = if_any(statistics.tls_version);
  transport.dtls_cipher = if_any(statistics.dtls_cipher);
  transport.selected_candidate_pair_changes = statistics.selected_pair_changes;
  transport.local_certificate_id = report.certificates.front().id;
  if (!statistics.remote_certificate.empty()) {
    report.certificates.push_back(certificate(statistics.remote_certificate));
    transport.remote_certificate_id = report.certificates.back().id;
  }
  const std::string generation = statistics.ice.local ? statistics.ice.local->ufrag : "";
  add_candidates(report, generation, statistics.ice);
  for (const auto& pair : statistics.ice.pairs) {
    add_pair(report, generation, pair);
    if (pair.pair.path == statistics.ice.selected)
      transport.selected_candidate_pair_id = pair_id(generation, pair.pair);
  }
  if (!statistics.sctp) return;
  report.sctp = to_public(*statistics.sctp);
  report.sctp->id = id("S", "");
  report.sctp->transport_id = transport.id;
}

void StatsBook::add_candidates(StatsReport& report, std::string_view generation, const ice::Statistics& ice) const {
  for (const auto& candidate : ice.local_candidates) {
    report.local_candidates.push_back(
        {local_id(generation, candidate), report.transport->id, api::to_public(candidate)});
  }
  for (const auto& candidate : ice.remote_candidates) {
    report.remote_candidates.push_back(
        {remote_id(generation, candidate), report.transport->id, api::to_public(candidate)});
  }
}

// With its candidates, where they are peer-reflexive and nobody has signaled them.
void StatsBook::add_pair(StatsReport& report, std::string_view generation, const ice::PairStatistics& pair) const {
  const auto& transport = report.transport->id;
  const auto add_missing = [&](std::vector<IceCandidateStats>& list, StatsId missing, IceCandidateInfo info) {
    if (std::ranges::find(list, missing, &IceCandidateStats::id) != list.end()) return;
    list.push_back({std::move(missing), transport, std::move(info)});
  };
  const auto shown = api::to_public(pair.pair);
  CandidatePairStats stats{.id = pair_id(generation, pair.pair),
                           .transport_id = transport,
                           .local_candidate_id = local_id(generation, pair.pair.local),
                           .remote_candidate_id = remote_id(generation, pair.pair.remote),
                           .state = to_public(pair.state),
                           .nominated = pair.nominated};
  add_missing(report.local_candidates, stats.local_candidate_id, shown.local);
  add_missing(report.remote_candidates, stats.remote_candidate_id, shown.remote);
  stats.packets_sent = pair.packets_sent;
  stats.packets_received = pair.packets_received;
  stats.bytes_sent = pair.bytes_sent;
  stats.bytes_received = pair.bytes_received;
  stats.total_round_trip_time = pair.total_round_trip;
  stats.current_round_trip_time = pair.current_round_trip;
  stats.requests_received = pair.requests_received;
  stats.requests_sent = pair.requests_sent;
  stats.responses_received = pair.responses_received;
  stats.responses_sent = pair.responses_sent;
  stats.consent_requests_sent = pair.consent_requests_sent;
  report.candidate_pairs.push_back(std::move(stats));
}

StatsId StatsBook::local_id(std::string_view generation, const ice::Candidate& candidate) const {
  return id("L", std::string{generation} + ' ' + std::string{ice::to_string(candidate.type)} + ' ' + text(candidate));
}

// What was peer-reflexive stays the same object when it is signaled.
StatsId StatsBook::remote_id(std::string_view generation, const ice::Candidate& candidate) const {
  return id("R", std::string{generation} + ' ' + text(candidate));
}

StatsId StatsBook::pair_id(std::string_view generation, const ice::CandidatePair& pair) const {
  return id("P", local_id(generation, pair.local) + remote_id(generation, pair.remote));
}

}  // namespace sluice::api
