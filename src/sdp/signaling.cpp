#include "sdp/signaling.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "sdp/author.hpp"
#include "sdp/candidates.hpp"
#include "sdp/progress.hpp"
#include "sdp/rules.hpp"

namespace sluice::sdp {
namespace {

using enum SignalingState;

constexpr auto no_limit = std::numeric_limits<std::size_t>::max();
constexpr Limits no_limits{no_limit, no_limit, no_limit};  // for what we wrote ourselves

Failure closed_failure() { return {Reason::closed, "Use a connection that is not closed."}; }

std::string_view name_of(SignalingState state) noexcept {
  switch (state) {
    case stable:
      return "stable";
    case have_local_offer:
      return "have-local-offer";
    case have_remote_offer:
      return "have-remote-offer";
    case have_local_pranswer:
      return "have-local-pranswer";
    case have_remote_pranswer:
      return "have-remote-pranswer";
    case closed:
      return "closed";
  }
  return "";
}

Failure wrong_state(std::string_view wanted, SignalingState state) {
  std::string detail{wanted};
  detail.append(" Now the signaling state is ").append(name_of(state)).append(".");
  return {Reason::wrong_signaling_state, std::move(detail)};
}

Failure wrong_description(SignalingState state) {
  return wrong_state("Set an offer when stable, an answer to an offer of the other side.", state);
}

Type implied_type(SignalingState state) noexcept {  // W3C §4.4.2.2 setLocalDescription
  return state == stable || state == have_local_offer || state == have_remote_pranswer ? Type::offer : Type::answer;
}

const Description* description_of(const std::optional<Applied>& applied) noexcept {
  return applied ? &applied->description : nullptr;
}

void record(std::vector<IceCredentials>& list, const std::optional<TransportDescription>& local) {
  if (!local) return;
  IceCredentials credentials{local->ufrag, local->pwd};
  if (std::ranges::find(list, credentials) == list.end()) list.push_back(std::move(credentials));
}

}  // namespace

Signaling::Signaling(SignalingOptions options, Random& random)
    : options_{options},
      author_{std::make_unique<Author>(std::move(options), random)},
      progress_{std::make_unique<Progress>()} {}

Signaling::~Signaling() = default;

void Signaling::data_channel_created() {
  if (!progress_->data_wanted) author_->conditions_changed();
  progress_->data_wanted = true;
  progress_->data_refused = false;
}

void Signaling::set_sctp_init(std::string init) { author_->set_sctp_init(std::move(init)); }

Expected<std::string> Signaling::create_offer(bool ice_restart) {
  if (state() == closed) return closed_failure();
  if (state() != stable && state() != have_local_offer) return wrong_state("Create offers when stable.", state());
  return author_->create_offer(awake(), ice_restart);
}

Expected<std::string> Signaling::create_answer() {
  if (state() == closed) return closed_failure();
  if (state() != have_remote_offer && state() != have_local_pranswer) {
    return wrong_state("Create answers to a remote offer.", state());
  }
  return author_->create_answer(awake());
}

// W3C §4.4.2.2: the text to set, which has to be one that we made.
Expected<std::string> Signaling::created(Type type, std::string sdp) {
  if (sdp.empty() && author_->is_accurate(type)) return author_->last(type);
  if (sdp.empty()) return type == Type::offer ? create_offer(false) : create_answer();
  if (sdp != author_->last(type)) {
    return Failure{Reason::description_modified, "Set what create_offer or create_answer made last, unchanged."};
  }
  return sdp;
}

Expected<void> Signaling::set_local(std::optional<Type> type, std::string sdp) {
  if (state() == closed) return closed_failure();
  const auto what = type.value_or(implied_type(state()));
  if (what == Type::rollback) return roll_back();
  auto text = created(what, std::move(sdp));
  if (!text) return text.error();
  const auto next = next_state(state(), Side::local, what);
  if (!next) return wrong_description(state());
  auto session = parse_session(*text, no_limits);
  if (!session) return session.error();
  auto progress = awake();
  auto applied = apply_local(progress, *next, what, {{what, *std::move(text)}, *std::move(session)});
  if (!applied) return applied;
  commit(std::move(progress));
  if (what == Type::answer) author_->round_completed();
  return applied;
}

Expected<void> Signaling::set_remote(Type type, std::string sdp) {
  if (state() == closed) return closed_failure();
  if (type == Type::rollback) return roll_back();
  auto progress = awake();
  // Glare: the local offer gives way within the same step. W3C §4.4.2.2 setRemoteDescription
  if (type == Type::offer && progress.state == have_local_offer) sdp::roll_back(progress);
  const auto next = next_state(progress.state, Side::remote, type);
  if (!next) return wrong_description(state());
  auto session = parse_session(sdp, options_.limits);
  if (!session) return session.error();
  Applied description{{type, std::move(sdp)}, *std::move(session)};
  auto applied = apply_remote(progress, *next, type, std::move(description), options_.bundle_policy);
  if (!applied) return applied;
  commit(std::move(progress));
  author_->forget_answer();
  if (type == Type::answer) author_->round_completed();
  return applied;
}

Expected<void> Signaling::roll_back() {
  if (state() != have_local_offer && state() != have_remote_offer) {
    return wrong_state("Roll back offers only.", state());
  }
  auto progress = awake();
  sdp::roll_back(progress);
  author_->forget_answer();
  commit(std::move(progress));
  return {};
}

void Signaling::commit(Progress&& progress) {
  *progress_ = std::move(progress);
  author_->round_changed(*progress_);
}

void Signaling::add_local_candidate(std::string_view ufrag, std::string candidate) {
  auto& progress = awake();
  for (auto* slot : {&progress.pending_local, &progress.current_local}) {
    if (*slot && put_own_candidate((*slot)->session, ufrag, candidate, options_.limits.candidates)) {
      (*slot)->description.sdp = to_string((*slot)->session);
    }
  }
}

void Signaling::end_of_local_candidates(std::string_view ufrag) {
  auto& progress = awake();
  for (auto* slot : {&progress.pending_local, &progress.current_local}) {
    if (*slot && put_own_end((*slot)->session, ufrag)) (*slot)->description.sdp = to_string((*slot)->session);
  }
}

Expected<bool> Signaling::add_remote_candidate(const RemoteCandidate& candidate) {
  if (state() == closed) return closed_failure();
  auto progress = awake();
  auto added = sdp::add_remote_candidate(progress, candidate, options_.limits);
  if (added) *progress_ = std::move(progress);
  return added;
}

void Signaling::restart_ice() {
  if (state() == closed) return;
  record(progress_->to_replace, progress_->settled().negotiated.local);
  record(progress_->to_replace, progress_->latest.negotiated.local);
  author_->conditions_changed();
}

void Signaling::ice_servers_changed() {
  if (state() == closed) return;
  record(progress_->outdated, progress_->settled().negotiated.local);
  record(progress_->outdated, progress_->latest.negotiated.local);
  author_->conditions_changed();
}

void Signaling::close() { progress_->state = closed; }

void Signaling::rest() {
  if (state() != stable || std::exchange(resting_, true)) return;
  for (auto* slot : {&progress_->current_local, &progress_->current_remote}) {
    if (*slot) (*slot)->session = {};
  }
}

// A description's text and its session always say the same.
Progress& Signaling::awake() const {
  if (!std::exchange(resting_, false)) return *progress_;
  for (auto* slot : {&progress_->current_local, &progress_->current_remote}) {
    if (!*slot) continue;
    auto session = parse_session((*slot)->description.sdp, no_limits);
    assert(session.has_value());
    if (session) (*slot)->session = *std::move(session);
  }
  return *progress_;
}

SignalingState Signaling::state() const noexcept { return progress_->state; }

bool Signaling::negotiation_needed() const {  // W3C §4.7.3
  if (state() == closed) return false;
  if (!progress_->to_replace.empty()) return true;
  // Not W3C: a refusal is not met with the same offer again, for ever.
  return progress_->data_wanted && !progress_->data_refused && !progress_->settled().negotiated.local;
}

const Negotiated& Signaling::negotiated() const noexcept { return progress_->latest.negotiated; }
const std::vector<std::string>& Signaling::remote_candidates() const noexcept { return progress_->remote_candidates; }
const Description* Signaling::current_local() const noexcept { return description_of(progress_->current_local); }
const Description* Signaling::pending_local() const noexcept { return description_of(progress_->pending_local); }
const Description* Signaling::current_remote() const noexcept { return description_of(progress_->current_remote); }
const Description* Signaling::pending_remote() const noexcept { return description_of(progress_->pending_remote); }

const Description* Signaling::local() const noexcept {
  const auto* applied = progress_->local();
  return applied ? &applied->description : nullptr;
}

const Description* Signaling::remote() const noexcept {
  const auto* applied = progress_->remote();
  return applied ? &applied->description : nullptr;
}

std::optional<bool> Signaling::can_trickle_ice_candidates() const {
  const auto* remote = awake().remote();
  if (!remote) return std::nullopt;
  return remote->session.lists_ice_option("trickle");
}

}  // namespace sluice::sdp
