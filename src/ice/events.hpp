#pragma once
// What an ice::Agent is given and what it tells its owner.
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "ice/candidate.hpp"

namespace sluice::ice {

enum class Role : std::uint8_t { controlling, controlled };  // RFC 8445 §4

// As W3C RTCIceTransportState names them.
enum class State : std::uint8_t { new_, checking, connected, completed, disconnected, failed, closed };
enum class GatheringState : std::uint8_t { new_, gathering, complete };

struct Credentials {
  std::string ufrag{};
  std::string pwd{};
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// One bound UDP socket; its address becomes a host candidate. Or, by its transport, what TCP connections of ICE belong
// to: a listening socket, or an address that they leave from, with port 9 (RFC 6544 §4.5). Then the paths with its id
// are connections, see TcpNeeded.
struct LocalSocket {
  SocketId id{};
  Endpoint address{};
  std::uint16_t preference = 65535;  // RFC 8445 §5.1.2.1 local preference, unique per address where there are several
  std::optional<IpAddress> external{};  // under which a 1:1 NAT shows it
  std::string name{};                   // a MdnsName that is told instead of it; empty: it may be told
  bool shared = false;  // with other connections: a TURN server over UDP would take them for one. RFC 8656 §3.1
  Transport transport = Transport::udp;
};

/// Its address, if a host candidate of it tells that. W3C §4.8.3
inline std::optional<Endpoint> disclosed_address(const LocalSocket& socket) {
  const bool hidden = !socket.name.empty() || socket.external || socket.address.address.is_unspecified();
  return hidden ? std::nullopt : std::optional{socket.address};
}

// Whom to take for the server that a TLS connection was meant for. By default who has a certificate for its name, by a
// CA that the system trusts.
struct TlsTrust {
  std::string ca_file{};      // PEM; instead of the system's CAs
  std::string fingerprint{};  // SHA-256 of the certificate; nothing else counts then
  bool anybody = false;       // whoever answers
  friend bool operator==(const TlsTrust&, const TlsTrust&) = default;
};

// One URL of the configuration.   RFC 7064, 7065
struct IceServer {
  enum class Kind : std::uint8_t { stun, turn };
  using Carrier = ice::Carrier;
  std::string url{};   // as configured
  std::string host{};  // name or address
  std::uint16_t port = 3478;
  Kind kind = Kind::stun;
  Carrier carrier = Carrier::udp;
  TlsTrust trust{};
  std::string username{};  // turn
  std::string password{};  // turn; a secret: never in an event, an error or a log
  std::string service{};   // "_turn._udp": to be looked up for the host (RFC 8489 §8.1), as the URL has no port
  bool follows = false;    // turn: to another host, if the server says so. RFC 8489 §10
  friend bool operator==(const IceServer&, const IceServer&) = default;
};

// A relayed transport address, as a socket of ours: what is sent on a path with its id leaves through the server.
struct RelayedSocket {
  LocalSocket socket{};
  SocketId base{};    // that the allocation was asked for on
  Endpoint server{};  // its address
  Endpoint mapped{};  // of the base, as the server sees it
  std::string url{};
  Carrier carrier{};
};

inline constexpr unsigned server_unreachable = 701;  // W3C RTCPeerConnectionIceErrorEvent.errorCode

struct CandidatePair {
  Candidate local{};
  Candidate remote{};
  Path path{};
};

struct CandidateGathered {
  Candidate candidate;
};
// Of an agent that asks (AgentOptions::proposes): may it be used? Agent::settle_proposal() tells.
struct CandidateProposed {
  std::uint64_t number;
  Candidate candidate;
};
struct GatheringStateChanged {
  GatheringState state;
};
// RFC 8445 has no such event; W3C calls it icecandidateerror. code 701: no answer at all. explain() in ice/failure.hpp
// makes it a sentence.
struct GatheringFailed {
  std::string url;
  unsigned code;
  std::string text;                 // the server's reason, where it gave one
  std::optional<Endpoint> local{};  // that was told the error
};
struct StateChanged {
  State state;
};
// Comes before StateChanged to failed: why, as far as an agent can know. explain() in ice/failure.hpp makes it a
// sentence.
struct Failed {
  enum class Reason : std::uint8_t {
    no_local_candidates,
    no_remote_candidates,
    no_common_family,  // or scope: no local address can reach any remote one
    no_answer,         // every check stayed without one
    not_checked,       // a lite agent
    no_valid_answer,   // there were answers, but errors, or from elsewhere
    consent_lost,      // it worked before. RFC 7675
  };
  Reason reason{};
  std::size_t pairs = 0;    // that were checked
  bool relayed = false;     // whether one of them had a relayed candidate, of either side
  bool relay_only = false;  // nothing else was allowed
};
struct PathChanged {
  Path path;
};  // data goes here from now on
// With a service: its targets (RFC 2782), or where there are none the addresses of the host; then handle_located().
// Without: addresses; then handle_resolved().
struct ResolveNeeded {
  std::string host{};
  std::string service{};
  friend bool operator==(const ResolveNeeded&, const ResolveNeeded&) = default;
};
// It came in a STUN message of the peer's. Agent::set_piggyback()
struct PacketEmbedded {
  Bytes packet;
};
// Connect to the server; what it sends, message by message, comes from the path of `id` and `server`.
struct StreamNeeded {
  SocketId id{};
  Endpoint server{};
  bool tls = false;
  std::string host{};  // that its certificate has to name
  TlsTrust trust{};
};
// What has been sent on it leaves, then it ends.
struct StreamReleased {
  SocketId id{};
};

// A check needs a TCP connection. RFC 6544 §7.1
struct TcpNeeded {
  Path path{};
  IpAddress local{};  // where it leaves from
};
// It, or one that was accepted, is of no more use. What has been sent on it leaves first.
struct TcpReleased {
  Path path{};
};

using Event = std::variant<CandidateGathered, CandidateProposed, GatheringStateChanged, GatheringFailed, Failed,
                           StateChanged, PathChanged, ResolveNeeded, PacketEmbedded, TcpNeeded>;

// Why an incoming datagram or a remote candidate had no effect.
struct Counters {
  std::uint64_t malformed = 0;
  std::uint64_t unauthenticated = 0;
  std::uint64_t unexpected = 0;
  std::uint64_t over_limit = 0;
  std::uint64_t checks_sent = 0;
  std::uint64_t responses_received = 0;
};

}  // namespace sluice::ice
