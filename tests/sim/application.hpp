#pragma once
// Application: what W3C §10.7 tells a page to do, word for word, over an engine.
//
// An engine acts at once; in a page every operation takes a while, and one waits for the other (W3C §4.4.1.2). The
// chain here is that of the page: each operation takes a random time, what follows an `await` runs when it is done, and
// negotiation-needed waits until the chain is empty.
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "base/overloaded.hpp"
#include "sim/world.hpp"

namespace sluice::sim {

// One direction of a signaling channel that is reliable because it repeats what a lossy datagram link loses, and
// delivers in order: what the application sees of loss is that messages come late, and all at once.
class Line {
 public:
  struct Faults {
    Duration delay = std::chrono::milliseconds{50};
    Duration jitter = std::chrono::milliseconds{50};
    double loss = 0.1;
    Duration repeat_after = std::chrono::milliseconds{200};
  };

  Line(World& world, std::uint64_t seed, Faults faults) : world_{&world}, random_{seed}, faults_{faults} {}

  void send(std::function<void()> arrive) {
    auto arrival = world_->now() + faults_.delay + uniform(faults_.jitter);
    while (std::uniform_real_distribution{}(random_) < faults_.loss) arrival += faults_.repeat_after;
    last_ = std::max(last_, arrival);  // in order
    ++in_flight_;
    world_->at(last_, [this, arrive = std::move(arrive)] {
      --in_flight_;
      arrive();
    });
  }
  bool empty() const { return in_flight_ == 0; }

 private:
  Duration uniform(Duration most) {
    return Duration{std::uniform_int_distribution<Duration::rep>{0, most.count()}(random_)};
  }

  World* world_;
  std::mt19937_64 random_;
  Faults faults_;
  TimePoint last_{};
  int in_flight_ = 0;
};

class Application {
 public:
  Application(World& world, Peer& peer, bool polite, std::uint64_t seed, Line::Faults faults)
      : world_{&world}, peer_{&peer}, polite_{polite}, random_{seed}, line_{world, seed + 1, faults} {
    peer.set_trickle(false);
    peer.set_observer([this](const peer::Event& event) { observe(event); });
  }
  void connect_to(Application& other) { other_ = &other; }
  void set_operation_time(Duration time) { operation_time_ = time; }

  Peer& peer() { return *peer_; }
  const sdp::Signaling& signaling() { return peer_->engine().signaling(); }
  bool idle() const { return chain_.empty() && line_.empty() && !making_offer_; }
  std::size_t collisions() const { return collisions_; }
  std::size_t ignored() const { return ignored_; }
  const std::string& error() const { return error_; }
  const std::map<std::string, peer::ChannelId>& open() const { return open_; }

  // pc.onnegotiationneeded, and what a page does that wants a round for reasons of its own
  void negotiate() {
    making_offer_ = true;
    set_local([this] {
      send_description();
      making_offer_ = false;
    });
  }

 private:
  void observe(const peer::Event& event) {
    const auto label = [&](peer::ChannelId channel) { return peer_->engine().channels().init(channel).label; };
    std::visit(overloaded{[&](const peer::NegotiationNeeded&) {
                            needed_ = true;
                            fire_needed();
                          },
                          [&](const peer::CandidateFound& found) {
                            if (!found.candidate) return;
                            line_.send([other = other_, c = *found.candidate] { other->take_candidate(c); });
                          },
                          [&](const dcep::Opened& opened) { open_[label(opened.channel)] = opened.channel; },
                          [&](const dcep::Announced& opened) { open_[label(opened.channel)] = opened.channel; },
                          [&](const dcep::ChannelClosed& closed) {
                            if (closed.error) error_ += "channel error: " + closed.error->detail;
                            open_.erase(label(closed.channel));
                          },
                          [](const auto&) {}},
               event);
  }

  // W3C §4.7.3: not while the chain is busy, and only if it is still true then
  void fire_needed() {
    if (!needed_ || !chain_.empty()) return;
    needed_ = false;
    if (signaling().negotiation_needed() && peer_->stable()) negotiate();
  }

  // signaling.onmessage
  void take_description(const sdp::Description& description) {
    const bool is_offer = description.type == sdp::Type::offer;
    const bool ready_for_offer = !making_offer_ && (peer_->stable() || is_setting_remote_answer_pending_);
    const bool collision = is_offer && !ready_for_offer;
    if (collision) ++collisions_;
    ignore_offer_ = !polite_ && collision;
    if (ignore_offer_) {
      ++ignored_;
      return;
    }
    is_setting_remote_answer_pending_ = description.type == sdp::Type::answer;
    chain(
        [this, description] {
          return peer_->engine().set_remote_description(world_->now(), description.type, description.sdp);
        },
        [this, is_offer] {
          is_setting_remote_answer_pending_ = false;
          if (is_offer) set_local([this] { send_description(); });
        });
  }

  // The published recipe asks for ignoreOffer when the operation is done; by then another description may have come
  // in the same burst, and what it logs is no error. So it is asked for when the candidate comes as well.
  void take_candidate(const peer::CandidateInit& c) {
    chain(
        [this, c, ignored = ignore_offer_]() -> Expected<void> {
          auto added = peer_->engine().add_ice_candidate(world_->now(), {c.candidate, c.mid, c.mline_index, c.ufrag});
          if (!added && (ignored || ignore_offer_)) return {};
          return added;
        },
        [] {});
  }

  void set_local(std::function<void()> then) {
    chain([this] { return peer_->engine().set_local_description(world_->now(), {}, {}); }, std::move(then));
  }

  void send_description() {
    line_.send([other = other_, description = *signaling().local()] { other->take_description(description); });
  }

  struct Operation {
    std::function<Expected<void>()> run;
    std::function<void()> then;
  };

  void chain(std::function<Expected<void>()> run, std::function<void()> then) {
    chain_.push_back({std::move(run), std::move(then)});
    if (chain_.size() == 1) start();
  }

  // The state changes in the turn in which the operation is done, not when it begins.
  void start() {
    const auto time = operation_time_ == Duration::zero()
                          ? Duration{std::uniform_int_distribution<Duration::rep>{0, 5'000'000}(random_)}
                          : operation_time_;
    world_->at(world_->now() + time, [this] {
      const auto done = chain_.front().run();
      if (!done) error_ += "operation failed: " + done.error().detail;
      const auto then = std::move(chain_.front().then);
      chain_.pop_front();
      if (!chain_.empty()) start();
      then();
      peer_->drain();  // W3C §5.6: no candidate comes before the promise of its description
      if (chain_.empty()) fire_needed();
    });
  }

  World* world_;
  Peer* peer_;
  Application* other_ = nullptr;
  bool polite_;
  bool making_offer_ = false;
  bool ignore_offer_ = false;
  bool is_setting_remote_answer_pending_ = false;
  bool needed_ = false;
  std::deque<Operation> chain_;
  std::mt19937_64 random_;
  Line line_;
  Duration operation_time_{};  // zero: random, at most 5 ms
  std::map<std::string, peer::ChannelId> open_;
  std::string error_;
  std::size_t collisions_ = 0;
  std::size_t ignored_ = 0;
};

}  // namespace sluice::sim
