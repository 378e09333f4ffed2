#include "sdp/transport.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "sdp/text.hpp"

namespace sluice::sdp {
namespace {

constexpr std::size_t max_fingerprints = 16;  // more certificates than anyone offers; keeps comparing them cheap

Failure invalid(std::string detail, const Section& section) {
  return {Reason::invalid_description, std::move(detail), section.line_number};
}

// RFC 9143 §7.3.1: a zero port rejects, except for a bundle-only section of a group with a section that does not.
std::optional<std::size_t> tagged(const Session& session, std::string_view mid) {
  for (const auto member : session.bundle_of(mid)) {
    const auto index = session.index_of(member);
    if (index && !session.sections[*index].zero_port()) return index;
  }
  return std::nullopt;
}

// RFC 9429 §5.3.1: with max-bundle, what is not bundled with the first section is rejected.
bool fits_policy(const Session& offer, std::size_t data, BundlePolicy policy) {
  if (policy != BundlePolicy::max_bundle) return true;
  const auto first = std::ranges::find_if(offer.sections, [](const Section& section) { return !section.zero_port(); });
  if (first == offer.sections.end() || first - offer.sections.begin() == static_cast<std::ptrdiff_t>(data)) return true;
  const auto group = offer.bundle_of(offer.sections[data].mid);
  return !first->mid.empty() && std::ranges::find(group, first->mid) != group.end();
}

std::optional<Placement> place(const Session& offer, std::size_t data, BundlePolicy policy) {
  const auto& section = offer.sections[data];
  if (!section.is_data() || !fits_policy(offer, data, policy)) return std::nullopt;
  if (section.zero_port() && !section.bundle_only()) return std::nullopt;
  const auto tag = tagged(offer, section.mid);
  if (tag && *tag != data && can_stay_inactive(offer.sections[*tag])) return Placement{data, *tag};
  // The tagged section will be rejected: the next of the group takes over if it has a transport of its own. §7.3.1
  if (section.zero_port()) return std::nullopt;
  return Placement{data, data};
}

// Attributes of the transport, in the order in which they hold.
class Scopes {
 public:
  Scopes(const Session& session, const Placement& placement)
      : scopes_{&session.sections[placement.transport].lines, &session.lines, &session.sections[placement.data].lines} {
  }

  const Attributes* with(std::string_view name) const {
    const auto found =
        std::ranges::find_if(scopes_, [&](const Attributes* scope) { return has_attribute(*scope, name); });
    return found == scopes_.end() ? nullptr : *found;
  }

  std::string first(std::string_view name) const {
    const auto* scope = with(name);
    return scope ? std::string{*find_attribute(*scope, name)} : std::string{};
  }

 private:
  std::array<const Attributes*, 3> scopes_;
};

std::vector<FingerprintLine> read_fingerprints(const Scopes& scopes) {
  std::vector<FingerprintLine> result;
  const auto* scope = scopes.with("fingerprint");
  if (!scope) return result;
  for (const auto value : attribute_values(*scope, "fingerprint")) {
    if (result.size() == max_fingerprints) break;
    const auto parts = split(value);
    result.push_back({to_lower(parts[0]), to_upper(parts[1])});
  }
  return result;
}

// RFC 8842 §5.2, §5.3. An offer without it is taken as actpass, as browsers do.
std::optional<Setup> read_setup(std::string_view value, Type type) {
  if (value == "active") return Setup::active;
  if (value == "passive") return Setup::passive;
  if (type == Type::offer && (value == "actpass" || value.empty())) return Setup::actpass;
  return std::nullopt;
}

// RFC 8841 §5.1; the draft before it put the port into a=sctpmap.
std::optional<std::uint16_t> read_sctp_port(const Section& section) {
  if (const auto port = find_attribute(section.lines, "sctp-port")) return parse_u16(*port);
  if (section.is_legacy_data()) return parse_u16(section.formats.front());
  return std::nullopt;
}

TransportDescription read_basics(const Session& session, const Placement& placement) {
  const Scopes scopes{session, placement};
  TransportDescription transport;
  transport.ufrag = scopes.first("ice-ufrag");
  transport.pwd = scopes.first("ice-pwd");
  transport.fingerprints = read_fingerprints(scopes);
  transport.tls_id = scopes.first("tls-id");
  transport.ice_lite = has_attribute(session.lines, "ice-lite");
  return transport;
}

std::optional<std::string> fault(const TransportDescription& transport) {
  // RFC 8839 §5.4
  if (transport.ufrag.size() < 4 || transport.ufrag.size() > 256 || !is_ice_text(transport.ufrag)) {
    return "Describe a=ice-ufrag with 4 to 256 ice-chars.";
  }
  if (transport.pwd.size() < 22 || transport.pwd.size() > 256 || !is_ice_text(transport.pwd)) {
    return "Describe a=ice-pwd with 22 to 256 ice-chars.";
  }
  if (transport.fingerprints.empty()) return "Describe the certificate with a=fingerprint; SDES is not supported.";
  return std::nullopt;
}

}  // namespace

std::optional<Placement> place_in_offer(const Session& offer, std::string_view data_mid, BundlePolicy policy) {
  if (const auto known = offer.index_of(data_mid)) {
    if (auto placement = place(offer, *known, policy)) return placement;
  }
  for (std::size_t i = 0; i < offer.sections.size(); ++i) {
    if (auto placement = place(offer, i, policy)) return placement;
  }
  return std::nullopt;
}

std::optional<Placement> place_in_answer(const Session& answer, std::size_t data) {
  if (data >= answer.sections.size() || answer.sections[data].zero_port()) return std::nullopt;
  return Placement{data, tagged(answer, answer.sections[data].mid).value_or(data)};
}

Placement place_in_own(const Session& own, std::size_t data) {
  return {data, tagged(own, own.sections[data].mid).value_or(data)};
}

std::optional<std::string_view> first_codec(const Section& section) {
  constexpr auto unusable = std::to_array<std::string_view>(
      {"rtx", "red", "ulpfec", "flexfec-03", "telephone-event", "cn"});  // nothing that could stand alone
  std::set<std::string_view> usable;
  for (const auto value : attribute_values(section.lines, "rtpmap")) {
    const auto parts = split(value, " /");
    if (parts.size() < 3 || std::ranges::find(unusable, to_lower(parts[1])) != unusable.end()) continue;
    usable.insert(parts[0]);
  }
  const auto found = std::ranges::find_if(section.formats, [&](const auto& format) { return usable.contains(format); });
  if (found == section.formats.end()) return std::nullopt;
  return *found;
}

bool can_stay_inactive(const Section& section) {
  return section.is_secure_rtp() && section.proto.find("TLS/") != std::string::npos && !section.zero_port() &&
         has_attribute(section.lines, "rtcp-mux") && first_codec(section);
}

Expected<TransportDescription> read_transport(const Session& session, const Placement& placement, Type type) {
  const auto& section = session.sections[placement.data];
  auto transport = read_basics(session, placement);
  if (const auto problem = fault(transport)) return invalid(*problem, section);

  transport.trickle = session.lists_ice_option("trickle");
  transport.sped = session.lists_ice_option("sped");
  const auto setup = read_setup(Scopes{session, placement}.first("setup"), type);
  if (!setup) return invalid("Use a=setup:actpass in offers, active or passive in answers.", section);
  transport.setup = *setup;

  const auto port = read_sctp_port(section);
  if (!port) return invalid("Describe the SCTP association with a=sctp-port.", section);
  transport.sctp_port = *port;
  if (const auto init = find_attribute(section.lines, "sctp-init")) transport.sctp_init = *init;
  if (const auto size = find_attribute(section.lines, "max-message-size")) {
    transport.max_message_size = *parse_saturated(*size);  // parse_session checked the grammar
  }
  return transport;
}

std::optional<Failure> check_media(const Session& session) {
  for (std::size_t i = 0; i < session.sections.size(); ++i) {
    const auto& section = session.sections[i];
    if (!section.is_secure_rtp() || section.zero_port()) continue;
    if (!has_attribute(section.lines, "rtcp-mux")) return invalid("Describe media with a=rtcp-mux.", section);
    const Placement placement{i, tagged(session, section.mid).value_or(i)};
    if (const auto problem = fault(read_basics(session, placement))) return invalid(*problem, section);
  }
  return std::nullopt;
}

std::optional<std::string_view> ufrag_of(const Session& session, std::size_t section) {
  const auto own = find_attribute(session.sections[section].lines, "ice-ufrag");
  return own ? own : find_attribute(session.lines, "ice-ufrag");
}

bool same_identity(const TransportDescription& before, const TransportDescription& after) {
  const auto covers = [](const auto& some, const auto& all) {
    return std::ranges::all_of(some, [&](const auto& one) { return std::ranges::find(all, one) != all.end(); });
  };
  const bool other_tls_id = !before.tls_id.empty() && !after.tls_id.empty() && before.tls_id != after.tls_id;
  return !other_tls_id && covers(before.fingerprints, after.fingerprints) &&
         covers(after.fingerprints, before.fingerprints);
}

bool same_credentials(const TransportDescription& one, const TransportDescription& other) {
  return one.ufrag == other.ufrag && one.pwd == other.pwd;
}

}  // namespace sluice::sdp
