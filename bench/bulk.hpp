#pragma once
// A sender that always has more to send.
#include <sluice/sluice.hpp>

namespace sluice::bench {

/// Messages of that size in batches of one turn each, held back by buffered_amount, until the channel ends. To be run
/// on the connection's executor.
asio::awaitable<void> pump(DataChannel, std::size_t size);

}  // namespace sluice::bench
