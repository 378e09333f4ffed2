#pragma once
// NetworkOptions: which addresses and ports of this host a connection uses. Beyond W3C.   RFC 8445 §5.1.1.1
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/ice_candidate.hpp"
#include "sluice/udp_mux.hpp"

namespace sluice {

struct NetworkAddress {
  std::string interface {};  ///< "eth0"
  std::string address{};     ///< "192.0.2.1", "2001:db8::1"
};

struct IceCredentials {
  std::string ufrag{};     ///< 4 to 256 letters, digits, '+' and '/'. RFC 8839 §5.4
  std::string password{};  ///< 22 to 256 of them: a secret of the two sides, hard to guess.
};

/// ICE over TCP, for networks that let no UDP through: direct connections to a peer that listens. They rank below all
/// that UDP reaches directly or by itself, and above relays. Simultaneous open is not offered, as browsers do not
/// either. RFC 6544
enum class TcpCandidates {
  none,               ///< No TCP, also not to a peer that listens.
  active,             ///< Connect to a peer that listens.
  active_and_passive  ///< And listen, on each address that is used, in the range of ports: for hosts that can be
                      ///< reached.
};

/// How much may be in flight. RFC 8831 §5 leaves the choice.
enum class CongestionControl {
  /// As much as the rate at which data arrives and the least round trip suggest. A loss is repaired without slowing
  /// down where no queue stands on the path and at most 2 % of a flight are lost, as on long and wireless paths; after
  /// any other only as much as leaves no queue is in flight, and 1/64 more for each round trip without.
  rate_based,
  /// Half as much after a loss, and one packet more for each round trip without. RFC 9260 §7.2
  loss_based
};

// No string is a member of its own: GCC 12 moves temporaries of an expression with co_await bit by bit, which breaks
// short strings, but not vectors of them.
struct NetworkOptions {
  bool ipv4 = true;
  bool ipv6 = true;
  /// Loopback addresses beside others; where there are no others they are used anyway.
  bool loopback = false;
  /// Not empty: these addresses of this host only, loopback ones too. At most 32.
  std::vector<std::string> addresses{};
  /// Ports to bind, both 0: any that the system gives. A connection needs one for each address, and gathers no
  /// candidate where none of them is free; of TCP, where it listens, likewise. 1 to 65535, the lower not above the
  /// upper.
  std::uint16_t lowest_port = 0;
  std::uint16_t highest_port = 0;
  /// Addresses under which a 1:1 NAT shows this host (a cloud server's public address), at most one for IPv4 and one
  /// for IPv6: host candidates name them instead of the host's own, with the same port.
  std::vector<std::string> external_addresses{};
  /// Host candidates name "<uuid>.local" instead of an address, which multicast DNS tells to whoever asks on the same
  /// link: the peer, and whoever carries the signaling, do not learn addresses of this host from it. Names last as long
  /// as the connection. Not for external_addresses. draft-ietf-mmusic-mdns-ice-candidates §3.1
  bool mdns_names = false;
  /// Whether such candidates of the peer are resolved, by multicast DNS on all interfaces; browsers have no others
  /// without a STUN server. Never with the relay policy. Other host names in candidates are ignored.
  bool resolve_mdns = true;
  /// Whether DNS is asked for SRV records of an ICE server whose URL has a name and no port (RFC 8489 §8.1:
  /// "_stun._udp", "_turn._udp", "_turn._tcp", "_turns._tcp"): they tell hosts and ports, and where there are none the
  /// name's own addresses count with the scheme's port. Both are looked up at the same time. Browsers ask for addresses
  /// only.
  bool resolve_srv = true;
  /// Largest UDP payload to send, in bytes, 1200 to 65507. Above 1200, and with a peer that says what it takes (this
  /// library; browsers do not), the path is probed once there is bulk to send, and packets grow to what it carries, at
  /// most to one DTLS record of 16 KiB; they shrink again when it carries less. Not through TURN servers. RFC 8899
  std::size_t max_datagram_size = 65507;
  /// Of what is sent.
  CongestionControl congestion_control = CongestionControl::rate_based;
  /// Candidates of TCP beside those of UDP. Never with the relay policy, and an ICE-lite agent has no active ones.
  TcpCandidates tcp_candidates = TcpCandidates::active;
  /// The DSCP of what is sent over UDP, 0 to 63; RFC 8837 has advice.
  std::uint8_t dscp = 0;
  /// Whether an address may be used, in addition to all the above. Called on the connection's strand, at gathering
  /// and when addresses change; it must not throw.
  std::function<bool(const NetworkAddress&)> filter{};
  /// ICE credentials of this side, instead of random ones, until a restart: for peers that know them beforehand. At
  /// most one.
  std::vector<IceCredentials> local_credentials{};
  /// If it names a mux, the connection uses its sockets, all of them, instead of its own; of the above only
  /// external_addresses, local_credentials and those of multicast DNS count then, and below it watch_interfaces does
  /// nothing: the sockets are those that the mux was made with. There are no TCP candidates. TURN servers are asked
  /// over TCP and TLS only, as over UDP a server would take all connections of a port for one. A closed connection has
  /// none.
  UdpMux udp_mux{};
  /// Follow this host's addresses from the first gathering on: one that has gone takes its candidate pairs with it at
  /// once, the peer is checked from a new one, and a gathering that is not complete takes it in. Linux; elsewhere, and
  /// with false, an address that has gone is noticed by silence, and a new one by an ICE restart.
  bool watch_interfaces = true;
  /// Ask for a negotiation with new ICE credentials, as restart_ice() would, when the address that carried the data has
  /// gone, a relayed one included, or when one appears while there is no connectivity. on_negotiation_needed is then
  /// called without a call of the application's, which W3C does not know: both sides may offer at once (W3C §10.7).
  bool restart_on_change = false;
  /// Whether a local candidate may be used, in addition to all the above; it sees each as the peer would be told of it,
  /// perhaps before there is a description to name its section. One that is refused is neither told nor checked from:
  /// the socket of a refused host candidate is used only if a server-reflexive candidate found from it is allowed, and
  /// then the peer may learn its address by the checks. Addresses that appear after gathering, which are not told
  /// but used, are asked for as host candidates. Gathering ends when all are decided. Called on the connection's
  /// strand; it must not throw.
  std::function<bool(const IceCandidate&)> candidate_filter{};
};

}  // namespace sluice
