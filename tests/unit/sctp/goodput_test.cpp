// How much arrives on paths that are long, lose packets, or are shared.
#include "network.hpp"
#include "sctp/association.hpp"
#include "support/catch.hpp"

namespace sluice::sctp::test {
namespace {

constexpr double link_rate = 100e6;

std::shared_ptr<Bottleneck> link(double rate, Duration round_trip) {
  const auto carried = rate / 8 * std::chrono::duration<double>{round_trip}.count();
  return std::make_shared<Bottleneck>(Bottleneck{.rate = rate, .queue = static_cast<std::size_t>(carried)});
}

// Sends messages without end, and counts what arrives.
class Bulk {
 public:
  explicit Bulk(Network::Pair pair) : pair_{pair} {
    pair.alice.on_writable = [this](Peer&) { fill(); };
    pair.bob.on_message = [this](Peer&, const Received& received) { bytes_ += received.message.size(); };
  }
  void fill() {
    while (pair_.alice.send(1, message_) == SendResult::sent) continue;
  }
  double megabits() const { return static_cast<double>(bytes_) * 8e-6; }

 private:
  Network::Pair pair_;
  Bytes message_ = patterned(16 * 1024);
  std::uint64_t bytes_ = 0;
};

// Mbit/s of the first four seconds, slow start included.
double goodput(double loss, Duration round_trip, CongestionControl control, std::uint64_t seed = 1) {
  constexpr auto time = 4s;
  Network network{seed};
  const AssociationOptions options{.congestion_control = control};
  const auto pair = network.add_pair({.delay = round_trip / 2}, options, options);
  if (!connect(network, pair)) return 0;
  pair.alice.path.bottleneck = link(link_rate, round_trip);
  pair.alice.path.loss = pair.bob.path.loss = loss;
  Bulk bulk{pair};
  bulk.fill();
  network.run(time);
  return bulk.megabits() / std::chrono::duration<double>{time}.count();
}

TEST_CASE("a long path without losses is filled", "[sctp]") {
  CHECK(goodput(0, 50ms, CongestionControl::rate_based) > 88);
}

TEST_CASE("losses that are not congestion do not slow down bulk on a long path", "[sctp][rfc9260-7.2.3]") {
  using enum CongestionControl;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    CHECK(goodput(0.001, 50ms, rate_based, seed) > 2 * goodput(0.001, 50ms, loss_based, seed));
    CHECK(goodput(0.01, 50ms, rate_based, seed) > 1.5 * goodput(0.01, 50ms, loss_based, seed));
  }
}

TEST_CASE("whichever the congestion control is, two of them share a link", "[sctp][rfc9260-7.2]") {
  using enum CongestionControl;
  Network network{1};
  const auto shared = link(20e6, 40ms);
  const auto add = [&](CongestionControl control) {
    const auto pair =
        network.add_pair({.delay = 20ms}, {.congestion_control = control}, {.congestion_control = control});
    REQUIRE(connect(network, pair));
    pair.alice.path.bottleneck = shared;
    return pair;
  };
  const auto first = GENERATE(rate_based, loss_based);
  const auto second = GENERATE(rate_based, loss_based);
  Bulk one{add(first)};
  Bulk other{add(second)};
  one.fill();
  other.fill();
  network.run(60s);
  CAPTURE(first, second, one.megabits() / 60, other.megabits() / 60);
  CHECK(one.megabits() + other.megabits() > 0.8 * 20 * 60);
  CHECK(one.megabits() < 6 * other.megabits());
  CHECK(other.megabits() < 6 * one.megabits());
}

}  // namespace
}  // namespace sluice::sctp::test
