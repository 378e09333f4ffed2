#pragma once
// TurnPeers: the permissions and channels of one allocation.   RFC 8656 §9, §12
//
// What carries traffic is asked for again before it ends, the rest runs out. The number of a channel stays with its
// peer for five minutes beyond the end of the binding (§12): until then the server refuses it to any other.
#include <optional>
#include <vector>

#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace sluice::ice {

// One thing that the server has been asked for and may have granted, for a while.
class Grant {
 public:
  Grant(Duration lifetime, Duration reserved) : lifetime_{lifetime}, reserved_{reserved} {}

  bool refused() const noexcept { return refused_; }
  bool usable(TimePoint now) const noexcept { return now < usable_until_; }
  /// Whether to ask the server for it, first or again, since it is in use.
  bool must_ask(TimePoint now) const noexcept { return !asking_ && !refused_ && now >= ask_at_; }
  bool forgotten(TimePoint now) const noexcept { return !asking_ && now >= ends_; }

  void use() noexcept { used_ = true; }
  bool used() const noexcept { return used_; }
  void asked() noexcept { asking_ = true; }
  void granted(TimePoint now) noexcept;
  void refuse(TimePoint now) noexcept;
  void unanswered() noexcept { asking_ = false; }

  TimePoint next_timeout() const noexcept;

 private:
  Duration lifetime_;
  Duration reserved_;  // after it
  bool asking_ = false;
  bool refused_ = false;
  bool used_ = true;  // since it was granted
  TimePoint ask_at_{};
  TimePoint usable_until_{};
  TimePoint ends_{};
};

class TurnPeers {
 public:
  struct Permission {
    IpAddress peer;
    Grant grant;
  };
  struct Channel {
    std::uint16_t number;
    Endpoint peer;
    Grant grant;
  };

  static constexpr std::size_t max_permissions = 128;    // more than an agent has pairs
  static constexpr std::uint16_t first_number = 0x4000;  // §12
  static constexpr std::uint16_t last_number = 0x4FFF;
  static constexpr std::size_t max_channels = 16;  // each with its reserved time; others get indications

  /// Null if there is none; add_ gives null if there are too many.
  Permission* permission(const IpAddress&) noexcept;
  Channel* channel(const Endpoint&) noexcept;
  Channel* channel(std::uint16_t number) noexcept;
  Permission* add_permission(const IpAddress&);
  Channel* add_channel(const Endpoint&);

  void expire(TimePoint now);
  std::vector<Permission>& permissions() noexcept { return permissions_; }
  std::vector<Channel>& channels() noexcept { return channels_; }
  TimePoint next_timeout() const noexcept;

 private:
  std::vector<Permission> permissions_{};
  std::vector<Channel> channels_{};
  std::uint16_t next_number_ = first_number;
};

}  // namespace sluice::ice
