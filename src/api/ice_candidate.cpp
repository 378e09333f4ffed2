// Candidates in parts.   W3C §4.8.1
#include "api/states.hpp"

namespace sluice {
namespace {

IceCandidateType type_of(ice::CandidateType type) noexcept {
  switch (type) {
    case ice::CandidateType::host:
      return IceCandidateType::host;
    case ice::CandidateType::peer_reflexive:
      return IceCandidateType::prflx;
    case ice::CandidateType::server_reflexive:
      return IceCandidateType::srflx;
    case ice::CandidateType::relayed:
      return IceCandidateType::relay;
  }
  return IceCandidateType::host;
}

std::optional<IceTcpCandidateType> tcp_type_of(ice::Transport transport) noexcept {
  switch (transport) {
    case ice::Transport::udp:
      return std::nullopt;
    case ice::Transport::tcp_active:
      return IceTcpCandidateType::active;
    case ice::Transport::tcp_passive:
      return IceTcpCandidateType::passive;
    case ice::Transport::tcp_simultaneous_open:
      return IceTcpCandidateType::so;
  }
  return std::nullopt;
}

}  // namespace

static_assert(static_cast<int>(IceServerTransportProtocol::tls) == static_cast<int>(ice::Carrier::tls));

std::optional<IceServerTransportProtocol> api::to_public(const std::optional<ice::Carrier>& carrier) noexcept {
  if (!carrier) return std::nullopt;
  return static_cast<IceServerTransportProtocol>(*carrier);
}

std::string_view to_string(IceServerTransportProtocol protocol) noexcept {
  switch (protocol) {
    case IceServerTransportProtocol::udp:
      return "udp";
    case IceServerTransportProtocol::tcp:
      return "tcp";
    case IceServerTransportProtocol::tls:
      return "tls";
  }
  return "";
}

IceCandidateInfo api::to_public(const ice::Candidate& candidate) {
  IceCandidateInfo info{
      .type = type_of(candidate.type),
      .protocol = candidate.transport == ice::Transport::udp ? "udp" : "tcp",
      .address = candidate.host_name.empty() ? to_string(candidate.address.address) : candidate.host_name,
      .port = candidate.address.port,
      .foundation = candidate.foundation,
      .priority = candidate.priority,
      .component = candidate.component,
      .tcp_type = tcp_type_of(candidate.transport)};
  if (candidate.related) {
    info.related_address = to_string(candidate.related->address);
    info.related_port = candidate.related->port;
  }
  if (!candidate.ufrag.empty()) info.username_fragment = candidate.ufrag;
  if (!candidate.url.empty()) info.url = candidate.url;
  info.relay_protocol = to_public(candidate.carrier);
  return info;
}

// W3C §4.8.1: a peer-reflexive address is the peer's to tell.
IceCandidatePair api::to_public(const ice::CandidatePair& pair) {
  IceCandidatePair result{to_public(pair.local), to_public(pair.remote)};
  if (result.remote.type == IceCandidateType::prflx) {
    result.remote.address.clear();
    result.remote.related_address.reset();
  }
  return result;
}

std::optional<IceCandidateInfo> describe(const IceCandidate& candidate) {
  const auto parsed = ice::parse_candidate(candidate.candidate);
  if (!parsed) return std::nullopt;
  auto info = api::to_public(*parsed);
  if (candidate.username_fragment) info.username_fragment = candidate.username_fragment;
  if (candidate.url) info.url = candidate.url;
  info.relay_protocol = candidate.relay_protocol;
  return info;
}

}  // namespace sluice
