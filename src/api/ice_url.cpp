#include "api/ice_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/endpoint.hpp"

namespace sluice::api {
namespace {

constexpr std::uint16_t default_port = 3478;         // RFC 7064 §3.2
constexpr std::uint16_t default_secure_port = 5349;  // RFC 7064 §3.2
constexpr std::size_t longest_host = 253;            // RFC 1035 §2.3.4, without the final dot

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::optional<IceUrl::Scheme> scheme_of(std::string_view name) {
  const auto scheme = lower(name);  // RFC 3986 §3.1: case-insensitive
  if (scheme == "stun") return IceUrl::Scheme::stun;
  if (scheme == "stuns") return IceUrl::Scheme::stuns;
  if (scheme == "turn") return IceUrl::Scheme::turn;
  if (scheme == "turns") return IceUrl::Scheme::turns;
  return std::nullopt;
}

bool is_scheme(std::string_view text) {  // RFC 3986 §3.1
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto rest = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; };
  return !text.empty() && letter(text.front()) && std::ranges::all_of(text, rest);
}

bool is_host(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  };
  return !host.empty() && host.size() <= longest_host && host.front() != '.' && host.find("..") == host.npos &&
         std::ranges::all_of(host, allowed);
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

struct Authority {
  std::string_view host;
  std::optional<std::string_view> port;
};

// "host", "host:port", "[v6]", "[v6]:port"
Result<Authority> split(std::string_view text) {
  if (!text.starts_with('[')) {
    const auto colon = text.find(':');
    if (colon == text.npos) return Authority{text, std::nullopt};
    return Authority{text.substr(0, colon), text.substr(colon + 1)};
  }
  const auto end = text.find(']');
  if (end == text.npos) return make_error_code(Error::ice_url_bad_host);
  const auto rest = text.substr(end + 1);
  const Authority authority{text.substr(1, end - 1), std::nullopt};
  const auto address = IpAddress::parse(authority.host);
  if (!address || address->is_v4()) return make_error_code(Error::ice_url_bad_host);
  if (rest.empty()) return authority;
  if (!rest.starts_with(':')) return make_error_code(Error::ice_url_bad_port);
  return Authority{authority.host, rest.substr(1)};
}

}  // namespace

Result<IceUrl> parse_ice_url(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos || !is_scheme(text.substr(0, colon))) return make_error_code(Error::ice_url_without_scheme);
  const auto scheme = scheme_of(text.substr(0, colon));
  if (!scheme) return make_error_code(Error::ice_url_unknown_scheme);
  auto rest = text.substr(colon + 1);
  if (rest.starts_with("//")) return make_error_code(Error::ice_url_not_opaque);
  if (rest.find('#') != rest.npos) return make_error_code(Error::ice_url_with_fragment);
  const auto question = rest.find('?');
  const auto query = question == rest.npos ? std::string_view{} : rest.substr(question + 1);
  const auto path = rest.substr(0, question);
  if (path.find_first_of("/@") != path.npos) return make_error_code(Error::ice_url_with_path);

  const bool turn = *scheme == IceUrl::Scheme::turn || *scheme == IceUrl::Scheme::turns;
  const bool secure = *scheme == IceUrl::Scheme::stuns || *scheme == IceUrl::Scheme::turns;
  const bool known_query = turn && (query == "transport=udp" || query == "transport=tcp");
  if (question != rest.npos && !known_query) return make_error_code(Error::ice_url_bad_query);

  const auto authority = split(path);
  if (!authority) return authority.error();
  const bool bracketed = path.starts_with('[');
  if (!bracketed && !is_host(authority->host)) return make_error_code(Error::ice_url_bad_host);
  const auto port = authority->port ? port_of(*authority->port) : secure ? default_secure_port : default_port;
  if (!port) return make_error_code(Error::ice_url_bad_port);
  const bool tcp = query == "transport=tcp" || (secure && query.empty());
  return IceUrl{*scheme, std::string{authority->host}, *port, tcp, authority->port.has_value()};
}

}  // namespace sluice::api
