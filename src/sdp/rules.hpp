#pragma once
// Rules: what a description may not change against the descriptions before it.   RFC 9429 §5.8.3, §5.11
#include <optional>

#include "sdp/session.hpp"
#include "sdp/signaling.hpp"

namespace sluice::sdp {

enum class Side : std::uint8_t { local, remote };

/// RFC 9429 §5.5, §5.6 and W3C §4.4.1.4; nothing: not allowed in this state. Rollback is not in the table.
std::optional<SignalingState> next_state(SignalingState, Side, Type) noexcept;

/// The same sections, by media, proto and mid. RFC 3264 §6
std::optional<Failure> check_answer(const Session& offer, const Session& answer);
/// Sections stay where they are; only a rejected one may become another. RFC 3264 §8
std::optional<Failure> check_reoffer(const Session& local, const Session& remote, const Session& offer);
/// The DTLS association goes on unless ICE restarts. RFC 8842 §3.1
std::optional<Failure> check_association(const TransportDescription& before, const TransportDescription& after);
/// And the peer keeps its role. RFC 8842 §5.5; is_client: whether we are the client so far, if that is known.
std::optional<Failure> check_role(const TransportDescription& before, const TransportDescription& after,
                                  std::optional<bool> is_client);

}  // namespace sluice::sdp
