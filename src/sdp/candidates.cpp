#include "sdp/candidates.hpp"

#include <algorithm>
#include <limits>

#include "sdp/progress.hpp"
#include "sdp/text.hpp"

namespace sluice::sdp {
namespace {

constexpr std::string_view end_of_candidates = "end-of-candidates";  // RFC 8840 §8.2
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::size_t max_candidate_size = 1024;  // an FQDN and some extensions fit

struct DefaultCandidate {
  int rank = -1;
  std::string port{};
  std::string connection{};
};

// RFC 8839 §4.2.1: the one most likely to work with a peer that has no ICE; relayed before reflexive before host.
DefaultCandidate as_default(std::string_view candidate) {
  const auto fields = split(candidate);
  if (fields.size() < 8 || fields[1] != "1" || to_lower(fields[2]) != "udp") return {};
  const auto address = fields[4];
  const bool ip6 = address.find(':') != std::string_view::npos;
  if (!ip6 && address.find_first_not_of("0123456789.") != std::string_view::npos) return {};  // a name
  const int type = fields[7] == "relay" ? 2 : fields[7] == "srflx" ? 1 : 0;
  return {type * 2 + (ip6 ? 0 : 1), std::string{fields[5]}, (ip6 ? "IN IP6 " : "IN IP4 ") + std::string{address}};
}

void choose_default(Section& section) {
  DefaultCandidate best;
  for (const auto value : attribute_values(section.lines, "candidate")) {
    auto candidate = as_default(value);
    if (candidate.rank > best.rank) best = std::move(candidate);
  }
  if (best.rank < 0) return;
  section.port = best.port;
  const auto line = std::ranges::find(section.lines, 'c', &Line::type);
  if (line != section.lines.end()) line->value = best.connection;
}

bool has_line(const Section& section, std::string_view value) {
  return std::ranges::any_of(section.lines, [&](const Line& line) { return line.type == 'a' && line.value == value; });
}

bool put_candidate(Section& section, std::string_view candidate, std::size_t limit) {
  if (has_line(section, candidate)) return true;
  if (attribute_values(section.lines, "candidate").size() >= limit) return false;
  section.lines.push_back({'a', std::string{candidate}});
  return true;
}

void put_end(Section& section) {
  if (!has_line(section, end_of_candidates)) section.lines.push_back({'a', std::string{end_of_candidates}});
}

bool has_ufrag(const Section& section, std::string_view ufrag) {
  return !section.zero_port() && find_attribute(section.lines, "ice-ufrag") == ufrag;
}

// The ufrag of a section, or of the transport that it is bundled into.
std::optional<std::string_view> generation_of(const Session& session, std::size_t section, const Agreement& agreement) {
  const auto own = ufrag_of(session, section);
  if (own || section != agreement.remote.data || agreement.remote.transport >= session.sections.size()) return own;
  return ufrag_of(session, agreement.remote.transport);
}

Failure unknown_mid() {
  return {Reason::unknown_mid, "Pass the sdpMid or sdpMLineIndex of a section of the remote description."};
}

Failure unknown_ufrag() {
  return {Reason::unknown_ufrag, "Pass candidates with the usernameFragment of a remote description."};
}

// mid wins over index. RFC 9429 §5.10: a description without a=mid has sections all the same.
Expected<std::size_t> find_section(const Session& session, const RemoteCandidate& candidate) {
  const bool has_mids = std::ranges::any_of(session.sections, [](const Section& one) { return !one.mid.empty(); });
  if (candidate.mid && (has_mids || !candidate.mline_index)) {
    if (const auto index = session.index_of(*candidate.mid)) return *index;
    return unknown_mid();
  }
  if (!candidate.mline_index || *candidate.mline_index >= session.sections.size()) return unknown_mid();
  return std::size_t{*candidate.mline_index};
}

std::optional<std::string> extension_ufrag(std::string_view candidate) {  // RFC 8839 §5.1 names the generation
  const auto fields = split(candidate);
  for (std::size_t i = 8; i + 1 < fields.size(); i += 2) {
    if (fields[i] == "ufrag") return std::string{fields[i + 1]};
  }
  return std::nullopt;
}

bool is_candidate(std::string_view candidate) {
  return candidate.starts_with("candidate:") && candidate.size() <= max_candidate_size &&
         split(candidate).size() >= 8 &&
         std::ranges::all_of(candidate, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

// One candidate, or the end of them, on its way into a section of the remote descriptions.
struct Addition {
  std::string_view candidate{};  // empty: the end
  std::optional<std::string> ufrag{};
};

// The remote descriptions that have this generation in this section, the latest first. Without ufrag: the latest.
std::vector<Applied*> generations(Progress& progress, std::size_t section, const Addition& addition) {
  std::vector<Applied*> result;
  for (auto* slot : {&progress.pending_remote, &progress.current_remote}) {
    if (!*slot || section >= (*slot)->session.sections.size()) continue;
    const auto& agreement = slot == &progress.pending_remote ? progress.latest : progress.settled();
    const auto ufrag = generation_of((*slot)->session, section, agreement);
    if (!addition.ufrag || (ufrag && *ufrag == *addition.ufrag)) result.push_back(&**slot);
    if (!addition.ufrag && !result.empty()) break;
  }
  return result;
}

bool is_rejected(const Progress& progress, std::size_t section) {
  const auto& remote = progress.remote()->session.sections[section];
  if (remote.zero_port() && !remote.bundle_only()) return true;
  if (progress.pending_remote && !progress.pending_local) return false;  // an offer that we have not answered
  const auto* local = progress.local();
  return local && section < local->session.sections.size() && local->session.sections[section].zero_port();
}

bool concerns_data(const Progress& progress, const Applied& applied, std::size_t section) {
  const auto& agreement = progress.latest;
  if (&applied != progress.remote() || !agreement.negotiated.remote) return false;
  // Until we have answered, each section of an offer may have ports of its own; only those of the tagged one will be
  // used. RFC 9143 §7.2
  const bool unanswered = progress.pending_remote && !progress.pending_local && applied.description.type == Type::offer;
  if (section != agreement.remote.transport && (unanswered || section != agreement.remote.data)) return false;
  return generation_of(applied.session, section, agreement) == agreement.negotiated.remote->ufrag;
}

Expected<bool> add_to_section(Progress& progress, std::size_t section, const Addition& addition, const Limits& limits) {
  if (is_rejected(progress, section)) return false;
  const auto targets = generations(progress, section, addition);
  if (targets.empty()) return unknown_ufrag();
  if (!addition.candidate.empty() && !is_candidate(addition.candidate)) {
    return Failure{Reason::candidate_syntax,
                   "Write candidate:<foundation> <component> <transport> <priority> "
                   "<address> <port> typ <type>."};
  }
  bool concerns = false;
  for (auto* applied : targets) {
    auto& place = applied->session.sections[section];
    if (addition.candidate.empty()) {
      put_end(place);
    } else if (!put_candidate(place, addition.candidate, limits.candidates)) {
      return Failure{Reason::too_many, "Add fewer remote candidates."};
    }
    applied->description.sdp = to_string(applied->session);
    concerns = concerns || concerns_data(progress, *applied, section);
  }
  return concerns;
}

// Without mid and index the end is that of every section of the generation.
Expected<bool> end_all(Progress& progress, const Addition& addition, const Limits& limits) {
  bool concerns = false;
  bool known = false;
  const auto count = progress.remote()->session.sections.size();
  for (std::size_t section = 0; section < count; ++section) {
    const auto added = add_to_section(progress, section, addition, limits);
    known = known || added.has_value();
    concerns = concerns || (added && *added);
  }
  if (known || count == 0) return concerns;
  return unknown_ufrag();
}

}  // namespace

std::vector<std::string> described_candidates(const Session& session, const Placement& placement, Type type) {
  std::vector<std::string> result;
  const auto take = [&](const Section& section) {
    for (const auto& line : section.lines) {
      if (attribute_name(line) == "candidate") result.push_back(line.value);
    }
  };
  const auto& transport = session.sections[placement.transport];
  take(transport);
  // In an offer that is not yet bundled the data section has another transport, which will not be used.
  if (type != Type::offer && placement.data != placement.transport) take(session.sections[placement.data]);
  const bool said =
      has_attribute(transport.lines, end_of_candidates) || has_attribute(session.lines, end_of_candidates);
  // RFC 9429 §5.10: who cannot trickle has said it all. Not if it said nothing: Pion trickles without a=ice-options.
  if (said || (!session.lists_ice_option("trickle") && !result.empty())) result.emplace_back();
  return result;
}

bool put_own_candidate(Session& session, std::string_view ufrag, std::string_view candidate, std::size_t limit) {
  bool put = false;
  for (auto& section : session.sections) {
    if (!has_ufrag(section, ufrag) || has_line(section, end_of_candidates)) continue;
    if (!put_candidate(section, candidate, limit)) continue;
    choose_default(section);
    put = true;
  }
  return put;
}

bool put_own_end(Session& session, std::string_view ufrag) {
  bool put = false;
  for (auto& section : session.sections) {
    if (!has_ufrag(section, ufrag)) continue;
    put_end(section);
    put = true;
  }
  return put;
}

void carry_candidates(const Session& from, Session& to) {
  for (const auto& section : from.sections) {
    const auto ufrag = find_attribute(section.lines, "ice-ufrag");
    if (!ufrag || section.zero_port()) continue;
    for (const auto& line : section.lines) {
      if (attribute_name(line) == "candidate") put_own_candidate(to, *ufrag, line.value, unlimited);
    }
    if (has_attribute(section.lines, end_of_candidates)) put_own_end(to, *ufrag);
  }
}

Expected<bool> add_remote_candidate(Progress& progress, const RemoteCandidate& candidate, const Limits& limits) {
  const auto* remote = progress.remote();
  if (!remote) return Failure{Reason::no_remote_description, "Set the remote description before its candidates."};
  Addition addition{candidate.candidate, candidate.ufrag};
  if (addition.candidate.starts_with("a=")) addition.candidate.remove_prefix(2);
  if (addition.ufrag && addition.ufrag->empty()) addition.ufrag.reset();
  if (!addition.ufrag) addition.ufrag = extension_ufrag(addition.candidate);
  if (!candidate.mid && !candidate.mline_index) {
    if (addition.candidate.empty()) return end_all(progress, addition, limits);
    return Failure{Reason::candidate_without_mid, "Pass sdpMid or sdpMLineIndex with a candidate."};
  }
  const auto section = find_section(remote->session, candidate);
  if (!section) return section.error();
  return add_to_section(progress, *section, addition, limits);
}

}  // namespace sluice::sdp
