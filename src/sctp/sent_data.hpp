#pragma once
// SentData: how many packets repeat data. usrsctp counts them for the process only.   RFC 9260 §6.3.3, §7.2.4
//
// Packets have to be told in the order in which usrsctp made them: a TSN is new if it is after all before it (§1.6).
#include <cstdint>
#include <optional>

#include "sctp/chunks.hpp"

namespace sluice::sctp {

class SentData {
 public:
  void note(const SentTsns& packet) noexcept {
    if (!newest_ || is_after(packet.last, *newest_)) {
      if (newest_ && !is_after(packet.first, *newest_)) ++repeated_;
      newest_ = packet.last;
    } else {
      ++repeated_;
    }
  }

  std::uint64_t repeated_packets() const noexcept { return repeated_; }

 private:
  // Serial number arithmetic, RFC 1982.
  static bool is_after(std::uint32_t a, std::uint32_t b) noexcept { return static_cast<std::int32_t>(a - b) > 0; }

  std::optional<std::uint32_t> newest_{};
  std::uint64_t repeated_ = 0;
};

}  // namespace sluice::sctp
