#include "dcep/scheduler.hpp"

#include <algorithm>
#include <utility>

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
  if (!next_ && !waiting_.empty()) next_ = waiting_.front();
  in_hand_ = next_ != nullptr;
  return next_;
}

bool Scheduler::put_back() noexcept {
  if (!std::exchange(in_hand_, false)) return false;
  const auto after = std::next(std::ranges::find(waiting_, next_));
  const auto found = std::find_if(after, waiting_.end(), [&](const Channel* each) { return may_overtake(*each); });
  next_ = found == waiting_.end() ? nullptr : *found;
  return next_ != nullptr;
}

bool Scheduler::may_overtake(const Channel& channel) const noexcept {
  const auto size = channel.queue.front().data.size();
  return size <= small && overtaken_ + size <= overtaking;
}

std::optional<Scheduler::Removed> Scheduler::take() {
  if (!std::exchange(in_hand_, false)) return std::nullopt;
  auto* const channel = std::exchange(next_, nullptr);
  const auto bytes = channel->queue.front().application_bytes();
  overtaken_ = channel == waiting_.front() ? 0 : overtaken_ + channel->queue.front().data.size();
  channel->queue.pop_front();
  std::erase(waiting_, channel);
  if (!channel->queue.empty()) waiting_.push_back(channel);
  return Removed{channel, bytes};
}

std::optional<Scheduler::Removed> Scheduler::drop_expired(TimePoint now) {
  const auto expired = std::ranges::find_if(
      waiting_, [&](const Channel* channel) { return !holds(*channel) && channel->queue.front().expiry <= now; });
  if (expired == waiting_.end()) return std::nullopt;
  auto* const channel = *expired;
  const auto bytes = channel->queue.pop_front().application_bytes();
  if (channel->queue.empty()) forget(*channel);
  return Removed{channel, bytes};
}

void Scheduler::discard(Channel& channel) {
  const std::size_t keep = holds(channel) ? 1 : 0;
  while (channel.queue.size() > keep) channel.queue.pop_back();
  if (keep == 0) forget(channel);
}

void Scheduler::forget(const Channel& channel) {
  std::erase(waiting_, &channel);
  if (next_ == &channel) next_ = nullptr;
}

Fifo<Queued> Scheduler::withdraw(Channel& channel) {
  if (holds(channel)) in_hand_ = false;
  forget(channel);
  return std::exchange(channel.queue, {});
}

}  // namespace sluice::dcep
