#include "sdp/session.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "sdp/text.hpp"

namespace sluice::sdp {
namespace {

Failure syntax_error(std::size_t line, std::string detail) {
  return {Reason::sdp_syntax, std::move(detail), static_cast<unsigned>(line)};
}

bool is_fingerprint(std::string_view value) {  // RFC 8122 §5, in either case of the digits
  const auto parts = split(value);
  if (parts.size() != 2 || parts[1].size() % 3 != 2) return false;
  for (std::size_t i = 0; i < parts[1].size(); ++i) {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    const char c = parts[1][i];
    if (i % 3 == 2 ? c != ':' : digits.find(c) == std::string_view::npos) return false;
  }
  return is_token(parts[0]);
}

bool is_setup(std::string_view value) {
  return value == "active" || value == "passive" || value == "actpass" || value == "holdconn";
}

bool is_group(std::string_view value) {
  const auto parts = split(value);
  return !parts.empty() && std::ranges::all_of(parts, is_token);
}

struct Grammar {
  std::string_view name;
  bool (*fits)(std::string_view);
};

// The attributes that steer us; the rest is not ours to judge.
constexpr auto grammars = std::to_array<Grammar>({
    {"fingerprint", is_fingerprint},
    {"setup", is_setup},
    {"group", is_group},
    {"mid", [](std::string_view value) { return is_token(value); }},
    {"sctp-port", [](std::string_view value) { return parse_u16(value).has_value(); }},
    {"max-message-size", [](std::string_view value) { return parse_saturated(value).has_value(); }},
});

std::optional<Failure> check_attribute(const Line& line, std::size_t number) {
  const auto name = attribute_name(line);
  for (const auto& grammar : grammars) {
    if (name == grammar.name && !grammar.fits(attribute_value(line))) {
      return syntax_error(number, "Correct the value of a=" + std::string{name} + ".");
    }
  }
  return std::nullopt;
}

// RFC 8866 §5.14: m=<media> <port>["/" <number of ports>] <proto> <fmt> ...
std::optional<Section> parse_section(const Line& line) {
  const auto parts = split(line.value);
  if (parts.size() < 4 || !is_token(parts[0])) return std::nullopt;
  const auto slash = parts[1].find('/');
  if (!parse_u16(parts[1].substr(0, slash))) return std::nullopt;
  if (slash != std::string_view::npos && !parse_u16(parts[1].substr(slash + 1))) return std::nullopt;
  Section section;
  section.media = parts[0];
  section.port = parts[1];
  section.proto = parts[2];
  section.formats.assign(parts.begin() + 3, parts.end());
  return section;
}

Expected<Session> structure(std::vector<Line> lines) {
  Session session;
  unsigned number = 0;
  for (auto& line : lines) {
    ++number;
    if (line.type == 'v' && line.value != "0") return syntax_error(number, "Use v=0, the only version there is.");
    if (auto failure = check_attribute(line, number)) return *std::move(failure);
    if (line.type == 'm') {
      auto section = parse_section(line);
      if (!section) return syntax_error(number, "Write m=<media> <port> <proto> <fmt>.");
      section->line_number = number;
      session.sections.push_back(*std::move(section));
    } else {
      auto& owner = session.sections.empty() ? session.lines : session.sections.back().lines;
      if (!session.sections.empty() && attribute_name(line) == "mid")
        session.sections.back().mid = attribute_value(line);
      owner.push_back(std::move(line));
    }
  }
  session.lines.shrink_to_fit();  // it is kept as long as the connection
  for (auto& section : session.sections) section.lines.shrink_to_fit();
  return session;
}

// A mid names one section, and a section is in one BUNDLE group at most. RFC 5888 §9.2, RFC 9143 §7.1
std::optional<Failure> contradiction(const Session& session) {
  std::set<std::string_view> mids;
  for (const auto& section : session.sections) {
    if (!section.mid.empty() && !mids.insert(section.mid).second) {
      return Failure{Reason::invalid_description, "Give every media section a mid of its own.", section.line_number};
    }
  }
  std::set<std::string_view> bundled;
  for (const auto value : attribute_values(session.lines, "group")) {
    const auto parts = split(value);
    if (parts[0] != "BUNDLE") continue;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (!bundled.insert(parts[i]).second) {
        return Failure{Reason::invalid_description, "List every mid in one BUNDLE group, once."};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> find_attribute(const Attributes& lines, std::string_view name) noexcept {
  const auto found = std::ranges::find_if(lines, [&](const Line& line) { return attribute_name(line) == name; });
  if (found == lines.end()) return std::nullopt;
  return attribute_value(*found);
}

bool has_attribute(const Attributes& lines, std::string_view name) noexcept {
  return find_attribute(lines, name).has_value();
}

std::vector<std::string_view> attribute_values(const Attributes& lines, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& line : lines) {
    if (attribute_name(line) == name) values.push_back(attribute_value(line));
  }
  return values;
}

bool Section::zero_port() const noexcept { return parse_u16(std::string_view{port}.substr(0, port.find('/'))) == 0; }

bool Section::bundle_only() const noexcept { return zero_port() && has_attribute(lines, "bundle-only"); }

bool Section::is_data() const {
  if (media != "application" || formats.empty()) return false;
  if (proto != "UDP/DTLS/SCTP" && proto != "TCP/DTLS/SCTP" && proto != "DTLS/SCTP") return false;
  return formats.front() == "webrtc-datachannel" || is_legacy_data();
}

bool Section::is_legacy_data() const {
  if (proto != "DTLS/SCTP" || formats.empty()) return false;
  return std::ranges::any_of(attribute_values(lines, "sctpmap"), [&](std::string_view value) {
    const auto parts = split(value);
    return parts.size() >= 2 && parts[0] == formats.front() && parts[1] == "webrtc-datachannel" && parse_u16(parts[0]);
  });
}

bool Section::is_secure_rtp() const noexcept { return proto.find("RTP/SAVP") != std::string::npos; }

std::optional<std::size_t> Session::index_of(std::string_view mid) const noexcept {
  const auto found = std::ranges::find_if(sections, [&](const Section& section) { return section.mid == mid; });
  if (mid.empty() || found == sections.end()) return std::nullopt;
  return static_cast<std::size_t>(found - sections.begin());
}

std::vector<std::string_view> Session::bundle_of(std::string_view mid) const {
  for (const auto value : attribute_values(lines, "group")) {
    auto mids = split(value);
    if (mids[0] != "BUNDLE") continue;
    mids.erase(mids.begin());
    if (std::ranges::find(mids, mid) != mids.end()) return mids;
  }
  return {};
}

bool Session::lists_ice_option(std::string_view option) const {
  const auto lists = [&](const Attributes& part) {
    return std::ranges::any_of(attribute_values(part, "ice-options"), [&](std::string_view value) {
      const auto options = split(value, " ,");  // RFC 8839 §5.6 separates by spaces; libdatachannel writes commas
      return std::ranges::find(options, option) != options.end();
    });
  };
  return lists(lines) || std::ranges::any_of(sections, lists, &Section::lines);
}

Expected<Session> parse_session(std::string_view sdp, const Limits& limits) {
  auto lines = parse_lines(sdp, limits);
  if (!lines) return lines.error();
  auto session = structure(*std::move(lines));
  if (!session) return session;
  if (auto failure = contradiction(*session)) return *std::move(failure);
  return session;
}

std::string to_string(const Session& session) {
  auto result = to_string(session.lines);
  for (const auto& section : session.sections) {
    result += "m=" + section.media + ' ' + section.port + ' ' + section.proto;
    for (const auto& format : section.formats) result += ' ' + format;
    result += "\r\n" + to_string(section.lines);
  }
  return result;
}

}  // namespace sluice::sdp
