#pragma once
// Checklist: the pairs of one generation, and which of them is checked next.   RFC 8445 §6.1.2, §6.1.4, RFC 8838 §12
//
// Everything that leaves here, new checks and retransmissions alike, shares one slot per Ta: whatever a peer
// signals, it never makes us send more than 20 checks a second.
#include <map>

#include "ice/check.hpp"

namespace sluice::ice {

class Checklist {
 public:
  using Pairs = std::map<Path, Pair>;  // addresses of pairs are stable

  explicit Checklist(std::size_t max_pairs) : max_pairs_{max_pairs} {}
  Checklist(const Checklist&) = delete;
  Checklist& operator=(const Checklist&) = delete;

  /// Null if the list is full of better ones (RFC 8445 §6.1.2.5). The path must be new.
  Pair* add(Role, const Path&, const Candidate& local, const Candidate& remote);
  /// All pairs of this socket.
  void remove(SocketId);
  void remove(const Path& path) { forget(path); }
  /// What was peer-reflexive has been signaled: its type, foundation and priority are known now.
  void signaled(Role, Pair&, const Candidate& remote);
  void set_role(Role);

  Pair* find(const Path&) noexcept;  // at no cost, if it is the one that was found last
  const Pair* find(const Path&) const noexcept;
  Pairs& pairs() noexcept { return pairs_; }
  const Pairs& pairs() const noexcept { return pairs_; }
  OutstandingChecks& checks() noexcept { return checks_; }

  void trigger(Pair&);
  void succeed(Pair&);
  void fail(Pair&);
  /// What has not succeeded by now has failed.
  void stop();
  /// Pairs that are not better than this are no longer checked unasked; 0: all are (RFC 8445 §8.1.2).
  void set_floor(std::uint64_t priority);
  /// Everything but this path has to prove itself again.
  void recheck_except(const Path&);

  bool slot_free(TimePoint now) const noexcept { return now >= next_slot_; }
  /// The pair to check next, if there is one; its check has to be reported by sent().
  Pair* next(TimePoint now);
  void sent(TimePoint now, Pair&, Check);
  /// Instead of a check the connection that it needs is opened.
  void opening(TimePoint now, Pair&);
  Check* due(TimePoint now) noexcept { return checks_.due(now); }
  void resent(TimePoint now, Check&) noexcept;
  void expire(TimePoint now);

  /// Whether a pair worth having may still succeed.
  bool unfinished() const noexcept;
  TimePoint next_timeout() const noexcept;

 private:
  bool make_room(std::uint64_t priority);
  void place(Pair&);
  void forget(Path);
  void give_up(const Path&);
  bool has_foundation(const Pair&, std::initializer_list<PairState>) const noexcept;
  const Pair* best(PairState) const noexcept;
  bool has_work() const noexcept;
  bool has_ordinary_work(TimePoint now) const noexcept;
  Pair* next_triggered();
  Duration lifetime() const noexcept;
  Duration rto() const noexcept;

  std::size_t max_pairs_;
  Pairs pairs_{};
  Pair* found_ = nullptr;          // last
  std::vector<Path> triggered_{};  // §6.1.4.1, first in, first out
  unsigned triggered_in_a_row_ = 0;
  OutstandingChecks checks_{};
  TimePoint next_slot_{};
  std::uint64_t floor_ = 0;
};

}  // namespace sluice::ice
