#pragma once
// Progress: everything that a failed call must leave as it was. Commands work on a copy and commit it at the end.
//
// latest is what the descriptions applied so far mean, settled() what they meant when last stable: rollback returns
// there.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sdp/session.hpp"
#include "sdp/signaling.hpp"
#include "sdp/transport.hpp"

namespace sluice::sdp {

struct Applied {
  Description description{};
  Session session{};
};

struct Agreement {
  Negotiated negotiated{};
  Placement remote{};  // in the remote description; meaningful while negotiated.remote is set
};

struct Progress {
  SignalingState state = SignalingState::stable;
  std::optional<Applied> current_local{};
  std::optional<Applied> pending_local{};
  std::optional<Applied> current_remote{};
  std::optional<Applied> pending_remote{};
  Agreement latest{};
  std::shared_ptr<const Agreement> before{};     // this round of offer and answer; none: it is settled
  std::vector<std::string> remote_candidates{};  // of the remote description applied last
  std::vector<IceCredentials> to_replace{};      // W3C LocalIceCredentialsToReplace
  std::vector<IceCredentials> outdated{};        // whose candidates come from servers that are not configured any more
  std::string tls_id{};                          // of our side of the DTLS association; empty: none yet
  bool data_wanted = false;                      // a channel was created
  bool data_refused = false;                     // ... and the peer would not have it

  const Agreement& settled() const noexcept { return before ? *before : latest; }
  const Applied* local() const noexcept;
  const Applied* remote() const noexcept;
};

/// The index of the one section of ours that carries data.
std::optional<std::size_t> own_data_section(const Session&);

/// Applies a description of ours, or the peer's, in a state that allows it. On failure the Progress is spoilt.
Expected<void> apply_local(Progress&, SignalingState next, Type, Applied);
Expected<void> apply_remote(Progress&, SignalingState next, Type, Applied, BundlePolicy);
void roll_back(Progress&);  // W3C §4.4.1.4, rollback

}  // namespace sluice::sdp
