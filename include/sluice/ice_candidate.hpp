#pragma once
// IceCandidate: an address of one side on its way through signaling.   W3C §4.8.1 RTCIceCandidateInit, RFC 8838
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/error.hpp"

namespace sluice {

/// W3C RTCIceServerTransportProtocol: how a TURN server is reached.
enum class IceServerTransportProtocol { udp, tcp, tls };
SLUICE_EXPORT std::string_view to_string(IceServerTransportProtocol) noexcept;  ///< "udp", "tcp", "tls"

struct IceCandidate {
  std::string candidate{};               ///< "candidate:..." (RFC 8839 §5.1); empty: no more in this generation.
  std::optional<std::string> sdp_mid{};  ///< The a=mid of the section it belongs to; wins over the index.
  std::optional<std::uint16_t> sdp_mline_index{};  ///< The number of that section, from 0.
  std::optional<std::string> username_fragment{};  ///< The ICE generation it belongs to; none: the latest.
  /// Of our own server-reflexive and relayed candidates: the server's URL as configured. Not sent to the peer. W3C
  /// §4.8.1
  std::optional<std::string> url{};
  /// Of our own relayed candidates. Not sent to the peer. W3C §4.8.1
  std::optional<IceServerTransportProtocol> relay_protocol{};
  friend bool operator==(const IceCandidate&, const IceCandidate&) = default;
};

/// {"candidate":"...","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"..."}, as a browser's JSON.stringify; what is
/// not set becomes null.
SLUICE_EXPORT std::string to_json(const IceCandidate&);
/// The other way. Members that are null or missing are not set, except "candidate"; unknown ones are ignored.
/// Errors: json_syntax, json_missing_candidate, json_wrong_type_of_candidate, _mid, _mline_index,
/// _username_fragment.
SLUICE_EXPORT Result<IceCandidate> ice_candidate_from_json(std::string_view json);

enum class IceCandidateType { host, srflx, prflx, relay };            ///< W3C §4.8.1
SLUICE_EXPORT std::string_view to_string(IceCandidateType) noexcept;  ///< "host", "srflx", "prflx", "relay"

enum class IceTcpCandidateType { active, passive, so };                  ///< W3C §4.8.1
SLUICE_EXPORT std::string_view to_string(IceTcpCandidateType) noexcept;  ///< "active", "passive", "so"

/// What a candidate says, in parts: the attributes of W3C's RTCIceCandidate.
struct IceCandidateInfo {
  IceCandidateType type = IceCandidateType::host;
  std::string protocol{};  ///< "udp", "tcp"
  std::string address{};   ///< "192.0.2.1", "2001:db8::1", "….local". Empty: a peer-reflexive address not signaled.
  std::uint16_t port = 0;
  std::string foundation{};
  std::uint32_t priority = 0;
  unsigned component = 1;
  std::optional<IceTcpCandidateType> tcp_type{};
  std::optional<std::string> related_address{};
  std::optional<std::uint16_t> related_port{};
  std::optional<std::string> username_fragment{};
  std::optional<std::string> url{};  ///< Of our own server-reflexive and relayed candidates, as configured.
  std::optional<IceServerTransportProtocol> relay_protocol{};  ///< Of our own relayed candidates.
  friend bool operator==(const IceCandidateInfo&, const IceCandidateInfo&) = default;
};

/// None if the text does not parse (RFC 8839 §5.1), or if it is empty. W3C §4.8.1: nothing else depends on it.
SLUICE_EXPORT std::optional<IceCandidateInfo> describe(const IceCandidate&);

/// W3C §5.6
struct IceCandidatePair {
  IceCandidateInfo local{};
  IceCandidateInfo remote{};
  friend bool operator==(const IceCandidatePair&, const IceCandidatePair&) = default;
};

/// W3C §4.8.3: why a STUN or TURN server gave no candidate.
struct IceCandidateError {
  std::string url{};   ///< As configured.
  unsigned code = 0;   ///< STUN error code, 300 to 699 (RFC 8489 §14.8), or 701: no answer.
  std::string text{};  ///< The server's reason phrase; with 701 our own words.
  /// The address and port of this host that the server was asked from, if a host candidate tells them as well.
  std::optional<std::string> address{};
  std::optional<std::uint16_t> port{};
  std::string explanation{};  ///< Beyond W3C: a sentence for a human that says what it means, and what to do.
};

}  // namespace sluice
