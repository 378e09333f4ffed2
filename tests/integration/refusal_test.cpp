// What the handles of transports say when an answer refuses data. RFC 8841 §10.3
#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// The data section with port 0, and out of the bundle.
std::string refusing(std::string sdp) {
  const auto port = sdp.find("m=application ") + std::string_view{"m=application "}.size();
  sdp.replace(port, sdp.find(' ', port) - port, "0");
  const auto group = sdp.find("a=group:BUNDLE");
  sdp.erase(group, sdp.find("\r\n", group) + 2 - group);
  return sdp;
}

}  // namespace

TEST_CASE("an answer that refuses data closes SCTP and DTLS, and their handles say so",
          "[integration][SD-12][SD-18][NN-5]") {
  asio::io_context io;
  PeerConnection a{io}, b{io};
  signal(a, b);
  auto channel = a.create_data_channel("x");
  REQUIRE(run_until(io, [&] { return channel.state() == DataChannelState::open; }));
  const auto sctp = *a.sctp();
  const auto dtls = sctp.transport();
  std::vector<std::string> words;
  sctp.on_state_change([&](SctpTransportState state) { words.push_back("sctp " + std::string{to_string(state)}); });
  dtls.on_state_change([&](DtlsTransportState state) { words.push_back("dtls " + std::string{to_string(state)}); });
  a.on_negotiation_needed(nullptr);
  bool refused = false;
  a.async_set_local_description([&](error_code error) {
    REQUIRE_FALSE(error);
    b.async_set_remote_description(*a.local_description(), [](error_code) {});
    b.async_create_answer([&](error_code, const SessionDescription& answer) {
      a.async_set_remote_description({SdpType::answer, refusing(answer.sdp)}, [&](error_code failed) {
        CHECK_FALSE(failed);
        refused = true;
      });
    });
  });
  REQUIRE(run_until(io, [&] { return refused && channel.state() == DataChannelState::closed; }));
  io.poll();
  CHECK_FALSE(a.sctp().has_value());
  CHECK(sctp.state() == SctpTransportState::closed);
  CHECK(dtls.state() == DtlsTransportState::closed);
  CHECK(std::ranges::find(words, "dtls closed") != words.end());
  CHECK(std::ranges::find(words, "sctp closed") != words.end());
}
