#pragma once
// PathMtu: how large a packet the path and the peer carry.   RFC 8899 §5
//
// Sizes are those of SCTP packets. The base is what every path and every peer carries; more is used only after the peer
// has said that it takes so much and a probe of that size has been answered. Nothing is asked before there is bulk to
// send, so an idle or short connection pays nothing.
//
// A timer that had to repeat data (RFC 9260 §6.3.3) is taken for a black hole until the contrary is proven: the base
// holds at once, and returns to the size only if a probe of it is answered. A probe counts as lost only if the path
// carried anything else meanwhile: an outage says nothing about sizes.
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "sctp/probe.hpp"

namespace sluice::sctp {

class PathMtu {
 public:
  PathMtu(std::size_t base, std::size_t largest) noexcept : base_{base}, largest_{largest}, size_{base} {}

  // inputs
  void handle_sent(TimePoint now, std::size_t packet) noexcept {
    if (packet + packet / 4 >= base_) handle_full(now);
  }
  void handle_received() noexcept { heard_ = true; }
  /// Without a limit the peer does not know of all this.
  void handle_answer(TimePoint now, const ProbeInfo&, std::optional<std::uint32_t> limit);
  void handle_retransmission_timeout();
  /// Another path, to be proven anew. None of its probes leave if it is one that is not to be probed.
  void handle_path(bool may_be_probed);
  void handle_timeout(TimePoint now);

  // outputs
  std::optional<ProbeInfo> poll_probe(TimePoint now);
  TimePoint next_timeout() const noexcept { return deadline_; }

  // observers
  std::size_t size() const noexcept { return state_ == State::confirming ? base_ : size_; }

 private:
  enum class State : std::uint8_t {
    waiting,     // for bulk
    asking,      // what the peer takes
    searching,   // for the next size
    complete,    // until it is time to search again
    confirming,  // whether the path still carries the size
    barred,      // this path is not to be probed
    unable,      // this peer is not
  };
  bool probing() const noexcept;
  bool consistent() const;

  void handle_full(TimePoint now) noexcept;
  void ask();
  void search(TimePoint now);
  void complete(TimePoint now);
  void wait();
  void probe(State, std::size_t size);
  void rest(State);
  void give_up(TimePoint now);

  std::size_t base_;
  std::size_t largest_;
  std::size_t size_;
  std::size_t peer_limit_ = 0;  // 0: unknown
  State state_ = State::waiting;
  std::uint32_t full_packets_ = 0;  // since it waits
  TimePoint again_at_ = never;      // once complete; never: no search has ended on this path

  // while probing
  ProbeInfo probe_{};
  bool due_ = false;
  bool heard_ = false;  // anything, since the probe left
  unsigned lost_ = 0;
  unsigned unheard_ = 0;
  TimePoint deadline_ = never;
};

}  // namespace sluice::sctp
