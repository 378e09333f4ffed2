#include "api/states.hpp"

#include "sluice/data_channel.hpp"

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

IceCandidateInfo to_info(const ice::Candidate& candidate) {
  IceCandidateInfo info{.protocol = candidate.transport == ice::Transport::udp ? "udp" : "tcp",
                        .address = to_string(candidate.address.address),
                        .port = candidate.address.port};
  switch (candidate.type) {
    case ice::CandidateType::host:
      info.type = IceCandidateType::host;
      break;
    case ice::CandidateType::peer_reflexive:
      info.type = IceCandidateType::prflx;
      break;
    case ice::CandidateType::server_reflexive:
      info.type = IceCandidateType::srflx;
      break;
    case ice::CandidateType::relayed:
      info.type = IceCandidateType::relay;
      break;
  }
  return info;
}

}  // namespace

std::string_view to_string(SignalingState state) noexcept { return word(signaling_states, state); }
std::string_view to_string(IceGatheringState state) noexcept { return word(gathering_states, state); }
std::string_view to_string(ConnectionState state) noexcept { return word(connection_states, state); }
std::string_view to_string(IceConnectionState state) noexcept { return word(ice_states, state); }
std::string_view to_string(DataChannelState state) noexcept { return word(channel_states, state); }
std::string_view to_string(SdpType type) noexcept { return word(sdp_types, type); }
std::string_view to_string(IceCandidateType type) noexcept { return word(candidate_types, type); }

IceCandidatePair api::to_public(const ice::CandidatePair& pair) { return {to_info(pair.local), to_info(pair.remote)}; }

}  // namespace sluice
