#include "support/turn_server.hpp"

#include <algorithm>

#include "base/reader.hpp"
#include "crypto/digest.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using stun::Class;
using stun::Method;
namespace attribute = stun::attribute;

Bytes algorithms_sha256() {  // RFC 8489 §14.11: SHA-256, then MD5
  Bytes value;
  Writer out{value};
  out.u32(0x0002'0000);
  out.u32(0x0001'0000);
  return value;
}

}  // namespace

bool TurnServer::owns(const Endpoint& to) const {
  return to == options_.address || to.address == options_.relay_v4 || to.address == options_.relay_v6;
}

std::vector<TurnServer::Sent> TurnServer::handle(TimePoint now, const Endpoint& from, const Endpoint& to,
                                                 ByteView bytes) {
  now_ = now;
  from_ = from;
  sent_.clear();
  expire();
  if (to != options_.address) {
    from_peer(from, to, bytes);
    return std::move(sent_);
  }
  if (!stun::is_stun(bytes)) {
    channel_data(bytes);
    return std::move(sent_);
  }
  const auto message = stun::Message::parse(bytes);
  if (!message) {
    fault("a message that does not parse");
  } else if (message->message_class() == Class::indication) {
    send_indication(*message);
  } else if (message->method() == Method::binding) {
    finish(response(*message, Class::success_response).add(attribute::xor_mapped_address, from_));
  } else {
    answer(*message);
  }
  return std::move(sent_);
}

void TurnServer::answer(const stun::Message& request) {
  if (options_.redirects_anybody && request.method() == Method::allocate) return redirect(request);
  if (!authenticate(request)) return;
  ++accepted_[request.method()];
  auto* allocation = of_client();
  if (request.method() == Method::allocate) return allocate(request);
  if (allocation == nullptr) return refuse(request, 437, "Allocation Mismatch");
  if (request.method() == Method::refresh) return refresh(request, *allocation);
  if (request.method() == Method::create_permission) return create_permission(request, *allocation);
  if (request.method() == Method::channel_bind) return bind(request, *allocation);
  fault("an unknown method");
}

void TurnServer::challenge(const stun::Message& request, unsigned code, std::string_view reason) {
  ++challenges_;
  auto nonce = random_.text(16);
  if (options_.sha256 || options_.anonymous) {  // RFC 8489 §18.1
    constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned bits = (options_.sha256 ? 0x20u : 0u) | (options_.anonymous ? 0x10u : 0u);
    nonce = std::string{"obMatJos2"} + base64[bits] + "AAA" + nonce;
  }
  nonces_[nonce] = now_ + options_.nonce_lifetime;
  auto error = response(request, Class::error_response);
  error.add(attribute::error_code, {code, reason}).add(attribute::realm, options_.realm).add(attribute::nonce, nonce);
  if (options_.sha256) error.add(attribute::password_algorithms, algorithms_sha256());
  finish(std::move(error));
}

// RFC 8489 §9.2.4
bool TurnServer::authenticate(const stun::Message& request) {
  if (!request.has_integrity() && !request.has_integrity_sha256()) {
    if (request.method() != Method::allocate) fault("a request without credentials that is no Allocate");
    challenge(request, 401, "Unauthorized");
    return false;
  }
  const auto nonce = request.get(attribute::nonce);
  if (!nonce || request.get(attribute::realm) != options_.realm) {
    fault("a signed request without nonce or realm");
    refuse(request, 400, "Bad Request");
    return false;
  }
  const auto known = nonces_.find(std::string{*nonce});
  if (known == nonces_.end() || now_ >= known->second) {
    challenge(request, 438, "Stale Nonce");
    return false;
  }
  if (!verifies(request)) {
    challenge(request, 401, "Unauthorized");
    return false;
  }
  return true;
}

bool TurnServer::verifies(const stun::Message& request) const {
  const auto colon = as_bytes(":");
  const auto user = as_bytes(options_.username);
  const auto realm = as_bytes(options_.realm);
  if (options_.anonymous) {
    const auto hash = request.get(attribute::userhash);
    if (!hash || !std::ranges::equal(*hash, crypto::digest(crypto::Hash::sha256, {user, colon, realm}))) return false;
    if (request.has(attribute::username)) return false;
  } else if (request.get(attribute::username) != options_.username) {
    return false;
  }
  const auto hash = options_.sha256 ? crypto::Hash::sha256 : crypto::Hash::md5;
  const auto key = crypto::digest(hash, {user, colon, realm, colon, as_bytes(options_.password)});
  if (!options_.sha256) return request.authenticated_by(crypto::HmacSha1{key});
  const auto offered = request.get(attribute::password_algorithms);
  if (!offered || !std::ranges::equal(*offered, algorithms_sha256())) return false;
  if (!request.has(attribute::password_algorithm)) return false;
  return request.authenticated_by(crypto::HmacSha256{key});
}

// RFC 8656 §7.2
void TurnServer::allocate(const stun::Message& request) {
  if (const auto* known = of_client()) {
    if (known->transaction != request.transaction_id()) return refuse(request, 437, "Allocation Mismatch");
    return tell_allocated(request, *known);  // it was sent again, RFC 8489 §6.3.1
  }
  if (request.get(attribute::requested_transport) != 17) return refuse(request, 442, "Unsupported Transport Protocol");
  if (options_.refuses != 0) return refuse(request, options_.refuses, "Refused");
  if (!options_.alternates.empty()) return redirect(request);
  if (allocations_.size() >= options_.quota) return refuse(request, 486, "Allocation Quota Reached");
  Allocation allocation{.client = from_, .transaction = request.transaction_id(), .expires = now_ + options_.lifetime};
  allocation.relayed.push_back({options_.relay_v4, next_port_++});
  if (request.get(attribute::additional_address_family) == stun::family_v6 && options_.relay_v6) {
    allocation.relayed.push_back({*options_.relay_v6, next_port_++});
  }
  allocations_.push_back(std::move(allocation));
  tell_allocated(request, allocations_.back());
}

void TurnServer::redirect(const stun::Message& request) {
  auto error = response(request, Class::error_response);
  error.add(attribute::error_code, {300, "Try Alternate"});
  for (const auto& each : options_.alternates) error.add(attribute::alternate_server, each);
  if (!options_.alternate_domain.empty()) error.add(attribute::alternate_domain, options_.alternate_domain);
  if (options_.redirects_anybody) return finish(std::move(error));
  succeed(request, std::move(error));
}

void TurnServer::tell_allocated(const stun::Message& request, const Allocation& allocation) {
  auto success = response(request, Class::success_response);
  for (const auto& each : allocation.relayed) success.add(attribute::xor_relayed_address, each);
  success.add(attribute::xor_mapped_address, from_);
  success.add(attribute::lifetime, static_cast<std::uint32_t>(options_.lifetime / 1s));
  succeed(request, std::move(success));
}

void TurnServer::refresh(const stun::Message& request, Allocation& allocation) {
  const auto wanted = std::chrono::seconds{request.get(attribute::lifetime).value_or(600)};
  const auto granted = wanted == 0s ? Duration::zero() : options_.lifetime;
  allocation.expires = now_ + granted;
  auto success = response(request, Class::success_response);
  success.add(attribute::lifetime, static_cast<std::uint32_t>(granted / 1s));
  succeed(request, std::move(success));
  expire();
}

void TurnServer::create_permission(const stun::Message& request, Allocation& allocation) {
  const auto peer = request.get(attribute::xor_peer_address);
  if (!peer) return refuse(request, 400, "Bad Request");
  if (std::ranges::count(options_.forbidden, peer->address) != 0) return refuse(request, 403, "Forbidden");
  allocation.permissions[peer->address] = now_ + 5min;
  succeed(request, response(request, Class::success_response));
}

// RFC 8656 §12.2
void TurnServer::bind(const stun::Message& request, Allocation& allocation) {
  const auto peer = request.get(attribute::xor_peer_address);
  const auto number = request.get(attribute::channel_number);
  if (!peer || !number || *number < 0x4000 || *number > 0x4FFF) {
    fault("a ChannelBind without a peer or with a number that is none");
    return refuse(request, 400, "Bad Request");
  }
  for (const auto& [other, channel] : allocation.channels) {
    if ((other == *number) == (channel.peer == *peer)) continue;
    fault("a channel bound to another peer, or a peer to another channel");
    return refuse(request, 400, "Bad Request");
  }
  if (std::ranges::count(options_.forbidden, peer->address) != 0) return refuse(request, 403, "Forbidden");
  allocation.channels[*number] = {*peer, now_ + 10min};
  allocation.permissions[peer->address] = now_ + 5min;
  succeed(request, response(request, Class::success_response));
}

void TurnServer::send_indication(const stun::Message& message) {
  const auto peer = message.get(attribute::xor_peer_address);
  const auto data = message.get(attribute::data);
  auto* allocation = of_client();
  if (message.method() != Method::send || !peer || !data) return fault("an indication that is no Send");
  if (allocation == nullptr || !permitted(*allocation, peer->address)) return;
  ++indications_;
  relay(*allocation, *peer, *data);
}

void TurnServer::channel_data(ByteView bytes) {
  Reader in{bytes};
  const auto number = in.u16();
  const auto data = in.bytes(in.u16());
  if (!in.ok()) return fault("ChannelData that does not fit");
  auto* allocation = of_client();
  if (allocation == nullptr) return;
  const auto channel = allocation->channels.find(number);
  if (channel == allocation->channels.end() || now_ >= channel->second.expires) {
    return fault("ChannelData on a channel that is not bound");
  }
  if (!permitted(*allocation, channel->second.peer.address)) return fault("ChannelData without a permission");
  ++channel_messages_;
  relay(*allocation, channel->second.peer, data);
}

void TurnServer::relay(const Allocation& allocation, const Endpoint& peer, ByteView data) {
  const auto same_family = [&](const Endpoint& each) { return each.address.family() == peer.address.family(); };
  const auto from = std::ranges::find_if(allocation.relayed, same_family);
  if (from == allocation.relayed.end()) return fault("data to a family that is not relayed");
  sent_.push_back({*from, peer, {data.begin(), data.end()}});
}

void TurnServer::from_peer(const Endpoint& from, const Endpoint& to, ByteView data) {
  for (const auto& allocation : allocations_) {
    if (std::ranges::count(allocation.relayed, to) == 0 || !permitted(allocation, from.address)) continue;
    for (const auto& [number, channel] : allocation.channels) {
      if (channel.peer != from || now_ >= channel.expires) continue;
      Bytes message;
      Writer out{message};
      out.u16(number);
      out.u16(static_cast<std::uint16_t>(data.size()));
      out.bytes(data);
      return sent_.push_back({options_.address, allocation.client, std::move(message)});
    }
    stun::Builder indication{Class::indication, Method::data, stun::new_transaction_id(random_)};
    indication.add(attribute::xor_peer_address, from).add(attribute::data, data);
    return sent_.push_back({options_.address, allocation.client, indication.finish()});
  }
}

void TurnServer::refuse(const stun::Message& request, unsigned code, std::string_view reason) {
  auto error = response(request, Class::error_response);
  error.add(attribute::error_code, {code, reason});
  succeed(request, std::move(error));
}

// Whatever the outcome, it is signed as the request was.
void TurnServer::succeed(const stun::Message& request, stun::Builder message) {
  const auto colon = as_bytes(":");
  const auto hash = options_.sha256 ? crypto::Hash::sha256 : crypto::Hash::md5;
  const auto key = crypto::digest(
      hash, {as_bytes(options_.username), colon, as_bytes(options_.realm), colon, as_bytes(options_.password)});
  if (request.has_integrity_sha256()) {
    message.integrity(crypto::HmacSha256{key});
  } else {
    message.integrity(crypto::HmacSha1{key});
  }
  finish(std::move(message));
}

stun::Builder TurnServer::response(const stun::Message& request, Class message_class) const {
  return {message_class, request.method(), request.transaction_id()};
}

void TurnServer::finish(stun::Builder message) {
  sent_.push_back({options_.address, from_, message.fingerprint().finish()});
}

bool TurnServer::permitted(const Allocation& allocation, const IpAddress& peer) const {
  const auto found = allocation.permissions.find(peer);
  return found != allocation.permissions.end() && now_ < found->second;
}

void TurnServer::expire() {
  std::erase_if(allocations_, [&](const Allocation& each) { return now_ >= each.expires; });
  for (auto& each : allocations_) {  // a number stays reserved for another five minutes, RFC 8656 §12
    std::erase_if(each.channels, [&](const auto& channel) { return now_ >= channel.second.expires + 5min; });
  }
  std::erase_if(nonces_, [&](const auto& each) { return now_ >= each.second; });
}

void TurnServer::restart() {
  allocations_.clear();
  nonces_.clear();
}

std::size_t TurnServer::allocations(TimePoint now) {
  now_ = now;
  expire();
  return allocations_.size();
}

std::size_t TurnServer::table_entries() const {
  std::size_t result = 0;
  for (const auto& each : allocations_) result += each.permissions.size() + each.channels.size();
  return result;
}

unsigned TurnServer::count(Method method) const {
  const auto found = accepted_.find(method);
  return found == accepted_.end() ? 0 : found->second;
}

TurnServer::Allocation* TurnServer::of_client() {
  const auto found = std::ranges::find(allocations_, from_, &Allocation::client);
  return found == allocations_.end() ? nullptr : &*found;
}

}  // namespace sluice::test
