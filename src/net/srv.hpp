#pragma once
// SRV records: where a service of a domain is.   RFC 2782
//
// What DNS says is untrusted: names and ports of anybody. Whoever connects there decides whom to trust; TLS verifies
// the name of the domain, not that of a target (RFC 8489 §6.2.3).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/random.hpp"

namespace sluice::net {

struct SrvRecord {
  std::uint16_t priority = 0;  // lower ones first
  std::uint16_t weight = 0;    // its share among those of one priority
  std::uint16_t port = 0;
  std::string target{};  // "." alone: the domain has no such service
  friend bool operator==(const SrvRecord&, const SrvRecord&) = default;
};

inline constexpr std::size_t max_srv_records = 16;  // ours: the rest is ignored

/// Those of a DNS response; none if it is malformed.
std::vector<SrvRecord> parse_srv(ByteView response);

/// In the order in which they are to be tried, which is not the same every time.
std::vector<SrvRecord> in_order(std::vector<SrvRecord>, Random&);

/// Asks the system's name servers, or this one; blocks for a few seconds at most. None: there are none, or nobody
/// answers.
std::vector<SrvRecord> query_srv(const std::string& name, const std::optional<Endpoint>& name_server = {});

}  // namespace sluice::net
