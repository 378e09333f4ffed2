// Perfect negotiation over a signaling channel that keeps messages for a while.   W3C §10.7
#include "w3c/perfect_negotiation.hpp"

#include <algorithm>
#include <deque>

#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// Two sides, of which b is polite. What each says waits until deliver().
struct Negotiation {
  Negotiation() {
    for (auto* pc : {&a, &b}) {
      pc->on_signaling_state_change([this, pc](SignalingState state) {
        states.push_back((pc == &a ? "a " : "b ") + std::string{to_string(state)});
      });
    }
  }

  using Letter = std::function<void()>;
  using Box = std::deque<Letter>;

  PerfectNegotiation::Signaling to(PeerConnection& pc, PerfectNegotiation& side, Box& box) {
    const auto put = [&pc, &side, &box](auto what) {
      box.push_back([&pc, &side, what] { asio::post(pc.get_executor(), [&side, what] { side.handle(what); }); });
    };
    return {put, put};
  }
  static void deliver_one(Box& box) {
    const auto letter = std::move(box.front());
    box.pop_front();
    letter();
  }
  void deliver() {
    for (auto* box : {&to_a, &to_b}) {
      while (!box->empty()) deliver_one(*box);
    }
  }
  template <class Done>
  void until(Done done) {
    REQUIRE(run_until(io, [&] {
      deliver();
      return done();
    }));
  }
  bool settled() const {
    return a.signaling_state() == SignalingState::stable && b.signaling_state() == SignalingState::stable &&
           a.connection_state() == ConnectionState::connected && b.connection_state() == ConnectionState::connected;
  }
  bool saw(std::string_view state) const { return std::ranges::find(states, state) != states.end(); }

  asio::io_context io{};
  PeerConnection a{io}, b{io};
  Box to_a{}, to_b{};
  Words states{};
  PerfectNegotiation impolite{a, false, to(b, polite, to_b)};
  PerfectNegotiation polite{b, true, to(a, impolite, to_a)};
};

}  // namespace

TEST_CASE("one side that negotiates gets what it wants", "[w3c][PN-1]") {
  const bool by_polite = GENERATE(false, true);
  Negotiation n;
  const auto channel = (by_polite ? n.b : n.a).create_data_channel("x");
  n.until([&] { return n.settled() && channel.state() == DataChannelState::open; });
  CHECK(n.impolite.candidate_errors() + n.polite.candidate_errors() == 0);
}

TEST_CASE("of offers that collide the impolite side's goes first, the polite side's follows", "[w3c][PN-1][SD-4]") {
  Negotiation n;
  const auto of_a = n.a.create_data_channel("of a"), of_b = n.b.create_data_channel("of b");
  REQUIRE(run_until(n.io, [&] {  // both offers are on their way
    return n.a.signaling_state() == SignalingState::have_local_offer &&
           n.b.signaling_state() == SignalingState::have_local_offer && !n.to_a.empty() && !n.to_b.empty();
  }));
  n.until(
      [&] { return n.settled() && of_a.state() == DataChannelState::open && of_b.state() == DataChannelState::open; });
  CHECK(n.saw("b have-remote-offer"));  // it has rolled back
  CHECK_FALSE(n.saw("a have-remote-offer"));
  CHECK(n.impolite.candidate_errors() + n.polite.candidate_errors() == 0);
}

TEST_CASE("the impolite side takes an offer that comes while it applies an answer", "[w3c][PN-2]") {
  Negotiation n;
  const auto channel = n.a.create_data_channel("x");
  n.until([&] { return n.settled() && channel.state() == DataChannelState::open; });
  run_ready(n.io);
  n.deliver();
  n.states.clear();
  n.a.restart_ice();
  REQUIRE(
      run_until(n.io, [&] { return n.a.signaling_state() == SignalingState::have_local_offer && !n.to_b.empty(); }));
  // b answers, and at once wants a round of its own: its answer and its offer reach a in the same moment.
  REQUIRE(run_until(n.io, [&] {
    while (!n.to_b.empty()) Negotiation::deliver_one(n.to_b);
    return n.saw("b stable");
  }));
  const auto made = result_of<SessionDescription>(n.io, n.b.async_create_offer({.ice_restart = true}));
  REQUIRE_FALSE(settle(n.io, n.b.async_set_local_description(made)));
  n.to_a.push_back([&n, made] { asio::post(n.a.get_executor(), [&n, made] { n.impolite.handle(made); }); });
  n.until([&] { return n.settled() && n.saw("a have-remote-offer"); });
  CHECK(n.a.remote_description()->type == SdpType::offer);
}

TEST_CASE("whatever both sides want at the same time, they agree in the end", "[w3c][PN-1][RI-3]") {
  Negotiation n;
  std::vector<DataChannel> channels;
  for (int round = 0; round != 6; ++round) {
    channels.push_back(n.a.create_data_channel("a" + std::to_string(round)));
    channels.push_back(n.b.create_data_channel("b" + std::to_string(round)));
    if (round % 2 == 1) n.a.restart_ice();
    if (round % 3 == 1) n.b.restart_ice();
    for (int i = 0; i != round * 3; ++i) n.io.run_one_for(1ms);
    n.deliver();
  }
  n.until([&] {
    return n.settled() &&
           std::ranges::all_of(channels, [](const auto& each) { return each.state() == DataChannelState::open; });
  });
  CHECK(attribute(*n.a.local_description(), "ice-ufrag") == attribute(*n.b.remote_description(), "ice-ufrag"));
  CHECK(attribute(*n.b.local_description(), "ice-ufrag") == attribute(*n.a.remote_description(), "ice-ufrag"));
}
