// Statistics of real connections.
#include <nlohmann/json.hpp>
#include <set>

#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

StatsReport stats_of(asio::io_context& io, PeerConnection& pc) {
  std::optional<StatsReport> report;
  pc.async_get_stats([&](error_code error, StatsReport made) {
    CHECK_FALSE(error);
    report = std::move(made);
  });
  REQUIRE(run_until(io, [&] { return report.has_value(); }));
  return *report;
}

}  // namespace

TEST_CASE("statistics say what was sent, over which pair, with which certificates",
          "[integration][ST-A][ST-B][ST-C][ST-D][ST-F]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  const auto before = stats_of(io, pair.a);
  CHECK_FALSE(before.transport.has_value());
  CHECK(before.data_channels.empty());
  CHECK(before.certificates.size() == 1);

  auto channel = pair.a.create_data_channel("chat", {.protocol = "p"});
  std::size_t received = 0;
  channel.on_message([&](const Message&) { ++received; });
  pair.b.on_data_channel([](DataChannel opened) {
    opened.on_message([opened](const Message& message) { CHECK_FALSE(opened.send(message.text())); });
  });
  channel.on_open([&] {
    CHECK_FALSE(channel.send("four"));
    CHECK_FALSE(channel.send(""));
    CHECK_FALSE(channel.send(std::string(1000, 'x')));
  });
  REQUIRE(run_until(io, [&] { return received == 3; }));

  const auto report = stats_of(io, pair.a);
  CHECK(report.timestamp >= before.timestamp);
  CHECK(report.peer_connection.id == before.peer_connection.id);
  CHECK(report.peer_connection.data_channels_opened == 1);
  CHECK(report.peer_connection.data_channels_closed == 0);
  REQUIRE(report.data_channels.size() == 1);
  const auto& chat = report.data_channels.front();
  CHECK(chat.label == "chat");
  CHECK(chat.protocol == "p");
  CHECK(chat.data_channel_identifier == channel.id());
  CHECK(chat.state == DataChannelState::open);
  CHECK(chat.messages_sent == 3);
  CHECK(chat.bytes_sent == 1004);
  CHECK(chat.messages_received == 3);
  CHECK(chat.bytes_received == 1004);

  REQUIRE(report.transport.has_value());
  const auto& transport = *report.transport;
  CHECK(transport.bytes_sent > 1004);
  CHECK(transport.packets_received > 3);
  CHECK(transport.ice_role == IceRole::controlling);
  CHECK(transport.dtls_state == DtlsTransportState::connected);
  CHECK(transport.tls_version == "FEFD");
  CHECK(transport.dtls_cipher.has_value());
  REQUIRE(report.certificates.size() == 2);
  CHECK(transport.local_certificate_id == report.certificates[0].id);
  CHECK(transport.remote_certificate_id == report.certificates[1].id);
  CHECK(transport.local_certificate_id == before.certificates[0].id);
  CHECK(report.certificates[0].fingerprint_algorithm == "sha-256");
  CHECK(report.certificates[0].fingerprint.size() == 95);
  const auto selected =
      std::ranges::find(report.candidate_pairs, *transport.selected_candidate_pair_id, &CandidatePairStats::id);
  REQUIRE(selected != report.candidate_pairs.end());
  CHECK(selected->state == CandidatePairState::succeeded);
  CHECK(selected->bytes_sent > 1004);
  CHECK(selected->responses_received > 0);
  CHECK(selected->current_round_trip_time.has_value());
  const auto known = [](const auto& list, const StatsId& id) {
    return std::ranges::find(list, id, &IceCandidateStats::id) != list.end();
  };
  CHECK(known(report.local_candidates, selected->local_candidate_id));
  CHECK(known(report.remote_candidates, selected->remote_candidate_id));
  REQUIRE(report.sctp.has_value());
  CHECK(report.sctp->congestion_window > 0);
  CHECK(report.sctp->path_mtu > 500);

  channel.close();
  REQUIRE(run_until(io, [&] { return channel.state() == DataChannelState::closed; }));
  const auto after_channel = stats_of(io, pair.a);
  CHECK(after_channel.peer_connection.data_channels_closed == 1);
  REQUIRE(after_channel.data_channels.size() == 1);
  CHECK(after_channel.data_channels.front().id == chat.id);
  CHECK(after_channel.data_channels.front().state == DataChannelState::closed);
  CHECK(after_channel.data_channels.front().bytes_received == 1004);

  auto last = pair.a.create_data_channel("last");
  REQUIRE(run_until(io, [&] { return last.state() == DataChannelState::open; }));
  pair.a.close();
  const auto after_all = stats_of(io, pair.a);
  CHECK(after_all.peer_connection.data_channels_opened == 2);
  CHECK(after_all.peer_connection.data_channels_closed == 2);
  REQUIRE(after_all.transport.has_value());
  CHECK(after_all.transport->dtls_state == DtlsTransportState::closed);
  CHECK(after_all.transport->bytes_sent >= transport.bytes_sent);
  CHECK(after_all.transport->id == transport.id);
  CHECK(after_all.candidate_pairs.size() >= 1);
}

TEST_CASE("a report as JSON has W3C's types and names, and every reference leads somewhere", "[integration][ST-A]") {
  asio::io_context io;
  Pair pair{io.get_executor()};
  auto channel = pair.a.create_data_channel("chat");
  bool open = false;
  channel.on_open([&] { open = true; });
  REQUIRE(run_until(io, [&] { return open; }));
  const auto json = nlohmann::json::parse(to_json(stats_of(io, pair.a)));
  std::set<std::string> types;
  for (const auto& [id, object] : json.items()) {
    INFO(object.dump());
    CHECK(object.at("id") == id);
    CHECK(object.at("timestamp").get<double>() > 1.6e12);
    types.insert(object.at("type").get<std::string>());
    for (const auto* name : {"transportId", "localCandidateId", "remoteCandidateId", "selectedCandidatePairId",
                             "localCertificateId", "remoteCertificateId"}) {
      if (object.contains(name)) CHECK(json.contains(object.at(name).get<std::string>()));
    }
  }
  CHECK(types == std::set<std::string>{"candidate-pair", "certificate", "data-channel", "local-candidate",
                                       "peer-connection", "remote-candidate", "sluice-sctp", "transport"});
}
