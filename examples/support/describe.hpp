#pragma once
// Sentences for humans about a connection.
#include <sluice/sluice.hpp>
#include <string>

namespace example {

/// What an error means, with what the connection has to add.
std::string explain(const sluice::PeerConnection&, sluice::error_code);
std::optional<sluice::IceCandidatePair> selected_pair(const sluice::PeerConnection&);
std::string path_text(const sluice::IceCandidatePair&);

}  // namespace example
