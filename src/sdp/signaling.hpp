#pragma once
// Signaling: JSEP's state machine, and the descriptions it makes and takes.   RFC 9429, W3C §4.4.1
//
// Knows SDP and nothing of ICE, DTLS or SCTP as protocols: after a description has been applied the owner asks what
// it means (negotiated()) and acts on what changed. A failed call leaves everything as it was.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "base/random.hpp"
#include "sdp/lines.hpp"

namespace sluice::sdp {

enum class SignalingState : std::uint8_t {
  stable,
  have_local_offer,
  have_remote_offer,
  have_local_pranswer,
  have_remote_pranswer,
  closed
};
enum class Type : std::uint8_t { offer, pranswer, answer, rollback };
enum class Setup : std::uint8_t { active, passive, actpass };  // RFC 8842 §5.1
enum class BundlePolicy : std::uint8_t { balanced, max_compat, max_bundle };

struct Description {
  Type type{};
  std::string sdp{};
  friend bool operator==(const Description&, const Description&) = default;
};

struct FingerprintLine {
  std::string algorithm{};  // "sha-256"
  std::string value{};      // "AB:CD:..."
  friend bool operator==(const FingerprintLine&, const FingerprintLine&) = default;
};

struct IceCredentials {
  std::string ufrag{};
  std::string pwd{};
  friend bool operator==(const IceCredentials&, const IceCredentials&) = default;
};

struct SignalingOptions {
  std::vector<FingerprintLine> fingerprints{};  // of our certificate
  std::uint64_t max_message_size = 256 * 1024;  // what we receive; RFC 8841 §6
  std::uint16_t sctp_port = 5000;
  BundlePolicy bundle_policy = BundlePolicy::balanced;
  bool ice_lite = false;                        // RFC 8839 §5.3
  std::optional<IceCredentials> credentials{};  // of the first generation, instead of random ones
  bool sped = false;                            // draft-hancke-webrtc-sped
  Limits limits{};
};

// One side's part of the transport, as its latest description says.
struct TransportDescription {
  std::string ufrag{};
  std::string pwd{};
  Setup setup = Setup::actpass;
  std::vector<FingerprintLine> fingerprints{};
  std::string tls_id{};  // empty: absent
  bool ice_lite = false;
  bool trickle = false;
  std::uint16_t sctp_port = 5000;
  std::uint64_t max_message_size = 65536;  // RFC 8841 §6 default; 0: no limit
  std::string sctp_init{};                 // draft-hancke-tsvwg-snap, in Base64; empty: absent
  bool sped = false;                       // a=ice-options names it. draft-hancke-webrtc-sped
  friend bool operator==(const TransportDescription&, const TransportDescription&) = default;
};

// What the descriptions applied so far mean for the transports. Either side is empty until it has said something
// that carries data; `rejected` when the data section was refused.
struct Negotiated {
  std::optional<TransportDescription> local{};
  std::optional<TransportDescription> remote{};
  bool rejected = false;
  bool local_is_offerer = false;      // of the latest round: decides the ICE role, RFC 8445 §6.1.1
  std::optional<bool> dtls_client{};  // known from an answer on
  std::string mid{};                  // of the section that carries data
  std::uint16_t mline_index = 0;
  std::string transport_mid{};  // of the section of ours whose transport it is, for candidates: the first of the bundle
  std::uint16_t transport_mline_index = 0;
};

// A remote candidate, or the end of them (empty candidate), checked against the descriptions.
struct RemoteCandidate {
  std::string candidate{};  // "candidate:..." or empty
  std::optional<std::string> mid{};
  std::optional<std::uint16_t> mline_index{};
  std::optional<std::string> ufrag{};
};

class Author;
struct Progress;

class Signaling {
 public:
  Signaling(SignalingOptions, Random&);
  ~Signaling();

  // commands
  /// What a=sctp-init of our offers says, and of answers to who has one too; empty: nothing.
  void set_sctp_init(std::string);
  void data_channel_created();                           // offers carry a data section from now on
  Expected<std::string> create_offer(bool ice_restart);  // W3C §4.4.2.2
  Expected<std::string> create_answer();
  /// No type: what the state calls for. Empty sdp: what create_* made last, or would make. W3C setLocalDescription.
  Expected<void> set_local(std::optional<Type>, std::string sdp);
  Expected<void> set_remote(Type, std::string sdp);  // rolls a colliding local offer back first
  /// Puts a line of our own into the descriptions. candidate: "candidate:..."; W3C §5.6.
  void add_local_candidate(std::string_view ufrag, std::string candidate);
  void end_of_local_candidates(std::string_view ufrag);
  /// Whether the candidate is for the data transport's current remote generation (true), or for a section or
  /// generation that we do not use (false, and silently fine). Appends it to the description it belongs to.
  Expected<bool> add_remote_candidate(const RemoteCandidate&);
  void restart_ice();  // the next offer carries new credentials
  /// The same, for credentials whose candidates come from other servers; does not ask for a negotiation. RFC 9429
  /// §3.5.1
  void ice_servers_changed();
  void close();
  /// Nothing is being negotiated: the descriptions are kept as text only, and read again when they are needed.
  void rest();

  // observers
  SignalingState state() const noexcept;
  bool negotiation_needed() const;  // W3C §4.7.3
  const Negotiated& negotiated() const noexcept;
  /// Candidates that stood inside the remote description applied last, in order; ends with "" if it said
  /// a=end-of-candidates (or cannot trickle).
  const std::vector<std::string>& remote_candidates() const noexcept;
  const Description* current_local() const noexcept;
  const Description* pending_local() const noexcept;
  const Description* current_remote() const noexcept;
  const Description* pending_remote() const noexcept;
  const Description* local() const noexcept;  // pending, or else current
  const Description* remote() const noexcept;
  std::optional<bool> can_trickle_ice_candidates() const;

 private:
  Expected<std::string> created(Type, std::string sdp);
  Expected<void> roll_back();
  void commit(Progress&&);
  Progress& awake() const;

  SignalingOptions options_;
  std::unique_ptr<Author> author_;
  std::unique_ptr<Progress> progress_;
  mutable bool resting_ = false;  // progress_ has no sessions
};

}  // namespace sluice::sdp
