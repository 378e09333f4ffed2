#pragma once
// Statistics: what a connection has done so far, by W3C's objects and names.   W3C webrtc-stats, webrtc-pc §8
//
// A member foo_bar is W3C's fooBar; to_json() uses W3C's names and units. Counters only grow; bytes are payload,
// without headers. A member without a value does not exist yet, or is not known, and is not in the JSON.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/data_channel.hpp"
#include "sluice/sctp_transport.hpp"

namespace sluice {

/// The identity of an object is the same in every report of one connection, and cannot be guessed. W3C §8.5
using StatsId = std::string;

/// W3C type "peer-connection".
struct PeerConnectionStats {
  StatsId id{};
  std::uint32_t data_channels_opened = 0;
  std::uint32_t data_channels_closed = 0;  ///< Of those that were open.
};

/// W3C type "data-channel". Channels that have ended stay, the latest 256 of them.
struct DataChannelStats {
  StatsId id{};
  std::string label{};
  std::string protocol{};
  std::optional<std::uint16_t> data_channel_identifier{};
  DataChannelState state = DataChannelState::connecting;
  std::uint64_t messages_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t bytes_received = 0;
};

/// W3C type "transport".
struct TransportStats {
  StatsId id{};
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  IceRole ice_role = IceRole::unknown;
  IceTransportState ice_state = IceTransportState::new_;
  std::optional<std::string> ice_local_username_fragment{};
  DtlsTransportState dtls_state = DtlsTransportState::new_;
  std::optional<std::string> dtls_role{};    ///< "client", "server"
  std::optional<std::string> tls_version{};  ///< "FEFD": DTLS 1.2
  std::optional<std::string> dtls_cipher{};  ///< "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
  std::optional<StatsId> selected_candidate_pair_id{};
  std::optional<StatsId> local_certificate_id{};
  std::optional<StatsId> remote_certificate_id{};
  std::uint32_t selected_candidate_pair_changes = 0;
};

enum class CandidatePairState { frozen, waiting, in_progress, failed, succeeded };  ///< RFC 8445 §6.1.2.6
SLUICE_EXPORT std::string_view to_string(CandidatePairState) noexcept;              ///< "frozen", "in-progress", ...

/// W3C type "candidate-pair".
struct CandidatePairStats {
  StatsId id{};
  StatsId transport_id{};
  StatsId local_candidate_id{};
  StatsId remote_candidate_id{};
  CandidatePairState state = CandidatePairState::frozen;
  bool nominated = false;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::chrono::nanoseconds total_round_trip_time{};                   ///< JSON: seconds.
  std::optional<std::chrono::nanoseconds> current_round_trip_time{};  ///< JSON: seconds.
  std::uint64_t requests_received = 0;
  std::uint64_t requests_sent = 0;
  std::uint64_t responses_received = 0;
  std::uint64_t responses_sent = 0;
  std::uint64_t consent_requests_sent = 0;  ///< RFC 7675
};

/// W3C types "local-candidate" and "remote-candidate". The address of a peer-reflexive remote candidate is empty until
/// the peer has signaled it, and then null in the JSON.
struct IceCandidateStats {
  StatsId id{};
  StatsId transport_id{};
  IceCandidateInfo candidate{};
};

/// W3C type "certificate".
struct CertificateStats {
  StatsId id{};
  std::string fingerprint{};  ///< "ab:cd:..."
  std::string fingerprint_algorithm{};
  std::string base64_certificate{};  ///< DER
  std::optional<StatsId> issuer_certificate_id{};
};

/// Not W3C: type "sluice-sctp", the association of the data channels. RFC 9260
struct SctpStats {
  StatsId id{};
  StatsId transport_id{};
  std::uint32_t congestion_window = 0;                  ///< Bytes.
  std::uint32_t receiver_window = 0;                    ///< Of the peer, bytes.
  std::uint64_t unacknowledged_bytes = 0;               ///< Taken by SCTP and not acknowledged yet.
  std::chrono::nanoseconds smoothed_round_trip_time{};  ///< JSON: seconds.
  std::chrono::nanoseconds retransmission_timeout{};    ///< JSON: seconds.
  std::uint32_t path_mtu = 0;                           ///< Bytes of an SCTP packet.
  std::uint64_t packets_retransmitted = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t packets_refused = 0;  ///< Malformed or hostile ones, which usrsctp never saw.
};

/// W3C RTCStatsReport, typed. The first of the certificates is ours.
struct StatsReport {
  std::chrono::system_clock::time_point timestamp{};  ///< Of every object in it. JSON: milliseconds since 1970.
  PeerConnectionStats peer_connection{};
  std::vector<DataChannelStats> data_channels{};
  std::optional<TransportStats> transport{};
  std::vector<CandidatePairStats> candidate_pairs{};
  std::vector<IceCandidateStats> local_candidates{};
  std::vector<IceCandidateStats> remote_candidates{};
  std::vector<CertificateStats> certificates{};
  std::optional<SctpStats> sctp{};
};

/// {"<id>": {"id": "<id>", "type": "transport", "timestamp": 1700000000000.0, ...}, ...}: W3C's map of objects.
SLUICE_EXPORT std::string to_json(const StatsReport&);

}  // namespace sluice
