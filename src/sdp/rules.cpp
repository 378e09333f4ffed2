#include "sdp/rules.hpp"

#include <algorithm>
#include <array>

#include "sdp/transport.hpp"

namespace sluice::sdp {
namespace {

using enum SignalingState;

struct Transition {
  SignalingState from;
  Side side;
  Type type;
  SignalingState to;
};

constexpr auto transitions = std::to_array<Transition>({
    {stable, Side::local, Type::offer, have_local_offer},
    {stable, Side::remote, Type::offer, have_remote_offer},
    {have_local_offer, Side::local, Type::offer, have_local_offer},
    {have_local_offer, Side::remote, Type::pranswer, have_remote_pranswer},
    {have_local_offer, Side::remote, Type::answer, stable},
    {have_remote_offer, Side::remote, Type::offer, have_remote_offer},
    {have_remote_offer, Side::local, Type::pranswer, have_local_pranswer},
    {have_remote_offer, Side::local, Type::answer, stable},
    {have_local_pranswer, Side::local, Type::pranswer, have_local_pranswer},
    {have_local_pranswer, Side::local, Type::answer, stable},
    {have_remote_pranswer, Side::remote, Type::pranswer, have_remote_pranswer},
    {have_remote_pranswer, Side::remote, Type::answer, stable},
});

Failure invalid(std::string detail, unsigned line = 0) {
  return {Reason::invalid_description, std::move(detail), line};
}

bool same_mid(const Section& one, const Section& other) {
  return one.mid.empty() || other.mid.empty() || one.mid == other.mid;
}

}  // namespace

std::optional<SignalingState> next_state(SignalingState from, Side side, Type type) noexcept {
  const auto found = std::ranges::find_if(transitions, [&](const Transition& transition) {
    return transition.from == from && transition.side == side && transition.type == type;
  });
  if (found == transitions.end()) return std::nullopt;
  return found->to;
}

std::optional<Failure> check_answer(const Session& offer, const Session& answer) {
  if (offer.sections.size() != answer.sections.size())
    return invalid("Answer every m= section of the offer, in order.");
  for (std::size_t i = 0; i < offer.sections.size(); ++i) {
    const auto& offered = offer.sections[i];
    const auto& answered = answer.sections[i];
    if (offered.media != answered.media || offered.proto != answered.proto) {
      return invalid("Answer each m= section with the media and proto offered.", answered.line_number);
    }
    if (!same_mid(offered, answered)) return invalid("Answer each m= section with its mid.", answered.line_number);
  }
  return std::nullopt;
}

std::optional<Failure> check_reoffer(const Session& local, const Session& remote, const Session& offer) {
  const auto before = std::min(local.sections.size(), remote.sections.size());
  if (offer.sections.size() < before) return invalid("Keep every m= section of the session in the offer.");
  for (std::size_t i = 0; i < before; ++i) {
    if (local.sections[i].zero_port() || (remote.sections[i].zero_port() && !remote.sections[i].bundle_only()))
      continue;
    const auto& offered = offer.sections[i];
    if (remote.sections[i].media != offered.media || !same_mid(remote.sections[i], offered)) {
      return invalid("Keep the media and mid of an m= section that is in use.", offered.line_number);
    }
  }
  return std::nullopt;
}

std::optional<Failure> check_association(const TransportDescription& before, const TransportDescription& after) {
  if (same_identity(before, after) || !same_credentials(before, after)) return std::nullopt;
  return invalid("Restart ICE when a=fingerprint or a=tls-id changes.");
}

std::optional<Failure> check_role(const TransportDescription& before, const TransportDescription& after,
                                  std::optional<bool> is_client) {
  if (!same_identity(before, after)) return std::nullopt;
  const auto taken = is_client.value_or(false) ? Setup::active : Setup::passive;
  if (is_client && after.setup == taken) return invalid("Keep the a=setup role while the DTLS association continues.");
  return std::nullopt;
}

}  // namespace sluice::sdp
