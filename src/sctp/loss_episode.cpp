#include "sctp/loss_episode.hpp"

#include <algorithm>
#include <utility>

namespace sluice::sctp {
namespace {

constexpr std::uint64_t few_losses = 3;  // packets, however small the flight
constexpr std::uint64_t one_in = 50;     // draft-ietf-ccwg-bbr §2.7: LossThresh

std::int32_t difference(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }  // RFC 1982

}  // namespace

std::optional<LossEpisode::Cause> LossEpisode::handle_acknowledged(const Progress& progress) noexcept {
  const auto before = std::exchange(repeated_, progress.repeated);
  if (!episode_ && progress.repeated == before) return std::nullopt;
  if (!episode_) {
    const auto flight = std::max(difference(progress.newest_tsn, progress.cumulative_tsn), 0);
    const auto tolerated = std::max(few_losses, static_cast<std::uint64_t>(flight) / one_in);
    episode_ = {progress.newest_tsn, tolerated, before, progress.queue, false};
  }
  if (difference(progress.cumulative_tsn, episode_->end) < 0) return std::nullopt;
  const auto ended = *std::exchange(episode_, std::nullopt);
  if (ended.timed_out) return std::nullopt;
  const bool few = progress.repeated - ended.repeated_before <= ended.tolerated;
  return few && !ended.queue ? Cause::chance : Cause::congestion;
}

void LossEpisode::handle_retransmission_timeout(std::uint32_t newest_tsn) noexcept {
  episode_ = {newest_tsn, 0, repeated_, true, true};
}

}  // namespace sluice::sctp
