#include "ice/candidate.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::ice {
namespace {

constexpr std::size_t max_foundation = 32;  // RFC 8839 §5.1
constexpr std::size_t max_ufrag = 256;      // RFC 8839 §5.4
constexpr std::size_t max_host_name = 253;  // RFC 1035 §2.3.4, as text

constexpr auto type_names = std::to_array<std::string_view>({"host", "prflx", "srflx", "relay"});
constexpr auto type_preferences = std::to_array<std::uint32_t>({126, 110, 100, 0});  // RFC 8445 §5.1.2.2
// RFC 6544 §4.2 wants UDP preferred and leaves the numbers open: these, of libwebrtc, put TCP below server-reflexive
// addresses too, and above relays.
constexpr auto tcp_type_preferences = std::to_array<std::uint32_t>({90, 80, 70, 0});
constexpr auto direction_preferences = std::to_array<std::uint32_t>({0, 6, 4, 2});            // RFC 6544 §4.2
constexpr auto tcp_types = std::to_array<std::string_view>({"", "active", "passive", "so"});  // RFC 6544 §4.5

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) noexcept { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z'); }
constexpr bool is_ice_char(char c) noexcept { return is_alphanumeric(c) || c == '+' || c == '/'; }

bool same(std::string_view a, std::string_view b) noexcept { return std::ranges::equal(a, b, {}, lower, lower); }

bool is_ice_text(std::string_view text, std::size_t max_size) noexcept {
  return !text.empty() && text.size() <= max_size && std::ranges::all_of(text, is_ice_char);
}

template <class Number>
std::optional<Number> number(std::string_view text) noexcept {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A last label of digits only is an address that went wrong, not a name.
bool is_host_name(std::string_view text) noexcept {
  const auto allowed = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; };
  if (text.empty() || text.size() > max_host_name || !std::ranges::all_of(text, allowed)) return false;
  if (text.front() == '.' || text.find("..") != text.npos) return false;
  const auto whole = text.substr(0, text.size() - (text.back() == '.' ? 1 : 0));
  const auto dot = whole.rfind('.');
  return !std::ranges::all_of(dot == whole.npos ? whole : whole.substr(dot + 1), is_digit);
}

template <std::size_t size>
std::optional<std::size_t> index_of(const std::array<std::string_view, size>& names, std::string_view name) {
  const auto found = std::ranges::find_if(names, [&](std::string_view each) { return same(each, name); });
  if (name.empty() || found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

// The words of one line; after the last there are only empty ones.
class Words {
 public:
  explicit Words(std::string_view line) noexcept : rest_{line} {}

  std::string_view next() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blank), rest_.size()));
    const auto word = rest_.substr(0, rest_.find_first_of(blank));
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  static constexpr std::string_view blank = " \t\r\n";
  std::string_view rest_;
};

using Problem = std::optional<CandidateError>;

Problem read_address(std::string_view text, Candidate& candidate) {
  if (const auto address = IpAddress::parse(text)) {
    candidate.address.address = *address;
  } else if (is_host_name(text)) {
    candidate.host_name = text;
  } else {
    return CandidateError::bad_address;
  }
  return std::nullopt;
}

Problem read_fields(Words& words, Candidate& candidate) {
  candidate.foundation = words.next();
  const auto component = number<std::uint16_t>(words.next());
  const auto transport = words.next();
  const auto priority = number<std::uint32_t>(words.next());
  const auto address = words.next();
  const auto port = words.next();
  const auto keyword = words.next();
  const auto type = words.next();
  if (type.empty() || !same(keyword, "typ") || !priority) return CandidateError::syntax;
  if (!is_ice_text(candidate.foundation, max_foundation)) return CandidateError::syntax;
  if (!component || *component < 1 || *component > 256) return CandidateError::bad_component;
  if (!same(transport, "udp") && !same(transport, "tcp")) return CandidateError::unknown_transport;
  const auto port_number = number<std::uint16_t>(port);
  if (!port_number) return CandidateError::bad_port;
  const auto type_index = index_of(type_names, type);
  if (!type_index) return CandidateError::unknown_type;
  candidate.component = *component;
  candidate.transport = same(transport, "udp") ? Transport::udp : Transport::tcp_passive;
  candidate.priority = *priority;
  candidate.address.port = *port_number;
  candidate.type = static_cast<CandidateType>(*type_index);
  return read_address(address, candidate);
}

// Related address and extensions come as pairs of words; of an unknown pair both are skipped (RFC 8839 §5.1).
Problem read_extensions(Words& words, Candidate& candidate) {
  std::uint16_t related_port = 0;
  for (auto name = words.next(); !name.empty(); name = words.next()) {
    const auto value = words.next();
    if (value.empty()) break;
    if (same(name, "raddr")) {
      if (const auto address = IpAddress::parse(value)) candidate.related = Endpoint{*address, 0};
    } else if (same(name, "rport")) {
      const auto port = number<std::uint16_t>(value);
      if (!port) return CandidateError::bad_port;
      related_port = *port;
    } else if (same(name, "tcptype")) {
      const auto index = index_of(tcp_types, value);
      if (!index) return CandidateError::unknown_transport;
      if (candidate.transport != Transport::udp) candidate.transport = static_cast<Transport>(*index);
    } else if (same(name, "ufrag") && is_ice_text(value, max_ufrag)) {
      candidate.ufrag = value;
    }
  }
  if (candidate.related) candidate.related->port = related_port;
  return std::nullopt;
}

bool take_prefix(std::string_view& line, std::string_view prefix) noexcept {
  if (!same(line.substr(0, prefix.size()), prefix)) return false;
  line.remove_prefix(prefix.size());
  return true;
}

}  // namespace

Outcome<Candidate, CandidateError> parse_candidate(std::string_view line) {
  take_prefix(line, "a=");
  if (!take_prefix(line, "candidate:")) return CandidateError::syntax;
  Words words{line};
  Candidate candidate;
  if (const auto problem = read_fields(words, candidate)) return *problem;
  if (const auto problem = read_extensions(words, candidate)) return *problem;
  return candidate;
}

std::string to_string(const Candidate& candidate) {
  const bool udp = candidate.transport == Transport::udp;
  std::string line = "candidate:" + candidate.foundation + ' ' + std::to_string(candidate.component);
  line += udp ? " udp " : " tcp ";
  line += std::to_string(candidate.priority) + ' ';
  line += candidate.host_name.empty() ? to_string(candidate.address.address) : candidate.host_name;
  line += ' ' + std::to_string(candidate.address.port) + " typ ";
  line += to_string(candidate.type);
  if (candidate.related) {
    line += " raddr " + to_string(candidate.related->address) + " rport " + std::to_string(candidate.related->port);
  }
  if (!udp) line.append(" tcptype ").append(tcp_types[static_cast<std::size_t>(candidate.transport)]);
  if (!candidate.ufrag.empty()) line += " ufrag " + candidate.ufrag;
  return line;
}

std::string_view to_string(CandidateType type) noexcept { return type_names[static_cast<std::size_t>(type)]; }

std::uint32_t candidate_priority(CandidateType type, std::uint16_t local_preference, std::uint16_t component,
                                 Transport transport) noexcept {
  const auto index = static_cast<std::size_t>(type);
  if (transport == Transport::udp) {
    return type_preferences[index] << 24 | std::uint32_t{local_preference} << 8 | (256U - component);
  }
  const auto direction = direction_preferences[static_cast<std::size_t>(transport)];
  const auto local = direction << 13 | (local_preference & 0x1fffU);
  return tcp_type_preferences[index] << 24 | local << 8 | (256U - component);
}

Transport opposite(Transport transport) noexcept {
  switch (transport) {
    case Transport::tcp_active:
      return Transport::tcp_passive;
    case Transport::tcp_passive:
      return Transport::tcp_active;
    case Transport::udp:
    case Transport::tcp_simultaneous_open:
      return transport;
  }
  return transport;
}

}  // namespace sluice::ice
