#pragma once
// Compose: the sections and descriptions that we write.   RFC 9429 §5.2, §5.3
//
// What browsers insist on: c= in every section, also in rejected ones, fingerprints in upper case, a=setup in offers.
#include <cstdint>
#include <string>
#include <vector>

#include "sdp/session.hpp"
#include "sdp/signaling.hpp"

namespace sluice::sdp {

// Everything of a description that is not in a section.
struct Outline {
  std::uint64_t session_id = 0;
  std::uint64_t session_version = 0;
  bool ice_lite = false;
  std::vector<std::string> ice_options{};
  std::vector<std::string> bundle{};  // mids; empty: no group
};

Session compose(const Outline&, std::vector<Section>);

/// An m= line of ours, RFC 8841 §4; like: of whose kind (proto, formats) the section shall be.
Section new_data_kind();
Section data_section(const Section& like, const std::string& mid, const TransportDescription&);
/// One codec, inactive, alive only for its transport.
Section inactive_section(const Section& like, const TransportDescription&);
Section rejected_section(const Section& like);  // RFC 3264 §6: everything as offered, port 0

}  // namespace sluice::sdp
