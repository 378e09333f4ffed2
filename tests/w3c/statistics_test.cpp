// Statistics.   W3C §8, webrtc-stats
#include <nlohmann/json.hpp>
#include <set>

#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

StatsReport stats_of(Session& s, PeerConnection& pc) { return result_of<StatsReport>(s.io, pc.async_get_stats()); }

// Of every object in the report.
std::multiset<std::string> ids(const StatsReport& report) {
  std::multiset<std::string> all{report.peer_connection.id};
  if (report.transport) all.insert(report.transport->id);
  if (report.sctp) all.insert(report.sctp->id);
  for (const auto& each : report.data_channels) all.insert(each.id);
  for (const auto& each : report.candidate_pairs) all.insert(each.id);
  for (const auto& each : report.local_candidates) all.insert(each.id);
  for (const auto& each : report.remote_candidates) all.insert(each.id);
  for (const auto& each : report.certificates) all.insert(each.id);
  return all;
}

}  // namespace

TEST_CASE("objects of statistics keep their identity, which is theirs alone", "[w3c][ST-A]") {
  Session s, other;
  s.connect();
  other.connect();
  const auto before = stats_of(s, s.a), after = stats_of(s, s.a);
  const auto all = ids(before);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
  CHECK(ids(after) == all);
  for (const auto& id : ids(stats_of(other, other.a))) CHECK_FALSE(all.contains(id));
  CHECK(before.timestamp <= after.timestamp);
  const auto difference = std::chrono::system_clock::now() - after.timestamp;
  CHECK((difference >= 0s && difference < 1min));
}

TEST_CASE("a report has every kind of object, each with its references", "[w3c][ST-B]") {
  Session s;
  s.connect();
  const auto report = stats_of(s, s.a);
  REQUIRE(report.transport.has_value());
  CHECK(report.transport->ice_state >= IceTransportState::connected);
  CHECK(report.transport->dtls_state == DtlsTransportState::connected);
  CHECK(report.transport->ice_role == IceRole::controlling);
  CHECK(report.transport->dtls_role == "server");
  CHECK(report.transport->tls_version == "FEFD");
  const auto all = ids(report);
  for (const auto& reference : {report.transport->selected_candidate_pair_id, report.transport->local_certificate_id,
                                report.transport->remote_certificate_id}) {
    REQUIRE(reference.has_value());
    CHECK(all.contains(*reference));
  }
  REQUIRE_FALSE(report.candidate_pairs.empty());
  for (const auto& pair : report.candidate_pairs) {
    CHECK(pair.transport_id == report.transport->id);
    CHECK(all.contains(pair.local_candidate_id));
    CHECK(all.contains(pair.remote_candidate_id));
  }
  REQUIRE(report.certificates.size() == 2);
  CHECK("sha-256 " + report.certificates[1].fingerprint !=
        report.certificates[0].fingerprint_algorithm + " " + report.certificates[0].fingerprint);
  REQUIRE(report.sctp.has_value());
  CHECK(report.sctp->transport_id == report.transport->id);
}

TEST_CASE("a report in JSON is W3C's map of objects", "[w3c][ST-B][ST-A]") {
  Session s;
  s.connect();
  const auto report = stats_of(s, s.a);
  const auto json = nlohmann::json::parse(to_json(report));
  REQUIRE(json.is_object());
  CHECK(json.size() == ids(report).size());
  std::set<std::string> types;
  for (const auto& [id, object] : json.items()) {
    CHECK(object.at("id") == id);
    CHECK(object.at("timestamp").is_number());
    types.insert(object.at("type").get<std::string>());
  }
  CHECK(types == std::set<std::string>{"peer-connection", "data-channel", "transport", "candidate-pair",
                                       "local-candidate", "remote-candidate", "certificate", "sluice-sctp"});
  const auto& channel = json.at(report.data_channels.at(0).id);
  CHECK(channel.at("label") == "chat");
  CHECK(channel.at("dataChannelIdentifier") == 1);
  CHECK(channel.at("state") == "open");
  for (const auto* member : {"messagesSent", "bytesSent", "messagesReceived", "bytesReceived", "protocol"}) {
    CHECK(channel.contains(member));
  }
}

TEST_CASE("statistics can be read before the beginning and after the end", "[w3c][ST-C][ST-7]") {
  Session s;
  CHECK(stats_of(s, s.a).peer_connection.data_channels_opened == 0);
  CHECK_FALSE(stats_of(s, s.a).transport.has_value());
  const auto channel = s.connect();
  CHECK_FALSE(channel.send("hello"));
  s.until([&] { return s.at_b.has("chat.message hello"); });
  const auto before = stats_of(s, s.a);
  s.a.close();
  const auto after = stats_of(s, s.a);
  REQUIRE(after.data_channels.size() == 1);
  CHECK(after.data_channels[0].bytes_sent == 5);
  CHECK(after.data_channels[0].id == before.data_channels.at(0).id);
  CHECK(after.data_channels[0].state == DataChannelState::closed);
  CHECK(after.transport.has_value());
}

TEST_CASE("a channel counts what the application has sent and received, and stays", "[w3c][ST-D]") {
  Session s;
  const auto channel = s.connect();
  CHECK_FALSE(channel.send("12345"));
  CHECK_FALSE(channel.send(""));
  s.until([&] { return s.at_b.seen({"chat.message"}).size() == 2; });
  const auto at_a = stats_of(s, s.a), at_b = stats_of(s, s.b);
  REQUIRE((at_a.data_channels.size() == 1 && at_b.data_channels.size() == 1));
  CHECK(at_a.data_channels[0].messages_sent == 2);
  CHECK(at_a.data_channels[0].bytes_sent == 5);
  CHECK(at_a.data_channels[0].messages_received == 0);
  CHECK(at_b.data_channels[0].messages_received == 2);
  CHECK(at_b.data_channels[0].bytes_received == 5);
  CHECK(at_a.transport->bytes_sent > 5);
  channel.close();
  s.until([&] { return s.at_a.has("chat.close"); });
  const auto later = stats_of(s, s.a);
  REQUIRE(later.data_channels.size() == 1);
  CHECK(later.data_channels[0].state == DataChannelState::closed);
  CHECK(later.data_channels[0].bytes_sent == 5);
}

TEST_CASE("channels that were open are counted when they open and when they close", "[w3c][ST-F]") {
  Session s;
  const auto never = s.a.create_data_channel("never");
  s.at_a.watch(never);
  never.close();
  s.until([&] { return s.at_a.has("never.close"); });
  const auto channel = s.connect();
  CHECK(stats_of(s, s.a).peer_connection.data_channels_opened == 1);
  CHECK(stats_of(s, s.a).peer_connection.data_channels_closed == 0);
  channel.close();
  s.until([&] { return s.at_a.has("chat.close") && s.at_b.has("chat.close"); });
  for (auto* pc : {&s.a, &s.b}) {
    CHECK(stats_of(s, *pc).peer_connection.data_channels_opened == 1);
    CHECK(stats_of(s, *pc).peer_connection.data_channels_closed == 1);
  }
}
