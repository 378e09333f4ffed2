#include "ice/turn_client.hpp"

#include <algorithm>

#include "base/reader.hpp"

namespace sluice::ice {
namespace {

using namespace std::chrono_literals;
using stun::Class;
using stun::Method;
namespace attribute = stun::attribute;

constexpr unsigned max_challenges = 3;          // of one request: one 401, and nonces that become stale on the way
constexpr std::uint8_t transport_udp = 17;      // RFC 8656 §7.1
constexpr std::size_t channel_header_size = 4;  // §12.4
constexpr Duration longest_lifetime = 1h;       // ours: what a server may make us forget it for
constexpr Duration shortest_lifetime = 30s;     // ours: less is no allocation
constexpr Duration refresh_margin = 1min;       // §8: for a request that is sent again for 39.5 s

// As Gatherer's: gathering ends after 10 s.
constexpr stun::Retransmission allocate_schedule{.rto = 250ms, .max_sends = 6, .last_wait = 7};
constexpr stun::Retransmission schedule{};
constexpr stun::Retransmission reliable_allocate_schedule{.rto = 10s, .max_sends = 1, .last_wait = 1};
constexpr stun::Retransmission reliable_schedule{.rto = 39500ms, .max_sends = 1, .last_wait = 1};  // RFC 8489 §6.2.2

bool is_challenge(const stun::ErrorCode& error) noexcept { return error.code == 401 || error.code == 438; }

}  // namespace

TurnClient::TurnClient(Options options, Random& random)
    : options_{std::move(options)}, random_{&random}, credentials_{options_.username, options_.password} {}

// commands

void TurnClient::allocate(TimePoint now) {
  if (phase_ != Phase::idle) return;
  phase_ = Phase::allocating;
  start(now, {.method = Method::allocate});
}

void TurnClient::confirm(TimePoint now) {
  confirming_ = true;
  refresh(now);
}

void TurnClient::refresh(TimePoint now) {
  refresh_at_ = never;
  if (phase_ == Phase::allocated && !awaits(Method::refresh)) start(now, {.method = Method::refresh});
}

void TurnClient::close(TimePoint now) {
  requests_.clear();
  if (phase_ == Phase::allocated) start(now, {.method = Method::refresh, .lifetime = 0s});  // §8
  requests_.clear();
  refresh_at_ = never;
  peers_ = {};
  phase_ = Phase::ended;
}

// RFC 8656 §11.1, §12.5. A datagram that goes with the request for its permission is lost if that has to be sent again;
// it is a check, and will be sent again as well.
void TurnClient::send(TimePoint now, const Endpoint& peer, ByteView datagram, TransmitQueue& out) {
  auto* permission = peers_.permission(peer.address);
  if (permission == nullptr && allocated() && relays(peer.address)) permission = peers_.add_permission(peer.address);
  if (permission == nullptr || permission->grant.refused()) {
    ++counters_.refused;
    return;
  }
  permission->grant.use();
  if (permission->grant.must_ask(now)) ask(now, *permission);
  auto* channel = peers_.channel(peer);
  if (channel == nullptr && !stun::is_stun(datagram)) channel = peers_.add_channel(peer);
  if (channel != nullptr) {
    channel->grant.use();
    if (channel->grant.must_ask(now)) ask(now, *channel);
  }
  poll_transmit(out);
  if (channel != nullptr && channel->grant.usable(now)) {
    send_by_channel(channel->number, datagram, out);
  } else {
    stun::Builder indication{Class::indication, Method::send, stun::new_transaction_id(*random_)};
    indication.add(attribute::xor_peer_address, peer).add(attribute::data, datagram);
    out.push(options_.server, indication.view());
  }
}

// §12.4, and padded in a stream: §12.5
void TurnClient::send_by_channel(std::uint16_t number, ByteView datagram, TransmitQueue& out) {
  const auto padding = options_.reliable ? (4 - datagram.size() % 4) % 4 : 0;
  const auto message = out.prepare(channel_header_size + datagram.size() + padding);
  auto place = message.begin();
  for (const auto value : {number, static_cast<std::uint16_t>(datagram.size())}) {
    *place++ = static_cast<std::byte>(value >> 8);
    *place++ = static_cast<std::byte>(value & 0xff);
  }
  place = std::ranges::copy(datagram, place).out;
  std::fill(place, message.end(), std::byte{0});
  out.commit(options_.server, message.size());
}

void TurnClient::ask(TimePoint now, TurnPeers::Permission& permission) {
  permission.grant.asked();
  start(now, {.method = Method::create_permission, .peer = Endpoint{permission.peer, 0}});
}

void TurnClient::ask(TimePoint now, TurnPeers::Channel& channel) {
  channel.grant.asked();
  start(now, {.method = Method::channel_bind, .peer = channel.peer, .channel = channel.number});
}

// inputs

void TurnClient::handle_message(TimePoint now, const stun::Message& response) {
  const auto found = std::ranges::find_if(requests_, [&](const Request& each) {
    return each.id == response.transaction_id() && each.method == response.method();
  });
  const bool success = response.message_class() == Class::success_response;
  const auto error = response.get(attribute::error_code);
  if (found == requests_.end() || !response.is_response() || (!success && !error)) {
    ++counters_.unexpected;
    return;
  }
  const bool challenge = !success && is_challenge(*error);
  if (found->is_signed && !challenge && !credentials_.verifies(response)) {  // RFC 8489 §9.2.5
    ++counters_.unauthenticated;
    return;
  }
  auto request = std::move(*found);
  requests_.erase(found);
  if (success) return handle_success(now, request, response);
  if (challenge && request.challenges < max_challenges && credentials_.accept(response)) {
    ++request.challenges;
    return start(now, std::move(request));
  }
  if (error->code == 300 && request.method == Method::allocate) {
    return end(error->code, std::string{error->reason}, redirect(response));
  }
  handle_refusal(now, request, *error);
}

void TurnClient::handle_success(TimePoint now, const Request& request, const stun::Message& response) {
  auto* permission = request.peer ? peers_.permission(request.peer->address) : nullptr;
  auto* channel = request.peer ? peers_.channel(*request.peer) : nullptr;
  if (request.method == Method::allocate) {
    handle_allocated(now, response);
  } else if (request.method == Method::refresh) {
    schedule_refresh(now, response.get(attribute::lifetime).value_or(0));
    if (std::exchange(confirming_, false) && allocated()) events_.emplace_back(Confirmed{});
  } else if (request.method == Method::create_permission && permission != nullptr) {
    permission->grant.granted(now);
  } else if (request.method == Method::channel_bind && channel != nullptr) {
    channel->grant.granted(now);
  }
}

void TurnClient::handle_allocated(TimePoint now, const stun::Message& response) {
  Allocated allocated{{}, response.get(attribute::xor_mapped_address).value_or(Endpoint{})};
  for (const auto& [type, value] : response.attributes()) {
    if (type != attribute::xor_relayed_address.type) continue;
    const auto relayed = stun::codec::XorAddress::read(value, response.transaction_id());
    if (!relayed || relayed->port == 0 || relayed->address.is_unspecified()) continue;
    if (relays(relayed->address)) continue;  // a second one of this family
    families_.push_back(relayed->address.family());
    allocated.relayed.push_back(*relayed);
  }
  if (allocated.relayed.empty()) return end(server_unreachable, "The answer of the TURN server has no relayed address");
  phase_ = Phase::allocated;
  schedule_refresh(now, response.get(attribute::lifetime).value_or(0));
  if (phase_ == Phase::allocated) events_.emplace_back(std::move(allocated));
}

void TurnClient::schedule_refresh(TimePoint now, std::uint32_t lifetime) {
  const auto granted = std::min<Duration>(std::chrono::seconds{lifetime}, longest_lifetime);
  if (granted < shortest_lifetime) return end(server_unreachable, "The TURN server grants no time");
  refresh_at_ = now + std::max<Duration>(granted - refresh_margin, granted / 2);
}

// A permission or a channel may be refused for reasons of the peer (403); without an allocation there is none (437).
void TurnClient::handle_refusal(TimePoint now, const Request& request, const stun::ErrorCode& error) {
  const bool of_peer = request.peer && error.code != 437 && !is_challenge(error);
  if (!of_peer) return end(error.code, std::string{error.reason});
  auto* permission = peers_.permission(request.peer->address);
  auto* channel = peers_.channel(*request.peer);
  if (request.method == Method::create_permission && permission != nullptr) permission->grant.refuse(now);
  if (request.method == Method::channel_bind && channel != nullptr) channel->grant.refuse(now);
}

// RFC 8489 §14.15: of several servers that of the family which the request was sent by.
std::optional<TurnClient::Redirect> TurnClient::redirect(const stun::Message& response) const {
  for (const auto& [type, value] : response.attributes()) {
    if (type != attribute::alternate_server.type) continue;
    const auto server = stun::codec::Address::read(value, response.transaction_id());
    if (!server || server->address.family() != options_.server.remote.address.family()) continue;
    return Redirect{*server, std::string{response.get(attribute::alternate_domain).value_or("")}};
  }
  return std::nullopt;
}

void TurnClient::handle_silence(const Request& request) {
  if (!request.peer) return end(server_unreachable, "The TURN server does not answer");
  auto* permission = peers_.permission(request.peer->address);
  auto* channel = peers_.channel(*request.peer);
  if (request.method == Method::create_permission && permission != nullptr) permission->grant.unanswered();
  if (request.method == Method::channel_bind && channel != nullptr) channel->grant.unanswered();
}

void TurnClient::handle_timeout(TimePoint now) {
  std::vector<Request> silent;
  std::erase_if(requests_, [&](Request& each) {
    const auto step = each.transaction->handle_timeout(now);
    if (step == stun::Transaction::Step::resend) outbox_.push(options_.server, each.message);
    if (step != stun::Transaction::Step::timed_out) return false;
    silent.push_back(std::move(each));
    return true;
  });
  for (const auto& each : silent) handle_silence(each);
  if (!allocated()) return;
  if (now >= refresh_at_) refresh(now);
  peers_.expire(now);
  for (auto& each : peers_.permissions()) {
    if (each.grant.used() && each.grant.must_ask(now)) ask(now, each);
  }
  for (auto& each : peers_.channels()) {
    if (each.grant.used() && each.grant.must_ask(now)) ask(now, each);
  }
}

// RFC 8656 §11.4
std::optional<TurnClient::FromPeer> TurnClient::unwrap(const stun::Message& indication) {
  const auto peer = indication.get(attribute::xor_peer_address);
  const auto data = indication.get(attribute::data);
  const auto* permission = peer ? peers_.permission(peer->address) : nullptr;
  if (!data || permission == nullptr || permission->grant.refused()) {
    ++counters_.unexpected;
    return std::nullopt;
  }
  return FromPeer{*peer, *data};
}

// RFC 8656 §12.6. The binding may be on its way still: the server may use it before we know that it is granted.
std::optional<TurnClient::FromPeer> TurnClient::unwrap(ByteView datagram) {
  Reader in{datagram};
  const auto number = in.u16();
  const auto data = in.bytes(in.u16());
  const auto* channel = in.ok() ? peers_.channel(number) : nullptr;
  if (channel == nullptr || channel->grant.refused()) {
    ++counters_.unexpected;
    return std::nullopt;
  }
  return FromPeer{channel->peer, data};
}

// requests

void TurnClient::start(TimePoint now, Request request) {
  request.id = stun::new_transaction_id(*random_);
  request.is_signed = credentials_.ready();
  request.message = compose(request);
  const bool allocates = request.method == Method::allocate;
  const auto& unreliable = allocates ? allocate_schedule : schedule;
  const auto& reliable = allocates ? reliable_allocate_schedule : reliable_schedule;
  request.transaction.emplace(now, request.id, options_.reliable ? reliable : unreliable);
  outbox_.push(options_.server, request.message);
  requests_.push_back(std::move(request));
}

Bytes TurnClient::compose(const Request& request) const {
  stun::Builder message{Class::request, request.method, request.id};
  if (request.method == Method::allocate) {
    message.add(attribute::requested_transport, transport_udp);
    if (options_.families == Families::both) message.add(attribute::additional_address_family, stun::family_v6);
  }
  if (request.channel != 0) message.add(attribute::channel_number, request.channel);
  if (request.peer) message.add(attribute::xor_peer_address, *request.peer);
  if (request.lifetime) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*request.lifetime);
    message.add(attribute::lifetime, static_cast<std::uint32_t>(seconds.count()));
  }
  if (request.is_signed) credentials_.sign(message);
  return message.fingerprint().finish();
}

void TurnClient::end(unsigned code, std::string reason, std::optional<Redirect> redirect) {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::ended;
  requests_.clear();
  peers_ = {};
  refresh_at_ = never;
  events_.emplace_back(Ended{code, std::move(reason), std::move(redirect)});
}

bool TurnClient::awaits(Method method) const noexcept {
  return std::ranges::find(requests_, method, &Request::method) != requests_.end();
}

bool TurnClient::relays(const IpAddress& peer) const noexcept {
  return std::ranges::find(families_, peer.family()) != families_.end();
}

// outputs

void TurnClient::poll_transmit(TransmitQueue& out) {
  for (const auto& entry : outbox_.entries()) out.push(entry.path, outbox_.bytes(entry));
  outbox_.clear();
}

std::optional<TurnClient::Event> TurnClient::poll_event() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

TimePoint TurnClient::next_timeout() const {
  auto earliest = std::min(refresh_at_, peers_.next_timeout());
  for (const auto& each : requests_) earliest = std::min(earliest, each.transaction->next_timeout());
  return earliest;
}

}  // namespace sluice::ice
