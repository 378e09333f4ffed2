#pragma once
// Rounds of offer and answer that the test carries itself, so that it can change the texts on the way.
//
// Candidates are in the texts: a simulated peer has gathered when it is drained.
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {

using Rewrite = std::function<std::string(std::string)>;

inline std::string unchanged(std::string sdp) { return sdp; }

/// Every line that starts so becomes this one; an empty one is removed.
inline Rewrite with_line(std::string_view prefix, std::string_view line) {
  return [prefix = std::string{prefix}, line = std::string{line}](std::string sdp) {
    std::string result;
    for (std::size_t at = 0; at < sdp.size();) {
      const auto end = sdp.find("\r\n", at);
      auto one = sdp.substr(at, end - at);
      if (one.starts_with(prefix)) one = line;
      if (!one.empty()) result += one + "\r\n";
      at = end + 2;
    }
    return result;
  };
}

/// Sets what the state calls for and gives its text, candidates included.
inline std::string describe(World& world, Peer& peer, std::optional<sdp::Type> type = {}) {
  const auto set = peer.engine().set_local_description(world.now(), type, {});
  INFO((set ? std::string{} : set.error().detail));
  REQUIRE(set.has_value());
  peer.drain();
  return peer.engine().signaling().local()->sdp;
}

inline Expected<void> take(World& world, Peer& peer, sdp::Type type, std::string sdp) {
  auto taken = peer.engine().set_remote_description(world.now(), type, std::move(sdp));
  peer.drain();
  return taken;
}

/// A whole round; what the second one does not take is the result.
inline Expected<void> round(World& world, Peer& offerer, Peer& answerer, const Rewrite& offer = unchanged,
                            const Rewrite& answer = unchanged) {
  auto taken = take(world, answerer, sdp::Type::offer, offer(describe(world, offerer, sdp::Type::offer)));
  if (!taken) return taken;
  return take(world, offerer, sdp::Type::answer, answer(describe(world, answerer, sdp::Type::answer)));
}

/// A round with the candidates in its texts, and a message to the answerer.
inline void connect_and_greet(World& world, Peer& offerer, Peer& answerer) {
  offerer.set_trickle(false);
  answerer.set_trickle(false);
  const auto channel = offerer.open_channel({.label = "chat"});
  REQUIRE(round(world, offerer, answerer).has_value());
  REQUIRE(world.run_until([&] { return offerer.has("open chat"); }, std::chrono::seconds{5}));
  offerer.send(channel, "hello");
  REQUIRE(world.run_until([&] { return !answerer.messages().empty(); }, std::chrono::seconds{5}));
}

}  // namespace sluice::sim
