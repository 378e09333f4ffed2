#pragma once
// Channel: what is remembered of one data channel. Channels and Scheduler are its only users.
#include "base/fifo.hpp"
#include "dcep/events.hpp"

namespace sluice::dcep {

struct Queued {
  Ppid ppid{};
  TimePoint expiry = never;
  Bytes data{};

  /// What bufferedAmount counts: neither DCEP nor the octet that stands for an empty message.
  std::size_t application_bytes() const noexcept { return ppid == Ppid::dcep ? 0 : data.size(); }
};

struct Channel {
  ChannelId key{};
  ChannelInit init{};
  State state = State::connecting;
  std::optional<StreamId> stream{};
  bool answered = false;  // by the ACK or any other message of the peer. RFC 8832 §6
  Fifo<Queued> queue{};
  std::size_t buffered_amount = 0;
  std::size_t buffered_amount_low_threshold = 0;
  Traffic traffic{};
};

}  // namespace sluice::dcep
