#include "ice/gatherer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ice/check.hpp"
#include "ice/server_names.hpp"

namespace sluice::ice {
namespace {

// 0, 0.25, 0.75, 1.75, 3.75, 7.75 s, and 1.75 s for the last answer. Shorter than RFC 8489 §6.2.1 has it, which would
// keep gathering from completing for 39.5 s.
constexpr stun::Retransmission schedule{.rto = 250ms, .max_sends = 6, .last_wait = 7};

}  // namespace

std::vector<Endpoint> reachable(const IpAddress& local, std::span<const Endpoint> servers) {
  std::vector<Endpoint> result;
  std::ranges::copy_if(servers, std::back_inserter(result),
                       [&](const Endpoint& each) { return may_pair(local, each.address); });
  return result;
}

Gatherer::Gatherer(std::vector<IceServer> servers, Random& random, const std::optional<stun::TransactionMark>& mark)
    : random_{&random}, transaction_mark_{mark} {
  std::erase_if(servers, [](const IceServer& each) { return each.kind != IceServer::Kind::stun; });
  for (auto& each : servers) servers_.push_back({.configured = std::move(each)});
}

void Gatherer::start(TimePoint now, std::span<const LocalSocket> sockets) {
  sockets_.assign(sockets.begin(), sockets.end());
  deadline_ = now + gathering_limit;
  const auto ask_server = [&](Server& server, std::vector<Endpoint> places) { ask(now, server, std::move(places)); };
  locate(servers_, ask_server, [&](const ResolveNeeded& name) { outputs_.push_back(name); });
  handle_timeout(now);
}

void Gatherer::handle_located(TimePoint now, const ResolveNeeded& name, std::span<const Endpoint> found) {
  ask_located(servers_, name, found, [&](Server& server, std::vector<Endpoint> places) {
    if (server.phase == Phase::resolving) ask(now, server, std::move(places));
  });
  handle_timeout(now);
}

void Gatherer::add(TimePoint now, std::span<const LocalSocket> sockets) {
  sockets_.insert(sockets_.end(), sockets.begin(), sockets.end());
  if (now >= deadline_) return;
  for (auto& server : servers_) {
    if (server.phase != Phase::resolving) ask(server, sockets);
  }
  handle_timeout(now);
}

void Gatherer::withdraw(std::span<const SocketId> gone) {
  const auto is_gone = [&](SocketId id) { return std::ranges::find(gone, id) != gone.end(); };
  std::erase_if(sockets_, [&](const LocalSocket& each) { return is_gone(each.id); });
  std::erase_if(requests_, [&](const Request& each) { return is_gone(each.path.local); });
  settle();
}

void Gatherer::ask(TimePoint now, Server& server, std::vector<Endpoint> places) {
  if (deadline_ == never || now >= deadline_) return;  // not started, or over
  server.places = std::move(places);
  ask(server, sockets_);
}

void Gatherer::ask(Server& server, std::span<const LocalSocket> sockets) {
  server.phase = Phase::asking;
  const auto index = static_cast<std::size_t>(&server - servers_.data());
  for (const auto& socket : sockets) ask(index, socket.id, reachable(socket.address.address, server.places));
}

void Gatherer::ask(std::size_t server, SocketId socket, std::span<const Endpoint> places) {
  if (places.empty()) return;
  const auto others = places.subspan(1);
  Request request{.server = server,
                  .path = {socket, places.front()},
                  .id = stun::new_transaction_id(*random_, transaction_mark_),
                  .others = {others.begin(), others.end()}};
  request.message = stun::Builder{stun::Class::request, stun::Method::binding, request.id}.fingerprint().finish();
  requests_.push_back(std::move(request));
}

// The silent one may still answer.
void Gatherer::ask_others(TimePoint now) {
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (now < requests_[i].yields_at) continue;
    requests_[i].yields_at = never;
    const auto others = std::exchange(requests_[i].others, {});
    ask(requests_[i].server, requests_[i].path.local, others);
  }
}

bool Gatherer::handle_response(const Path& path, const stun::Message& message) {
  const auto found = std::ranges::find(requests_, message.transaction_id(), &Request::id);
  if (found == requests_.end() || found->path != path || !found->transaction) return false;
  auto& server = servers_[found->server];
  if (message.message_class() == stun::Class::success_response) {
    auto mapped = message.get(stun::attribute::xor_mapped_address);
    if (!mapped) mapped = message.get(stun::attribute::mapped_address);  // RFC 8489 §11: servers of RFC 3489
    if (!mapped) return false;
    server.answered = true;
    outputs_.push_back(Discovered{path.local, *mapped, server.configured.url, path.remote});
  } else {
    handle_error(server, path.local, message);
  }
  const auto asked = std::pair{found->server, path.local};
  std::erase_if(requests_, [&](const Request& each) { return std::pair{each.server, each.path.local} == asked; });
  settle();
  return true;
}

// W3C icecandidateerror: at most once for a server.
void Gatherer::handle_error(Server& server, SocketId socket, const stun::Message& message) {
  const auto error = message.get(stun::attribute::error_code);
  if (!error || server.answered) return;
  server.answered = true;
  const auto base = std::ranges::find(sockets_, socket, &LocalSocket::id);
  outputs_.push_back(GatheringFailed{server.configured.url, error->code, std::string{error->reason},
                                     base == sockets_.end() ? std::nullopt : disclosed_address(*base)});
}

void Gatherer::handle_timeout(TimePoint now) {
  std::erase_if(requests_, [&](Request& each) {
    if (!each.transaction) return false;
    const auto step = each.transaction->handle_timeout(now);
    if (step == stun::Transaction::Step::resend) outbox_.push(each.path, each.message);
    return step == stun::Transaction::Step::timed_out;
  });
  ask_others(now);
  if (now >= deadline_) {
    requests_.clear();
    for (auto& server : servers_) {
      if (server.phase == Phase::resolving) server.phase = Phase::asking;  // in vain
    }
  }
  send_next(now);
  settle();
}

// RFC 8445 §14.2. Checks have slots of their own: they never wait for a server.
void Gatherer::send_next(TimePoint now) {
  if (now < next_slot_) return;
  const auto next = std::ranges::find_if(requests_, [](const Request& each) { return !each.transaction; });
  if (next == requests_.end()) return;
  next->transaction.emplace(now, next->id, schedule);
  if (!next->others.empty()) next->yields_at = now + address_patience;
  outbox_.push(next->path, next->message);
  next_slot_ = now + pace;
}

void Gatherer::settle() {
  for (std::size_t index = 0; index < servers_.size(); ++index) {
    auto& server = servers_[index];
    if (server.phase != Phase::asking) continue;
    if (std::ranges::find(requests_, index, &Request::server) != requests_.end()) continue;
    server.phase = Phase::finished;
    if (std::exchange(server.answered, true)) continue;
    const auto& host = server.configured.host;
    outputs_.push_back(GatheringFailed{server.configured.url, server_unreachable,
                                       server.places.empty()
                                           ? "The name of STUN server " + host + " was not found"
                                           : "STUN server " + host + " did not answer on any local address"});
  }
}

void Gatherer::poll_transmit(TransmitQueue& out) {
  for (const auto& entry : outbox_.entries()) out.push(entry.path, outbox_.bytes(entry));
  outbox_.clear();
}

std::optional<Gatherer::Output> Gatherer::poll() {
  if (outputs_.empty()) return std::nullopt;
  return outputs_.pop_front();
}

bool Gatherer::done() const noexcept {
  return std::ranges::all_of(servers_, [](const Server& each) { return each.phase == Phase::finished; });
}

TimePoint Gatherer::next_timeout() const noexcept {
  if (deadline_ == never || done()) return never;
  auto earliest = deadline_;
  for (const auto& each : requests_) {
    earliest = std::min({earliest, each.yields_at, each.transaction ? each.transaction->next_timeout() : next_slot_});
  }
  return earliest;
}

}  // namespace sluice::ice
