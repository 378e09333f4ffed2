#pragma once
// Candidate: a transport address at which an agent may be reached.   RFC 8445 §5.1, RFC 8839 §5.1
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/outcome.hpp"

namespace sluice::ice {

enum class CandidateType : std::uint8_t { host, peer_reflexive, server_reflexive, relayed };
enum class Transport : std::uint8_t { udp, tcp_active, tcp_passive, tcp_simultaneous_open };  // RFC 6544 §4.5
enum class Carrier : std::uint8_t { udp, tcp, tls };  // to a server. W3C RTCIceServerTransportProtocol

struct Candidate {
  std::string foundation{};
  std::uint16_t component = 1;  // 1 to 256; RFC 8445 §5.1.1: data channels have this one only
  Transport transport = Transport::udp;
  std::uint32_t priority = 0;
  Endpoint address{};       // of a host name only the port is meaningful
  std::string host_name{};  // a .local name or FQDN instead of an address; empty otherwise
  CandidateType type = CandidateType::host;
  std::optional<Endpoint> related{};  // raddr, rport
  std::string ufrag{};                // RFC 8838 extension: the generation it belongs to; may be empty
  std::string url{};                  // local only: the server that found it
  std::optional<Carrier> carrier{};   // local and relayed only: to the server
};

enum class CandidateError { syntax, unknown_type, unknown_transport, bad_address, bad_port, bad_component };

/// The candidate-attribute value, with or without "a=" and with "candidate:" in front. Unknown extensions are skipped.
Outcome<Candidate, CandidateError> parse_candidate(std::string_view);
/// "candidate:..." without "a=".
std::string to_string(const Candidate&);
std::string_view to_string(CandidateType) noexcept;  // "host", "prflx", "srflx", "relay"

/// RFC 8445 §5.1.2.1; of TCP below all that UDP reaches directly or by itself, and by direction: RFC 6544 §4.2
std::uint32_t candidate_priority(CandidateType, std::uint16_t local_preference, std::uint16_t component,
                                 Transport = Transport::udp) noexcept;
/// Of the other end of a connection: active of passive, passive of active.
Transport opposite(Transport) noexcept;

}  // namespace sluice::ice
