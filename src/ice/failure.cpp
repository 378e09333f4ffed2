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

// What it means, and what to do: RFC 8489 §14.8, RFC 8656 §19.
std::string explain(const GatheringFailed& failed) {
  switch (failed.code) {
    case 300:
      return "The server sends its clients to another host, or round in circles; configure that host, or allow to "
             "follow it.";
    case 400:
      return "The server did not understand the request; check that it is a STUN or TURN server.";
    case 401:
      return "The TURN server does not accept the credentials; check user name and password, and whether they have "
             "expired.";
    case 403:
      return "The TURN server forbids what was asked for; check its policy for this client.";
    case 420:
      return "The server does not know an attribute of the request; it is older than RFC 8656.";
    case 437:
      return "The TURN server takes this address for that of an earlier client; gather again, from another port.";
    case 438:
      return "The TURN server calls every nonce stale, its own new ones too; check its clock.";
    case 440:
      return "The TURN server has no relayed addresses of this family; use one that has.";
    case 441:
      return "The allocation was made with other credentials; use the same for all URLs of one TURN server.";
    case 442:
      return "The TURN server does not relay UDP; use one that does.";
    case 443:
      return "The TURN server's relayed address and the peer's are of different families.";
    case 486:
      return "The user has as many allocations as the TURN server grants; close other connections, or raise the quota.";
    case 500:
      return "The server has failed; try again later, or another one.";
    case 508:
      return "The TURN server has no ports or bandwidth left; try again later, or another one.";
    case server_unreachable:
      return failed.text + "; check its address, and that the network lets it through.";
    default:
      return "The server refused the request with error " + std::to_string(failed.code) + ".";
  }
}

}  // namespace sluice::ice
