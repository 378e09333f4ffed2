#pragma once
// Nat: what an address translator does to datagrams, in the words of RFC 4787. Time is an argument, a seed chooses the
// ports.
#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace sluice::sim {

// On which part of the other endpoint a mapping (§4.1) or a filter (§5) depends.
enum class Dependence : std::uint8_t { none, address, address_and_port };

constexpr std::string_view word(Dependence dependence) {
  switch (dependence) {
    case Dependence::none:
      return "endpoint-independent";
    case Dependence::address:
      return "address-dependent";
    case Dependence::address_and_port:
      return "address and port-dependent";
  }
  return "?";
}

struct NatOptions {
  IpAddress outside{};
  Dependence mapping = Dependence::none;
  Dependence filtering = Dependence::none;
  bool preserves_ports = false;                 // §4.2.1, where the port is free
  bool hairpins = false;                        // §6
  bool isolates = false;                        // hosts behind it from each other, as guest networks do
  Duration lifetime = std::chrono::minutes{2};  // §4.3, since the last datagram from inside
};

class Nat {
 public:
  Nat(NatOptions options, std::uint64_t seed) : options_{std::move(options)}, random_{seed} {}

  const NatOptions& options() const { return options_; }
  std::size_t mappings() const { return mappings_.size(); }
  /// Forgets everything, as when it is switched off and on.
  void restart() { mappings_.clear(); }

  /// Where a datagram from inside seems to come from.
  Endpoint outbound(TimePoint now, const Endpoint& inside, const Endpoint& to) {
    std::erase_if(mappings_, [&](const Mapping& each) { return expired(each, now); });
    const auto key = part(options_.mapping, to);
    const auto same = [&](const Mapping& each) { return each.inside == inside && each.key == key; };
    auto found = std::ranges::find_if(mappings_, same);
    if (found == mappings_.end()) {
      mappings_.push_back({inside, key, free_port(inside.port), now, {}});
      found = std::prev(mappings_.end());
    }
    found->used = now;
    found->permitted.insert(part(options_.filtering, to));
    return {options_.outside, found->port};
  }

  /// To whom a datagram from outside goes, if to anybody.
  std::optional<Endpoint> inbound(TimePoint now, const Endpoint& from, const Endpoint& to) const {
    const auto found = std::ranges::find(mappings_, to.port, &Mapping::port);
    if (to.address != options_.outside || found == mappings_.end() || expired(*found, now)) return std::nullopt;
    if (!found->permitted.contains(part(options_.filtering, from))) return std::nullopt;
    return found->inside;
  }

 private:
  struct Mapping {
    Endpoint inside{};
    Endpoint key{};
    std::uint16_t port = 0;
    TimePoint used{};
    std::set<Endpoint> permitted{};
  };

  static Endpoint part(Dependence dependence, const Endpoint& endpoint) {
    if (dependence == Dependence::none) return {};
    return dependence == Dependence::address ? Endpoint{endpoint.address, 0} : endpoint;
  }
  bool expired(const Mapping& mapping, TimePoint now) const { return now >= mapping.used + options_.lifetime; }

  std::uint16_t free_port(std::uint16_t wanted) {
    std::uniform_int_distribution<unsigned> any{1024, 65535};
    const auto taken = [&](std::uint16_t port) {
      return std::ranges::find(mappings_, port, &Mapping::port) != mappings_.end();
    };
    auto port = options_.preserves_ports ? wanted : static_cast<std::uint16_t>(any(random_));
    while (taken(port)) port = static_cast<std::uint16_t>(any(random_));
    return port;
  }

  NatOptions options_;
  std::mt19937_64 random_;
  std::vector<Mapping> mappings_{};
};

}  // namespace sluice::sim
