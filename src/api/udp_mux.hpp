#pragma once
// What is behind a UdpMux.
#include <atomic>

#include "api/mux_shard.hpp"
#include "stun/transaction_mark.hpp"

namespace sluice {

struct UdpMux::Impl {
  ~Impl() { close(); }

  /// Of a new connection. Any thread.
  stun::TransactionMark new_mark() noexcept { return {key, ++last_number}; }
  api::MuxShard& home_of(std::uint32_t number) const noexcept { return *shards[number % shards.size()]; }
  void close() {
    if (closed.exchange(true)) return;
    for (auto& shard : shards) shard->close();
  }

  stun::MarkKey key{};
  std::vector<UdpEndpoint> endpoints{};
  std::vector<std::shared_ptr<api::MuxShard>> shards{};
  std::atomic<std::uint32_t> last_number = 0;
  std::atomic<bool> closed = false;
};

}  // namespace sluice
