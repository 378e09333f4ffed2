#pragma once
// Session: runs the two ends of a measurement, in two processes or in one, straight or through the link emulator.
//
// The first end measures and gives the figures; the second one serves it until a last line comes. Both are coroutines
// on one thread each (in one process: on the same), with the library's default settings unless the parameters say
// otherwise.
#include <nlohmann/json.hpp>
#include <string_view>

#include "signaling.hpp"

namespace sluice::bench {

using End = asio::awaitable<nlohmann::json> (*)(Signaling&, const nlohmann::json& parameters);

struct Scenario {
  std::string_view name;
  End first;
  End second;
};

/// Throws if there is none of that name.
const Scenario& find_scenario(std::string_view name);

/// Parameters read here: "processes": 1 or 2; "path": see emulator.hpp, "seconds": how long a long one takes. The figures
/// of the first end. "loops": so many event loops of one process, a pair of ends on each; the sums of bulk.cpp's rate
/// and cost.
nlohmann::json run(const Scenario&, const nlohmann::json& parameters);

/// The other process: a second end, or the emulator.
void serve(int descriptor);

// The ends. bulk.cpp: "size", "ordered", "max_retransmits", "style", "window", "warm_up"
asio::awaitable<nlohmann::json> send_bulk(Signaling&, const nlohmann::json&);
asio::awaitable<nlohmann::json> receive_bulk(Signaling&, const nlohmann::json&);
// latency.cpp: "rounds", "bulk"
asio::awaitable<nlohmann::json> ping(Signaling&, const nlohmann::json&);
asio::awaitable<nlohmann::json> pong(Signaling&, const nlohmann::json&);
// setup.cpp: "connections"
asio::awaitable<nlohmann::json> connect_often(Signaling&, const nlohmann::json&);
asio::awaitable<nlohmann::json> accept_often(Signaling&, const nlohmann::json&);
// connections.cpp: "connections", "idle"
asio::awaitable<nlohmann::json> hold_connections(Signaling&, const nlohmann::json&);
asio::awaitable<nlohmann::json> share_connections(Signaling&, const nlohmann::json&);
// first_message.cpp: "round_trip"
asio::awaitable<nlohmann::json> say_first(Signaling&, const nlohmann::json&);
asio::awaitable<nlohmann::json> hear_first(Signaling&, const nlohmann::json&);
// soak.cpp: "seconds", "size"
asio::awaitable<nlohmann::json> send_long(Signaling&, const nlohmann::json&);
asio::awaitable<nlohmann::json> receive_long(Signaling&, const nlohmann::json&);
// churn.cpp: "seconds", "connections"
asio::awaitable<nlohmann::json> replace_connections(Signaling&, const nlohmann::json&);
asio::awaitable<nlohmann::json> follow_replacements(Signaling&, const nlohmann::json&);

/// setup.cpp, both ends in one process, "connections" of them, "at_once" at a time: "new" to "open" at both ends.
nlohmann::json measure_setup(const nlohmann::json& parameters);

}  // namespace sluice::bench
