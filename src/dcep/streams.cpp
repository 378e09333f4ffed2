#include "dcep/streams.hpp"

#include <algorithm>
#include <array>

namespace sluice::dcep {
namespace {

struct Transition {
  StreamState from;
  StreamStep step;
  StreamState to;
};

using enum StreamState;
using enum StreamStep;

// RFC 8831 §6.7; what is not listed does not happen
constexpr auto transitions = std::to_array<Transition>({
    {in_use, reset_asked, resetting},
    {in_use, incoming_reset, peer_reset},
    {peer_reset, reset_asked, awaiting_reset},
    {resetting, outgoing_reset, awaiting_peer},
    {resetting, incoming_reset, awaiting_reset},
    {awaiting_peer, incoming_reset, unused},
    {awaiting_reset, outgoing_reset, unused},
});

}  // namespace

Stream Streams::find(StreamId stream) const noexcept {
  return raw(stream) < streams_.size() ? streams_[raw(stream)] : Stream{};
}

std::optional<StreamId> Streams::lowest_unused(Side side) const noexcept {
  for (std::uint32_t id = side == Side::odd ? 1 : 0; id < count_; id += 2) {
    const auto stream = static_cast<StreamId>(id);
    if (find(stream).state == unused) return stream;
  }
  return std::nullopt;
}

void Streams::take(StreamId stream, Channel* channel) {
  if (raw(stream) >= streams_.size()) streams_.resize(raw(stream) + std::size_t{1});
  streams_[raw(stream)] = {in_use, channel};
}

void Streams::release(StreamId stream) noexcept {
  if (raw(stream) < streams_.size()) streams_[raw(stream)] = {};
}

bool Streams::advance(StreamId stream, StreamStep step) noexcept {
  const auto from = find(stream).state;
  const auto row =
      std::ranges::find_if(transitions, [&](const Transition& t) { return t.from == from && t.step == step; });
  if (row == transitions.end()) return false;
  streams_[raw(stream)].state = row->to;
  if (row->to == unused) release(stream);
  return true;
}

}  // namespace sluice::dcep
