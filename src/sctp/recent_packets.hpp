#pragma once
// RecentPackets: what left last and wants an answer, so that it can leave again when the path is another one.
//
// A path that dies takes the last packets with it, and SCTP repeats them when T3-rtx expires, which by then may have
// doubled to seconds (RFC 9260 §6.3.3). On a path that works the same packets bring at once the SACK by which it goes
// on. What SCTP repeats itself takes the place of all before it: what was abandoned meanwhile (RFC 3758) stays so.
#include <algorithm>
#include <array>
#include <optional>

#include "base/bytes.hpp"
#include "sctp/chunks.hpp"

namespace sluice::sctp {

class RecentPackets {
 public:
  static constexpr std::size_t most =
      4;  // RFC 9260 §7.2.4: three SACKs that report a gap before them, and one to spare

  void note(ByteView packet) {
    const auto contents = outline(packet);
    if (contents.acknowledgement && !contents.data) return;
    if (contents.data) {
      if (last_ && !is_after(contents.data->first, *last_)) count_ = 0;
      last_ = contents.data->last;
    }
    if (count_ == most) std::rotate(packets_.begin(), packets_.begin() + 1, packets_.end());
    count_ = std::min(count_ + 1, most);
    packets_[count_ - 1].assign(packet.begin(), packet.end());
    next_ = count_;
  }

  /// Nothing waits for an answer: forgets them, unless they are leaving just now, and gives their memory back.
  void release() noexcept {
    if (next_ == count_) *this = {};
  }

  /// From now on next() gives all of them, once.
  void again() noexcept { next_ = 0; }
  std::optional<ByteView> next() noexcept {
    if (next_ == count_) return std::nullopt;
    return packets_[next_++];
  }

 private:
  // Serial number arithmetic, RFC 1982.
  static bool is_after(std::uint32_t a, std::uint32_t b) noexcept { return static_cast<std::int32_t>(a - b) > 0; }

  std::array<Bytes, most> packets_{};  // the oldest first; they keep their memory
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::optional<std::uint32_t> last_{};  // TSN
};

}  // namespace sluice::sctp
