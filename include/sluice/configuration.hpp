#pragma once
// Configuration of a PeerConnection.   W3C §4.2.1
//
// Designated initialisers work: {.ice_servers = {{.urls = {"stun:stun.example.org:3478"}}}}
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/certificate.hpp"
#include "sluice/network.hpp"

namespace sluice {

/// Who may answer for a "turns:" server. By default: who has a certificate for its host name, issued by a CA that the
/// system trusts. Beyond W3C.
struct TlsOptions {
  std::string ca_file{};  ///< PEM file of CAs that are trusted instead of the system's.
  /// SHA-256 of the only certificate that is accepted, "AB:CD:...", whatever its issuer, name and dates.
  std::string certificate_fingerprint{};
  /// Insecure: any certificate, so anybody on the way can be the server, and learns who talks to whom and when.
  bool insecure_accept_any_certificate = false;

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

/// STUN and TURN servers with the same credentials. W3C §4.2.2; URLs by RFC 7064 and 7065: "stun:host[:port]",
/// "turn:host[:port][?transport=udp|tcp]", "turns:host[:port]". Refused with ice_url_unsupported: "stuns:", because an
/// address seen through a TCP connection is of no use to UDP, and "turns:" with transport=udp, which is DTLS.
struct IceServer {
  std::vector<std::string> urls{};  ///< At least one.
  std::string username{};           ///< turn only; at most 508 bytes.
  std::string credential{};         ///< turn only; a secret.
  TlsOptions tls{};                 ///< turns only.
  /// turn only: follow the server to another host when it says so (300), which then gets the user name and a proof of
  /// the credential, and for turns: has a certificate for the name that the first server has told. Without, it is
  /// followed to another port of its address only. Beyond W3C. RFC 8489 §10
  bool follow_to_other_hosts = false;
};

/// W3C §4.2.4. relay: only through TURN servers, and no address of this host leaves it.
enum class IceTransportPolicy { all, relay };
enum class BundlePolicy { balanced, max_compat, max_bundle };           ///< W3C §4.2.5
SLUICE_EXPORT std::string_view to_string(IceTransportPolicy) noexcept;  ///< "all", "relay"
SLUICE_EXPORT std::string_view to_string(BundlePolicy) noexcept;        ///< "balanced", "max-compat", "max-bundle"

/// What one connection may use of this host. Beyond W3C.
struct Limits {
  /// Largest message accepted, in bytes: a=max-message-size of our descriptions, RFC 8841 §6. 1024 to 1 GiB.
  std::size_t max_message_size = 256 * 1024;
  /// Largest buffered_amount of a channel, in bytes; send() beyond it gives send_queue_full. At least 64 KiB.
  std::size_t send_queue = 16 * 1024 * 1024;
  /// async_send completes when buffered_amount is at or below this, in bytes. Less than send_queue.
  std::size_t send_high_water = 1024 * 1024;
  /// Received messages of a channel that wait for their consumer, in bytes and in number. Beyond either the
  /// connection stops reading, for all its channels, until half of it has been consumed, and SCTP holds the peer
  /// back. All channels together, ended ones included, may have 16 times the bytes. Each at least 1.
  std::size_t receive_queue_bytes = 1024 * 1024;
  std::size_t receive_queue_messages = 4096;
  /// SCTP streams, hence data channels: each side can open half of them. 2 to 65535; memory is paid when the
  /// connection is set up.
  std::size_t channels = 256;
  /// Label and protocol of a channel that the peer opens, together, in bytes; beyond it the channel is refused. 1024 to
  /// 131070.
  std::size_t label_and_protocol = 64 * 1024;

  friend bool operator==(const Limits&, const Limits&) = default;
};

/// Drafts that may change or vanish, each off by default and without effect on a peer that does not have it.
struct Experiments {
  /// SNAP: the SCTP handshake rides in the descriptions (a=sctp-init), which saves two round trips of the set-up and
  /// one of the first message. draft-hancke-tsvwg-snap-00
  bool snap = false;
  /// SPED: DTLS begins inside the connectivity checks, which saves one round trip. draft-hancke-webrtc-sped
  bool sped = false;

  friend bool operator==(const Experiments&, const Experiments&) = default;
};

struct Configuration {
  std::vector<IceServer> ice_servers{};  ///< Beyond 32 servers they are ignored.
  IceTransportPolicy ice_transport_policy = IceTransportPolicy::all;
  BundlePolicy bundle_policy = BundlePolicy::balanced;
  /// None: one is made for the connection. Of several the first is used; descriptions name the fingerprints of all.
  std::vector<Certificate> certificates{};
  /// More than 0: candidates are gathered before the first local description asks for them. W3C §4.2.1
  std::uint8_t ice_candidate_pool_size = 0;
  Limits limits{};
  NetworkOptions network{};
  Experiments experiments{};
  /// For servers with public addresses: this side sends no connectivity checks, and only answers those of the peer; it
  /// has host candidates alone and uses no ice_servers; not with the relay policy. Without checks of the peer it is
  /// disconnected after 15 s and failed after 30 s. With another lite peer nothing is checked at all, neither the path
  /// nor that the peer wants our data. RFC 8445 §2.5
  bool ice_lite = false;
  /// Called on the connection's strand with each line of DTLS secrets, as SSLKEYLOGFILE has them: who reads them can
  /// decrypt the connection, so this is for debugging only. None: no secret leaves the library.
  std::function<void(std::string_view line)> key_log{};
};

/// Checks what the constructor of PeerConnection checks: success, or the first of its errors, in this order:
/// certificate_expired, ice_url_*, ice_server_*, network_option_invalid, ice_lite_with_relay_only,
/// configuration_limit_out_of_range. W3C §4.4.1.5
SLUICE_EXPORT error_code validate(const Configuration&);

}  // namespace sluice
