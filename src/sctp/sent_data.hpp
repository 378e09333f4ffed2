#pragma once
// SentData: how many packets repeat data, which usrsctp counts for the process only, and when one of those that do not
// left, until it is acknowledged.   RFC 9260 §6.3.1, §6.3.3, §7.2.4
//
// Packets have to be told in the order in which usrsctp made them: a TSN is new if it is after all before it (§1.6).
#include <cstdint>
#include <optional>
#include <utility>

#include "sctp/chunks.hpp"
#include "sctp/send_window.hpp"

namespace sluice::sctp {

class SentData {
 public:
  /// Whether it repeats any. Without a departure nobody knows when it leaves.
  bool note(const SentTsns& packet, const Departure* departure = nullptr) noexcept {
    const bool repeats = newest_ && !is_after(packet.first, *newest_);
    if (repeats) ++repeated_;
    if (!newest_ || is_after(packet.last, *newest_)) {
      newest_ = packet.last;
      if (departure && !timed_) timed_ = {packet.last, *departure};
    }
    return repeats;
  }

  /// How the packet left whose acknowledgement was waited for, once, if this is it: that one or a later one has
  /// arrived.
  std::optional<Departure> take_acknowledged(std::uint32_t highest_tsn) noexcept {
    if (!timed_ || is_after(timed_->tsn, highest_tsn)) return std::nullopt;
    return std::exchange(timed_, std::nullopt)->departure;
  }

  std::uint64_t repeated_packets() const noexcept { return repeated_; }
  std::optional<std::uint32_t> newest() const noexcept { return newest_; }

 private:
  struct Timed {
    std::uint32_t tsn;
    Departure departure;
  };

  // Serial number arithmetic, RFC 1982.
  static bool is_after(std::uint32_t a, std::uint32_t b) noexcept { return static_cast<std::int32_t>(a - b) > 0; }

  std::optional<std::uint32_t> newest_{};
  std::optional<Timed> timed_{};
  std::uint64_t repeated_ = 0;
};

}  // namespace sluice::sctp
