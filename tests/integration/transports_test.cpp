// What the transports of a connection show while it comes up, restarts and ends.
#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// The words of everything that happens to a connection's transports, in order.
struct Watch {
  std::vector<std::string> words;

  void say(std::string_view what, std::string_view value) {
    words.push_back(std::string{what} + ' ' + std::string{value});
  }
  void of(const SctpTransport& sctp) {
    sctp.on_state_change([this](SctpTransportState state) { say("sctp", to_string(state)); });
    const auto dtls = sctp.transport();
    dtls.on_state_change([this](DtlsTransportState state) { say("dtls", to_string(state)); });
    dtls.on_error([this](const RtcError& error) { say("error", w3c_error_detail(error.code)); });
    const auto ice = dtls.ice_transport();
    ice.on_state_change([this](IceTransportState state) { say("ice", to_string(state)); });
    ice.on_selected_candidate_pair_change([this](const auto& pair) { say("pair", pair ? "some" : "none"); });
  }
  bool has(std::string_view word) const { return std::ranges::find(words, word) != words.end(); }
};

}  // namespace

TEST_CASE("the transports exist from the first description on, and show the connection come up",
          "[integration][SD-12][ST-1][ST-2][ST-3][CE-5][IC-16][DC-30][DC-31]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  Watch watch;
  std::optional<SctpTransport> at_offer;
  CHECK_FALSE(pair.a.sctp().has_value());
  pair.a.on_signaling_state_change([&](SignalingState state) {
    if (state != SignalingState::have_local_offer) return;
    at_offer = pair.a.sctp();
    REQUIRE(at_offer.has_value());
    CHECK(at_offer->state() == SctpTransportState::connecting);
    CHECK_FALSE(at_offer->max_channels().has_value());
    CHECK(at_offer->transport().state() == DtlsTransportState::new_);
    CHECK(at_offer->transport().remote_certificates().empty());
    CHECK(at_offer->transport().ice_transport().role() == IceRole::controlling);
    watch.of(*at_offer);
  });
  auto channel = pair.a.create_data_channel("x");
  channel.on_open([&] { watch.say("channel", "open"); });
  REQUIRE(run_until(io, [&] { return watch.has("channel open") && pair.b.sctp() && pair.b.sctp()->max_channels(); }));

  const std::vector<std::string> wanted{"ice checking",   "pair some",      "ice connected", "dtls connecting",
                                        "dtls connected", "sctp connected", "channel open"};
  std::vector<std::string> seen;  // a better pair, or the end of the checks, may come at any time
  std::ranges::copy_if(watch.words, std::back_inserter(seen), [&](const std::string& word) {
    return std::ranges::find(wanted, word) != wanted.end() && std::ranges::find(seen, word) == seen.end();
  });
  CHECK(seen == wanted);

  CHECK(pair.a.sctp() == at_offer);
  CHECK(at_offer->max_channels() == 256);
  CHECK(at_offer->max_message_size() == 256 * 1024);
  const auto dtls = at_offer->transport();
  REQUIRE(dtls.remote_certificates().size() == 1);
  CHECK(dtls.remote_certificates().front().size() > 100);
  const auto ice = dtls.ice_transport(), other = pair.b.sctp()->transport().ice_transport();
  CHECK(other.role() == IceRole::controlled);
  CHECK(ice.local_parameters() == other.remote_parameters());
  CHECK(ice.remote_parameters() == other.local_parameters());
  REQUIRE_FALSE(ice.local_candidates().empty());
  const auto described = describe(ice.local_candidates().front());
  REQUIRE(described.has_value());
  CHECK(described->type == IceCandidateType::host);
  CHECK(described->component == 1);
  CHECK_FALSE(described->foundation.empty());
  CHECK(ice.gathering_state() == pair.a.ice_gathering_state());
}

TEST_CASE("closing sets every transport to closed, without an event", "[integration][ST-6][ST-7][DC-31]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  Watch watch;
  auto channel = pair.a.create_data_channel("x");
  bool open = false;
  channel.on_open([&] { open = true; });
  REQUIRE(run_until(io, [&] { return open; }));
  const auto sctp = *pair.a.sctp();
  watch.of(sctp);
  io.poll();  // what waited for a handler
  watch.words.clear();
  pair.a.close();
  CHECK(sctp.state() == SctpTransportState::closed);
  CHECK(sctp.transport().state() == DtlsTransportState::closed);
  CHECK(sctp.transport().ice_transport().state() == IceTransportState::closed);
  CHECK(pair.a.sctp() == sctp);
  pair.b.close();
  io.run();
  CHECK(watch.words.empty());
  CHECK(sctp.max_channels() == 256);
}

TEST_CASE("a certificate that no description names fails DTLS, and the error comes before the state",
          "[integration][ST-4][SD-17][CE-4]") {
  asio::io_context io;
  PeerConnection a{io}, b{io}, stranger{io};
  Watch watch;
  std::optional<ConnectionState> state;
  auto channel = a.create_data_channel("x"), other = stranger.create_data_channel("x");
  error_code opening;
  channel.async_wait_open([&](error_code error) { opening = error; });
  a.on_connection_state_change([&](ConnectionState next) { state = next; });
  const auto pass = [](PeerConnection& to) {
    return [&to](std::optional<IceCandidate> candidate) {
      if (candidate) to.async_add_ice_candidate(*std::move(candidate), [](error_code) {});
    };
  };
  stranger.async_set_local_description([&](error_code) {
    const auto foreign = stranger.local_description()->sdp;
    const auto from = foreign.find("a=fingerprint:"), end = foreign.find("\r\n", from);
    a.async_set_local_description([&, line = foreign.substr(from, end - from)](error_code) {
      watch.of(*a.sctp());
      b.async_set_remote_description(*a.local_description(), [](error_code) {});
      b.async_set_local_description([&, line](error_code) {
        auto answer = *b.local_description();
        const auto start = answer.sdp.find("a=fingerprint:");
        answer.sdp.replace(start, answer.sdp.find("\r\n", start) - start, line);
        a.async_set_remote_description(std::move(answer), [](error_code) {});
        a.on_ice_candidate(pass(b));
        b.on_ice_candidate(pass(a));
      });
    });
  });
  REQUIRE(run_until(io, [&] { return state == ConnectionState::failed; }));
  const auto error = std::ranges::find(watch.words, "error fingerprint-failure");
  REQUIRE(error != watch.words.end());
  CHECK(std::find(error, watch.words.end(), "dtls failed") != watch.words.end());
  CHECK(opening == Error::fingerprint_mismatch);
  CHECK(a.last_error().code == Error::fingerprint_mismatch);
  CHECK_FALSE(watch.has("sctp connected"));
}
