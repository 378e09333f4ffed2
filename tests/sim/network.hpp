#pragma once
// Network: carries datagrams between endpoints in virtual time, with the faults a seed decides.
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace sluice::sim {

struct Link {
  Duration delay = std::chrono::milliseconds{20};
  Duration jitter{};  // uniform on top of the delay; reorders
  double loss = 0;
  double duplication = 0;
};

class Nat;

struct Delivery {
  Endpoint from;
  Endpoint to;
  Bytes datagram;
  const Nat* inside_of = nullptr;  // the network behind it that the datagram never leaves; none: the public one
};

class Network {
 public:
  Network(std::uint64_t seed, Link link) : random_{seed}, link_{link} {}

  void send(TimePoint now, const Endpoint& from, const Endpoint& to, ByteView datagram,
            const Nat* inside_of = nullptr) {
    const auto index = sent_++;
    Bytes bytes{datagram.begin(), datagram.end()};
    if (cut_ || lost_.contains(index) || (filter_ && !filter_(from, to, bytes)) || chance(link_.loss)) return;
    const int copies = chance(link_.duplication) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      wire_.emplace(now + link_.delay + jitter(), Delivery{from, to, bytes, inside_of});
    }
  }

  /// As a stream does: nothing is lost, altered or overtaken.
  void carry(TimePoint now, const Endpoint& from, const Endpoint& to, ByteView message) {
    wire_.emplace(now + link_.delay, Delivery{from, to, {message.begin(), message.end()}, nullptr});
  }

  /// The next datagram due by `now`, if any.
  std::optional<Delivery> receive(TimePoint now) {
    if (wire_.empty() || wire_.begin()->first > now) return std::nullopt;
    return std::move(wire_.extract(wire_.begin()).mapped());
  }

  TimePoint next() const { return wire_.empty() ? never : wire_.begin()->first; }
  std::size_t sent() const { return sent_; }

  void set_link(Link link) { link_ = link; }
  void set_cut(bool cut) { cut_ = cut; }
  /// Loses the datagram with this number, counted from 0 over both directions.
  void lose(std::size_t index) { lost_.insert(index); }
  /// Keeps only what the filter says true to; it may alter the datagram.
  using Filter = std::function<bool(const Endpoint& from, const Endpoint& to, Bytes&)>;
  void set_filter(Filter filter) { filter_ = std::move(filter); }

 private:
  bool chance(double probability) { return std::uniform_real_distribution{}(random_) < probability; }
  Duration jitter() {
    if (link_.jitter == Duration::zero()) return {};
    return Duration{std::uniform_int_distribution<Duration::rep>{0, link_.jitter.count()}(random_)};
  }

  std::mt19937_64 random_;
  Link link_;
  std::multimap<TimePoint, Delivery> wire_;
  std::set<std::size_t> lost_;
  Filter filter_;
  std::size_t sent_ = 0;
  bool cut_ = false;
};

}  // namespace sluice::sim
