#include "peer/mux_table.hpp"

#include <algorithm>
#include <cstring>

#include "peer/demux.hpp"

namespace sluice::peer {
namespace {

namespace attribute = stun::attribute;

constexpr std::size_t max_ufrag = 256;  // RFC 8839 §5.4

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15;
  return hash ^ hash >> 32;
}

}  // namespace

// With a seed, so that a peer with many addresses cannot choose them to collide.
std::size_t MuxTable::PathHash::operator()(const Path& path) const noexcept {
  std::array<std::uint64_t, 2> address{};
  const auto octets = path.remote.address.octets();
  std::memcpy(address.data(), octets.data(), octets.size());
  const auto tail = std::uint64_t{path.remote.port} << 16 | raw(path.local);
  return static_cast<std::size_t>(mix(mix(mix(seed, address[0]), address[1]), tail));
}

MuxTable::MuxTable(const Options& options)
    : marks_{options.key},
      hash_{options.seed},
      unknown_per_second_{options.unknown_per_second},
      addresses_{16, hash_} {}

// commands

void MuxTable::join(MemberId id) { members_.try_emplace(id); }

bool MuxTable::set_ufrags(MemberId id, std::span<const std::string> ufrags) {
  const auto found = members_.find(id);
  if (found == members_.end()) return false;
  auto& [own, wanted, paths] = found->second;
  stop_waiting(id, wanted);
  wanted.clear();
  std::erase_if(own, [&](const std::string& each) {
    const bool gone = std::ranges::find(ufrags, each) == ufrags.end();
    if (gone) release_ufrag(each);
    return gone;
  });
  for (const auto& each : ufrags) {
    if (std::ranges::find(own, each) != own.end()) continue;
    if (ufrags_.try_emplace(each, id).second) {
      own.push_back(each);
    } else {
      wanted.push_back(each);
      waiting_.emplace(each, id);
    }
  }
  return wanted.empty();
}

void MuxTable::stop_waiting(MemberId id, std::span<const std::string> wanted) {
  for (const auto& each : wanted) {
    const auto [first, last] = waiting_.equal_range(each);
    const auto own = std::find_if(first, last, [&](const auto& entry) { return entry.second == id; });
    if (own != last) waiting_.erase(own);
  }
}

// Somebody who wants it gets it.
void MuxTable::release_ufrag(const std::string& ufrag) {
  const auto owner = ufrags_.find(ufrag);
  const auto next = waiting_.find(ufrag);
  if (next == waiting_.end()) {
    ufrags_.erase(owner);
    return;
  }
  auto& heir = members_.find(next->second)->second;
  std::erase(heir.wanted, ufrag);
  heir.ufrags.push_back(ufrag);
  owner->second = next->second;
  waiting_.erase(next);
}

bool MuxTable::claim(TimePoint now, const Path& path, MemberId id) {
  const auto found = members_.find(id);
  if (found == members_.end() || contested(now, path, id)) return false;
  const auto known = addresses_.find(path);
  if (known != addresses_.end() && known->second.owner == id) {
    known->second.seen = now;
    return true;
  }
  if (known != addresses_.end()) forget(path);
  auto& member = found->second;
  if (member.paths.size() == max_addresses) evict_one(member);
  member.paths.push_back(path);
  addresses_.emplace(path, Claim{id, now});
  return true;
}

void MuxTable::leave(MemberId id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  const auto member = std::move(found->second);
  members_.erase(found);
  stop_waiting(id, member.wanted);
  for (const auto& each : member.ufrags) release_ufrag(each);
  for (const auto& each : member.paths) addresses_.erase(each);
}

void MuxTable::evict_one(Member& member) {
  const auto oldest =
      std::ranges::min_element(member.paths, {}, [&](const Path& each) { return addresses_.find(each)->second.seen; });
  addresses_.erase(*oldest);
  member.paths.erase(oldest);
}

// Of an owner that has been silent.
void MuxTable::forget(const Path& path) {
  const auto found = addresses_.find(path);
  std::erase(members_.find(found->second.owner)->second.paths, path);
  addresses_.erase(found);
}

bool MuxTable::contested(TimePoint now, const Path& path, MemberId id) const {
  const auto found = addresses_.find(path);
  if (found == addresses_.end() || found->second.owner == id) return false;
  return now < found->second.seen + claim_lifetime;
}

// routing

MuxTable::Route MuxTable::route(TimePoint now, const Datagram& datagram) {
  if (demultiplex(datagram.bytes) == Protocol::stun && stun::is_stun(datagram.bytes)) return route_stun(now, datagram);
  return route_by_address(datagram.path);
}

MuxTable::Route MuxTable::route_by_address(const Path& path) const {
  if (const auto found = addresses_.find(path); found != addresses_.end()) {
    return {.to = Route::To::owner, .member = found->second.owner};
  }
  const auto& hinted = hint(path);
  if (!hinted.used || hinted.path != path || !members_.contains(hinted.member)) return {};
  return {.to = Route::To::unproven, .member = hinted.member};
}

MuxTable::Route MuxTable::route_stun(TimePoint now, const Datagram& datagram) {
  const auto message = stun::Message::parse(datagram.bytes);
  if (!message) return {};
  if (message->is_request() && message->method() == stun::Method::binding) {
    return route_request(now, datagram.path, *message);
  }
  if (!message->is_response()) return route_by_address(datagram.path);
  const MemberId owner{marks_.owner(message->transaction_id())};
  if (!members_.contains(owner)) return route_by_address(datagram.path);
  // What a STUN server says has no integrity and makes no address the connection's. RFC 8489 §9
  if (!message->has_integrity()) return {.to = Route::To::unproven, .member = owner};
  return route_to(now, datagram.path, owner);
}

// RFC 8445 §7.2.2: the receiver's fragment comes first. §7.1, §7.3: checks have integrity and fingerprint.
MuxTable::Route MuxTable::route_request(TimePoint now, const Path& path, const stun::Message& request) {
  const auto username = request.get(attribute::username);
  const auto colon = username ? username->find(':') : std::string_view::npos;
  if (colon == std::string_view::npos || !request.has_integrity() || !request.has_fingerprint()) return {};
  const auto local = username->substr(0, colon);
  const auto remote = username->substr(colon + 1);
  const auto found = ufrags_.find(local);
  return found == ufrags_.end() ? unknown(now, local, remote) : route_to(now, path, found->second);
}

MuxTable::Route MuxTable::route_to(TimePoint now, const Path& path, MemberId id) {
  if (const auto found = addresses_.find(path); found != addresses_.end()) {
    if (found->second.owner == id) return {.to = Route::To::owner, .member = id, .claims = true};
    if (contested(now, path, id)) return {.to = Route::To::contested};
  }
  hint(path) = {path, id, true};
  return {.to = Route::To::unproven, .member = id, .claims = true};
}

// Seconds are counted from the first event after a quiet one.
MuxTable::Route MuxTable::unknown(TimePoint now, std::string_view local_ufrag, std::string_view remote_ufrag) {
  if (local_ufrag.empty() || local_ufrag.size() > max_ufrag || remote_ufrag.size() > max_ufrag) return {};
  if (now >= unknown_since_ + std::chrono::seconds{1}) {
    unknown_since_ = now;
    unknown_told_ = 0;
  }
  if (unknown_told_ == unknown_per_second_) return {};
  ++unknown_told_;
  return {.to = Route::To::unknown_ufrag, .local_ufrag = local_ufrag, .remote_ufrag = remote_ufrag};
}

MuxTable::Hint& MuxTable::hint(const Path& path) { return hints_[hash_(path) % hint_count]; }
const MuxTable::Hint& MuxTable::hint(const Path& path) const { return hints_[hash_(path) % hint_count]; }

}  // namespace sluice::peer
