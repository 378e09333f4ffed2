#pragma once
// PathModel: what one direction of a network path does to packets. Delay, jitter, loss, a rate and the queue before it.
//
// No clock and no randomness of its own: time is an argument that never goes back, and the same seed with the same
// packets gives the same fates. Packets never overtake each other: jitter stretches and closes the gaps between them.
// The path is a bottleneck link: a packet waits in the queue, takes its share of the rate, and then travels or is lost.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <utility>

namespace sluice::test {

struct PathSettings {
  using Duration = std::chrono::steady_clock::duration;

  Duration delay{};            // one way
  Duration jitter{};           // at most so much less or more than the delay, uniform
  double loss = 0;             // share of the packets that are lost, 0 to 1
  double burst = 1;            // how many are lost in a row, on average (Gilbert's model); up to 1: independently
  std::uint64_t rate = 0;      // bits per second; 0: as fast as they come
  std::size_t queue = 262144;  // bytes that may wait for the rate; a packet always fits if none waits
};

struct PathCounters {
  std::uint64_t passed = 0;
  std::uint64_t bytes = 0;       // of those
  std::uint64_t lost = 0;        // by chance
  std::uint64_t overflowed = 0;  // because the queue was full
};

class PathModel {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = PathSettings::Duration;

  explicit PathModel(std::uint64_t seed, PathSettings settings = {}) : random_{seed}, settings_{settings} {}

  /// When a packet that enters now comes out at the other end; nothing if it never does.
  std::optional<TimePoint> pass(TimePoint now, std::size_t bytes) {
    const auto sent = transmitted(now, bytes);
    if (!sent) {
      ++counters_.overflowed;
      return std::nullopt;
    }
    if (lose()) {
      ++counters_.lost;
      return std::nullopt;
    }
    ++counters_.passed;
    counters_.bytes += bytes;
    last_out_ = std::max(last_out_, *sent + travel());
    return last_out_;
  }

  /// For the packets to come; what is under way stays so.
  void set(PathSettings settings) { settings_ = settings; }
  const PathSettings& settings() const { return settings_; }
  const PathCounters& counters() const { return counters_; }

 private:
  // When the last bit of it is on the wire; nothing if there is no room to wait for that.
  std::optional<TimePoint> transmitted(TimePoint now, std::size_t bytes) {
    if (settings_.rate == 0) return now;
    const auto rate = static_cast<double>(settings_.rate) / 8e9;  // bytes per nanosecond
    const auto backlog = std::max(idle_at_ - now, Duration::zero());
    const auto waiting = rate * std::chrono::duration<double, std::nano>(backlog).count();
    if (waiting > 0 && waiting + static_cast<double>(bytes) > static_cast<double>(settings_.queue)) return std::nullopt;
    const std::chrono::duration<double, std::nano> time{static_cast<double>(bytes) / rate};
    idle_at_ = now + backlog + std::chrono::duration_cast<Duration>(time);
    return idle_at_;
  }

  Duration travel() {
    if (settings_.jitter == Duration::zero()) return settings_.delay;
    const auto offset = std::chrono::duration<double, Duration::period>(settings_.jitter) * (2 * uniform() - 1);
    return std::max(settings_.delay + std::chrono::duration_cast<Duration>(offset), Duration::zero());
  }

  bool lose() {
    const auto loss = settings_.loss;
    if (loss <= 0) return bad_ = false;
    if (loss >= 1) return true;
    if (settings_.burst <= 1) return uniform() < loss;
    // Bad for `burst` packets on average, and so seldom that the share is right.
    const auto change = bad_ ? 1 / settings_.burst : loss / (settings_.burst * (1 - loss));
    if (uniform() < change) bad_ = !bad_;
    return bad_;
  }

  // In [0, 1), alike with every standard library.
  double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  std::mt19937_64 random_;
  PathSettings settings_;
  PathCounters counters_{};
  TimePoint idle_at_{};
  TimePoint last_out_{};
  bool bad_ = false;
};

/// A model together with the packets that are under way.
template <class Packet>
class Path {
 public:
  using TimePoint = PathModel::TimePoint;

  explicit Path(std::uint64_t seed, PathSettings settings = {}) : model_{seed, settings} {}

  void push(TimePoint now, std::size_t bytes, Packet packet) {
    if (const auto out = model_.pass(now, bytes)) under_way_.emplace_back(*out, std::move(packet));
  }

  /// The next packet that is out by now.
  std::optional<Packet> pop(TimePoint now) {
    if (next() > now) return std::nullopt;
    std::optional<Packet> packet{std::move(under_way_.front().second)};
    under_way_.pop_front();
    return packet;
  }

  /// When the next packet is out; TimePoint::max() if none is under way.
  TimePoint next() const { return under_way_.empty() ? TimePoint::max() : under_way_.front().first; }
  std::size_t under_way() const { return under_way_.size(); }

  PathModel& model() { return model_; }
  const PathModel& model() const { return model_; }

 private:
  PathModel model_;
  std::deque<std::pair<TimePoint, Packet>> under_way_{};
};

}  // namespace sluice::test
