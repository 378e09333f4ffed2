#include "dcep/scheduler.hpp"

#include <algorithm>

namespace sluice::dcep {

TimePoint Scheduler::next_expiry() const noexcept {
  auto earliest = never;
  for (const auto* channel : waiting_) {
    if (!holds(*channel)) earliest = std::min(earliest, channel->queue.front().expiry);
  }
  return earliest;
}

void Scheduler::push(Channel& channel, Queued message) {
  if (channel.queue.empty()) waiting_.push_back(&channel);
  channel.queue.push_back(std::move(message));
}

Channel* Scheduler::next() noexcept {
  in_hand_ = !waiting_.empty();
  return in_hand_ ? waiting_.front() : nullptr;
}

std::optional<Scheduler::Removed> Scheduler::take() {
  if (!in_hand_) return std::nullopt;
  in_hand_ = false;
  auto* const channel = waiting_.front();
  waiting_.pop_front();
  const auto bytes = channel->queue.pop_front().application_bytes();
  if (!channel->queue.empty()) waiting_.push_back(channel);
  return Removed{channel, bytes};
}

std::optional<Scheduler::Removed> Scheduler::drop_expired(TimePoint now) {
  const auto expired = std::ranges::find_if(
      waiting_, [&](const Channel* channel) { return !holds(*channel) && channel->queue.front().expiry <= now; });
  if (expired == waiting_.end()) return std::nullopt;
  auto* const channel = *expired;
  const auto bytes = channel->queue.pop_front().application_bytes();
  if (channel->queue.empty()) waiting_.erase(expired);
  return Removed{channel, bytes};
}

void Scheduler::discard(Channel& channel) {
  const std::size_t keep = holds(channel) ? 1 : 0;
  while (channel.queue.size() > keep) channel.queue.pop_back();
  if (keep == 0) std::erase(waiting_, &channel);
}

void Scheduler::remove(Channel& channel) {
  if (holds(channel)) in_hand_ = false;
  discard(channel);
}

}  // namespace sluice::dcep
