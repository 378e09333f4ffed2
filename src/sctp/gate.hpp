#pragma once
// Gate: many at once, or one alone, who waits only for those already inside: whoever comes later queues behind him.
//
// std::shared_mutex by itself lets the many keep the one out for ever. Not recursive.
#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace sluice::sctp {

class Gate {
 public:
  void enter() {
    if (claimed_.load(std::memory_order_acquire)) const std::lock_guard behind{turn_};
    gate_.lock_shared();
  }
  void leave() { gate_.unlock_shared(); }

  template <class Work>
  void alone(Work work) {
    const std::lock_guard turn{turn_};
    claimed_.store(true, std::memory_order_release);
    {
      const std::lock_guard all{gate_};
      work();
    }
    claimed_.store(false, std::memory_order_release);
  }

 private:
  std::shared_mutex gate_;
  std::mutex turn_;
  std::atomic<bool> claimed_{false};
};

}  // namespace sluice::sctp
