#pragma once
// Candidates in descriptions: which they are, and where a new one belongs.   RFC 8839 §5.1, RFC 8840 §4, W3C §4.4.2
#include <string>
#include <string_view>
#include <vector>

#include "sdp/session.hpp"
#include "sdp/signaling.hpp"
#include "sdp/transport.hpp"

namespace sluice::sdp {

struct Progress;

/// In order, without "a="; ends with "" if the description says that no more will come.
std::vector<std::string> described_candidates(const Session&, const Placement&, Type);

/// Into every section of a description of ours that has this ufrag, with the m= and c= lines of RFC 9429 §5.2.2.
/// False: there is none, or its candidates have ended or are too many.
bool put_own_candidate(Session&, std::string_view ufrag, std::string_view candidate, std::size_t limit);
bool put_own_end(Session&, std::string_view ufrag);
/// Those of the sections of the same generation.
void carry_candidates(const Session& from, Session& to);

/// W3C §4.4.2.2 addIceCandidate: whether it concerns the data transport. On failure the Progress is spoilt.
Expected<bool> add_remote_candidate(Progress&, const RemoteCandidate&, const Limits&);

}  // namespace sluice::sdp
