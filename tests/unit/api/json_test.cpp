#include <nlohmann/json.hpp>

#include "sluice/ice_candidate.hpp"
#include "sluice/peer_connection.hpp"
#include "sluice/session_description.hpp"
#include "support/catch.hpp"

using namespace sluice;

namespace {

error_code description_error(std::string_view json) {
  const auto result = session_description_from_json(json);
  return result ? error_code{} : result.error();
}

error_code candidate_error(std::string_view json) {
  const auto result = ice_candidate_from_json(json);
  return result ? error_code{} : result.error();
}

}  // namespace

TEST_CASE("a description survives the way through JSON", "[api]") {
  for (const auto type : {SdpType::offer, SdpType::pranswer, SdpType::answer, SdpType::rollback}) {
    const SessionDescription description{type, "v=0\r\no=\"\\\" \xc3\xa9\r\n"};
    const auto again = session_description_from_json(to_json(description));
    REQUIRE(again.has_value());
    CHECK(*again == description);
  }
}

TEST_CASE("a description in JSON is what browsers write", "[api]") {
  CHECK(nlohmann::json::parse(to_json(SessionDescription{SdpType::offer, "v=0\r\n"})) ==
        nlohmann::json::parse(R"({"type":"offer","sdp":"v=0\r\n"})"));
}

TEST_CASE("a rollback needs no sdp, and unknown members are ignored", "[api]") {
  CHECK(*session_description_from_json(R"({"type":"rollback"})") == SessionDescription{SdpType::rollback, ""});
  CHECK(*session_description_from_json(R"({"type":"answer","sdp":"v=0","x":{"y":[1]}})") ==
        SessionDescription{SdpType::answer, "v=0"});
}

TEST_CASE("each defect of a description in JSON has its error", "[api]") {
  CHECK(description_error("") == Error::json_syntax);
  CHECK(description_error("{") == Error::json_syntax);
  CHECK(description_error("[]") == Error::json_syntax);
  CHECK(description_error("null") == Error::json_syntax);
  CHECK(description_error(R"({"sdp":""})") == Error::json_missing_type);
  CHECK(description_error(R"({"type":null,"sdp":""})") == Error::json_missing_type);
  CHECK(description_error(R"({"type":1,"sdp":""})") == Error::json_wrong_type_of_type);
  CHECK(description_error(R"({"type":"Offer","sdp":""})") == Error::json_unknown_type);
  CHECK(description_error(R"({"type":"offer"})") == Error::json_missing_sdp);
  CHECK(description_error(R"({"type":"offer","sdp":7})") == Error::json_wrong_type_of_sdp);
}

TEST_CASE("a candidate survives the way through JSON, with and without its optional members", "[api][IC-11]") {
  const IceCandidate full{"candidate:1 1 udp 1 192.0.2.1 9 typ host", "0", 0, "abcd"};
  for (const auto& candidate : {full, IceCandidate{"", std::nullopt, std::nullopt, std::nullopt},
                                IceCandidate{"x", std::nullopt, 65535, std::nullopt}}) {
    const auto again = ice_candidate_from_json(to_json(candidate));
    REQUIRE(again.has_value());
    CHECK(*again == candidate);
  }
}

TEST_CASE("a candidate in JSON has exactly W3C's members", "[api][IC-11]") {
  const auto json = nlohmann::json::parse(to_json(IceCandidate{.candidate = "c", .sdp_mid = "0"}));
  CHECK(json ==
        nlohmann::json::parse(R"({"candidate":"c","sdpMid":"0","sdpMLineIndex":null,"usernameFragment":null})"));
}

TEST_CASE("members of a candidate may be null or missing, except the candidate", "[api][IC-11]") {
  const IceCandidate only{"c", std::nullopt, std::nullopt, std::nullopt};
  CHECK(*ice_candidate_from_json(R"({"candidate":"c"})") == only);
  CHECK(*ice_candidate_from_json(
            R"({"candidate":"c","sdpMid":null,"sdpMLineIndex":null,"usernameFragment":null,"foundation":"1"})") ==
        only);
}

TEST_CASE("each defect of a candidate in JSON has its error", "[api][IC-11]") {
  CHECK(candidate_error("candidate:1") == Error::json_syntax);
  CHECK(candidate_error(R"("c")") == Error::json_syntax);
  CHECK(candidate_error(R"({"sdpMid":"0"})") == Error::json_missing_candidate);
  CHECK(candidate_error(R"({"candidate":null})") == Error::json_missing_candidate);
  CHECK(candidate_error(R"({"candidate":1})") == Error::json_wrong_type_of_candidate);
  CHECK(candidate_error(R"({"candidate":"","sdpMid":0})") == Error::json_wrong_type_of_mid);
  for (const auto* index : {"-1", "65536", "1.5", "\"0\"", "99999999999999999999", "true"}) {
    CHECK(candidate_error(std::string{R"({"candidate":"","sdpMLineIndex":)"} + index + "}") ==
          Error::json_wrong_type_of_mline_index);
  }
  CHECK(candidate_error(R"({"candidate":"","usernameFragment":{}})") == Error::json_wrong_type_of_username_fragment);
}

TEST_CASE("hostile JSON is refused without harm", "[api]") {
  CHECK(description_error(std::string(100'000, '[')) == Error::json_syntax);
  CHECK(description_error("{\"type\":\"\xff\"}") == Error::json_syntax);
  CHECK_FALSE(to_json(SessionDescription{SdpType::offer, "\xff"}).empty());
}

TEST_CASE("states print in W3C's words", "[api]") {
  CHECK(to_string(SignalingState::have_local_offer) == "have-local-offer");
  CHECK(to_string(SignalingState::have_remote_pranswer) == "have-remote-pranswer");
  CHECK(to_string(IceGatheringState::new_) == "new");
  CHECK(to_string(IceGatheringState::complete) == "complete");
  CHECK(to_string(ConnectionState::new_) == "new");
  CHECK(to_string(ConnectionState::disconnected) == "disconnected");
  CHECK(to_string(ConnectionState::closed) == "closed");
  CHECK(to_string(IceConnectionState::completed) == "completed");
  CHECK(to_string(IceConnectionState::closed) == "closed");
  CHECK(to_string(DataChannelState::connecting) == "connecting");
  CHECK(to_string(DataChannelState::closed) == "closed");
  CHECK(to_string(BundlePolicy::max_compat) == "max-compat");
  CHECK(to_string(IceTransportPolicy::relay) == "relay");
  CHECK(to_string(IceCandidateType::srflx) == "srflx");
}
