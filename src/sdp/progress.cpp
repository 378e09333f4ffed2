#include "sdp/progress.hpp"

#include <algorithm>
#include <utility>

#include "sdp/candidates.hpp"
#include "sdp/rules.hpp"

namespace sluice::sdp {
namespace {

// Neither side has said anything any more that carries data.
void close_data(Negotiated& negotiated, bool rejected) {
  negotiated.local.reset();
  negotiated.remote.reset();
  negotiated.dtls_client.reset();
  negotiated.rejected = rejected;
}

bool offers_data(const Session& offer) { return std::ranges::any_of(offer.sections, &Section::is_data); }

void point_to(Negotiated& negotiated, const Section& section, std::size_t index) {
  negotiated.mid = section.mid;
  negotiated.mline_index = static_cast<std::uint16_t>(index);
  negotiated.rejected = false;
}

// The data section of ours, as its transport says. RFC 9143 §9.1
Expected<void> take_own(Negotiated& negotiated, const Session& own, std::size_t data, Type type) {
  const auto placement = place_in_own(own, data);
  auto transport = read_transport(own, placement, type);
  if (!transport) return transport.error();
  negotiated.local = *std::move(transport);
  negotiated.transport_mid = own.sections[placement.transport].mid;
  negotiated.transport_mline_index = static_cast<std::uint16_t>(placement.transport);
  return {};
}

// Of a local description with candidates that its text does not have yet: they were found after it was created.
void add_candidates_found(Progress& progress, Applied& applied) {
  for (const auto* before : {&progress.pending_local, &progress.current_local}) {
    if (*before) carry_candidates((*before)->session, applied.session);
  }
  const auto text = to_string(applied.session);
  if (text != applied.description.sdp) applied.description.sdp = text;
}

bool in_use(const Progress& progress, const std::vector<IceCredentials>& credentials) {
  const auto& local = progress.settled().negotiated.local;
  return local && std::ranges::find(credentials, IceCredentials{local->ufrag, local->pwd}) != credentials.end();
}

// An answer has completed the round: what was pending is current.
void settle(Progress& progress) {
  progress.current_local = std::move(progress.pending_local);
  progress.current_remote = std::move(progress.pending_remote);
  progress.pending_local.reset();
  progress.pending_remote.reset();
  progress.before.reset();
  progress.data_refused = progress.settled().negotiated.rejected;
  if (!progress.settled().negotiated.local) progress.tls_id.clear();  // RFC 8842 §4: a new one for a new association
  if (!in_use(progress, progress.to_replace)) progress.to_replace.clear();
  if (!in_use(progress, progress.outdated)) progress.outdated.clear();
}

void finish(Progress& progress, SignalingState next) {
  progress.state = next;
  if (next == SignalingState::stable) settle(progress);
}

// Also from anew, with another offer.
void begin_round(Progress& progress) {
  if (progress.before) {
    progress.latest = *progress.before;
  } else {
    progress.before = std::make_shared<Agreement>(progress.latest);
  }
}

Expected<void> apply_local_offer(Progress& progress, const Session& offer) {
  begin_round(progress);
  auto& negotiated = progress.latest.negotiated;
  negotiated.local_is_offerer = true;
  const auto data = own_data_section(offer);
  if (!data) return {};
  point_to(negotiated, offer.sections[*data], *data);
  return take_own(negotiated, offer, *data, Type::offer);
}

Expected<void> apply_local_answer(Progress& progress, const Session& answer) {
  const auto& offer = progress.pending_remote->session;
  if (auto failure = check_answer(offer, answer)) return *std::move(failure);
  auto& negotiated = progress.latest.negotiated;
  const auto data = own_data_section(answer);
  if (!data || !negotiated.remote) {
    close_data(negotiated, offers_data(offer));
    return {};
  }
  if (auto taken = take_own(negotiated, answer, *data, Type::answer); !taken) return taken;
  negotiated.dtls_client = negotiated.local->setup == Setup::active;
  return {};
}

Expected<void> apply_remote_offer(Progress& progress, const Session& offer, BundlePolicy policy) {
  if (progress.current_local && progress.current_remote) {
    const auto& remote = progress.current_remote->session;
    if (auto failure = check_reoffer(progress.current_local->session, remote, offer)) return *std::move(failure);
  }
  begin_round(progress);
  auto& negotiated = progress.latest.negotiated;
  negotiated.local_is_offerer = false;
  const auto placement = place_in_offer(offer, negotiated.mid, policy);
  if (!placement) return {};
  auto transport = read_transport(offer, *placement, Type::offer);
  if (!transport) return transport.error();
  if (negotiated.remote) {
    auto failure = check_association(*negotiated.remote, *transport);
    if (!failure) failure = check_role(*negotiated.remote, *transport, negotiated.dtls_client);
    if (failure) return *std::move(failure);
  }
  progress.remote_candidates = described_candidates(offer, *placement, Type::offer);
  point_to(negotiated, offer.sections[placement->data], placement->data);
  negotiated.remote = *std::move(transport);
  progress.latest.remote = *placement;
  return {};
}

// RFC 9429 §5.11: new credentials answer a restart, and only a restart.
std::optional<Failure> check_restart(const Negotiated& settled, const Negotiated& latest,
                                     const TransportDescription& answered) {
  if (!settled.remote || !settled.local || !latest.local) return std::nullopt;
  const bool offered = !same_credentials(*settled.local, *latest.local);
  const bool accepted = !same_credentials(*settled.remote, answered);
  if (offered == accepted) return std::nullopt;
  return Failure{Reason::invalid_description,
                 offered ? "Answer an ICE restart with new a=ice-ufrag and a=ice-pwd."
                         : "Keep a=ice-ufrag and a=ice-pwd in the answer, as the offer restarts nothing."};
}

// Our offer once more, because a provisional answer may have refused what the next one takes.
Expected<void> restore_own(Negotiated& negotiated, const Session& offer, std::size_t data) {
  point_to(negotiated, offer.sections[data], data);
  return take_own(negotiated, offer, data, Type::offer);
}

// Not RFC 8842 §5.3, by which an answer of a later round keeps the role of its side: Firefox always answers active, and
// goes on as it was.
Expected<void> take_answer(Progress& progress, const Session& answer, const Placement& placement) {
  const auto& settled = progress.settled().negotiated;
  auto& negotiated = progress.latest.negotiated;
  auto transport = read_transport(answer, placement, Type::answer);
  if (!transport) return transport.error();
  const bool goes_on = settled.dtls_client && settled.remote && same_identity(*settled.remote, *transport);
  auto failure = check_restart(settled, negotiated, *transport);
  if (!failure && negotiated.remote) failure = check_association(*negotiated.remote, *transport);
  if (!failure && negotiated.remote && !goes_on) {
    failure = check_role(*negotiated.remote, *transport, negotiated.dtls_client);
  }
  if (failure) return *std::move(failure);
  progress.remote_candidates = described_candidates(answer, placement, Type::answer);
  negotiated.dtls_client = goes_on ? settled.dtls_client : transport->setup == Setup::passive;
  negotiated.remote = *std::move(transport);
  progress.latest.remote = placement;
  return {};
}

Expected<void> apply_remote_answer(Progress& progress, const Session& answer) {
  const auto& offer = progress.pending_local->session;
  if (auto failure = check_answer(offer, answer)) return *std::move(failure);
  const auto data = own_data_section(offer);
  const auto placement = data ? place_in_answer(answer, *data) : std::nullopt;
  if (!placement) {
    close_data(progress.latest.negotiated, data.has_value());
    return {};
  }
  if (const auto& section = answer.sections[*data]; !section.is_data()) {
    return Failure{Reason::invalid_description, "Answer the data section with its format.", section.line_number};
  }
  if (auto restored = restore_own(progress.latest.negotiated, offer, *data); !restored) return restored;
  return take_answer(progress, answer, *placement);
}

}  // namespace

const Applied* Progress::local() const noexcept {
  if (pending_local) return &*pending_local;
  return current_local ? &*current_local : nullptr;
}

const Applied* Progress::remote() const noexcept {
  if (pending_remote) return &*pending_remote;
  return current_remote ? &*current_remote : nullptr;
}

std::optional<std::size_t> own_data_section(const Session& own) {
  const auto found = std::ranges::find_if(
      own.sections, [](const Section& section) { return section.is_data() && !section.zero_port(); });
  if (found == own.sections.end()) return std::nullopt;
  return static_cast<std::size_t>(found - own.sections.begin());
}

Expected<void> apply_local(Progress& progress, SignalingState next, Type type, Applied applied) {
  auto done = type == Type::offer ? apply_local_offer(progress, applied.session)
                                  : apply_local_answer(progress, applied.session);
  if (!done) return done;
  if (const auto& local = progress.latest.negotiated.local; local && !local->tls_id.empty()) {
    progress.tls_id = local->tls_id;
  }
  add_candidates_found(progress, applied);
  progress.pending_local = std::move(applied);
  finish(progress, next);
  return {};
}

Expected<void> apply_remote(Progress& progress, SignalingState next, Type type, Applied applied, BundlePolicy policy) {
  if (auto failure = check_media(applied.session)) return *std::move(failure);
  progress.remote_candidates.clear();
  auto done = type == Type::offer ? apply_remote_offer(progress, applied.session, policy)
                                  : apply_remote_answer(progress, applied.session);
  if (!done) return done;
  progress.pending_remote = std::move(applied);
  finish(progress, next);
  return {};
}

void roll_back(Progress& progress) {
  progress.pending_local.reset();
  progress.pending_remote.reset();
  if (const auto before = std::exchange(progress.before, nullptr)) progress.latest = *before;
  progress.remote_candidates.clear();
  progress.state = SignalingState::stable;
}

}  // namespace sluice::sdp
