#pragma once
// StreamResets: which of our streams are to be reset, or are being reset.   RFC 6525 §5.1.2
#include <set>
#include <span>
#include <vector>

#include "base/strong.hpp"

namespace sluice::sctp {

class StreamResets {
 public:
  void want(StreamId stream) {
    if (!asked_.contains(stream)) wanted_.insert(stream);
  }

  /// Those that may be asked for now: all but the busy ones, whose messages are not yet handed over.
  template <class Busy>
  std::vector<StreamId> ready(Busy busy) const {
    std::vector<StreamId> result;
    for (const auto stream : wanted_) {
      if (!busy(stream)) result.push_back(stream);
    }
    return result;
  }

  void asked(std::span<const StreamId> streams) {
    for (const auto stream : streams) {
      wanted_.erase(stream);
      asked_.insert(stream);
    }
  }

  void done(std::span<const StreamId> streams) {
    for (const auto stream : streams) {
      wanted_.erase(stream);
      asked_.erase(stream);
    }
  }

  /// Those that do not exist, since the peer takes only so many streams.
  std::vector<StreamId> beyond(std::uint16_t streams) const {
    return {wanted_.lower_bound(StreamId{streams}), wanted_.end()};
  }

  bool waiting() const noexcept { return !wanted_.empty(); }
  /// May nothing be sent on this stream?
  bool concerns(StreamId stream) const { return wanted_.contains(stream) || asked_.contains(stream); }

 private:
  std::set<StreamId> wanted_;
  std::set<StreamId> asked_;
};

}  // namespace sluice::sctp
