#pragma once
// TransmitQueue: the datagrams of one flush, in one reused arena.
//
// Cores append, the shell sends and clears. Capacity survives clear(), so a connection in steady state does not
// allocate. Views given out are valid until the next append or clear.
#include <algorithm>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

namespace sluice {

class TransmitQueue {
 public:
  struct Entry {
    Path path;
    std::uint32_t offset;
    std::uint32_t length;
  };

  /// Copies one datagram in.
  void push(const Path& path, ByteView datagram) {
    std::ranges::copy(datagram, prepare(datagram.size()).begin());
    commit(path, datagram.size());
  }

  /// Room for one datagram of at most `size` bytes, to be written in place and then committed.
  MutableBytes prepare(std::size_t size) {
    if (arena_.size() < used_ + size) arena_.resize(std::max(arena_.size() * 2, used_ + size));
    return MutableBytes{arena_}.subspan(used_, size);
  }

  void commit(const Path& path, std::size_t length) {
    entries_.push_back({path, static_cast<std::uint32_t>(used_), static_cast<std::uint32_t>(length)});
    used_ += length;
  }

  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }
  std::size_t byte_count() const noexcept { return used_; }
  std::span<const Entry> entries() const noexcept { return entries_; }
  ByteView bytes(const Entry& entry) const noexcept { return ByteView{arena_}.subspan(entry.offset, entry.length); }

  void clear() noexcept {
    entries_.clear();
    used_ = 0;
  }

  /// Gives the memory back; for connections that fall idle.
  void release() noexcept { *this = {}; }

 private:
  Bytes arena_;
  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

}  // namespace sluice
