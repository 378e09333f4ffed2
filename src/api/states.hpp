#pragma once
// The cores' states as the public ones. The enumerators are the same, in the same order.
#include "peer/events.hpp"
#include "sluice/peer_connection.hpp"

namespace sluice::api {

constexpr SignalingState to_public(sdp::SignalingState state) noexcept { return static_cast<SignalingState>(state); }
constexpr IceGatheringState to_public(ice::GatheringState state) noexcept {
  return static_cast<IceGatheringState>(state);
}
constexpr IceConnectionState to_public(peer::IceConnectionState state) noexcept {
  return static_cast<IceConnectionState>(state);
}
constexpr ConnectionState to_public(peer::ConnectionState state) noexcept {
  return static_cast<ConnectionState>(state);
}
constexpr IceTransportState to_transport_state(IceConnectionState state) noexcept {
  return static_cast<IceTransportState>(state);
}
constexpr DtlsTransportState to_public(peer::DtlsState state) noexcept {
  return static_cast<DtlsTransportState>(state);
}
constexpr IceRole to_public(std::optional<ice::Role> role) noexcept {
  if (!role) return IceRole::unknown;
  return *role == ice::Role::controlling ? IceRole::controlling : IceRole::controlled;
}
constexpr sdp::Type to_core(SdpType type) noexcept { return static_cast<sdp::Type>(type); }
constexpr SdpType to_public(sdp::Type type) noexcept { return static_cast<SdpType>(type); }

static_assert(to_public(sdp::SignalingState::have_remote_offer) == SignalingState::have_remote_offer);
static_assert(to_public(sdp::SignalingState::have_local_pranswer) == SignalingState::have_local_pranswer);
static_assert(to_public(sdp::SignalingState::closed) == SignalingState::closed);
static_assert(to_public(ice::GatheringState::complete) == IceGatheringState::complete);
static_assert(to_public(peer::IceConnectionState::completed) == IceConnectionState::completed);
static_assert(to_public(peer::IceConnectionState::closed) == IceConnectionState::closed);
static_assert(to_public(peer::ConnectionState::disconnected) == ConnectionState::disconnected);
static_assert(to_public(peer::ConnectionState::closed) == ConnectionState::closed);
static_assert(to_public(sdp::Type::answer) == SdpType::answer && to_public(sdp::Type::rollback) == SdpType::rollback);
static_assert(to_transport_state(IceConnectionState::completed) == IceTransportState::completed);
static_assert(to_transport_state(IceConnectionState::closed) == IceTransportState::closed);
static_assert(to_public(peer::DtlsState::connected) == DtlsTransportState::connected);
static_assert(to_public(peer::DtlsState::failed) == DtlsTransportState::failed);

std::optional<IceServerTransportProtocol> to_public(const std::optional<ice::Carrier>&) noexcept;
IceCandidateInfo to_public(const ice::Candidate&);
IceCandidatePair to_public(const ice::CandidatePair&);

}  // namespace sluice::api
