// Reports as W3C's map of objects.   W3C webrtc-stats
#include <nlohmann/json.hpp>

#include "sluice/stats.hpp"

namespace sluice {
namespace {

using Json = nlohmann::json;

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>{duration}.count(); }

// One object of the map, without the members that have no value.
class Object {
 public:
  Object(Json& report, const StatsId& id, std::string_view type, double timestamp) : json_{report[id]} {
    json_ = Json{{"id", id}, {"type", type}, {"timestamp", timestamp}};
  }

  template <class T>
  Object& set(const char* name, const T& value) {
    json_[name] = value;
    return *this;
  }
  template <class T>
  Object& set(const char* name, const std::optional<T>& value) {
    return value ? set(name, *value) : *this;
  }
  Object& set(const char* name, std::string_view value) {
    json_[name] = std::string{value};
    return *this;
  }
  Object& set(const char* name, std::chrono::nanoseconds value) {
    json_[name] = seconds(value);
    return *this;
  }

 private:
  Json& json_;
};

class Writer {
 public:
  explicit Writer(const StatsReport& report)
      : timestamp_{std::chrono::duration<double, std::milli>{report.timestamp.time_since_epoch()}.count()} {}

  void add(const PeerConnectionStats& stats) {
    object(stats.id, "peer-connection")
        .set("dataChannelsOpened", stats.data_channels_opened)
        .set("dataChannelsClosed", stats.data_channels_closed);
  }

  void add(const DataChannelStats& stats) {
    object(stats.id, "data-channel")
        .set("label", stats.label)
        .set("protocol", stats.protocol)
        .set("dataChannelIdentifier", stats.data_channel_identifier)
        .set("state", to_string(stats.state))
        .set("messagesSent", stats.messages_sent)
        .set("bytesSent", stats.bytes_sent)
        .set("messagesReceived", stats.messages_received)
        .set("bytesReceived", stats.bytes_received);
  }

  void add(const TransportStats& stats) {
    object(stats.id, "transport")
        .set("packetsSent", stats.packets_sent)
        .set("packetsReceived", stats.packets_received)
        .set("bytesSent", stats.bytes_sent)
        .set("bytesReceived", stats.bytes_received)
        .set("iceRole", to_string(stats.ice_role))
        .set("iceState", to_string(stats.ice_state))
        .set("iceLocalUsernameFragment", stats.ice_local_username_fragment)
        .set("dtlsState", to_string(stats.dtls_state))
        .set("dtlsRole", stats.dtls_role.value_or("unknown"))
        .set("tlsVersion", stats.tls_version)
        .set("dtlsCipher", stats.dtls_cipher)
        .set("selectedCandidatePairId", stats.selected_candidate_pair_id)
        .set("localCertificateId", stats.local_certificate_id)
        .set("remoteCertificateId", stats.remote_certificate_id)
        .set("selectedCandidatePairChanges", stats.selected_candidate_pair_changes);
  }

  void add(const CandidatePairStats& stats) {
    object(stats.id, "candidate-pair")
        .set("transportId", stats.transport_id)
        .set("localCandidateId", stats.local_candidate_id)
        .set("remoteCandidateId", stats.remote_candidate_id)
        .set("state", to_string(stats.state))
        .set("nominated", stats.nominated)
        .set("packetsSent", stats.packets_sent)
        .set("packetsReceived", stats.packets_received)
        .set("bytesSent", stats.bytes_sent)
        .set("bytesReceived", stats.bytes_received)
        .set("totalRoundTripTime", stats.total_round_trip_time)
        .set("currentRoundTripTime", stats.current_round_trip_time)
        .set("requestsReceived", stats.requests_received)
        .set("requestsSent", stats.requests_sent)
        .set("responsesReceived", stats.responses_received)
        .set("responsesSent", stats.responses_sent)
        .set("consentRequestsSent", stats.consent_requests_sent);
  }

  void add(const IceCandidateStats& stats, const char* type) {
    const auto& candidate = stats.candidate;
    auto json = object(stats.id, type);
    if (candidate.address.empty()) {
      json.set("address", nullptr);
    } else {
      json.set("address", candidate.address);
    }
    json.set("transportId", stats.transport_id)
        .set("port", candidate.port)
        .set("protocol", candidate.protocol)
        .set("candidateType", to_string(candidate.type))
        .set("priority", candidate.priority)
        .set("foundation", candidate.foundation)
        .set("url", candidate.url)
        .set("relatedAddress", candidate.related_address)
        .set("relatedPort", candidate.related_port)
        .set("usernameFragment", candidate.username_fragment);
    if (candidate.tcp_type) json.set("tcpType", to_string(*candidate.tcp_type));
    if (candidate.relay_protocol) json.set("relayProtocol", to_string(*candidate.relay_protocol));
  }

  void add(const CertificateStats& stats) {
    object(stats.id, "certificate")
        .set("fingerprint", stats.fingerprint)
        .set("fingerprintAlgorithm", stats.fingerprint_algorithm)
        .set("base64Certificate", stats.base64_certificate)
        .set("issuerCertificateId", stats.issuer_certificate_id);
  }

  void add(const SctpStats& stats) {
    object(stats.id, "sluice-sctp")
        .set("transportId", stats.transport_id)
        .set("congestionWindow", stats.congestion_window)
        .set("receiverWindow", stats.receiver_window)
        .set("unacknowledgedBytes", stats.unacknowledged_bytes)
        .set("smoothedRoundTripTime", stats.smoothed_round_trip_time)
        .set("retransmissionTimeout", stats.retransmission_timeout)
        .set("pathMtu", stats.path_mtu)
        .set("packetsRetransmitted", stats.packets_retransmitted)
        .set("packetsSent", stats.packets_sent)
        .set("packetsReceived", stats.packets_received)
        .set("packetsRefused", stats.packets_refused);
  }

  // Labels are what the peer made of them: never a reason to throw.
  std::string text() const { return json_.dump(-1, ' ', false, Json::error_handler_t::replace); }

 private:
  Object object(const StatsId& id, const char* type) { return {json_, id, type, timestamp_}; }

  Json json_ = Json::object();
  double timestamp_;
};

}  // namespace

std::string to_json(const StatsReport& report) {
  Writer writer{report};
  writer.add(report.peer_connection);
  for (const auto& channel : report.data_channels) writer.add(channel);
  if (report.transport) writer.add(*report.transport);
  for (const auto& pair : report.candidate_pairs) writer.add(pair);
  for (const auto& candidate : report.local_candidates) writer.add(candidate, "local-candidate");
  for (const auto& candidate : report.remote_candidates) writer.add(candidate, "remote-candidate");
  for (const auto& certificate : report.certificates) writer.add(certificate);
  if (report.sctp) writer.add(*report.sctp);
  return writer.text();
}

}  // namespace sluice
