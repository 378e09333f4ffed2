#pragma once
// LossEpisode: whether packets were lost by chance, or for want of room.
//
// What is lost from one flight is one episode, which ends when all of that flight has been acknowledged. It was chance
// if no queue stood on the path when it began and no more was lost than draft-ietf-ccwg-bbr §2.7 tolerates, 2 % of the
// flight. An episode that the retransmission timer had to end is none of ours: RFC 9260 §7.2.3 has the answer to that.
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice::sctp {

class LossEpisode {
 public:
  // What is known after an acknowledgement.
  struct Progress {
    std::uint32_t cumulative_tsn;
    std::uint32_t newest_tsn;  // that has left
    std::uint64_t repeated;    // packets so far
    bool queue;                // stands on the path
  };

  enum class Cause : std::uint8_t { chance, congestion };
  /// Of one that has ended.
  std::optional<Cause> handle_acknowledged(const Progress&) noexcept;
  void handle_retransmission_timeout(std::uint32_t newest_tsn) noexcept;

 private:
  struct Episode {
    std::uint32_t end;  // the newest TSN when it began
    std::uint64_t tolerated;
    std::uint64_t repeated_before;
    bool queue;
    bool timed_out;
  };

  std::optional<Episode> episode_{};
  std::uint64_t repeated_ = 0;
};

}  // namespace sluice::sctp
