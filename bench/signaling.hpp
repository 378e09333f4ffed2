#pragma once
// Signaling between the two ends of a measurement. Candidates travel inside the descriptions.
#include <functional>
#include <sluice/sluice.hpp>

#include "lines.hpp"

namespace sluice::bench {

class Signaling {
 public:
  using Rewrite = std::function<std::string(std::string sdp)>;

  explicit Signaling(Lines lines) : lines_{std::move(lines)} {}

  /// Descriptions pass through these on their way out and in; a link emulator puts its own address there.
  void set_rewrites(Rewrite outgoing, Rewrite incoming) {
    outgoing_ = std::move(outgoing);
    incoming_ = std::move(incoming);
  }
  /// How long every message takes.
  void set_delay(std::chrono::microseconds delay) { delay_ = delay; }

  asio::awaitable<void> send(nlohmann::json message);
  asio::awaitable<nlohmann::json> receive() { return lines_.receive(); }

  /// Offers, and completes when the answer is applied.
  asio::awaitable<void> offer(PeerConnection&);
  /// Completes when the answer has been sent. Gives the moment when it had been made.
  asio::awaitable<std::chrono::steady_clock::time_point> answer(PeerConnection&);

 private:
  asio::awaitable<nlohmann::json> describe(PeerConnection&);
  asio::awaitable<void> apply(PeerConnection&, nlohmann::json description);

  Lines lines_;
  Rewrite outgoing_{};
  Rewrite incoming_{};
  std::chrono::microseconds delay_{0};
};

/// What every measurement runs with: the defaults, on loopback.
Configuration loopback_configuration();

}  // namespace sluice::bench
