#pragma once
// Where the servers of a gathering are: those with an address in their URL at once, the others when their names have
// been looked up, each name once.   RFC 8489 §8
//
// A Server is what a gatherer keeps of one: it has `configured`, the IceServer, and waits until it is asked.
#include <algorithm>
#include <span>
#include <vector>

#include "ice/events.hpp"

namespace sluice::ice {

/// Ports that nobody has told are 0, and become that of the server.
inline std::vector<Endpoint> places(const IceServer& server, std::span<const Endpoint> found) {
  std::vector<Endpoint> result{found.begin(), found.end()};
  for (auto& each : result) each.port = each.port == 0 ? server.port : each.port;
  return result;
}

inline std::vector<Endpoint> without_ports(std::span<const IpAddress> addresses) {
  std::vector<Endpoint> result;
  for (const auto& each : addresses) result.push_back({each, 0});
  return result;
}

/// ask(server, places) for those that need no lookup, look_up(needed) for the names of the others.
template <class Server, class Ask, class LookUp>
void locate(std::vector<Server>& servers, Ask ask, LookUp look_up) {
  std::vector<ResolveNeeded> needed;
  for (auto& server : servers) {
    const IceServer& configured = server.configured;
    if (const auto address = IpAddress::parse(configured.host)) {
      ask(server, std::vector{Endpoint{*address, configured.port}});
    } else if (ResolveNeeded name{configured.host, configured.service};
               std::ranges::find(needed, name) == needed.end()) {
      look_up(name);
      needed.push_back(std::move(name));
    }
  }
}

/// ask(server, places) for those of that name; places may be none.
template <class Server, class Ask>
void ask_located(std::vector<Server>& servers, const ResolveNeeded& name, std::span<const Endpoint> found, Ask ask) {
  for (auto& server : servers) {
    const IceServer& configured = server.configured;
    if (ResolveNeeded{configured.host, configured.service} == name) ask(server, places(configured, found));
  }
}

}  // namespace sluice::ice
