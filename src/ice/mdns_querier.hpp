#pragma once
// MdnsQuerier: which address stands behind a name.   RFC 6762 §5.2, draft-ietf-mmusic-mdns-ice-candidates-03 §3.2
//
// Asks for A and AAAA, in messages of their own, and believes anybody, but only about names that it has been asked for:
// nobody can guess those. A name with several addresses is as good as none (§3.2.1 of the draft).
// Not unicast-response questions, which the draft prefers: Chromium does not read them.
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "base/transmit_queue.hpp"
#include "ice/mdns_message.hpp"

namespace sluice::ice {

class MdnsQuerier {
 public:
  struct Answer {
    MdnsName name;
    std::optional<IpAddress> address{};  // none: nobody has said so in time
  };

  static constexpr std::size_t max_questions = 64;             // names at a time
  static constexpr std::size_t max_known = 64;                 // answers that are remembered
  static constexpr Duration limit = std::chrono::seconds{10};  // for an answer

  /// The answer comes by poll_answer(), once however often it is asked for. False: too many names are waiting.
  bool ask(TimePoint now, const MdnsName&);
  /// Nobody waits for it any more.
  void forget(const MdnsName&);
  void handle_response(TimePoint now, const MdnsMessage&);
  void handle_timeout(TimePoint now);

  void poll_transmit(std::span<const MdnsSocket>, TransmitQueue&);
  std::optional<Answer> poll_answer();
  TimePoint next_timeout() const noexcept;

 private:
  struct Question {
    MdnsName name;
    TimePoint due;
    Duration interval;
    TimePoint ends;
  };
  struct Known {
    MdnsName name;
    IpAddress address;
    TimePoint ends;
  };

  void remember(TimePoint now, const MdnsRecord&);
  void correct_known(TimePoint now, const MdnsRecord&);

  std::vector<Question> questions_{};
  std::vector<Known> known_{};
  std::vector<MdnsName> to_send_{};
  std::deque<Answer> answers_{};
};

}  // namespace sluice::ice
