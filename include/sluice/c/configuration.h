#pragma once
// Configuration of a connection.   W3C §4.2.1
#include "sluice/c/certificate.h"
#include "sluice/c/network.h"

SLUICE_BEGIN_C

/// STUN and TURN servers with the same credentials. W3C §4.2.2; URLs by RFC 7064 and 7065: "stun:host[:port]",
/// "turn:host[:port][?transport=udp|tcp]", "turns:host[:port]". Refused with ice_url_unsupported: "stuns:", and
/// "turns:" with transport=udp.
typedef struct sluice_ice_server {
  size_t size;
  const char* const* urls;  ///< At least one.
  size_t url_count;
  const char* username;    ///< turn only, at most 508 bytes; NULL: none.
  const char* credential;  ///< turn only, a secret; NULL: none.
  /// turns only: who may answer. By default who has a certificate for the host name, by a CA that the system trusts.
  const char* tls_ca_file;                  ///< PEM file of CAs instead of the system's; NULL: the system's.
  const char* tls_certificate_fingerprint;  ///< SHA-256 of the only certificate that is accepted; NULL: none.
  bool tls_insecure_accept_any_certificate;
  /// turn only: follow the server to another host when it says so (300), which then gets the user name and a proof of
  /// the credential. Without, it is followed to another port of its address only. RFC 8489 §10
  bool follow_to_other_hosts;
} sluice_ice_server;

/// W3C §4.2.4. Relay: only through TURN servers, and no address of this host leaves it.
typedef enum sluice_ice_transport_policy {
  SLUICE_ICE_TRANSPORT_POLICY_ALL,
  SLUICE_ICE_TRANSPORT_POLICY_RELAY
} sluice_ice_transport_policy;

/// W3C §4.2.5
typedef enum sluice_bundle_policy {
  SLUICE_BUNDLE_POLICY_BALANCED,
  SLUICE_BUNDLE_POLICY_MAX_COMPAT,
  SLUICE_BUNDLE_POLICY_MAX_BUNDLE
} sluice_bundle_policy;

/// "all", "relay"; "" for another value.
SLUICE_EXPORT const char* sluice_ice_transport_policy_name(sluice_ice_transport_policy policy);
/// "balanced", "max-compat", "max-bundle"; "" for another value.
SLUICE_EXPORT const char* sluice_bundle_policy_name(sluice_bundle_policy policy);

/// What one connection may use of this host. Beyond W3C.
typedef struct sluice_limits {
  size_t size;
  /// Largest message accepted, in bytes: a=max-message-size of our descriptions, RFC 8841 §6. 1024 to 1 GiB; 256 KiB.
  uint64_t max_message_size;
  /// Largest buffered_amount of a channel, in bytes; send beyond it gives send_queue_full. At least 64 KiB; 16 MiB.
  uint64_t send_queue;
  /// sluice_data_channel_send_*_async is done when buffered_amount is at or below this. Less than send_queue; 1 MiB.
  uint64_t send_high_water;
  /// Received messages of a channel that wait for their consumer, in bytes and in number. Beyond either the connection
  /// stops reading, for all its channels, until half of it has been consumed, and SCTP holds the peer back. All
  /// channels together, ended ones included, may have 16 times the bytes. Each at least 1; 1 MiB and 4096.
  uint64_t receive_queue_bytes;
  uint64_t receive_queue_messages;
  /// SCTP streams, hence data channels: each side can open half of them. 2 to 65535; memory is paid when the connection
  /// is set up; 256.
  uint64_t channels;
  /// Label and protocol of a channel that the peer opens, together, in bytes; beyond it the channel is refused. 1024 to
  /// 131070; 64 KiB.
  uint64_t label_and_protocol;
} sluice_limits;

typedef struct sluice_configuration {
  size_t size;
  const sluice_ice_server* const* ice_servers;  ///< Beyond 32 they are ignored.
  size_t ice_server_count;
  sluice_ice_transport_policy ice_transport_policy;
  sluice_bundle_policy bundle_policy;
  /// None: one is made for the connection. Of several the first is used; descriptions name the fingerprints of all.
  const sluice_certificate* const* certificates;
  size_t certificate_count;
  /// More than 0: candidates are gathered before the first local description asks for them; at most 255. W3C §4.2.1
  uint32_t ice_candidate_pool_size;
  const sluice_limits* limits;  ///< NULL: the defaults.
  /// Called as any handler of the connection with each line of DTLS secrets, as SSLKEYLOGFILE has them: who reads them
  /// can decrypt the connection, so this is for debugging only. NULL: no secret leaves the library.
  void (*key_log)(void* key_log_user, const char* line);
  void* key_log_user;
  const sluice_network_options* network;  ///< NULL: the defaults.
  /// SNAP: the SCTP handshake rides in the descriptions (a=sctp-init). An experiment: the draft may change or vanish.
  /// No effect on a peer that does not have it. draft-hancke-tsvwg-snap-00
  bool experiments_snap;
  /// SPED: DTLS begins inside the connectivity checks. An experiment as well. draft-hancke-webrtc-sped
  bool experiments_sped;
  /// For servers with public addresses: this side sends no connectivity checks, and only answers those of the peer; it
  /// has host candidates alone and uses no ice_servers. That the path is lost is noticed after 30 s without checks of
  /// the peer. With another lite peer nothing is checked at all, neither the path nor that the peer wants our data.
  /// RFC 8445 §2.5
  bool ice_lite;
} sluice_configuration;

/// Each fills a struct of `size` bytes with the defaults.
SLUICE_EXPORT void sluice_ice_server_init(sluice_ice_server* server, size_t size);
SLUICE_EXPORT void sluice_limits_init(sluice_limits* limits, size_t size);
SLUICE_EXPORT void sluice_configuration_init(sluice_configuration* configuration, size_t size);

/// What sluice_peer_connection_new would say of it: OK, or the first error (bad_argument, ice_*,
/// configuration_limit_out_of_range, network_option_invalid, ice_lite_with_relay_only, certificate_expired). NULL is valid: the defaults. Any
/// thread. W3C §4.4.1.5
SLUICE_EXPORT sluice_error sluice_configuration_validate(const sluice_configuration* configuration);

SLUICE_END_C
