#pragma once
// Fifo: a queue that keeps its memory, so that a steady flow does not allocate.
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::api {

template <class T>
class Fifo {
 public:
  bool empty() const noexcept { return head_ == items_.size(); }
  std::size_t size() const noexcept { return items_.size() - head_; }
  auto begin() noexcept { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() noexcept { return items_.end(); }

  void push(T item) { items_.push_back(std::move(item)); }

  T pop() {
    T item = std::move(items_[head_++]);
    if (empty()) {
      clear();
    } else if (head_ >= 64 && head_ * 2 >= items_.size()) {  // moves at most as many as were popped since
      items_.erase(items_.begin(), begin());
      head_ = 0;
    }
    return item;
  }

  void clear() noexcept {
    items_.clear();
    head_ = 0;
  }

 private:
  std::vector<T> items_;
  std::size_t head_ = 0;
};

}  // namespace sluice::api
