#pragma once
// Snapshot: what any thread may read of a connection. Written on its strand, except close().
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "sluice/peer_connection.hpp"

namespace sluice::api {

struct Descriptions {
  std::optional<SessionDescription> current_local{};
  std::optional<SessionDescription> pending_local{};
  std::optional<SessionDescription> current_remote{};
  std::optional<SessionDescription> pending_remote{};
  std::optional<bool> can_trickle{};
};

struct Snapshot {
  std::atomic<bool> closed = false;
  std::atomic<SignalingState> signaling = SignalingState::stable;
  std::atomic<IceGatheringState> gathering = IceGatheringState::new_;
  std::atomic<IceConnectionState> ice = IceConnectionState::new_;
  std::atomic<ConnectionState> connection = ConnectionState::new_;
  std::atomic<std::uint64_t> max_message_size = 65536;  // that send() takes; the default is RFC 8841's §6.1
  std::atomic<bool> local_description_set = false;      // as soon as it was asked for

  // Behind the mutex.
  mutable std::mutex mutex{};
  Descriptions descriptions{};
  Configuration configuration{};
  RtcError last_error{};
  std::set<std::uint16_t> ids_in_use{};    // as of the last event
  std::set<std::uint16_t> ids_reserved{};  // by calls that have not reached the strand
  std::optional<std::uint16_t> max_channels{};

  template <class T>
  T read(T Snapshot::*member) const {
    const std::scoped_lock lock{mutex};
    return this->*member;
  }
  template <class Change>
  void write(Change change) {
    const std::scoped_lock lock{mutex};
    change(*this);
  }
};

}  // namespace sluice::api
