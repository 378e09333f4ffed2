#include "net/batch.hpp"

namespace sluice::net {

std::size_t run_length(std::span<const TransmitQueue::Entry> entries, std::size_t first) noexcept {
  const auto& head = entries[first];
  std::size_t bytes = head.length;
  std::size_t count = 1;
  while (head.length != 0 && count != max_segments && first + count != entries.size()) {
    const auto& entry = entries[first + count];
    const bool adjacent = entry.offset == head.offset + bytes && entry.path == head.path;
    if (!adjacent || entry.length == 0 || entry.length > head.length) break;
    if (bytes + entry.length > max_run_bytes) break;
    bytes += entry.length;
    ++count;
    if (entry.length < head.length) break;  // only the last segment may be shorter
  }
  return count;
}

}  // namespace sluice::net
