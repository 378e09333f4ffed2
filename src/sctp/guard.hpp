#pragma once
// Guard: what of the peer's packets may reach usrsctp.   RFC 9260, 3758, 4820, 6525, 8260, 8831
//
// Every chunk is parsed and must be one that a data-channel peer sends in this state. What WebRTC never uses (AUTH,
// ASCONF, ECN, address parameters, ...) is overwritten with padding in place; what is malformed, or would restart
// the association, takes its packet with it. The verification tag is left to usrsctp, which knows it.
//
// A request to reset streams that comes before the last DATA it waits for is kept back until we have acknowledged
// that: usrsctp would defer it, and look at it again only with the DATA chunk after the missing one, which may never
// come.
//
// Probes of the path MTU and their answers are ours: usrsctp sees padding in their place.
#include <cstdint>
#include <optional>
#include <utility>

#include "base/bytes.hpp"
#include "sctp/probe.hpp"

namespace sluice::sctp {

enum class Verdict {
  accept,
  neutralised,  // accept, after something in it was overwritten
  drop,
};

class Guard {
 public:
  struct Ports {
    std::uint16_t local;
    std::uint16_t remote;
  };

  explicit Guard(Ports ports) noexcept : ports_{ports} {}

  /// May change the packet. Its checksum has been verified already and is not updated.
  Verdict inspect(MutableBytes packet);

  /// The association is up: from here on an INIT would be a restart.
  void handle_established() noexcept { established_ = true; }

  /// We have acknowledged everything up to here.
  void handle_acknowledged(std::uint32_t cumulative_tsn) noexcept { acknowledged_ = cumulative_tsn; }
  /// A packet that was kept back and may go to usrsctp now.
  std::optional<Bytes> take_deferred();

  // What a packet had of path MTU discovery.
  struct Probes {
    std::optional<ProbeInfo> asked{};
    std::optional<ProbeInfo> answered{};
    std::optional<std::uint32_t> limit{};  // of the peer
  };
  Probes take_probes() noexcept { return std::exchange(probes_, {}); }

  bool interleaving() const noexcept { return interleaving_; }  // I-DATA was negotiated, RFC 8260 §2.2.1
  std::uint64_t neutralised() const noexcept { return neutralised_; }

 private:
  enum class Judgement { keep, set_aside, blank, refuse };
  struct Chunk;

  Judgement judge(const Chunk&);
  Judgement judge_init(const Chunk&);
  Judgement judge_cookie(const Chunk&);
  Judgement judge_re_config(const Chunk&);
  Judgement judge_heartbeat(const Chunk&);

  Ports ports_;
  Bytes cookie_{};    // the one that was accepted
  Bytes deferred_{};  // a packet with one RE-CONFIG; empty: none
  std::uint32_t awaited_ = 0;
  unsigned deferrals_ = 0;  // of the same request
  std::uint32_t acknowledged_ = 0;
  Probes probes_{};
  std::uint64_t neutralised_ = 0;
  unsigned inits_ = 0;
  bool established_ = false;
  bool interleaving_ = false;
};

}  // namespace sluice::sctp
