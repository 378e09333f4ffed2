#pragma once
// What the floor program can do. Each gives the figures of the case with the same name in sluice-bench.
#include <nlohmann/json.hpp>

#include "lines.hpp"

namespace sluice::floor {

using bench::Lines;
using nlohmann::json;
namespace asio = boost::asio;

// bulk.cpp: "size", "window", "warm_up"; two processes
asio::awaitable<json> send_bulk(Lines&, const json& parameters);
asio::awaitable<json> receive_bulk(Lines&, const json& parameters);

// udp.cpp: "rounds"; two processes, a datagram there and back
asio::awaitable<json> ping(Lines&, const json& parameters);
asio::awaitable<json> pong(Lines&, const json& parameters);

// handshake.cpp: "connections"; one process, certificates and DTLS alone, in memory
json handshakes(const json& parameters);
// idle.cpp: "connections"; what an idle endpoint's DTLS and SCTP hold in memory
json idle(const json& parameters);

}  // namespace sluice::floor
