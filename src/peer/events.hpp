#pragma once
// What an Engine is given and what it tells its shell.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "dcep/channels.hpp"
#include "dtls/certificate.hpp"
#include "ice/events.hpp"
#include "sctp/options.hpp"
#include "sdp/signaling.hpp"
#include "stun/transaction_mark.hpp"

namespace sluice::peer {

using dcep::ChannelId;

// W3C §4.3.3 and §4.3.4.
enum class ConnectionState : std::uint8_t { new_, connecting, connected, disconnected, failed, closed };
enum class IceConnectionState : std::uint8_t { new_, checking, connected, completed, disconnected, failed, closed };

struct EngineOptions {
  dtls::Certificate certificate;
  std::vector<dtls::Fingerprint> other_fingerprints{};  // that our descriptions name as well
  std::vector<ice::IceServer> ice_servers{};
  bool relay_only = false;
  bool resolve_mdns = true;
  std::optional<stun::TransactionMark> transaction_mark{};  // on a shared socket
  bool ice_lite = false;
  bool propose_candidates = false;                // CandidateProposed, before a local candidate is used or told
  std::optional<ice::Credentials> credentials{};  // of the first generation, instead of random ones
  std::uint8_t candidate_pool = 0;                // W3C iceCandidatePoolSize; one component: any number is one
  sdp::BundlePolicy bundle_policy = sdp::BundlePolicy::balanced;
  std::uint16_t sctp_streams = 256;
  std::size_t max_message_size = 256 * 1024;
  std::size_t mtu = 1200;           // UDP payload
  std::size_t largest_mtu = 65507;  // that path MTU discovery may find; at most `mtu`: none is done
  sctp::CongestionControl congestion_control = sctp::CongestionControl::rate_based;
  bool restart_on_change = false;  // negotiation is needed when the address that carries data has gone
  bool log_keys = false;
  bool snap = false;  // draft-hancke-tsvwg-snap
  bool sped = false;  // draft-hancke-webrtc-sped
  sdp::Limits sdp_limits{};
  dcep::Limits channel_limits{};
};

struct SocketsNeeded {};   // open sockets, then handle_sockets()
using ice::ResolveNeeded;  // then handle_resolved() or handle_located()
// ice::StreamNeeded: then handle_stream_connected() or handle_stream_closed(), until ice::StreamReleased
// ice::TcpNeeded: the same of handle_tcp_connected(), handle_tcp_closed() and ice::TcpReleased
struct NegotiationNeeded {};
struct SignalingStateChanged {
  sdp::SignalingState state;
};
struct IceGatheringStateChanged {
  ice::GatheringState state;
};
struct IceConnectionStateChanged {
  IceConnectionState state;
};
struct ConnectionStateChanged {
  ConnectionState state;
};
// W3C RTCIceCandidateInit; an empty candidate ends the generation, no value at all ends gathering.
struct CandidateInit {
  std::string candidate{};
  std::string mid{};
  std::uint16_t mline_index = 0;
  std::string ufrag{};
  std::string url{};                      // of the server that found it
  std::optional<ice::Carrier> carrier{};  // to it, of a relayed one
};
// Then Engine::settle_proposal(). There may be no description yet to say the section and the generation.
struct CandidateProposed {
  std::uint64_t number;
  CandidateInit candidate;
};
struct CandidateFound {
  std::optional<CandidateInit> candidate;
};
struct CandidateError {
  std::string url;
  unsigned code;
  std::string text;
  std::string explanation{};
  std::optional<Endpoint> local{};
};
enum class DtlsState : std::uint8_t { new_, connecting, connected, closed, failed };  // W3C RTCDtlsTransportState

struct SelectedPairChanged {};  // to selected_pair()
struct DtlsStateChanged {
  DtlsState state;
};
// DTLS ended by an error; its state changes next. W3C §5.5
struct TransportFailed {
  Failure failure{};
  std::optional<std::uint8_t> sent_alert{};  // RFC 5246 §7.2
  std::optional<std::uint8_t> received_alert{};
};
// No path to the peer; the states change next. A restart, or a late candidate, may find one.
struct IceFailed {
  Failure failure{};
};
struct KeyLogged {
  std::string line;
};
struct SctpConnected {
  std::uint16_t max_channels;
};
struct SctpClosed {
  std::uint32_t association;  // Engine::association_number()
};                            // before the end of its channels

using Event =
    std::variant<SocketsNeeded, ResolveNeeded, ice::StreamNeeded, ice::StreamReleased, ice::TcpNeeded, ice::TcpReleased,
                 NegotiationNeeded, SignalingStateChanged, IceGatheringStateChanged, SelectedPairChanged,
                 IceConnectionStateChanged, ConnectionStateChanged, CandidateProposed, CandidateFound, CandidateError,
                 IceFailed, TransportFailed, DtlsStateChanged, KeyLogged, SctpConnected, SctpClosed, dcep::Opened,
                 dcep::Announced, dcep::MessageReceived, dcep::BufferedAmountLow, dcep::Closing, dcep::ChannelClosed>;

}  // namespace sluice::peer
