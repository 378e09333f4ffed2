#include "sctp/reassembly.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace sluice::sctp {
namespace {

constexpr std::size_t buffer_size = 64 * 1024;
constexpr std::size_t least_total = 16 * 1024 * 1024;  // of all messages that are incomplete

}  // namespace

Reassembly::Reassembly(std::size_t max_message)
    : max_message_{max_message}, max_total_{std::max(least_total, 2 * max_message)} {}

// One for each thread: what has been read into it is copied before anything else is read, and 64 KiB for each
// association would be half of what an idle connection holds.
MutableBytes Reassembly::buffer() {
  thread_local const std::unique_ptr<std::byte[]> bytes{new std::byte[buffer_size]};
  return {bytes.get(), buffer_size};
}

Outcome<std::optional<Received>, Reassembly::Overflow> Reassembly::add(const Part& part) {
  const Key key{part.stream, part.unordered};
  auto found = partial_.find(key);
  const auto before = found == partial_.end() ? 0 : found->second.message.size();
  if (before + part.size > max_message_) return Overflow::message;
  const ByteView arrived = buffer().first(part.size);
  if (found == partial_.end() && part.last) {
    return Received{part.stream, part.ppid, {arrived.begin(), arrived.end()}};
  }

  if (total_ + part.size > max_total_) return Overflow::total;
  if (found == partial_.end()) found = partial_.emplace(key, Received{part.stream, part.ppid, {}}).first;
  auto& message = found->second.message;
  message.insert(message.end(), arrived.begin(), arrived.end());
  total_ += part.size;
  if (!part.last) return std::optional<Received>{};

  total_ -= message.size();
  auto whole = std::move(found->second);
  partial_.erase(found);
  return whole;
}

void Reassembly::drop(StreamId stream) {
  std::erase_if(partial_, [&](const auto& entry) {
    if (entry.first.stream != stream) return false;
    total_ -= entry.second.message.size();
    return true;
  });
}

}  // namespace sluice::sctp
