// Agent: connectivity checks, sent and received.   RFC 8445 §7
#include <algorithm>

#include "ice/agent.hpp"

namespace sluice::ice {
namespace {

namespace attribute = stun::attribute;

constexpr std::size_t max_early_checks = 16;
constexpr unsigned max_role_conflicts = 8;  // of a pair; two agents that mean well need one

struct Username {
  std::string_view receiver;
  std::string_view sender;
};

// RFC 8445 §7.2.2: the receiver's fragment comes first.
std::optional<Username> read_username(const stun::Message& message) {
  const auto text = message.get(attribute::username);
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == text->npos) return std::nullopt;
  return Username{text->substr(0, colon), text->substr(colon + 1)};
}

}  // namespace

bool Agent::may_check() const noexcept { return !options_.lite && generation_.remote && generation_.local; }

void Agent::send_scheduled_check(TimePoint now) {
  auto& checklist = generation_.checklist;
  if (!may_check() || !checklist.slot_free(now)) return;
  if (auto* pair = checklist.next(now)) {
    if (pair->needs_stream()) return open_stream(now, *pair);
    auto check = make_check(*pair, Check::Purpose::connectivity);
    outbox_.push_back({pair->path, Outgoing::Kind::request, check.request});
    checklist.sent(now, *pair, std::move(check));
    ++pair->counters.requests_sent;
  } else if (auto* check = checklist.due(now)) {
    outbox_.push_back({check->path, Outgoing::Kind::request, check->request});
    checklist.resent(now, *check);
  } else {
    return;
  }
  ++counters_.checks_sent;
}

Check Agent::make_check(Pair& pair, Check::Purpose purpose) {
  const auto& local = *generation_.local;
  const auto& remote = *generation_.remote;
  const auto preference = generation_.find_base(pair.path.local)->socket.preference;
  Check check{.id = stun::new_transaction_id(*random_, options_.transaction_mark),
              .path = pair.path,
              .purpose = purpose,
              .role = role_};
  check.nominates = nominates(pair, purpose) ? Check::Nominates::yes : Check::Nominates::no;
  auto& request = check.request;
  request.add(attribute::username, remote.credentials.ufrag + ':' + local.credentials.ufrag);
  request.add(attribute::priority,
              candidate_priority(CandidateType::peer_reflexive, preference, 1, pair.local.transport));  // §7.1.1
  request.add(role_ == Role::controlling ? attribute::ice_controlling : attribute::ice_controlled, tie_breaker_);
  if (check.nominates == Check::Nominates::yes) request.add(attribute::use_candidate);
  return check;
}

// A lite agent keeps no valid list of its own, so it is told about one pair only, and only when that works (§8.1.1).
bool Agent::nominates(const Pair& pair, Check::Purpose purpose) const {
  if (role_ != Role::controlling) return false;
  if (purpose == Check::Purpose::consent) return true;
  const auto* selected = generation_.selected_pair();
  return !generation_.remote->lite && (selected == nullptr || pair.priority > selected->priority);
}

void Agent::handle_datagram(TimePoint now, const Path& path, ByteView datagram) {
  if (state_ == State::closed) return;
  if (generation_.consent.health(now) == Consent::Health::expired) expire_consent(now);  // too late to prolong it
  const auto message = stun::Message::parse(datagram);
  if (!message) {
    ++counters_.malformed;
  } else if (message->method() != stun::Method::binding) {
    ++counters_.unexpected;
  } else if (message->is_response()) {
    handle_response(now, path, *message);
  } else if (message->is_request()) {
    handle_request(now, path, *message);
  }
  advance(now);
  if (outbox_.empty()) rest_keys();
}

// §7.3. Who does not know our password gets no answer at all: neither an error to learn from nor traffic to aim at
// somebody else.
void Agent::handle_request(TimePoint now, const Path& path, const stun::Message& request) {
  if (ended() || generation_.find_base(path.local) == nullptr) {
    ++counters_.unexpected;
    return;
  }
  if (!authentic(request)) {
    ++counters_.unauthenticated;
    return;
  }
  if (const auto* pair = generation_.checklist.find(path); pair != nullptr && pair->consent_expired) {
    ++counters_.unexpected;  // RFC 7675 §5.1: nothing is sent there, and the peer has to notice
    return;
  }
  if (!request.unknown_required().empty()) return refuse(path, request, {420, "Unknown Attribute"});
  if (!request.get(attribute::priority)) return refuse(path, request, {400, "Bad Request"});
  if (requester_must_switch(request)) return refuse(path, request, {487, "Role Conflict"});
  read_embedded(request);
  if (!generation_.remote) return remember(now, path, request);
  accept_check(now, {path, {}, *request.get(attribute::priority), request.has(attribute::use_candidate)});
  respond(path, request);
}

// §7.3 asks for our half of the user name only. Both are compared, because during a restart a peer may check its old
// candidates with a mixture of both generations, and would then settle on a path that dies.
bool Agent::authentic(const stun::Message& request) const {
  const auto username = read_username(request);
  if (!username || !generation_.local || username->receiver != generation_.local->credentials.ufrag) return false;
  if (generation_.remote && username->sender != generation_.remote->credentials.ufrag) return false;
  return request.has_fingerprint() && request.authenticated_by(generation_.local->key);
}

// §7.3.1.1. False if there is no conflict, or if it has been settled by switching our own role.
bool Agent::requester_must_switch(const stun::Message& request) {
  const bool controlling = role_ == Role::controlling;
  const auto theirs = request.get(controlling ? attribute::ice_controlling : attribute::ice_controlled);
  if (!theirs) return false;
  if (options_.lite) return true;  // §6.1.1 has decided it
  if ((tie_breaker_ >= *theirs) == controlling) return true;
  switch_role(controlling ? Role::controlled : Role::controlling);
  return false;
}

void Agent::respond(const Path& path, const stun::Message& request) {
  stun::Builder response{stun::Class::success_response, stun::Method::binding, request.transaction_id()};
  response.add(attribute::xor_mapped_address, path.remote);
  answer(path, std::move(response), Outgoing::Kind::response);
}

void Agent::refuse(const Path& path, const stun::Message& request, stun::ErrorCode error) {
  stun::Builder response{stun::Class::error_response, stun::Method::binding, request.transaction_id()};
  response.add(attribute::error_code, error);
  if (error.code == 420) response.add(attribute::unknown_attributes, request.unknown_required());
  answer(path, std::move(response), Outgoing::Kind::refusal);
}

// Every request that counts is answered once.
void Agent::answer(const Path& path, stun::Builder response, Outgoing::Kind kind) {
  outbox_.push_back({path, kind, std::move(response)});
  auto* counters = generation_.counters(path);
  if (counters == nullptr) return;
  ++counters->requests_received;
  ++counters->responses_sent;
}

void Agent::read_embedded(const stun::Message& message) {
  if (auto packet = piggyback_.read(message)) events_.push_back(PacketEmbedded{*std::move(packet)});
}

// The answer has to be given although the peer's password is unknown: the offerer is checked before it has seen the
// SDP answer (RFC 8445 §7.3, last paragraph).
void Agent::remember(TimePoint now, const Path& path, const stun::Message& request) {
  auto& early = generation_.early_checks;
  Generation::EarlyCheck check{path, std::string{read_username(request)->sender}, *request.get(attribute::priority),
                               request.has(attribute::use_candidate), now};
  const auto same = [&](const auto& each) { return each.path == path && each.remote_ufrag == check.remote_ufrag; };
  if (const auto found = std::ranges::find_if(early, same); found != early.end()) {
    check.use_candidate |= found->use_candidate;
    check.counters = found->counters;
    *found = std::move(check);
  } else if (early.size() < max_early_checks) {
    early.push_back(std::move(check));
  } else {
    ++counters_.over_limit;
    return;
  }
  respond(path, request);
}

// §7.3.1.3 to §7.3.1.5
void Agent::accept_check(TimePoint now, const Generation::EarlyCheck& check) {
  auto& checklist = generation_.checklist;
  auto* pair = checklist.find(check.path);
  if (pair == nullptr) {
    pair = add_peer_reflexive(check);
    generation_.consent.hurry(now);  // the peer may have moved there: is it still where it was?
  }
  if (pair == nullptr) return;
  pair->admitted = true;
  pair->authenticated_at = now;
  pair->counters += check.counters;
  if (options_.lite) return accept_check_lite(now, *pair, check.use_candidate);
  if (pair->valid() && now >= *pair->last_response + Consent::lifetime) lose(*pair);
  if (check.use_candidate && role_ == Role::controlled) {
    if (pair->valid()) {
      nominate(now, *pair);
    } else {
      pair->nomination = Nomination::requested;
    }
  }
  checklist.trigger(*pair);
  if (state_ == State::failed && pair->unfinished()) revive(now);
}

Pair* Agent::add_peer_reflexive(const Generation::EarlyCheck& check) {
  const auto* base = generation_.find_base(check.path.local);
  const Candidate remote{.foundation = "prflx" + std::to_string(generation_.checklist.pairs().size()),
                         .transport = opposite(base->socket.transport),
                         .priority = check.priority,
                         .address = check.path.remote,
                         .type = CandidateType::peer_reflexive};
  auto* pair = generation_.checklist.add(role_, check.path, base->host, remote);
  if (pair == nullptr) {
    ++counters_.over_limit;
  } else if (pair->over_tcp()) {
    pair->stream = PairStream::open;  // the check came through it
  }
  return pair;
}

// §7.2.5
void Agent::handle_response(TimePoint now, const Path& path, const stun::Message& response) {
  auto& checklist = generation_.checklist;
  const auto* outstanding = checklist.checks().find(response.transaction_id());
  if (outstanding == nullptr) {
    if (!gatherer_.handle_response(path, response)) ++counters_.unexpected;
    return;
  }
  if (!response.authenticated_by(generation_.remote->key)) {
    ++counters_.unauthenticated;
    return;
  }
  const auto check = *outstanding;
  checklist.checks().remove(check.id);
  auto* pair = checklist.find(check.path);
  if (pair == nullptr || pair->consent_expired) return;
  const auto mapped = response.get(attribute::xor_mapped_address);
  if (path != check.path) {  // §7.2.5.2.1: not symmetric
    ++counters_.unexpected;
    if (!pair->valid()) checklist.fail(*pair);
    return;
  }
  pair->authenticated_at = now;
  read_embedded(response);
  ++pair->counters.responses_received;
  pair->counters.total_round_trip += now - check.started;
  if (response.message_class() == stun::Class::error_response) {
    handle_error(*pair, check, response);
  } else if (mapped) {
    handle_success(now, *pair, check, *mapped);
  } else {
    ++counters_.malformed;
    if (!pair->valid()) checklist.fail(*pair);
  }
}

void Agent::handle_success(TimePoint now, Pair& pair, const Check& check, const Endpoint& mapped) {
  ++counters_.responses_received;
  pair.mapped = mapped;
  pair.last_response = now;
  pair.admitted = true;
  if (check.sent == 1) pair.round_trip = now - check.started;  // Karn's algorithm, RFC 8489 §6.2.1
  generation_.checklist.succeed(pair);
  if (generation_.selected == pair.path) {
    generation_.consent.handle_response(now, *random_);
    if (now < generation_.insists_until) generation_.consent.hurry(now + insistence);
    generation_.checklist.set_floor(pair.priority);  // if it was doubted, the others need not take over
  }
  if (check.nominates == Check::Nominates::yes && role_ == Role::controlling) pair.nomination = Nomination::done;
  if (pair.nomination == Nomination::requested && role_ == Role::controlled) nominate(now, pair);
}

void Agent::handle_error(Pair& pair, const Check& check, const stun::Message& response) {
  auto& checklist = generation_.checklist;
  const auto error = response.get(attribute::error_code);
  if (error && error->code == 487 && ++pair.role_conflicts <= max_role_conflicts) {  // §7.2.5.1
    if (check.role == role_) {
      switch_role(role_ == Role::controlling ? Role::controlled : Role::controlling);
      tie_breaker_ = random_->u64();
    }
    checklist.trigger(pair);
  } else if (!pair.valid()) {
    checklist.fail(pair);
  }
}

}  // namespace sluice::ice
