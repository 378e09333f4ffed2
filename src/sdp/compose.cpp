#include "sdp/compose.hpp"

#include "sdp/text.hpp"
#include "sdp/transport.hpp"

namespace sluice::sdp {
namespace {

constexpr std::string_view unknown_port = "9";  // RFC 8840 §4.1.1, with the address 0.0.0.0
constexpr std::string_view unknown_connection = "IN IP4 0.0.0.0";

void put(std::vector<Line>& lines, std::string_view name, std::string_view value = {}) {
  std::string text{name};
  if (!value.empty()) text.append(":").append(value);
  lines.push_back({'a', std::move(text)});
}

std::string joined(std::string_view first, const std::vector<std::string>& rest) {
  std::string result{first};
  for (const auto& one : rest) {
    if (!result.empty()) result += ' ';
    result += one;
  }
  return result;
}

Section begin(const Section& like, std::string_view port, const std::string& mid) {
  Section section;
  section.mid = mid;
  section.media = like.media;
  section.port = port;
  section.proto = like.proto;
  section.formats = like.formats;
  section.lines.push_back({'c', std::string{unknown_connection}});
  if (!mid.empty()) put(section.lines, "mid", mid);
  return section;
}

std::string_view name_of(Setup setup) noexcept {
  switch (setup) {
    case Setup::active:
      return "active";
    case Setup::passive:
      return "passive";
    case Setup::actpass:
      return "actpass";
  }
  return "actpass";
}

void put_transport(std::vector<Line>& lines, const TransportDescription& transport) {
  put(lines, "ice-ufrag", transport.ufrag);
  put(lines, "ice-pwd", transport.pwd);
  for (const auto& [algorithm, value] : transport.fingerprints) {
    put(lines, "fingerprint", to_lower(algorithm) + ' ' + to_upper(value));
  }
  put(lines, "setup", name_of(transport.setup));
  if (!transport.tls_id.empty()) put(lines, "tls-id", transport.tls_id);
}

}  // namespace

Session compose(const Outline& outline, std::vector<Section> sections) {
  Session session;
  session.lines.push_back({'v', "0"});
  session.lines.push_back({'o', "- " + std::to_string(outline.session_id) + ' ' +
                                    std::to_string(outline.session_version) + ' ' + std::string{unknown_connection}});
  session.lines.push_back({'s', "-"});
  session.lines.push_back({'t', "0 0"});
  if (!outline.bundle.empty()) put(session.lines, "group", joined("BUNDLE", outline.bundle));
  if (outline.ice_lite) put(session.lines, "ice-lite");
  if (!outline.ice_options.empty()) put(session.lines, "ice-options", joined("", outline.ice_options));
  session.sections = std::move(sections);
  return session;
}

Section new_data_kind() {
  Section section;
  section.media = "application";
  section.proto = "UDP/DTLS/SCTP";
  section.formats = {"webrtc-datachannel"};
  return section;
}

Section data_section(const Section& like, const std::string& mid, const TransportDescription& transport) {
  auto section = begin(like, unknown_port, mid);
  put_transport(section.lines, transport);
  const auto port = std::to_string(transport.sctp_port);
  if (like.is_legacy_data()) {  // draft-ietf-mmusic-sctp-sdp-05: the port is the format
    section.formats = {port};
    put(section.lines, "sctpmap", port + " webrtc-datachannel 1024");
  } else {
    put(section.lines, "sctp-port", port);
    if (!transport.sctp_init.empty()) put(section.lines, "sctp-init", transport.sctp_init);
  }
  put(section.lines, "max-message-size", std::to_string(transport.max_message_size));
  return section;
}

Section inactive_section(const Section& like, const TransportDescription& transport) {
  auto section = begin(like, unknown_port, like.mid);
  put_transport(section.lines, transport);
  put(section.lines, "inactive");
  put(section.lines, "rtcp-mux");
  const std::string codec{first_codec(like).value_or(like.formats.front())};
  section.formats = {codec};
  for (const auto* name : {"rtpmap", "fmtp"}) {
    for (const auto value : attribute_values(like.lines, name)) {
      if (value.substr(0, value.find(' ')) == codec) put(section.lines, name, value);
    }
  }
  return section;
}

Section rejected_section(const Section& like) {
  auto section = begin(like, "0", like.mid);
  if (like.is_secure_rtp()) put(section.lines, "inactive");
  return section;
}

}  // namespace sluice::sdp
