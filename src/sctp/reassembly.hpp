#pragma once
// Reassembly: messages that usrsctp delivers in parts.   RFC 6458 §8.1.18, RFC 8260
//
// With I-DATA the parts of messages on different streams come interleaved. Bounded per message and in total: what
// has been read no longer counts against the receive window.
#include <map>
#include <optional>

#include "sctp/events.hpp"
#include "sctp/socket.hpp"

namespace sluice::sctp {

class Reassembly {
 public:
  enum class Overflow { message, total };

  explicit Reassembly(std::size_t max_message);

  /// Where the next part is to be written. Valid until another one is read on this thread.
  static MutableBytes buffer();

  /// The part that was written there. Gives the message if this was the last one.
  Outcome<std::optional<Received>, Overflow> add(const Part&);

  /// The rest will not come, RFC 3758 §3.6. A message that looked complete is not.
  void drop(StreamId);

 private:
  struct Key {
    StreamId stream;
    bool unordered;
    auto operator<=>(const Key&) const = default;
  };

  std::size_t max_message_;
  std::size_t max_total_;
  std::size_t total_ = 0;
  std::map<Key, Received> partial_{};
};

}  // namespace sluice::sctp
