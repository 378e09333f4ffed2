#include "ice/tcp_streams.hpp"

#include <algorithm>
#include <iterator>

#include "stun/message.hpp"

namespace sluice::ice {

std::vector<LocalSocket> datagram_sockets(std::span<const LocalSocket> sockets) {
  std::vector<LocalSocket> result;
  std::ranges::copy_if(sockets, std::back_inserter(result),
                       [](const LocalSocket& each) { return each.transport == Transport::udp; });
  return result;
}

void TcpStreams::open(TimePoint now, const TcpNeeded& needed) {
  streams_[needed.path] = {.local = needed.local, .number = ++last_number_};
  start_queued(now);
}

void TcpStreams::handle_connected(const Path& path) {
  const auto found = streams_.find(path);
  if (found == streams_.end() || found->second.phase != Phase::connecting) return;
  found->second.phase = Phase::opened;  // how long it waits for its answer is the check's concern
  found->second.deadline = never;
}

void TcpStreams::handle_accepted(TimePoint now, const Path& path) {
  make_room(path.local);
  streams_[path] = {.phase = Phase::accepted, .number = ++last_number_, .deadline = now + unproven_limit};
}

// Whoever means well is proven within a round trip, so it is the oldest that has the least to say.
void TcpStreams::make_room(SocketId listener) {
  std::size_t count = 0;
  const Stream* oldest = nullptr;
  Path path{};
  for (const auto& [each, stream] : streams_) {
    if (each.local != listener || stream.phase != Phase::accepted) continue;
    ++count;
    if (oldest != nullptr && oldest->number < stream.number) continue;
    oldest = &stream;
    path = each;
  }
  if (count >= max_unproven) release(path);
}

void TcpStreams::handle_closed(TimePoint now, const Path& path) {
  streams_.erase(path);
  start_queued(now);
}

void TcpStreams::handle_timeout(TimePoint now) {
  std::vector<Path> late;
  for (const auto& [path, stream] : streams_) {
    if (now >= stream.deadline) late.push_back(path);
  }
  for (const auto& path : late) release(path);
  start_queued(now);
}

bool TcpStreams::receive(const Datagram& datagram) {
  const auto found = streams_.find(datagram.path);
  if (found == streams_.end() || found->second.phase == Phase::proven) return true;
  found->second.received += datagram.bytes.size();
  if (stun::is_stun(datagram.bytes) && found->second.received <= max_unproven_bytes) return true;
  release(datagram.path);
  return false;
}

void TcpStreams::prove(const Path& path) {
  const auto found = streams_.find(path);
  if (found == streams_.end() || !is_unproven(found->second)) return;
  found->second.phase = Phase::proven;
  found->second.deadline = never;
}

bool TcpStreams::unproven(const Path& path) const noexcept {
  const auto found = streams_.find(path);
  return found != streams_.end() && is_unproven(found->second);
}

void TcpStreams::release(const Path& path) {
  const auto stream = streams_.extract(path);
  if (!stream.empty() && stream.mapped().phase != Phase::queued) events_.push_back(TcpReleased{path});
}

void TcpStreams::start_queued(TimePoint now) {
  const auto connecting = [](const auto& each) { return each.second.phase == Phase::connecting; };
  auto room = max_connecting - static_cast<std::size_t>(std::ranges::count_if(streams_, connecting));
  for (; room != 0; --room) {
    auto next = streams_.end();
    for (auto each = streams_.begin(); each != streams_.end(); ++each) {
      if (each->second.phase != Phase::queued) continue;
      if (next == streams_.end() || each->second.number < next->second.number) next = each;
    }
    if (next == streams_.end()) return;
    next->second.phase = Phase::connecting;
    next->second.deadline = now + connect_limit;
    events_.push_back(TcpNeeded{next->first, next->second.local});
  }
}

std::optional<TcpStreams::Event> TcpStreams::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop_front();
}

TimePoint TcpStreams::next_timeout() const noexcept {
  auto earliest = never;
  for (const auto& [path, stream] : streams_) earliest = std::min(earliest, stream.deadline);
  return earliest;
}

}  // namespace sluice::ice
