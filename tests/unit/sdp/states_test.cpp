// The signaling state machine, state by state and call by call.   RFC 9429 §5.5, §5.6, W3C §4.4
#include "peer.hpp"

using namespace sluice;
using namespace sluice::sdp;
using namespace sluice::sdp::test;

namespace {

using enum SignalingState;

constexpr auto wrong = Reason::wrong_signaling_state;

// Text that the other side could have sent; an answer to any offer of ours.
std::string remote_answer() { return with_line(plain_offer, "a=setup", "a=setup:active"); }

void bring_to(Peer& peer, SignalingState state) {
  peer->data_channel_created();
  switch (state) {
    case stable:
      break;
    case have_local_offer:
      peer.set_own(Type::offer);
      break;
    case have_remote_offer:
      peer.set_other(Type::offer, plain_offer);
      break;
    case have_local_pranswer:
      peer.set_other(Type::offer, plain_offer);
      peer.set_own(Type::pranswer);
      break;
    case have_remote_pranswer:
      peer.set_own(Type::offer);
      peer.set_other(Type::pranswer, remote_answer());
      break;
    case closed:
      peer->close();
      break;
  }
  REQUIRE(peer->state() == state);
}

// What a call leads to: a state, or the reason why not.
struct Result {
  std::optional<SignalingState> state{};
  std::optional<Reason> reason{};
  friend bool operator==(const Result&, const Result&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Result& outcome) {
    if (outcome.state) return out << "state " << static_cast<int>(*outcome.state);
    return out << "reason " << static_cast<int>(*outcome.reason);
  }
};
Result to(SignalingState state) { return {state, {}}; }
Result no(Reason reason) { return {{}, reason}; }

template <class Returned>
Result result_of(const Peer& peer, const Returned& result) {
  if (result) return to(peer.signaling.state());
  CHECK_FALSE(result.error().detail.empty());
  return no(result.error().reason);
}

struct Row {
  SignalingState from;
  Result create_offer, create_answer;
  Result local_implied, local_offer, local_pranswer, local_answer, local_rollback;
  Result remote_offer, remote_pranswer, remote_answer, remote_rollback;
};

const auto refused = no(wrong);
const auto gone = no(Reason::closed);

const std::vector<Row> rows = {
    {stable, to(stable), refused, to(have_local_offer), to(have_local_offer), refused, refused, refused,
     to(have_remote_offer), refused, refused, refused},
    {have_local_offer, to(have_local_offer), refused, to(have_local_offer), to(have_local_offer), refused, refused,
     to(stable), to(have_remote_offer), to(have_remote_pranswer), to(stable), to(stable)},
    {have_remote_offer, refused, to(have_remote_offer), to(stable), refused, to(have_local_pranswer), to(stable),
     to(stable), to(have_remote_offer), refused, refused, to(stable)},
    {have_local_pranswer, refused, to(have_local_pranswer), to(stable), refused, to(have_local_pranswer), to(stable),
     refused, refused, refused, refused, refused},
    {have_remote_pranswer, refused, refused, refused, refused, refused, refused, refused, refused,
     to(have_remote_pranswer), to(stable), refused},
    {closed, gone, gone, gone, gone, gone, gone, gone, gone, gone, gone, gone},
};

}  // namespace

TEST_CASE("every call in every state leads where the table of JSEP says, or changes nothing",
          "[sdp][OA-1][SD-1][SD-3][SD-4][SD-5][SD-7][SD-8][OP-2][OP-5]") {
  const auto& row = GENERATE(from_range(rows));
  const auto check = [&](const char* name, const Result& wanted, auto&& call) {
    Peer peer{1};
    bring_to(peer, row.from);
    const auto before = peer->local() ? peer->local()->sdp : "";
    const auto remote_before = peer->remote() ? peer->remote()->sdp : "";
    INFO(name << " in state " << static_cast<int>(row.from));
    CHECK(result_of(peer, call(peer.signaling)) == wanted);
    if (wanted.reason) {
      CHECK(peer->state() == row.from);
      CHECK((peer->local() ? peer->local()->sdp : "") == before);
      CHECK((peer->remote() ? peer->remote()->sdp : "") == remote_before);
    }
  };
  check("create_offer", row.create_offer, [](Signaling& s) { return s.create_offer(false); });
  check("create_answer", row.create_answer, [](Signaling& s) { return s.create_answer(); });
  check("set_local()", row.local_implied, [](Signaling& s) { return s.set_local({}, {}); });
  check("set_local(offer)", row.local_offer, [](Signaling& s) { return s.set_local(Type::offer, {}); });
  check("set_local(pranswer)", row.local_pranswer, [](Signaling& s) { return s.set_local(Type::pranswer, {}); });
  check("set_local(answer)", row.local_answer, [](Signaling& s) { return s.set_local(Type::answer, {}); });
  check("set_local(rollback)", row.local_rollback, [](Signaling& s) { return s.set_local(Type::rollback, "any"); });
  check("set_remote(offer)", row.remote_offer, [](Signaling& s) { return s.set_remote(Type::offer, plain_offer); });
  check("set_remote(pranswer)", row.remote_pranswer,
        [](Signaling& s) { return s.set_remote(Type::pranswer, remote_answer()); });
  check("set_remote(answer)", row.remote_answer,
        [](Signaling& s) { return s.set_remote(Type::answer, remote_answer()); });
  check("set_remote(rollback)", row.remote_rollback, [](Signaling& s) { return s.set_remote(Type::rollback, ""); });
}

TEST_CASE("a new connection has said nothing", "[sdp][CF-1]") {
  const Peer peer{1};
  CHECK(peer.signaling.state() == stable);
  CHECK_FALSE(peer.signaling.local());
  CHECK_FALSE(peer.signaling.remote());
  CHECK_FALSE(peer.signaling.current_local());
  CHECK_FALSE(peer.signaling.pending_local());
  CHECK_FALSE(peer.signaling.current_remote());
  CHECK_FALSE(peer.signaling.pending_remote());
  CHECK_FALSE(peer.signaling.can_trickle_ice_candidates());
  CHECK_FALSE(peer.signaling.negotiated().local);
  CHECK_FALSE(peer.signaling.negotiated().remote);
}

TEST_CASE("pending descriptions become current with the answer", "[sdp][SD-10]") {
  Peer alice{1};
  Peer bob{2};
  alice->data_channel_created();
  const auto offer = alice.set_own(Type::offer);
  CHECK(alice->pending_local()->sdp == offer);
  CHECK(alice->pending_local()->type == Type::offer);
  CHECK_FALSE(alice->current_local());
  bob.set_other(Type::offer, offer);
  CHECK(bob->pending_remote()->sdp == offer);
  const auto answer = bob.set_own(Type::answer);
  CHECK(bob->current_local() == bob->local());
  CHECK(bob->current_local()->sdp == answer);
  CHECK(bob->current_local()->type == Type::answer);
  CHECK(bob->current_remote()->sdp == offer);
  CHECK_FALSE(bob->pending_local());
  CHECK_FALSE(bob->pending_remote());
  alice.set_other(Type::answer, answer);
  CHECK(alice->current_local()->sdp == offer);
  CHECK(alice->current_remote()->sdp == answer);
  CHECK_FALSE(alice->pending_local());
}

TEST_CASE("only what was created last can be set, and that is checked before the state", "[sdp][SD-2]") {
  Peer alice{1};
  alice->data_channel_created();
  const auto first = *alice->create_offer(false);
  CHECK(reason_of(alice->set_local(Type::offer, first + "a=x\r\n")) == Reason::description_modified);
  CHECK(reason_of(alice->set_local(Type::answer, first)) == Reason::description_modified);
  CHECK(alice->state() == stable);
  CHECK(alice->set_local(Type::offer, first).has_value());
  alice.set_other(Type::answer, remote_answer());
  CHECK(reason_of(alice->set_local(Type::offer, first)) == Reason::description_modified);
}

TEST_CASE("an answer belongs to the offer that it was created for", "[sdp][SD-2][SD-21]") {
  Peer bob{1};
  bob.set_other(Type::offer, plain_offer);
  const auto answer = *bob->create_answer();
  bob.set_other(Type::offer, media_offer);
  CHECK(bob->state() == have_remote_offer);
  CHECK(reason_of(bob->set_local(Type::answer, answer)) == Reason::description_modified);
  CHECK(lines_of(bob.set_own(), "m=").size() == 2);
}

TEST_CASE("set_local without a text uses the last one if it is still accurate", "[sdp][SD-1][OA-3]") {
  Peer alice{1};
  SECTION("it is") {
    alice->data_channel_created();
    const auto offer = *alice->create_offer(false);
    CHECK(alice.set_own() == offer);
  }
  SECTION("it is, with its new credentials") {
    Peer bob{2};
    alice->data_channel_created();
    negotiate(alice, bob);
    const auto offer = *alice->create_offer(true);
    CHECK(alice.set_own() == offer);
  }
  SECTION("a channel came after it") {
    const auto offer = *alice->create_offer(false);
    CHECK(lines_of(offer, "m=").empty());
    alice->data_channel_created();
    CHECK(lines_of(alice.set_own(), "m=").size() == 1);
  }
  SECTION("restart_ice came after it") {
    Peer bob{2};
    alice->data_channel_created();
    negotiate(alice, bob);
    const auto offer = *alice->create_offer(false);
    alice->restart_ice();
    CHECK(line_of(alice.set_own(), "a=ice-ufrag") != line_of(offer, "a=ice-ufrag"));
  }
}

TEST_CASE("a remote offer that collides rolls the local one back", "[sdp][SD-4][PN-1]") {
  Peer alice{1};
  Peer bob{2};
  alice->data_channel_created();
  bob->data_channel_created();
  alice.set_own();
  const auto offer = bob.set_own();
  SECTION("and is applied") {
    alice.set_other(Type::offer, offer);
    CHECK(alice->state() == have_remote_offer);
    CHECK_FALSE(alice->pending_local());
    CHECK_FALSE(alice->negotiated().local);
    CHECK_FALSE(alice->negotiated().local_is_offerer);
    bob.set_other(Type::answer, alice.set_own());
    CHECK(alice->state() == stable);
    CHECK(bob->state() == stable);
    CHECK(alice->negotiated().remote->ufrag == bob->negotiated().local->ufrag);
  }
  SECTION("unless it is invalid: then the local one stands") {
    const auto before = *alice->local();
    CHECK(reason_of(alice->set_remote(Type::offer, without_line(offer, "a=ice-pwd"))) == Reason::invalid_description);
    CHECK(reason_of(alice->set_remote(Type::offer, "v=0\r\nbroken")) == Reason::sdp_syntax);
    CHECK(alice->state() == have_local_offer);
    CHECK(*alice->local() == before);
    CHECK(alice->negotiated().local_is_offerer);
    alice.set_other(Type::answer, remote_answer());
    CHECK(alice->state() == stable);
  }
}

TEST_CASE("rollback returns to what was agreed when last stable", "[sdp][SD-5][SD-6]") {
  Peer alice{1};
  Peer bob{2};
  alice->data_channel_created();
  SECTION("of a first local offer: nothing, and the next offer starts anew") {
    const auto first = alice.set_own();
    REQUIRE(alice->set_local(Type::rollback, {}).has_value());
    CHECK(alice->state() == stable);
    CHECK_FALSE(alice->local());
    CHECK_FALSE(alice->negotiated().local);
    CHECK(alice->negotiation_needed());
    CHECK(line_of(alice.set_own(), "a=ice-ufrag") != line_of(first, "a=ice-ufrag"));
  }
  SECTION("of a first remote offer") {
    alice.set_other(Type::offer, plain_offer);
    REQUIRE(alice->set_remote(Type::rollback, {}).has_value());
    CHECK_FALSE(alice->remote());
    CHECK_FALSE(alice->negotiated().remote);
    CHECK(alice->remote_candidates().empty());
    CHECK_FALSE(alice->can_trickle_ice_candidates());
  }
  SECTION("of a restart") {
    negotiate(alice, bob);
    const auto agreed = alice->negotiated();
    REQUIRE(alice->create_offer(true).has_value());
    alice.set_own();
    CHECK(alice->negotiated().local != agreed.local);
    REQUIRE(alice->set_local(Type::rollback, {}).has_value());
    CHECK(alice->negotiated().local == agreed.local);
    CHECK(alice->negotiated().remote == agreed.remote);
    CHECK(alice->negotiated().dtls_client == agreed.dtls_client);
    CHECK(alice->local() == alice->current_local());
  }
}

TEST_CASE("a provisional answer means what an answer means, and its role stays", "[sdp][SD-22]") {
  Peer alice{1};
  Peer bob{2};
  alice->data_channel_created();
  bob.set_other(Type::offer, alice.set_own());
  const auto provisional = bob.set_own(Type::pranswer);
  CHECK(bob->state() == have_local_pranswer);
  CHECK(bob->local()->type == Type::pranswer);
  CHECK(bob->negotiated().dtls_client == true);
  alice.set_other(Type::pranswer, provisional);
  CHECK(alice->state() == have_remote_pranswer);
  CHECK(alice->negotiated().dtls_client == false);
  CHECK(alice->negotiated().remote == bob->negotiated().local);

  const auto answer = bob.set_own(Type::answer);
  CHECK(line_of(answer, "a=ice-ufrag") == line_of(provisional, "a=ice-ufrag"));
  CHECK(line_of(answer, "a=tls-id") == line_of(provisional, "a=tls-id"));
  CHECK(line_of(answer, "a=setup") == "a=setup:active");
  SECTION("the answer completes the round") {
    alice.set_other(Type::answer, answer);
    CHECK(alice->state() == stable);
  }
  SECTION("the answer may not swap the role") {
    const auto swapped = with_line(answer, "a=setup", "a=setup:passive");
    CHECK(reason_of(alice->set_remote(Type::answer, swapped)) == Reason::invalid_description);
    CHECK(alice->state() == have_remote_pranswer);
  }
}

TEST_CASE("an answer may take what a provisional one refused", "[sdp][SD-22]") {
  Peer alice{1};
  alice->data_channel_created();
  alice.set_own();
  alice.set_other(Type::pranswer, replaced(remote_answer(), "m=application 9", "m=application 0"));
  CHECK(alice->negotiated().rejected);
  alice.set_other(Type::answer, remote_answer());
  CHECK_FALSE(alice->negotiated().rejected);
  CHECK(alice->negotiated().local);
  CHECK(alice->negotiated().remote);
}

TEST_CASE("after the end descriptions stay and nothing is needed", "[sdp][ST-7]") {
  Peer alice{1};
  alice->data_channel_created();
  const auto offer = alice.set_own();
  alice->close();
  CHECK(alice->state() == closed);
  CHECK(alice->local()->sdp == offer);
  alice->restart_ice();
  CHECK_FALSE(alice->negotiation_needed());
  CHECK(reason_of(alice->add_remote_candidate({})) == Reason::closed);
}
