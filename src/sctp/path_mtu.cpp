#include "sctp/path_mtu.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace sluice::sctp {
namespace {

using namespace std::chrono_literals;

constexpr Duration probe_timer = 1s;    // RFC 8899 §5.1.1: not less
constexpr unsigned max_probes = 3;      // §5.1.2
constexpr Duration raise_timer = 600s;  // §5.1.1
constexpr unsigned max_unheard = 6;     // about a minute; without consent the path ends before that
constexpr std::uint32_t bulk = 1024;    // packets, 1.2 MB, of which a search adds less than 3 %

// What is in a UDP datagram around the packet: a DTLS 1.2 record with AES-GCM, header 13, explicit nonce 8, tag 16.
// RFC 6347 §4.1, RFC 5288 §3
constexpr std::size_t record = 37;
// UDP payloads; §5.3.2: sizes that links have.
constexpr auto candidates = std::to_array<std::size_t>({
    1400 - 28,        // tunnels
    1500 - 48,        // Ethernet, IPv6
    1500 - 28,        // Ethernet, IPv4
    4096 - 48,        // some virtual links
    9000 - 48,        // jumbo frames
    record + 16'384,  // a whole record: loopback
});

std::size_t whole_words(std::size_t size) { return size & ~std::size_t{3}; }

// The next size above; 0: there is none.
std::size_t next_above(std::size_t size, std::size_t largest) {
  for (const auto candidate : candidates) {
    const auto packet = whole_words(std::min(candidate - record, largest));
    if (packet > size) return packet;
  }
  return 0;
}

}  // namespace

// In the end the numbers decide, so that a packet more or less does not.
void PathMtu::handle_full(TimePoint now) noexcept {
  if (state_ == State::waiting && largest_ > base_ && ++full_packets_ >= bulk) {
    peer_limit_ == 0 ? ask() : search(now);
  } else if (state_ == State::complete && now >= again_at_) {
    search(now);
  }
}

void PathMtu::handle_answer(TimePoint now, const ProbeInfo& info, std::optional<std::uint32_t> limit) {
  if (!probing() || info != probe_) return;
  if (!limit) return rest(State::unable);
  peer_limit_ = *limit;
  switch (state_) {
    case State::asking:
      search(now);
      break;
    case State::searching:
      size_ = info.size;
      search(now);
      break;
    case State::confirming:
      again_at_ == never ? search(now) : rest(State::complete);
      break;
    case State::waiting:
    case State::complete:
    case State::barred:
    case State::unable:
      break;
  }
  assert(consistent());
}

void PathMtu::handle_retransmission_timeout() {
  if (size_ == base_ || (state_ != State::searching && state_ != State::complete)) return;
  probe(State::confirming, size_);
  assert(consistent());
}

void PathMtu::handle_path(bool may_be_probed) {
  size_ = base_;
  if (state_ != State::unable) may_be_probed ? wait() : rest(State::barred);
  assert(consistent());
}

void PathMtu::handle_timeout(TimePoint now) {
  if (now < deadline_) return;
  deadline_ = never;
  due_ = true;
  ++(heard_ ? lost_ : unheard_);
  if (lost_ == max_probes) give_up(now);
  if (unheard_ == max_unheard) {  // nobody is there
    size_ = base_;
    wait();
  }
  assert(consistent());
}

std::optional<ProbeInfo> PathMtu::poll_probe(TimePoint now) {
  if (!due_) return std::nullopt;
  due_ = false;
  heard_ = false;
  deadline_ = now + probe_timer * (1U << unheard_);
  return probe_;
}

bool PathMtu::probing() const noexcept {
  return state_ == State::asking || state_ == State::searching || state_ == State::confirming;
}

void PathMtu::ask() { probe(State::asking, smallest_probe); }

void PathMtu::search(TimePoint now) {
  const auto next = next_above(size_, std::min(largest_, peer_limit_));
  next == 0 ? complete(now) : probe(State::searching, next);
}

void PathMtu::complete(TimePoint now) {
  again_at_ = now + raise_timer;
  rest(State::complete);
}

void PathMtu::wait() {
  full_packets_ = 0;
  again_at_ = never;
  rest(State::waiting);
}

void PathMtu::probe(State state, std::size_t size) {
  state_ = state;
  probe_ = {probe_.id + 1, static_cast<std::uint32_t>(size)};
  due_ = true;
  lost_ = unheard_ = 0;
  deadline_ = never;
}

void PathMtu::rest(State state) {
  state_ = state;
  due_ = false;
  deadline_ = never;
}

// Three probes of a size are lost, on a path that carries other packets.
void PathMtu::give_up(TimePoint now) {
  if (state_ == State::asking) return rest(State::unable);
  if (state_ == State::searching) return complete(now);
  size_ = base_;  // a black hole, RFC 8899 §4.3
  search(now);
}

bool PathMtu::consistent() const {
  const bool waits = due_ || deadline_ != never;
  return probing() == waits && size_ >= base_ && (size_ == base_ || size_ <= largest_) &&
         (state_ != State::confirming || size_ > base_);
}

}  // namespace sluice::sctp
