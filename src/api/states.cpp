#include "api/states.hpp"

#include <array>

namespace sluice {
namespace {

// One switch per enumeration would be longer than the words; the arrays are in the enumerators' order.
template <std::size_t size, class Enum>
std::string_view word(const std::array<std::string_view, size>& words, Enum value) noexcept {
  const auto index = static_cast<std::size_t>(value);
  return index < size ? words[index] : std::string_view{};
}

constexpr std::array<std::string_view, 6> signaling_states{
    "stable", "have-local-offer", "have-remote-offer", "have-local-pranswer", "have-remote-pranswer", "closed"};
constexpr std::array<std::string_view, 3> gathering_states{"new", "gathering", "complete"};
constexpr std::array<std::string_view, 6> connection_states{"new",          "connecting", "connected",
                                                            "disconnected", "failed",     "closed"};
constexpr std::array<std::string_view, 7> ice_states{"new",          "checking", "connected", "completed",
                                                     "disconnected", "failed",   "closed"};
constexpr std::array<std::string_view, 4> channel_states{"connecting", "open", "closing", "closed"};
constexpr std::array<std::string_view, 4> sdp_types{"offer", "pranswer", "answer", "rollback"};
constexpr std::array<std::string_view, 4> candidate_types{"host", "srflx", "prflx", "relay"};
constexpr std::array<std::string_view, 3> tcp_types{"active", "passive", "so"};
constexpr std::array<std::string_view, 3> ice_roles{"unknown", "controlling", "controlled"};
constexpr std::array<std::string_view, 5> dtls_states{"new", "connecting", "connected", "closed", "failed"};
constexpr std::array<std::string_view, 3> sctp_states{"connecting", "connected", "closed"};
constexpr std::array<std::string_view, 5> pair_states{"frozen", "waiting", "in-progress", "failed", "succeeded"};

}  // namespace

std::string_view to_string(SignalingState state) noexcept { return word(signaling_states, state); }
std::string_view to_string(IceGatheringState state) noexcept { return word(gathering_states, state); }
std::string_view to_string(ConnectionState state) noexcept { return word(connection_states, state); }
std::string_view to_string(IceConnectionState state) noexcept { return word(ice_states, state); }
std::string_view to_string(DataChannelState state) noexcept { return word(channel_states, state); }
std::string_view to_string(SdpType type) noexcept { return word(sdp_types, type); }
std::string_view to_string(IceCandidateType type) noexcept { return word(candidate_types, type); }
std::string_view to_string(IceTcpCandidateType type) noexcept { return word(tcp_types, type); }
std::string_view to_string(IceRole role) noexcept { return word(ice_roles, role); }
std::string_view to_string(IceTransportState state) noexcept { return word(ice_states, state); }
std::string_view to_string(DtlsTransportState state) noexcept { return word(dtls_states, state); }
std::string_view to_string(SctpTransportState state) noexcept { return word(sctp_states, state); }
std::string_view to_string(CandidatePairState state) noexcept { return word(pair_states, state); }

}  // namespace sluice
