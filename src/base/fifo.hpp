#pragma once
// Fifo: a queue in one ring of memory. It grows by doubling, so that a queue in steady state does not allocate, and
// gives a ring of more than `kept` slots back when it runs empty: all of it for queues that hardly ever hold anything.
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice {

template <class T, std::size_t kept = 1024>
class Fifo {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  T& front() noexcept { return slots_[head_]; }
  const T& front() const noexcept { return slots_[head_]; }

  void push_back(T value) {
    if (size_ == slots_.size()) grow();
    slots_[(head_ + size_) & (slots_.size() - 1)] = std::move(value);
    ++size_;
  }

  void clear() noexcept { *this = {}; }
  /// Gives the ring back if it is empty; for owners who fall idle.
  void trim() noexcept {
    if (empty()) clear();
  }

  T pop_front() {
    T value = std::move(slots_[head_]);
    head_ = (head_ + 1) & (slots_.size() - 1);
    shrink();
    return value;
  }

  void pop_back() {
    [[maybe_unused]] const T dropped = std::move(slots_[(head_ + size_ - 1) & (slots_.size() - 1)]);
    shrink();
  }

 private:
  static constexpr std::size_t smallest = 2;  // a power of two

  void grow() {
    std::vector<T> larger(slots_.empty() ? smallest : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move(slots_[(head_ + i) & (slots_.size() - 1)]);
    slots_ = std::move(larger);
    head_ = 0;
  }

  void shrink() {
    if (--size_ == 0 && slots_.size() > kept) *this = {};
  }

  std::vector<T> slots_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sluice
