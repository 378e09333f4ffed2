#include "ice/agent.hpp"

#include <algorithm>
#include <cassert>

#include "base/overloaded.hpp"
#include "ice/server_names.hpp"
#include "ice/tcp_streams.hpp"

namespace sluice::ice {
namespace {

constexpr Duration patience = check_lifetime;  // RFC 8863 §4
// Then what is unfinished, or never announced as finished, is over as well: neither checks nor candidates that keep
// coming hold the end up for good.
constexpr Duration longest_patience = patience + check_lifetime;

// An address that no peer can have. What is sent there would reach nobody, or everybody.
bool is_usable(const Endpoint& remote) noexcept {
  const auto& address = remote.address;
  return remote.port != 0 && !address.is_unspecified() && !address.is_multicast() && !address.is_broadcast();
}

bool is_listening(Transport transport) noexcept {
  return transport == Transport::udp || transport == Transport::tcp_passive;
}

bool is_same(const Candidate& left, const Candidate& right) noexcept {
  return left.address == right.address && left.host_name == right.host_name && left.transport == right.transport;
}

// What stands for an address that is not told: RFC 8839 §5.1, of the related address.
Endpoint undisclosed(const IpAddress& address) noexcept {
  constexpr std::uint16_t discard = 9;
  return {address.is_v4() ? IpAddress{} : IpAddress::v6({}), discard};
}

}  // namespace

Agent::Agent(AgentOptions options, Random& random)
    : options_{std::move(options)},
      random_{&random},
      tie_breaker_{random.u64()},
      gatherer_{options_.relay_only || options_.lite ? std::vector<IceServer>{} : options_.ice_servers, random,
                options_.transaction_mark},
      relays_pending_{!options_.lite && std::ranges::find(options_.ice_servers, IceServer::Kind::turn,
                                                          &IceServer::kind) != options_.ice_servers.end()},
      generation_{options_.max_pairs} {}

Agent::~Agent() = default;

void Agent::set_role(Role role) {
  if (role != role_) switch_role(role);
  deadline_ = earliest_deadline();
}

void Agent::set_local_credentials(Credentials credentials) {
  crypto::HmacSha1 key{as_bytes(credentials.pwd)};
  for (auto& base : generation_.bases) base.host.ufrag = credentials.ufrag;  // gathered before, RFC 9429 §3.5.4
  for (auto& candidate : generation_.local_candidates) candidate.ufrag = credentials.ufrag;
  generation_.local.emplace(Generation::Local{std::move(credentials), std::move(key)});
  deadline_ = earliest_deadline();
}

void Agent::set_remote_credentials(TimePoint now, Credentials credentials, bool lite) {
  if (ended() || generation_.remote) return;
  crypto::HmacSha1 key{as_bytes(credentials.pwd)};
  generation_.remote.emplace(Generation::Remote{std::move(credentials), std::move(key), lite});
  if (lite != options_.lite) set_role(lite ? Role::controlling : Role::controlled);  // RFC 8445 §6.1.1
  start_patience(now);
  const auto early_checks = std::exchange(generation_.early_checks, {});
  for (const auto& each : early_checks) {
    if (each.remote_ufrag == generation_.remote->credentials.ufrag) accept_check(now, each);
  }
  advance(now);
}

void Agent::gather(TimePoint now, std::span<const LocalSocket> sockets) {
  if (state_ == State::closed || gathering_ != GatheringState::new_) return;
  gathering_ = GatheringState::gathering;
  events_.push_back(GatheringStateChanged{gathering_});
  if (!options_.relay_only) {
    for (const auto& socket : sockets) add_host(socket);
  }
  gatherer_.start(now, datagram_sockets(sockets));
  start_patience(now);
  advance(now);
}

void Agent::add_host(const LocalSocket& socket) {
  if (options_.lite && socket.transport == Transport::tcp_active) return;  // it never begins
  const auto& address = socket.address.address;
  Candidate host{.foundation = generation_.foundations.of(CandidateType::host, address, {}, socket.transport),
                 .transport = socket.transport,
                 .priority = candidate_priority(CandidateType::host, socket.preference, 1, socket.transport),
                 .address = {socket.external.value_or(address), socket.address.port},
                 .host_name = socket.name};
  generation_.withheld.push_back({socket, host});
  propose(socket.id, std::move(host), !address.is_unspecified());
}

void Agent::add_server_reflexive(const Gatherer::Discovered& found) {
  const auto* base = generation_.find_any_base(found.socket);
  if (base == nullptr || !is_usable(found.mapped)) return;
  const bool hides = !base->socket.name.empty();
  const auto related = hides ? undisclosed(base->socket.address.address) : base->socket.address;
  // RFC 8445 §5.1.3; but what the host candidate does not tell is not redundant.
  const auto known = [&](const Candidate& each) {
    return each.address == found.mapped && (each.related ? *each.related == related : !hides);
  };
  if (std::ranges::any_of(generation_.local_candidates, known)) return;
  if (std::ranges::any_of(generation_.proposals, known, &Generation::Proposal::candidate)) return;
  const auto type = CandidateType::server_reflexive;
  Candidate candidate{
      .foundation = generation_.foundations.of(type, base->socket.address.address, found.server.address),
      .priority = candidate_priority(type, base->socket.preference, 1),
      .address = found.mapped,
      .type = type,
      .related = related,
      .ufrag = base->host.ufrag,
      .url = found.url};
  propose(found.socket, std::move(candidate), true);
}

void Agent::handle_relay(TimePoint now, const RelayedSocket& relay) {
  if (state_ != State::closed && generation_.find_any_base(relay.socket.id) == nullptr) add_relayed(relay);
  advance(now);
}

void Agent::handle_relays_gathered(TimePoint now) {
  relays_pending_ = false;
  advance(now);
}

// A relayed candidate is its own base (RFC 8445 §5.1.1.2). Its related address would tell what relay_only hides.
void Agent::add_relayed(const RelayedSocket& relay) {
  const auto type = CandidateType::relayed;
  const auto& address = relay.socket.address;
  const Endpoint hidden{address.address.is_v4() ? IpAddress{} : IpAddress::v6({}), 0};
  if (!is_usable(address)) return;
  if (!options_.relay_only) add_server_reflexive({relay.base, relay.mapped, relay.url, relay.server});
  Candidate candidate{.foundation = generation_.foundations.of(type, address.address, relay.server.address),
                      .priority = candidate_priority(type, relay.socket.preference, 1),
                      .address = address,
                      .type = type,
                      .related = options_.relay_only ? hidden : relay.mapped,
                      .url = relay.url,
                      .carrier = relay.carrier};
  generation_.withheld.push_back({relay.socket, candidate});
  propose(relay.socket.id, std::move(candidate), true);
}

void Agent::add_remote_candidate(TimePoint now, Candidate candidate) {
  if (ended()) return;
  generation_.remote_seen = true;
  const auto& remote = generation_.remote;
  const bool other_generation = remote && !candidate.ufrag.empty() && candidate.ufrag != remote->credentials.ufrag;
  const auto name = MdnsName::parse(candidate.host_name);
  if (other_generation || candidate.component != 1) {
    ++counters_.unexpected;
  } else if (!is_listening(candidate.transport)) {  // it may come to us; here it is only to be known, W3C §5.6.2
    auto& known = generation_.remote_candidates;
    const bool told = std::ranges::any_of(known, [&](const Candidate& each) { return is_same(each, candidate); });
    if (!told && known.size() >= options_.max_remote_candidates) {
      ++counters_.over_limit;
    } else if (!told) {
      known.push_back(std::move(candidate));
    }
  } else if (candidate.host_name.empty()) {
    add_usable_candidate(now, std::move(candidate));
  } else if (name && options_.resolve_mdns && !options_.relay_only && candidate.address.port != 0) {
    add_named_candidate(*name, std::move(candidate));
  } else {
    ++counters_.unexpected;
  }
  advance(now);
}

void Agent::add_usable_candidate(TimePoint now, Candidate candidate) {
  auto& known = generation_.remote_candidates;
  const auto same = [&](const Candidate& each) {
    return each.address == candidate.address && each.transport == candidate.transport;
  };
  candidate.address.address = candidate.address.address.unmapped();
  if (!is_usable(candidate.address)) {
    ++counters_.unexpected;
  } else if (known.size() >= options_.max_remote_candidates) {
    ++counters_.over_limit;
  } else if (std::ranges::none_of(known, same)) {
    known.push_back(std::move(candidate));
    for (const auto& base : generation_.bases) pair_up(base, known.back());
    if (generation_.gives_up != never) generation_.gives_up = std::max(generation_.gives_up, now + longest_patience);
    if (state_ == State::failed && generation_.checklist.unfinished()) revive(now);
  }
}

void Agent::pair_up(const Generation::Base& base, const Candidate& remote) {
  if (!may_pair(base.socket.transport, remote.transport)) return;
  if (!may_pair(base.socket.address.address, remote.address.address)) return;
  const Path path{base.socket.id, remote.address};
  if (auto* pair = generation_.checklist.find(path)) {
    generation_.checklist.signaled(role_, *pair, remote);
  } else if (generation_.checklist.add(role_, path, base.host, remote) == nullptr) {
    ++counters_.over_limit;
  }
}

void Agent::end_of_remote_candidates(TimePoint now) {
  generation_.end_of_candidates = true;
  advance(now);
}

void Agent::handle_located(TimePoint now, const ResolveNeeded& name, std::span<const Endpoint> found) {
  gatherer_.handle_located(now, name, found);
  advance(now);
}

void Agent::handle_resolved(TimePoint now, std::string_view host, std::span<const IpAddress> addresses) {
  gatherer_.handle_located(now, {std::string{host}, {}}, without_ports(addresses));
  if (!ended()) name_resolved(now, host, addresses);
  advance(now);
}

void Agent::handle_timeout(TimePoint now) {
  if (now < deadline_) return;
  gatherer_.handle_timeout(now);
  advance(now);
}

void Agent::fail() {
  if (!generation_.bases.empty() && !over()) enter(State::failed);
}

void Agent::close() {
  enter(State::closed);
  generation_.early_checks.clear();
  outbox_.clear();
  deadline_ = never;
}

// Everything that follows from what has happened and from the time. Ends every input and command.
void Agent::advance(TimePoint now) {
  if (state_ == State::closed) return;
  now_ = std::max(now_, now);
  collect_gathered();
  if (state_ != State::failed) progress();
  deadline_ = earliest_deadline();
}

void Agent::progress() {
  if (both_lite()) {
    select_unchecked(now_);
    return enter(current_state(now_));
  }
  generation_.checklist.expire(now_);
  watch_consent(now_);
  if (over()) return;
  reselect(now_);
  send_consent_check(now_);
  send_scheduled_check(now_);
  enter(current_state(now_));
  assert(consistent());
}

void Agent::collect_gathered() {
  while (auto output = gatherer_.poll()) {
    std::visit(overloaded{[&](const Gatherer::Discovered& found) { add_server_reflexive(found); },
                          [&](GatheringFailed& failure) { events_.push_back(std::move(failure)); },
                          [&](ResolveNeeded& question) { events_.push_back(std::move(question)); }},
               *output);
  }
  if (gathering_ != GatheringState::gathering || !gatherer_.done() || relays_pending_) return;
  if (!generation_.proposals.empty()) return;
  gathering_ = GatheringState::complete;
  events_.push_back(GatheringStateChanged{gathering_});
}

void Agent::start_patience(TimePoint now) {
  if (!generation_.remote || gathering_ == GatheringState::new_) return;
  generation_.patience_ends = now + patience;
  generation_.gives_up = now + longest_patience;
}

// W3C RTCIceTransportState; that failure waits for the timer is RFC 8863 §4.
State Agent::current_state(TimePoint now) const {
  const bool nothing_more =
      generation_.end_of_candidates && generation_.named_candidates.empty() && gathering_ == GatheringState::complete;
  const auto& checklist = generation_.checklist;
  if (generation_.selected) {
    if (generation_.consent.health(now) == Consent::Health::doubtful) return State::disconnected;
    if (state_ == State::completed) return state_;
    return nothing_more && !checklist.unfinished() ? State::completed : State::connected;
  }
  if (now >= generation_.gives_up) return State::failed;
  if (generation_.lost) return State::disconnected;
  if (!nothing_more && !generation_.remote_seen && checklist.pairs().empty()) return State::new_;
  if (checklist.unfinished()) return State::checking;
  const bool hopeless = generation_.bases.empty() && nothing_more;
  if (now < generation_.patience_ends && !hopeless) {
    return generation_.remote_seen || !checklist.pairs().empty() ? State::checking : State::new_;
  }
  return nothing_more || generation_.consent_expired ? State::failed : State::disconnected;
}

void Agent::enter(State next) {
  if (next == state_ || state_ == State::closed) return;
  if (next == State::completed && state_ != State::connected) enter(State::connected);  // who waits for it must see it
  if (next == State::failed) events_.push_back(failure());
  state_ = next;
  events_.push_back(StateChanged{state_});
  if (!over()) return;
  generation_.selected.reset();
  generation_.consent.stop();
  generation_.checklist.stop();
}

void Agent::poll_transmit(TransmitQueue& out) {
  if (state_ == State::closed) return;
  gatherer_.poll_transmit(out);
  for (auto& each : outbox_) {
    if (each.kind != Outgoing::Kind::refusal) piggyback_.write(each.message);
    const auto& key = each.kind == Outgoing::Kind::request ? generation_.remote->key : generation_.local->key;
    out.push(each.path, each.message.integrity(key).fingerprint().view());
  }
  if (!outbox_.empty()) rest_keys();
  outbox_.clear();
}

// From here on they are needed for consent only.
void Agent::rest_keys() const noexcept {
  if (state_ != State::completed) return;
  generation_.local->key.rest();
  generation_.remote->key.rest();
}

std::optional<Event> Agent::poll_event() {
  if (events_.empty()) return std::nullopt;
  return events_.pop_front();
}

TimePoint Agent::next_timeout() const { return deadline_; }

TimePoint Agent::earliest_deadline() const {
  if (state_ == State::closed) return never;
  auto earliest = gatherer_.next_timeout();
  if (state_ == State::failed) return earliest;
  if (may_check()) earliest = std::min(earliest, generation_.checklist.next_timeout());
  if (generation_.selected) return std::min(earliest, generation_.consent.next_timeout(now_));
  if (generation_.patience_ends > now_) earliest = std::min(earliest, generation_.patience_ends);
  return std::min(earliest, generation_.gives_up);
}

Role Agent::role() const noexcept { return role_; }
State Agent::state() const noexcept { return state_; }
GatheringState Agent::gathering_state() const noexcept { return gathering_; }
std::optional<Path> Agent::data_path() const { return generation_.selected; }
const Counters& Agent::counters() const noexcept { return counters_; }

bool Agent::admits(const Path& path) const {
  if (over()) return false;
  const auto* pair = generation_.checklist.find(path);
  if (pair != nullptr && pair->admitted) return true;
  const auto& early = generation_.early_checks;
  return std::ranges::find(early, path, &Generation::EarlyCheck::path) != early.end();
}

std::optional<TimePoint> Agent::authenticated_at(const Path& path) const {
  if (const auto* pair = generation_.checklist.find(path)) return pair->authenticated_at;
  const auto& early = generation_.early_checks;
  const auto found = std::ranges::find(early, path, &Generation::EarlyCheck::path);
  return found == early.end() ? std::nullopt : std::optional{found->at};
}

std::optional<CandidatePair> Agent::selected_pair() const {
  const auto* pair = generation_.selected_pair();
  return pair == nullptr ? std::nullopt : std::optional{candidates_of(*pair)};
}

std::optional<Duration> Agent::round_trip() const {
  const auto* pair = generation_.selected_pair();
  return pair == nullptr ? std::nullopt : pair->round_trip;
}

bool Agent::consistent() const {
  const auto* pair = generation_.selected_pair();
  const bool watched = generation_.consent.health(now_) != Consent::Health::none;
  if (generation_.selected.has_value() != (watched || (generation_.selected && both_lite()))) return false;
  return !generation_.selected || (pair != nullptr && pair->valid());
}

}  // namespace sluice::ice
