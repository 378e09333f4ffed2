#pragma once
// Stack: the process-wide part of usrsctp: its initialisation, its clock and the way from an id to an association.
//
// usrsctp is not pure: it keeps global state, one timer queue and reads the clock itself. All of that is confined to
// this folder, and these are the only locks below the sans-IO line. An association lives on one strand; the timers of
// all of them run on the thread that calls advance(), so output for another strand waits in a side queue and its id
// is reported, for its owner to call Association::handle_wake() on the right strand.
//
// usrsctp's timers are not made to run beside its input and its close, of one association: whoever calls usrsctp is
// Inside, and the timers run when nobody is. usrsctp calls back with locks of its own held, and the callbacks take our
// mutex. So the order is gate, usrsctp, mutex: never call usrsctp under the mutex, nor enter in a callback.
#include <bitset>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "sctp/chunks.hpp"
#include "sctp/gate.hpp"
#include "sctp/outbox.hpp"
#include "sctp/sent_data.hpp"

struct socket;  // usrsctp's

namespace sluice::sctp {

using NativeSocket = struct ::socket;

enum class AssociationId : std::uintptr_t {};  // never reused; what usrsctp and the peer see as the address

// What usrsctp's callbacks may touch of an association.
struct Attachment {
  AssociationId id{};
  std::uint16_t internal_port = 0;  // its own in this process, see Stack::attach()
  std::uint16_t wire_port = 0;      // what the peer sees in its place

  // on the strand of the association
  Outbox outbox{};
  bool readable = false;
  std::optional<Acknowledgement> acknowledged{};  // what our last SACK said
  Departure departure{};                          // of what usrsctp sends in this call
  bool repeated = false;                          // a timer has repeated data. RFC 9260 §6.3.3

  // where usrsctp is, Inside or in its timers: never both at once
  SentData sent{};

  // under the mutex of the Stack
  Outbox side{};
  bool side_repeats = false;
  bool woken = false;
};

class Stack {
 public:
  static Stack& instance();

  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  /// Runs usrsctp's timers up to `now`; early or repeated calls are harmless. Appends the associations that have
  /// something to say because of it.
  void advance(TimePoint now, std::vector<AssociationId>& woken);
  /// How many associations exist; with none nobody needs to call advance().
  std::size_t association_count() const;

  static constexpr Duration tick = std::chrono::milliseconds{10};

  // for Association

  /// Gives it an id and a port. usrsctp looks endpoints up by port, one after the other: with one port for all a
  /// set-up would cost O(associations). False when all ports are taken.
  bool attach(Attachment&);
  /// The callbacks find it no more.
  void detach(Attachment&);
  /// They find it again.
  void resume(Attachment&);
  /// Once, and not before usrsctp has closed the endpoint: the next one could not be bound.
  void release_port(const Attachment&);
  /// Moves what arrived from foreign threads to the outbox.
  void collect(Attachment&);

  // Around every call of usrsctp for an association: no timers run meanwhile, and usrsctp's callbacks on this thread
  // go straight to `attachment`.
  class Inside {
   public:
    explicit Inside(Attachment& attachment) noexcept;
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Attachment* outer_;
  };

 private:
  Stack();
  ~Stack() = delete;

  static int handle_output(void* address, void* packet, std::size_t size, std::uint8_t, std::uint8_t) noexcept;
  static void handle_upcall(NativeSocket*, void* address, int) noexcept;
  friend class Socket;  // registers handle_upcall

  std::optional<std::uint32_t> begin_tick(TimePoint now);
  void insert(Attachment&);
  Attachment* find(void* address);
  void wake(Attachment&) noexcept;

  Gate gate_;
  mutable std::mutex mutex_;
  std::unordered_map<AssociationId, Attachment*> attachments_{};
  std::vector<AssociationId> woken_{};  // each once; attach() makes room for all, so that a callback need not
  std::bitset<65536> ports_{};
  std::uintptr_t last_id_ = 0;
  std::uint16_t last_port_ = 0;
  std::optional<TimePoint> ticked_{};  // up to where usrsctp's timers have run
  bool ticking_ = false;
};

}  // namespace sluice::sctp
