#pragma once
// A set-up with its steps in one-way delays of the path: alice offers and opens, bob answers and is the DTLS client.
//
// They are counted from the moment when the answer is made: the answerer can check at once, the offerer has the answer
// one signaling delay later.
#include <chrono>
#include <functional>

#include "sim/world.hpp"

namespace sluice::sim {

using Configure = std::function<void(peer::EngineOptions&)>;

inline void with_nothing(peer::EngineOptions&) {}
inline void with_snap(peer::EngineOptions& options) { options.snap = true; }
inline void with_sped(peer::EngineOptions& options) { options.sped = true; }
inline void with_both(peer::EngineOptions& options) { options.snap = options.sped = true; }

struct Steps {
  int dtls_of_answerer = 0;
  int dtls = 0;
  int open = 0;
  int message = 0;  // of the opener, sent as soon as the channel is open, or with it
  friend bool operator==(const Steps&, const Steps&) = default;
};

class SetUp {
 public:
  SetUp(std::uint64_t seed, Duration one_way, const Configure& configure, Duration signaling_delay)
      : one_way_{one_way},
        world_{seed, {.link = {.delay = one_way}, .signaling_delay = signaling_delay, .configure = configure}} {
    world_.bob().set_observer([this](const peer::Event& event) {
      note_dtls(event, steps_.dtls_of_answerer);
      const auto* signaling = std::get_if<peer::SignalingStateChanged>(&event);
      if (signaling != nullptr && signaling->state == sdp::SignalingState::stable) start_ = world_.now();
      if (std::holds_alternative<dcep::MessageReceived>(event)) note(steps_.message);
    });
    world_.alice().set_observer([this](const peer::Event& event) {
      note_dtls(event, steps_.dtls);
      const auto* opened = std::get_if<dcep::Opened>(&event);
      if (opened == nullptr) return;
      note(steps_.open);
      if (early_) return;
      sent_ =
          world_.alice().engine().send(world_.now(), opened->channel, dcep::Kind::text, as_bytes("first")).has_value();
    });
  }
  SetUp(std::uint64_t seed, Duration one_way, const Configure& configure) : SetUp{seed, one_way, configure, one_way} {}

  World& world() { return world_; }
  /// False if the message did not arrive in time.
  bool run(Duration limit) {
    world_.alice().open_channel({.label = "chat"});
    world_.alice().negotiate();
    return wait(limit);
  }
  /// The same, but the message does not wait until the channel is open.
  bool run_early(Duration limit) {
    const auto channel = world_.alice().open_channel({.label = "chat"});
    early_ = true;
    sent_ = world_.alice().engine().send_early(world_.now(), channel, dcep::Kind::text, as_bytes("first")).has_value();
    world_.alice().negotiate();
    return wait(limit);
  }
  const Steps& steps() const { return steps_; }
  Duration since_answer() const { return world_.now() - start_; }

 private:
  bool wait(Duration limit) {
    return world_.run_until([&] { return !world_.bob().messages().empty(); }, limit) && sent_;
  }
  void note(int& step) const {
    const auto since = since_answer();
    step = since % one_way_ == Duration::zero() ? static_cast<int>(since / one_way_) : -1;  // it was late
  }
  void note_dtls(const peer::Event& event, int& step) const {
    const auto* dtls = std::get_if<peer::DtlsStateChanged>(&event);
    if (dtls != nullptr && dtls->state == peer::DtlsState::connected) note(step);
  }

  Duration one_way_;
  World world_;
  TimePoint start_{};
  Steps steps_{};
  bool early_ = false;
  bool sent_ = false;
};

}  // namespace sluice::sim
