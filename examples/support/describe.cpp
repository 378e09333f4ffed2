#include "support/describe.hpp"

namespace example {

std::string explain(const sluice::PeerConnection& connection, sluice::error_code error) {
  auto sentence = error.message();
  const auto last = connection.last_error();
  if (last.code != error) return sentence;
  if (!last.text.empty()) sentence += ' ' + last.text;
  if (last.sdp_line_number) sentence += " (line " + std::to_string(*last.sdp_line_number) + ")";
  return sentence;
}

std::optional<sluice::IceCandidatePair> selected_pair(const sluice::PeerConnection& connection) {
  const auto sctp = connection.sctp();
  return sctp ? sctp->transport().ice_transport().selected_candidate_pair() : std::nullopt;
}

std::string path_text(const sluice::IceCandidatePair& pair) {
  const auto end = [](const sluice::IceCandidateInfo& e) {
    const auto address = e.address.empty() ? "(not told)" : e.address;  // W3C hides what the peer has not signaled
    return std::string{to_string(e.type)} + ' ' + e.protocol + ' ' + address + ' ' + std::to_string(e.port);
  };
  return end(pair.local) + " <-> " + end(pair.remote);
}

}  // namespace example
