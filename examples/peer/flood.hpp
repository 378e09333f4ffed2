#pragma once
// flood: sends as fast as the peer takes it, and emits "flood-done" when all of it has left.
#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <sluice/sluice.hpp>

namespace peer {

boost::asio::awaitable<void> flood(sluice::DataChannel, nlohmann::json command);

}  // namespace peer
