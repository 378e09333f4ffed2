#pragma once
// PerfectNegotiation: the recipe of W3C §10.7, as it is published.
//
// Both sides run the same code; one of them is polite. Either may change what it likes at any time, by a channel or
// restart_ice(), and the two settle it. All members run on the strand of the connection, which must outlive this.
#include <functional>
#include <utility>

#include "sluice/sluice.hpp"

namespace sluice::test {

class PerfectNegotiation {
 public:
  /// Carries a description or a candidate to the other side's handle().
  struct Signaling {
    std::function<void(SessionDescription)> description;
    std::function<void(IceCandidate)> candidate;
  };

  PerfectNegotiation(PeerConnection& pc, bool polite, Signaling signaling)
      : pc_{pc}, polite_{polite}, signaling_{std::move(signaling)} {
    pc_.on_negotiation_needed([this] {
      making_offer_ = true;
      pc_.async_set_local_description([this](error_code error) {
        making_offer_ = false;
        if (!error) signaling_.description(*pc_.local_description());
      });
    });
    pc_.on_ice_candidate([this](const std::optional<IceCandidate>& candidate) {
      if (candidate) signaling_.candidate(*candidate);
    });
  }

  void handle(SessionDescription description) {
    const bool ready_for_offer =
        !making_offer_ && (pc_.signaling_state() == SignalingState::stable || setting_remote_answer_);
    const bool is_offer = description.type == SdpType::offer;
    ignore_offer_ = !polite_ && is_offer && !ready_for_offer;
    if (ignore_offer_) return;
    setting_remote_answer_ = description.type == SdpType::answer;
    pc_.async_set_remote_description(std::move(description), [this, is_offer](error_code error) {
      setting_remote_answer_ = false;
      if (error || !is_offer) return;
      pc_.async_set_local_description([this](error_code failed) {
        if (!failed) signaling_.description(*pc_.local_description());
      });
    });
  }

  void handle(IceCandidate candidate) {
    pc_.async_add_ice_candidate(std::move(candidate), [this](error_code error) {
      if (error && !ignore_offer_) ++candidate_errors_;  // those of an offer that was ignored are expected
    });
  }

  int candidate_errors() const noexcept { return candidate_errors_; }

 private:
  PeerConnection& pc_;
  const bool polite_;
  const Signaling signaling_;
  bool making_offer_ = false;
  bool ignore_offer_ = false;
  bool setting_remote_answer_ = false;
  int candidate_errors_ = 0;
};

}  // namespace sluice::test
