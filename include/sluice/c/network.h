#pragma once
// Which addresses and ports of this host a connection uses. Beyond W3C.   RFC 8445 §5.1.1.1
#include "sluice/c/udp_mux.h"

SLUICE_BEGIN_C

/// ICE over TCP: not at all; to peers that listen; and listening too, on each address, in the range of ports. RFC 6544
typedef enum sluice_tcp_candidates {
  SLUICE_TCP_CANDIDATES_NONE,
  SLUICE_TCP_CANDIDATES_ACTIVE,
  SLUICE_TCP_CANDIDATES_ACTIVE_AND_PASSIVE
} sluice_tcp_candidates;

/// How much may be in flight: what the rate of arrivals and the least round trip suggest, less only after losses that
/// are not by chance; or half as much after each loss (RFC 9260 §7.2).
typedef enum sluice_congestion_control {
  SLUICE_CONGESTION_CONTROL_RATE_BASED,
  SLUICE_CONGESTION_CONTROL_LOSS_BASED
} sluice_congestion_control;

typedef struct sluice_network_options {
  size_t size;
  bool ipv4;      ///< true
  bool ipv6;      ///< true
  bool loopback;  ///< Loopback addresses beside others, false; where there are no others they are used anyway.
  uint8_t dscp;   ///< The DSCP of what is sent over UDP, 0 to 63; RFC 8837 has advice.
  /// Ports to bind, both 0: any that the system gives. A connection needs one for each address, and gathers no
  /// candidate where none of them is free; of TCP, where it listens, likewise. 1 to 65535, the lower not above the
  /// upper.
  uint16_t lowest_port;
  uint16_t highest_port;
  /// If there are any: these addresses of this host only, loopback ones too. At most 32.
  const char* const* addresses;
  size_t address_count;
  /// Under which a 1:1 NAT shows this host (a cloud server's public address), at most one for IPv4 and one for IPv6:
  /// host candidates name them instead of the host's own, with the same port.
  const char* const* external_addresses;
  size_t external_address_count;
  /// Whether an address may be used, in addition to all the above. Called as a handler of the connection, at gathering
  /// and when addresses change. NULL: all may.
  bool (*filter)(void* filter_user, const char* interface_name, const char* address);
  void* filter_user;
  /// Host candidates name "<uuid>.local" instead of an address, which multicast DNS tells to whoever asks on the same
  /// link; false. Not for external_addresses. draft-ietf-mmusic-mdns-ice-candidates §3.1
  bool mdns_names;
  /// Whether such candidates of the peer are resolved; true. Never with the relay policy.
  bool resolve_mdns;
  /// ICE credentials of this side, instead of random ones, until a restart; both or none. 4 to 256 and 22 to 256
  /// letters, digits, '+' and '/'. RFC 8839 §5.4
  const char* local_ufrag;
  const char* local_password;
  /// The connection uses the sockets of this mux, all of them, instead of its own; of the above only
  /// external_addresses, the ICE credentials and those of multicast DNS count then, and watch_interfaces does nothing.
  /// It must be of the same loop. NULL: none, and so it is in what sluice_peer_connection_get_configuration returns.
  const sluice_udp_mux* udp_mux;
  /// Follow this host's addresses from the first gathering on: one that has gone takes its candidate pairs with it at
  /// once, the peer is checked from a new one, and a gathering that is not complete takes it in; true. Linux;
  /// elsewhere, and with false, an address that has gone is noticed by silence, and a new one by an ICE restart.
  bool watch_interfaces;
  /// Ask for a negotiation with new ICE credentials when the address that carried the data has gone, a relayed one
  /// included, or when one appears while there is no connectivity; false. The handler of negotiation-needed is then
  /// called without a call of the program's: both sides may offer at once (W3C §10.7).
  bool restart_on_change;
  /// Whether DNS is asked for SRV records of an ICE server whose URL has a name and no port; true. RFC 8489 §8.1
  bool resolve_srv;
  /// Whether a local candidate ("candidate:...", as the peer would be told of it) may be used, in addition to all the
  /// above. One that is refused is neither told nor checked from: the socket of a refused host candidate is used only
  /// if a server-reflexive candidate found from it is allowed. Called as a handler of the connection. NULL: all may.
  bool (*candidate_filter)(void* candidate_filter_user, const char* candidate);
  void* candidate_filter_user;
  /// Largest UDP payload to send, in bytes, 1200 to 65507. Above 1200, and with a peer that says what it takes (this
  /// library; browsers do not), the path is probed once there is bulk to send, and packets grow to what it carries, at
  /// most to one DTLS record of 16 KiB; they shrink again when it carries less. Not through TURN servers. 65507.
  /// RFC 8899
  uint32_t max_datagram_size;
  /// Candidates of TCP beside those of UDP; active. Never with the relay policy or a udp_mux.
  sluice_tcp_candidates tcp_candidates;
  sluice_congestion_control congestion_control;  ///< Of what is sent; rate-based.
} sluice_network_options;

/// Fills a struct of `size` bytes with the defaults.
SLUICE_EXPORT void sluice_network_options_init(sluice_network_options* options, size_t size);

SLUICE_END_C
