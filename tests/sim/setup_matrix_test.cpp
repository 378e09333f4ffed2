// Every a=setup that a peer may write, to an offerer and to an answerer.   RFC 8842 §5, RFC 4145 §4
#include <algorithm>

#include "sim/rounds.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

enum class We { offer, answer };
enum class Outcome { client, server, refused };  // our DTLS role, or Reason::invalid_description

struct Row {
  We we;
  const char* setup;
  Outcome outcome;
};

// RFC 8842 §5.2, §5.3: an offer says actpass, active or passive; an answer has to choose. holdconn (RFC 4145 §4) holds
// no DTLS association. An offer without the attribute is taken as actpass, as browsers do; RFC 4145 §4.1 would have it
// active, which the answer to actpass, active, contradicts only where the peer insists on it.
constexpr Row rows[] = {
    {We::answer, "a=setup:active", Outcome::server},
    {We::answer, "a=setup:passive", Outcome::client},
    {We::answer, "a=setup:actpass", Outcome::client},
    {We::answer, "a=setup:holdconn", Outcome::refused},
    {We::answer, "", Outcome::client},
    {We::offer, "a=setup:active", Outcome::server},
    {We::offer, "a=setup:passive", Outcome::client},
    {We::offer, "a=setup:actpass", Outcome::refused},
    {We::offer, "a=setup:holdconn", Outcome::refused},
    {We::offer, "", Outcome::refused},
};

// What the peer has to read so that it takes the role that its own text, as we read it, says.
Rewrite as_read_by_peer(const Row& row) {
  if (row.we == We::offer && row.outcome == Outcome::client) return with_line("a=setup", "a=setup:active");
  return unchanged;
}

Expected<void> negotiate(World& world, const Row& row, const Rewrite& peers_text) {
  auto& we = world.alice();
  auto& peer = world.bob();
  if (row.we == We::offer) return round(world, we, peer, as_read_by_peer(row), peers_text);
  return round(world, peer, we, peers_text);
}

TEST_CASE("a=setup of the peer gives the roles, or is refused", "[sim][AN-4][SD-14][rfc8842-5.2][rfc8842-5.3]") {
  for (const auto& row : rows) {
    INFO((row.we == We::offer ? "we offer, the answer says '" : "we answer, the offer says '") << row.setup << "'");
    World world{91};
    auto& we = world.alice();
    auto& peer = world.bob();
    we.set_trickle(false);
    peer.set_trickle(false);
    we.open_channel({.label = "ours"});
    peer.open_channel({.label = "theirs"});
    const auto taken = negotiate(world, row, with_line("a=setup", row.setup));
    if (row.outcome == Outcome::refused) {
      REQUIRE(taken.has_error());
      CHECK(taken.error().reason == Reason::invalid_description);
      CHECK_FALSE(taken.error().detail.empty());
      CHECK_FALSE(we.engine().signaling().remote());
      const bool offered = we.engine().signaling().state() == sdp::SignalingState::have_local_offer;
      CHECK(offered == (row.we == We::offer));
      world.run_for(2s);
      CHECK(we.engine().dtls_state() == peer::DtlsState::new_);
      continue;
    }
    REQUIRE(taken.has_value());
    REQUIRE(world.run_until([&] { return we.has("announced theirs") && peer.has("announced ours"); }, 10s));
    const bool client = row.outcome == Outcome::client;
    CHECK(we.engine().signaling().negotiated().dtls_client == client);
    CHECK(we.engine().statistics().dtls_role == (client ? dtls::Role::client : dtls::Role::server));
    CHECK(peer.engine().statistics().dtls_role == (client ? dtls::Role::server : dtls::Role::client));
    CHECK(*peer.engine().channels().id(*peer.channel("ours")) % 2 == (client ? 0 : 1));
  }
}

}  // namespace
}  // namespace sluice::sim
