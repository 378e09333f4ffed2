#pragma once
// MuxTable: to which of many connections on one socket a datagram belongs.   RFC 8445 §7.3, RFC 7983
//
// 1. A Binding request goes to the connection that has the receiver's half of its USERNAME as a local ufrag. A
//    connection has several of them while it restarts; no two connections have the same.
// 2. A response goes to the connection that has made its transaction id (stun::TransactionMark).
// 3. Everything else goes by the remote address, to the connection that has learned it.
//
// An address is learned, and kept, by claim(), which the owner calls for a path where the connection's agent has just
// authenticated a check or an answer to one: nobody without the password of a connection can bind an address to it, or
// hold one for it. Until then a hint leads from the address to
// the connection that was asked for there last. Hints are few and fixed, overwrite one another, never override what has
// been learned, and are not trusted: data from a path without an authenticated check is refused by the connection.
//
// One address belongs to one connection. Another one that authenticates checks from there (a peer that shares one port
// for several connections, or who holds credentials of one connection and forges the address of another's peer) has to
// wait until the owner leaves, or has not claimed it for `claim_lifetime`: connections that live
// exchange consent checks every five seconds (RFC 7675 §5.1). Until then its checks are dropped, so that its ICE fails
// rather than its DTLS.
//
// A connection has at most `max_addresses`; a further one takes the place of that which has been silent for longest.
// What belongs to nobody changes nothing here but a hint.
#include <array>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "stun/message.hpp"
#include "stun/transaction_mark.hpp"

namespace sluice::peer {

enum class MemberId : std::uint32_t {};  // of a connection on a shared socket; not used again

class MuxTable {
 public:
  static constexpr std::size_t max_addresses = 16;  // of one connection
  static constexpr Duration claim_lifetime = std::chrono::seconds{15};

  struct Options {
    stun::MarkKey key{};
    std::uint64_t seed = 0;  // of the hash
    std::size_t unknown_per_second = 0;
  };
  explicit MuxTable(const Options&);

  // commands
  void join(MemberId);
  /// Instead of those before. False: at least one is another connection's, until that gives it up.
  bool set_ufrags(MemberId, std::span<const std::string>);
  /// A check, or an answer to one, has been authenticated on this path. False: it is another connection's.
  bool claim(TimePoint now, const Path&, MemberId);
  void leave(MemberId);

  struct Route {
    enum class To : std::uint8_t {
      owner,          // of the address
      unproven,       // connection
      unknown_ufrag,  // nobody, and the limit allows to tell
      stranger,       // nobody
      contested,      // nobody: of the address of another connection
    };
    To to = To::stranger;
    MemberId member{};                // owner and unproven
    bool claims = false;              // if its agent authenticates it, the path is to be claimed
    std::string_view local_ufrag{};   // unknown_ufrag; they look into the datagram
    std::string_view remote_ufrag{};  // likewise
  };
  Route route(TimePoint now, const Datagram&);

  // observers
  std::size_t addresses() const noexcept { return addresses_.size(); }
  std::size_t ufrags() const noexcept { return ufrags_.size(); }

 private:
  static constexpr std::size_t hint_count = 512;

  struct Member {
    std::vector<std::string> ufrags{};
    std::vector<std::string> wanted{};  // that others have
    std::vector<Path> paths{};
  };
  struct Claim {
    MemberId owner{};
    TimePoint seen{};  // when it was claimed last
  };
  struct Hint {
    Path path{};
    MemberId member{};
    bool used = false;
  };
  struct PathHash {
    std::uint64_t seed;
    std::size_t operator()(const Path&) const noexcept;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  Route route_stun(TimePoint now, const Datagram&);
  Route route_request(TimePoint now, const Path&, const stun::Message&);
  Route route_to(TimePoint now, const Path&, MemberId);
  Route route_by_address(const Path&) const;
  Route unknown(TimePoint now, std::string_view local_ufrag, std::string_view remote_ufrag);
  bool contested(TimePoint now, const Path&, MemberId) const;
  void stop_waiting(MemberId, std::span<const std::string> wanted);
  void release_ufrag(const std::string&);
  void evict_one(Member&);
  void forget(const Path&);
  Hint& hint(const Path&);
  const Hint& hint(const Path&) const;

  stun::MarkReader marks_;
  PathHash hash_;
  std::size_t unknown_per_second_;
  TimePoint unknown_since_{};
  std::size_t unknown_told_ = 0;  // since then
  std::unordered_map<MemberId, Member> members_{};
  std::unordered_map<std::string, MemberId, TextHash, std::equal_to<>> ufrags_{};
  std::unordered_multimap<std::string, MemberId> waiting_{};  // for a ufrag that another one has
  std::unordered_map<Path, Claim, PathHash> addresses_;
  std::array<Hint, hint_count> hints_{};
};

}  // namespace sluice::peer
