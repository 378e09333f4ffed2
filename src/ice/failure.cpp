#include "ice/failure.hpp"

namespace sluice::ice {
namespace {

std::string unanswered(const Failed& failed) {
  const auto what = failed.pairs == 1 ? std::string{"The only candidate pair"}
                                      : "None of " + std::to_string(failed.pairs) + " candidate pairs";
  const std::string result = failed.pairs == 1 ? " was not answered" : " was answered";
  if (!failed.relayed) {
    return what + result + ", and none led through a relay; configure a TURN server, on one side at least.";
  }
  return what + result +
         ", not through a relay either; check that the peer is running and that its firewall, or the TURN server's "
         "policy, does not block it.";
}

}  // namespace

std::string explain(const Failed& failed) {
  switch (failed.reason) {
    case Failed::Reason::no_local_candidates:
      if (failed.relay_only) {
        return "No TURN server gave a relayed address, and the policy allows nothing else; check the servers' "
               "addresses "
               "and credentials.";
      }
      return "No local candidate was found; check that a network interface is up and that the network options allow "
             "its address.";
    case Failed::Reason::no_remote_candidates:
      return "The peer sent no candidate that can be used; check that signaling carries its candidates.";
    case Failed::Reason::no_common_family:
      return "No local address can reach any of the peer's: they are of another family or scope; give both sides IPv4 "
             "or both IPv6, or a TURN server that has both.";
    case Failed::Reason::no_answer:
      return unanswered(failed);
    case Failed::Reason::not_checked:
      return "The peer has not nominated any address of this ICE-lite side; check that they are public and that the "
             "peer "
             "is a full ICE agent.";
    case Failed::Reason::no_valid_answer:
      return "The checks were answered, but not validly; check that both sides use the descriptions of one round, and "
             "that no other device answers in the peer's place.";
    case Failed::Reason::consent_lost:
      return "The peer has not answered for 30 seconds; restart ICE when the network is back.";
  }
  return {};
}

}  // namespace sluice::ice
