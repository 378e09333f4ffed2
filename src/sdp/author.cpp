#include "sdp/author.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "sdp/candidates.hpp"
#include "sdp/text.hpp"

namespace sluice::sdp {
namespace {

constexpr std::size_t ufrag_size = 8;    // 48 bits; RFC 8445 §5.3 asks for 24
constexpr std::size_t pwd_size = 24;     // 144 bits; RFC 8445 §5.3 asks for 128
constexpr std::size_t tls_id_size = 24;  // 144 bits; RFC 8842 §4 asks for 120
constexpr std::size_t largest_mid = 4;   // digits of a peer's mid that ours have to avoid

bool is_settled_rejected(const Progress& progress, std::size_t index) {
  const auto& local = progress.current_local->session.sections[index];
  if (local.zero_port()) return true;
  const auto& remote = *progress.current_remote;
  return remote.description.type == Type::answer && remote.session.sections[index].zero_port();
}

// RFC 9429 §3.5.1: gathered with servers that have been replaced since.
bool is_outdated(const Progress& progress, const TransportDescription& local) {
  const IceCredentials credentials{local.ufrag, local.pwd};
  return std::ranges::find(progress.outdated, credentials) != progress.outdated.end();
}

// RFC 9429 §5.2.2: bundled is what the last answer bundled, less what is rejected, and what is new.
std::vector<std::string> bundle_of_offer(const Progress& progress, const std::vector<Section>& sections) {
  const Applied* answer = nullptr;
  if (progress.current_local) {
    const bool ours = progress.current_local->description.type == Type::answer;
    answer = ours ? &*progress.current_local : &*progress.current_remote;
  }
  std::vector<std::string> result;
  for (const auto& section : sections) {
    if (section.zero_port() || section.mid.empty()) continue;
    const bool is_new = !answer || !answer->session.index_of(section.mid);
    if (is_new || !answer->session.bundle_of(section.mid).empty()) result.push_back(section.mid);
  }
  return result;
}

std::vector<std::string> bundle_of_answer(const Session& offer, const Placement& placement) {
  const auto& data = offer.sections[placement.data];
  if (offer.bundle_of(data.mid).empty()) return {};
  if (placement.transport == placement.data) return {data.mid};
  return {offer.sections[placement.transport].mid, data.mid};
}

Setup answered_setup(Setup offered, std::optional<bool> is_client) noexcept {  // RFC 8842 §5.3
  switch (offered) {
    case Setup::active:
      return Setup::passive;
    case Setup::passive:
      return Setup::active;
    case Setup::actpass:
      break;
  }
  return is_client.value_or(true) ? Setup::active : Setup::passive;
}

// RFC 8841 §10.3, §10.4: a new port of the peer's is a new association, for which we take a new one as well.
std::uint16_t answered_port(const Negotiated& settled, std::uint16_t offered, std::uint16_t first) noexcept {
  if (offered == 0) return 0;
  if (!settled.local || !settled.remote || settled.local->sctp_port == 0) return first;
  const auto port = settled.local->sctp_port;
  if (settled.remote->sctp_port == offered) return port;
  return port == std::numeric_limits<std::uint16_t>::max() ? std::uint16_t{5000} : static_cast<std::uint16_t>(port + 1);
}

}  // namespace

Author::Author(SignalingOptions options, Random& random) : options_{std::move(options)}, random_{&random} {
  origin_.session_id = std::max<std::uint64_t>(random_->u64() >> 1, 1);  // RFC 9429 §5.2.1: 63 bits, positive
}

const Author::Draft& Author::draft() {
  if (draft_) return *draft_;
  auto credentials = options_.credentials;
  if (!credentials) credentials = {random_->text(ufrag_size), random_->text(pwd_size)};
  return draft_.emplace(Draft{*std::move(credentials), random_->text(tls_id_size)});
}

TransportDescription Author::basics() {
  TransportDescription ours;
  ours.fingerprints = options_.fingerprints;
  ours.trickle = true;
  ours.sctp_port = options_.sctp_port;
  ours.max_message_size = options_.max_message_size;
  return ours;
}

TransportDescription Author::transport_of_offer(const Progress& progress, bool ice_restart) {
  const auto& before = progress.latest.negotiated.local;
  const bool restart = before && (ice_restart || !progress.to_replace.empty() || is_outdated(progress, *before));
  if (restart) {  // RFC 8445 §9: other credentials
    draft_.reset();
    options_.credentials.reset();
  }
  auto ours = basics();
  ours.setup = Setup::actpass;
  ours.ufrag = before && !restart ? before->ufrag : draft().credentials.ufrag;
  ours.pwd = before && !restart ? before->pwd : draft().credentials.pwd;
  ours.tls_id = progress.tls_id.empty() ? draft().tls_id : progress.tls_id;
  if (before && before->sctp_port != 0) ours.sctp_port = before->sctp_port;
  if (ours.sctp_port == options_.sctp_port) ours.sctp_init = sctp_init_;
  return ours;
}

TransportDescription Author::transport_of_answer(const Progress& progress) {
  const auto& settled = progress.settled().negotiated;
  const auto& offered = *progress.latest.negotiated.remote;
  const bool answered = progress.state == SignalingState::have_local_pranswer;
  const auto& before = answered ? progress.latest.negotiated : settled;
  const bool restart = !answered && settled.remote && !same_credentials(*settled.remote, offered);
  const bool continues = answered || (settled.remote && same_identity(*settled.remote, offered));
  auto ours = basics();
  const bool keep = before.local && !restart;
  if (restart) options_.credentials.reset();
  ours.ufrag = keep ? before.local->ufrag : draft().credentials.ufrag;
  ours.pwd = keep ? before.local->pwd : draft().credentials.pwd;
  ours.setup = answered_setup(offered.setup, continues ? before.dtls_client : std::nullopt);
  if (!offered.tls_id.empty()) {  // RFC 8842 §5.3: only to a peer that knows it
    ours.tls_id = continues && !progress.tls_id.empty() ? progress.tls_id : draft().tls_id;
  }
  ours.sctp_port = answered_port(settled, offered.sctp_port, options_.sctp_port);
  const bool first_ports = ours.sctp_port == options_.sctp_port && offered.sctp_port == options_.sctp_port;
  if (first_ports && !offered.sctp_init.empty()) ours.sctp_init = sctp_init_;
  return ours;
}

void Author::set_sctp_init(std::string init) {
  if (init != sctp_init_) conditions_changed();
  sctp_init_ = std::move(init);
}

std::string Author::choose_mid(const Session& base) {
  if (new_mid_.empty() || base.index_of(new_mid_)) {
    do new_mid_ = std::to_string(next_mid_++);
    while (base.index_of(new_mid_));
  }
  return new_mid_;
}

Expected<std::vector<Section>> Author::sections_of_offer(const Progress& progress, const TransportDescription& ours) {
  const Session base = progress.current_local ? progress.current_local->session : Session{};
  const auto& settled = progress.settled().negotiated;
  bool has_data = false;
  std::vector<Section> sections;
  for (std::size_t i = 0; i < base.sections.size(); ++i) {
    const auto& section = base.sections[i];
    const bool rejected = is_settled_rejected(progress, i);
    if (settled.local && i == settled.mline_index) {
      sections.push_back(data_section(section, section.mid, ours));
      has_data = true;
    } else if (settled.rejected && i == settled.mline_index && progress.data_wanted) {
      const auto mid = rejected ? choose_mid(base) : section.mid;  // recycled, RFC 9429 §5.2.2
      sections.push_back(data_section(new_data_kind(), mid, ours));
      has_data = true;
    } else {
      sections.push_back(rejected || section.is_data() ? rejected_section(section) : inactive_section(section, ours));
    }
  }
  if (progress.data_wanted && !has_data) {
    if (sections.size() >= options_.limits.media_sections) {
      return Failure{Reason::too_many, "Allow more media sections, or close the connection and start a new one."};
    }
    sections.push_back(data_section(new_data_kind(), choose_mid(base), ours));
  }
  return sections;
}

// Gives the text a version of its own unless it is the same as the last one.
std::string Author::publish(Outline outline, std::vector<Section> sections, const Progress& progress) {
  outline.session_id = origin_.session_id;
  outline.session_version = origin_.session_version;
  auto session = compose(outline, sections);
  for (const auto* before : {&progress.pending_local, &progress.current_local}) {
    if (*before) carry_candidates((*before)->session, session);
  }
  if (to_string(session) != last_text_) {
    outline.session_version = ++origin_.session_version;
    session.lines = compose(outline, {}).lines;
  }
  last_text_ = to_string(session);
  return last_text_;
}

Expected<std::string> Author::create_offer(const Progress& progress, bool ice_restart) {
  const auto ours = transport_of_offer(progress, ice_restart);
  auto sections = sections_of_offer(progress, ours);
  if (!sections) return sections.error();
  Outline outline;
  outline.ice_lite = options_.ice_lite;
  outline.ice_options = {"trickle", "ice2"};  // RFC 9429 §5.2.1
  if (options_.sped) outline.ice_options.emplace_back("sped");
  outline.bundle = bundle_of_offer(progress, *sections);
  offer_ = {publish(std::move(outline), *std::move(sections), progress), revision_};
  return offer_.sdp;
}

Expected<std::string> Author::create_answer(const Progress& progress) {
  const auto& offer = progress.pending_remote->session;
  const auto placement = place_in_offer(offer, progress.settled().negotiated.mid, options_.bundle_policy);
  const auto ours = placement ? transport_of_answer(progress) : TransportDescription{};
  std::vector<Section> sections;
  for (std::size_t i = 0; i < offer.sections.size(); ++i) {
    const auto& offered = offer.sections[i];
    if (placement && i == placement->data) {
      sections.push_back(data_section(offered, offered.mid, ours));
    } else if (placement && i == placement->transport) {
      sections.push_back(inactive_section(offered, ours));
    } else {
      sections.push_back(rejected_section(offered));
    }
  }
  Outline outline;
  for (const auto* option : {"trickle", "ice2"}) {
    if (offer.lists_ice_option(option)) outline.ice_options.emplace_back(option);  // RFC 9429 §5.3.1
  }
  if (options_.sped && offer.lists_ice_option("sped")) outline.ice_options.emplace_back("sped");
  outline.ice_lite = options_.ice_lite;
  if (placement) outline.bundle = bundle_of_answer(offer, *placement);
  answer_ = {publish(std::move(outline), std::move(sections), progress), revision_};
  return answer_.sdp;
}

void Author::round_changed(const Progress& progress) {
  conditions_changed();
  draft_.reset();
  if (!progress.remote()) return;
  for (const auto& section : progress.remote()->session.sections) {
    if (section.mid == new_mid_) new_mid_.clear();
    const auto number = parse_saturated(section.mid);
    if (number && section.mid.size() <= largest_mid)
      next_mid_ = std::max(next_mid_, static_cast<unsigned>(*number) + 1);
  }
}

// Moved out, because a string that is assigned to keeps its memory.
void Author::round_completed() {
  static_cast<void>(std::exchange(offer_, {}));
  static_cast<void>(std::exchange(answer_, {}));
}

void Author::forget_answer() { answer_ = {}; }

const std::string& Author::last(Type type) const noexcept { return type == Type::offer ? offer_.sdp : answer_.sdp; }

bool Author::is_accurate(Type type) const noexcept {
  const auto& created = type == Type::offer ? offer_ : answer_;
  return !created.sdp.empty() && created.revision == revision_;
}

}  // namespace sluice::sdp
