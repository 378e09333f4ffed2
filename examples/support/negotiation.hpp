#pragma once
// Negotiation: the descriptions and candidates of one connection as JSON objects, one per line.
//
//   {"type":"offer","sdp":"..."}  {"type":"answer","sdp":"..."}
//   {"type":"candidate","candidate":"candidate:...","sdpMid":"0","sdpMLineIndex":0}  {"type":"candidates-end"}
#include <functional>
#include <nlohmann/json.hpp>
#include <sluice/sluice.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace example {

class Negotiation {
 public:
  struct Options {
    bool trickle = true;  // false: a description waits until all its candidates are in it
    bool polite = true;   // false: an offer that meets one of ours is ignored. W3C §10.7
  };
  using Emit = std::function<void(nlohmann::json)>;
  using Report = std::function<void(std::string_view where, sluice::error_code)>;

  /// Becomes the consumer of the connection's candidates; to be destroyed after the connection is closed.
  Negotiation(sluice::PeerConnection&, Options, Emit, Report);

  void offer(sluice::OfferOptions = {});
  /// A line of the other side. An offer is answered. Returns false if the line is not about signaling.
  bool handle(const nlohmann::json& line);

 private:
  void receive_description(const nlohmann::json& line);
  void add_candidate(sluice::IceCandidate);
  void local_description_set(sluice::error_code);
  void emit_description();
  void candidate_found(std::optional<sluice::IceCandidate>);
  void emit_candidate(nlohmann::json);

  sluice::PeerConnection& connection_;
  Options options_;
  Emit emit_;
  Report report_;
  std::vector<sluice::IceCandidate> early_{};  // came before the description they belong to
  std::vector<nlohmann::json> held_{};         // found before our description went out
  enum class Describing { no, applying, gathering } describing_ = Describing::no;
};

}  // namespace example
