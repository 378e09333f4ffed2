#pragma once
// Consent: may we still send on the selected path?   RFC 7675
//
// Permission ends 30 s after the last valid response to one of our checks (§5.1); nothing else prolongs it, not
// data, not the peer's own checks. Check intervals are randomised (§5.1), so the owner passes the randomness in.
#include <optional>

#include "base/random.hpp"
#include "base/time.hpp"

namespace sluice::ice {

class Consent {
 public:
  enum class Health : std::uint8_t { none, fresh, doubtful, expired };  // none: there is no selected path

  static constexpr Duration lifetime = std::chrono::seconds{30};  // §5.1

  /// A path is selected whose last response is known.
  void start(TimePoint last_response, Random&);
  void stop() noexcept { *this = {}; }

  void handle_response(TimePoint now, Random&);
  /// Of a lite agent, which sends no checks: the peer's take the place of responses to them. RFC 7675 §4. It is in
  /// doubt when two of them have stayed away.
  void handle_peer_check(TimePoint now) noexcept;
  /// The next check leaves as soon as possible, because it has something to say (a nomination).
  void hurry(TimePoint now) noexcept;
  bool check_due(TimePoint now) const noexcept { return now >= next_check_; }
  void check_sent(TimePoint now, Random&);

  /// `doubtful`: several checks in a row have gone unanswered; W3C calls that disconnected.
  Health health(TimePoint now) const noexcept;
  TimePoint next_timeout(TimePoint now) const noexcept;

 private:
  TimePoint doubtful_at() const noexcept;

  std::optional<TimePoint> last_response_{};
  unsigned unanswered_ = 0;        // checks since then
  TimePoint doubtful_at_ = never;  // once there have been enough of them
  TimePoint next_check_ = never;
};

}  // namespace sluice::ice
