#pragma once
// MdnsResponder: tells who asks which address stands behind a name of ours.   RFC 6762 §6, §8.3, §10
//
// A name has one address, and is known on the interfaces of this address only (§6.2). It is not probed for, as nobody
// else can have it (draft-ietf-mmusic-mdns-ice-candidates-03 §3.1.1).
// Not §8.3: the first announcement comes after a second. A peer asks as soon as it has been told the name, and an
// announcement just before would make its answer wait for a second (§6).
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "base/transmit_queue.hpp"
#include "ice/mdns_message.hpp"

namespace sluice::ice {

class MdnsResponder {
 public:
  static constexpr unsigned max_unicasts = 32;  // answers a second, to whoever asks for them

  void publish(TimePoint now, const MdnsName&, const IpAddress&, std::span<const MdnsSocket> where);
  /// On sockets that are new it is announced, on those of before that are not named nobody hears of it any more.
  void relocate(TimePoint now, const MdnsName&, std::span<const MdnsSocket> where);
  void retract(const MdnsName&);  // with a goodbye, §10.1
  void handle_query(TimePoint now, const Path& from, const MdnsMessage&);
  void handle_timeout(TimePoint now);

  void poll_transmit(TransmitQueue&);
  TimePoint next_timeout() const noexcept;
  bool empty() const noexcept { return names_.empty(); }

 private:
  struct Place {
    MdnsSocket socket{};
    TimePoint due = never;  // the next announcement
    unsigned announcements = 0;
    std::optional<TimePoint> multicast{};  // last
  };
  struct Name {
    IpAddress address{};
    std::vector<Place> places{};
  };

  void answer(TimePoint now, const Path& from, const MdnsMessage&, const MdnsQuestion&);
  void answer_legacy(TimePoint now, const Path& from, std::uint16_t id, const MdnsQuestion&, MdnsResponse);
  void unicast(TimePoint now, const Path& to, const MdnsResponse&);
  void say_goodbye(const MdnsName&, const IpAddress&, const Place&);
  void multicast(TimePoint now, Place&, const MdnsResponse&);

  std::map<MdnsName, Name> names_{};
  TransmitQueue outbox_{};
  TimePoint second_begins_{};
  unsigned unicasts_ = 0;  // in this second
};

}  // namespace sluice::ice
