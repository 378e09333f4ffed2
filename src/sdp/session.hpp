#pragma once
// Session: a description as session part and media sections, with what WebRTC asks of them.   RFC 8866, RFC 9143
//
// Every line survives as it came; the model only reads them, and puts candidates in.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdp/lines.hpp"

namespace sluice::sdp {

using Attributes = std::vector<Line>;

std::optional<std::string_view> find_attribute(const Attributes&, std::string_view name) noexcept;
bool has_attribute(const Attributes&, std::string_view name) noexcept;
std::vector<std::string_view> attribute_values(const Attributes&, std::string_view name);

// One m= line and the lines below it. RFC 8866 §5.14
struct Section {
  std::string mid{};  // of its a=mid; empty: none
  std::string media{};
  std::string port{};  // as written: "9", "49170/2"
  std::string proto{};
  std::vector<std::string> formats{};
  std::vector<Line> lines{};  // below the m= line
  unsigned line_number = 0;   // of the m= line

  bool zero_port() const noexcept;
  bool bundle_only() const noexcept;  // RFC 9143 §6: its port 0 does not reject it
  bool is_data() const;               // SCTP over DTLS with WebRTC data channels, RFC 8841 §4
  bool is_legacy_data() const;        // ... announced by a=sctpmap, draft-ietf-mmusic-sctp-sdp-05
  bool is_secure_rtp() const noexcept;
};

struct Session {
  std::vector<Line> lines{};
  std::vector<Section> sections{};

  std::optional<std::size_t> index_of(std::string_view mid) const noexcept;
  /// The mids of the BUNDLE group that holds this mid; empty if there is none. RFC 9143 §7
  std::vector<std::string_view> bundle_of(std::string_view mid) const;
  bool lists_ice_option(std::string_view) const;  // anywhere
};

/// Grammar of the lines, of m= and of the attributes this layer reads: Reason::sdp_syntax. Contradictions inside the
/// description: Reason::invalid_description.
Expected<Session> parse_session(std::string_view sdp, const Limits&);
std::string to_string(const Session&);

}  // namespace sluice::sdp
