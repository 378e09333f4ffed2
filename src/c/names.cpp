// The words of W3C for enumerators, and the version.
#include <string>

#include "c/values.hpp"
#include "sluice/c/log.h"
#include "sluice/c/peer_connection.h"

namespace sluice::c {
namespace {

// Both enumerations have the same numbers; the tests compare every word.
template <class Enum, class CEnum>
const char* word(const CEnum& value) noexcept {
  return guarded_or(&value, "", [](const CEnum& each) { return interned(to_string(static_cast<Enum>(number(each)))); });
}

}  // namespace
}  // namespace sluice::c

using namespace sluice;
using namespace sluice::c;

const char* sluice_version() { return SLUICE_VERSION_TEXT; }

const char* sluice_log_level_name(sluice_log_level level) { return word<LogLevel>(level); }
const char* sluice_ice_transport_policy_name(sluice_ice_transport_policy p) { return word<IceTransportPolicy>(p); }
const char* sluice_bundle_policy_name(sluice_bundle_policy policy) { return word<BundlePolicy>(policy); }
const char* sluice_sdp_type_name(sluice_sdp_type type) { return word<SdpType>(type); }
const char* sluice_ice_candidate_type_name(sluice_ice_candidate_type type) { return word<IceCandidateType>(type); }
const char* sluice_data_channel_state_name(sluice_data_channel_state state) { return word<DataChannelState>(state); }
const char* sluice_ice_role_name(sluice_ice_role role) { return word<IceRole>(role); }
const char* sluice_ice_transport_state_name(sluice_ice_transport_state s) { return word<IceTransportState>(s); }
const char* sluice_ice_gathering_state_name(sluice_ice_gathering_state s) { return word<IceGatheringState>(s); }
const char* sluice_dtls_transport_state_name(sluice_dtls_transport_state s) { return word<DtlsTransportState>(s); }
const char* sluice_sctp_transport_state_name(sluice_sctp_transport_state s) { return word<SctpTransportState>(s); }
const char* sluice_candidate_pair_state_name(sluice_candidate_pair_state s) { return word<CandidatePairState>(s); }
const char* sluice_signaling_state_name(sluice_signaling_state state) { return word<SignalingState>(state); }
const char* sluice_connection_state_name(sluice_connection_state state) { return word<ConnectionState>(state); }
const char* sluice_ice_connection_state_name(sluice_ice_connection_state s) { return word<IceConnectionState>(s); }
