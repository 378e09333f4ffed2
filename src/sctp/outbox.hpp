#pragma once
// Outbox: packets on their way out, in one reused arena.
//
// In steady state a packet costs a copy and no allocation. A view is valid until the next push().
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace sluice::sctp {

class Outbox {
 public:
  void push(ByteView packet) {
    if (empty()) restart();
    arena_.insert(arena_.end(), packet.begin(), packet.end());
    lengths_.push_back(static_cast<std::uint32_t>(packet.size()));
  }

  std::optional<ByteView> pop() noexcept {
    if (empty()) return std::nullopt;
    const auto packet = ByteView{arena_}.subspan(offset_, lengths_[next_]);
    offset_ += packet.size();
    ++next_;
    return packet;
  }

  void clear() noexcept {
    while (pop()) {
    }
  }

  bool empty() const noexcept { return next_ == lengths_.size(); }

 private:
  static constexpr std::size_t kept = 256 * 1024;  // what an idle association may hold on to

  void restart() {
    if (arena_.capacity() > kept) arena_ = {};
    arena_.clear();
    lengths_.clear();
    next_ = 0;
    offset_ = 0;
  }

  Bytes arena_;
  std::vector<std::uint32_t> lengths_;
  std::size_t next_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace sluice::sctp
