#pragma once
// Stack: the process-wide part of usrsctp: its initialisation, its clock and the way from an id to an association.
//
// usrsctp is not pure: it keeps global state, one timer queue and reads the clock itself. All of that is confined to
// this folder, and this is the only lock below the sans-IO line. An association lives on one strand; the timers of
// all of them run on the thread that calls advance(), so output for another strand waits in a side queue and its id
// is reported, for its owner to call Association::handle_wake() on the right strand.
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace sluice::sctp {

enum class AssociationId : std::uintptr_t {};  // never reused; what usrsctp and the peer see as the address

class Stack {
 public:
  static Stack& instance();

  /// Runs usrsctp's timers up to `now`; early or repeated calls are harmless. Appends the associations that have
  /// something to say because of it.
  void advance(TimePoint now, std::vector<AssociationId>& woken);
  /// How many associations exist; with none nobody needs to call advance().
  std::size_t association_count() const;

  static constexpr Duration tick = std::chrono::milliseconds{10};
};

}  // namespace sluice::sctp
