#pragma once
// Check: a Binding request that awaits its response.   RFC 8445 §7.2, §14
//
// Whether a response belongs to a check is decided by transaction id; whether it may be believed, by the Agent.
#include <vector>

#include "ice/pair.hpp"
#include "stun/message.hpp"

namespace sluice::ice {

using namespace std::chrono_literals;

inline constexpr Duration pace = 50ms;               // Ta, RFC 8445 §14.2
inline constexpr std::size_t max_outstanding = 32;   // checks that are sent again and again
inline constexpr Duration check_lifetime = 39500ms;  // RFC 8863 §4: as long as a STUN transaction at its defaults

struct Check {
  enum class Purpose : std::uint8_t { connectivity, consent };  // consent checks are not retransmitted, RFC 7675 §5.1
  enum class Nominates : std::uint8_t { no, yes };

  stun::TransactionId id{};
  Path path{};
  Purpose purpose = Purpose::connectivity;
  Role role = Role::controlling;
  Nominates nominates = Nominates::no;
  TimePoint started{};
  TimePoint resend_at = never;  // never, once retransmission has been cancelled
  Duration interval{};
  unsigned sent = 1;
  bool reliable = false;  // over TCP: sent once, and awaited as if it were sent again. RFC 8489 §6.2.2
  stun::Builder request{stun::Class::request, stun::Method::binding, id};  // without integrity
};

class OutstandingChecks {
 public:
  bool full() const noexcept;
  void add(Check);
  Check* find(const stun::TransactionId&) noexcept;
  void remove(const stun::TransactionId&);

  /// RFC 8445 §7.3.1.4: not sent again, but a response still counts.
  void cancel(const Path&) noexcept;
  void forget(const Path&);
  void clear() noexcept { checks_.clear(); }
  bool awaits(const Path&) const noexcept;
  /// The check that has been sent again for the longest time.
  const Check* oldest() const noexcept;

  Check* due(TimePoint now) noexcept;
  static void resent(Check&, TimePoint now) noexcept;
  /// Drops what has waited longer than `lifetime` and gives the paths of connectivity checks among it.
  std::vector<Path> expire(TimePoint now, Duration lifetime);

  TimePoint next_resend() const noexcept;
  TimePoint next_expiry(Duration lifetime) const noexcept;

 private:
  std::vector<Check> checks_{};  // in order of starting
};

}  // namespace sluice::ice
