#pragma once
// Generation: all that an ICE restart replaces: credentials, candidates, pairs, the selection.   RFC 8445 §9
#include <optional>
#include <string>
#include <vector>

#include "crypto/hmac.hpp"
#include "ice/checklist.hpp"
#include "ice/consent.hpp"
#include "ice/mdns_name.hpp"

namespace sluice::ice {

// RFC 8445 §5.1.1.3: the same text for the same type, base address, server and protocol; short, as it travels in every
// candidate.
class Foundations {
 public:
  std::string of(CandidateType, const IpAddress& base, const IpAddress& server = {}, Transport = Transport::udp);

 private:
  struct Key {
    CandidateType type;
    IpAddress base;
    IpAddress server;
    bool tcp;
    friend bool operator==(const Key&, const Key&) = default;
  };
  std::vector<Key> keys_{};
};

inline constexpr Duration insistence = std::chrono::milliseconds{500};  // between nominations after a loss

struct Generation {
  struct Local {
    Credentials credentials;
    crypto::HmacSha1 key;
  };
  struct Remote {
    Credentials credentials;
    crypto::HmacSha1 key;
    bool lite = false;
  };
  struct Base {
    LocalSocket socket{};
    Candidate host{};
  };
  // A local candidate that waits for its owner's word.
  struct Proposal {
    std::uint64_t number = 0;
    SocketId base{};
    Candidate candidate{};
    bool tells = false;  // the peer is told of it
  };
  // A check that came before the remote credentials: authentic by our password, but from whom is not known yet.
  struct EarlyCheck {
    Path path{};
    std::string remote_ufrag{};
    std::uint32_t priority = 0;
    bool use_candidate = false;
    TimePoint at{};           // when it came last
    PairCounters counters{};  // the pair that it becomes goes on from here
  };

  // A remote candidate whose address is being asked for.
  struct NamedCandidate {
    MdnsName name;
    Candidate candidate{};
  };

  explicit Generation(std::size_t max_pairs) : checklist{max_pairs} {}

  const Base* find_base(SocketId) const noexcept;
  /// That one or one that is withheld.
  const Base* find_any_base(SocketId) const noexcept;
  Pair* selected_pair() noexcept { return selected ? checklist.find(*selected) : nullptr; }
  const Pair* selected_pair() const noexcept { return selected ? checklist.find(*selected) : nullptr; }
  EarlyCheck* find_early_check(const Path&) noexcept;
  /// Null of a path that is neither a pair nor will be one.
  PairCounters* counters(const Path&) noexcept;

  std::optional<Local> local{};
  std::optional<Remote> remote{};
  Foundations foundations{};
  std::vector<Base> bases{};
  std::vector<Base> withheld{};  // neither checked from nor reachable, unless a candidate of theirs is allowed
  std::vector<Proposal> proposals{};
  std::vector<Candidate> local_candidates{};
  std::vector<Candidate> remote_candidates{};  // signaled ones
  std::vector<NamedCandidate> named_candidates{};
  std::vector<EarlyCheck> early_checks{};
  Checklist checklist;
  Consent consent{};
  std::optional<Path> selected{};   // where data goes
  std::optional<Path> nominated{};  // controlled side: what the peer has chosen, of a pair that was valid then
  bool remote_seen = false;         // any candidate, usable or not
  bool end_of_candidates = false;   // RFC 8838 §14
  bool lost = false;                // the address that carried data has gone, and no other pair works
  TimePoint insists_until{};        // the pair selected after that is nominated again and again
  TimePoint patience_ends = never;  // RFC 8863 §4
  TimePoint gives_up = never;       // without a selected pair: failed then, whatever may still come
  bool consent_expired = false;     // of a pair that was selected
};

}  // namespace sluice::ice
