// ICE over TCP between two connections of this process, over real sockets.   RFC 6544
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <list>

#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;
using asio::ip::tcp;

namespace {

bool is_tcp(std::string_view line) { return line.find(" tcp ") != line.npos; }

// Nobody is told a UDP address.
SessionDescription only_tcp(SessionDescription description) {
  std::string kept;
  const std::string_view sdp{description.sdp};
  for (std::size_t at = 0; at < sdp.size();) {
    const auto end = std::min(sdp.find("\r\n", at), sdp.size() - 2) + 2;
    const auto line = sdp.substr(at, end - at);
    if (!line.starts_with("a=candidate:") || is_tcp(line)) kept += line;
    at = end;
  }
  description.sdp = std::move(kept);
  return description;
}

void signal_only_tcp(PeerConnection& from, PeerConnection& to) {
  from.on_ice_candidate([&to](std::optional<IceCandidate> candidate) {
    if (!candidate || (!candidate->candidate.empty() && !is_tcp(candidate->candidate))) return;
    to.async_add_ice_candidate(std::move(*candidate), [](error_code) {});
  });
  from.on_negotiation_needed([&from, &to] {
    from.async_set_local_description([&from, &to](error_code error) {
      if (error) return;
      to.async_set_remote_description(only_tcp(*from.local_description()), [&from, &to](error_code remote_error) {
        if (remote_error) return;
        to.async_set_local_description([&from, &to](error_code local_error) {
          if (local_error) return;
          from.async_set_remote_description(only_tcp(*to.local_description()), [](error_code) {});
        });
      });
    });
  });
}

NetworkOptions loopback(TcpCandidates candidates) { return {.addresses = {"127.0.0.1"}, .tcp_candidates = candidates}; }

// a connects, b listens.
struct TcpPair {
  explicit TcpPair(asio::any_io_executor executor,
                   NetworkOptions listening = loopback(TcpCandidates::active_and_passive))
      : a{executor, {.network = loopback(TcpCandidates::active)}}, b{executor, {.network = std::move(listening)}} {
    signal_only_tcp(a, b);
    signal_only_tcp(b, a);
  }

  PeerConnection a;
  PeerConnection b;
};

const IceCandidateStats& find(const std::vector<IceCandidateStats>& list, const StatsId& id) {
  return *std::ranges::find(list, id, &IceCandidateStats::id);
}

// The TCP candidates of a connection, and the connection.
struct Gathered {
  explicit Gathered(asio::io_context& io, Configuration configuration) : pc{io, std::move(configuration)} {
    (void)pc.create_data_channel("x");
    bool done = false;
    pc.on_ice_candidate([&](const std::optional<IceCandidate>& candidate) {
      done = !candidate;
      const auto info = candidate ? describe(*candidate) : std::nullopt;
      if (info && info->protocol == "tcp") found.push_back(*info);
    });
    pc.async_set_local_description([](error_code) {});
    REQUIRE(run_until(io, [&] { return done; }));
    pc.on_ice_candidate([](const auto&) {});
  }

  std::vector<IceCandidateInfo> found{};
  PeerConnection pc;
};

}  // namespace

TEST_CASE("two connections that know no UDP address of each other meet over TCP", "[integration][rfc6544-7]") {
  asio::io_context io;
  TcpPair pair{io.get_executor()};
  const bool listener_offers = GENERATE(false, true);
  auto& offerer = listener_offers ? pair.b : pair.a;
  auto& answerer = listener_offers ? pair.a : pair.b;
  std::string received;
  answerer.on_data_channel([&](DataChannel channel) {
    channel.on_message([&, channel](Message message) mutable { (void)channel.send(message.text()); });
  });
  auto channel = offerer.create_data_channel("x");
  channel.on_message([&](const Message& message) { received += message.text(); });
  channel.on_open([&] {
    for (int i = 0; i < 64; ++i) (void)channel.send(std::string(16 * 1024, static_cast<char>('a' + i % 26)));
  });
  REQUIRE(run_until(io, [&] { return received.size() == 64 * 16 * 1024; }));
  CHECK(received.front() == 'a');
  CHECK(received.back() == 'a' + 63 % 26);

  std::optional<StatsReport> report;
  pair.a.async_get_stats([&](error_code, StatsReport result) { report = std::move(result); });
  REQUIRE(run_until(io, [&] { return report.has_value(); }));
  const auto selected = std::ranges::find(report->candidate_pairs, *report->transport->selected_candidate_pair_id,
                                          &CandidatePairStats::id);
  REQUIRE(selected != report->candidate_pairs.end());
  const auto& local = find(report->local_candidates, selected->local_candidate_id).candidate;
  const auto& remote = find(report->remote_candidates, selected->remote_candidate_id).candidate;
  CHECK(local.protocol == "tcp");
  CHECK(local.tcp_type == IceTcpCandidateType::active);
  CHECK(local.type == IceCandidateType::host);
  CHECK(remote.tcp_type == IceTcpCandidateType::passive);
  pair.a.close();
  pair.b.close();
  io.restart();
  io.run();  // nothing is left that would hold it
}

TEST_CASE("bulk over TCP grows to whole records, on one connection", "[integration][path-mtu][rfc6544-7]") {
  constexpr std::size_t count = 150;
  asio::io_context io;
  TcpPair pair{io.get_executor()};
  std::size_t received = 0;
  pair.b.on_data_channel([&](DataChannel channel) {
    channel.on_message([&](const Message& message) { received += message.size() / (64 * 1024); });
  });
  auto channel = pair.a.create_data_channel("bulk");
  channel.on_open([&] {
    const std::vector<std::byte> message(64 * 1024);
    for (std::size_t i = 0; i != count; ++i) (void)channel.send(message);
  });
  REQUIRE(run_until(io, [&] { return received == count; }));
  const auto stats = [&] {
    std::optional<StatsReport> report;
    pair.a.async_get_stats([&](error_code, StatsReport result) { report = std::move(result); });
    REQUIRE(run_until(io, [&] { return report.has_value(); }));
    return *std::move(report);
  };
  REQUIRE(run_until(io, [&] { return stats().sctp->path_mtu == 16 * 1024; }));
  CHECK(stats().transport->selected_candidate_pair_changes == 1);
}

TEST_CASE("by default there is an active candidate of each address, and nobody listens", "[integration][rfc6544-4.5]") {
  asio::io_context io;
  const Gathered gathered{io, {.network = {.addresses = {"127.0.0.1"}}}};
  REQUIRE(gathered.found.size() == 1);
  CHECK(gathered.found.front().tcp_type == IceTcpCandidateType::active);
  CHECK(gathered.found.front().port == 9);
}

TEST_CASE("who listens does so in the range of ports, until the connection is closed", "[integration][rfc6544-4.5]") {
  asio::io_context io;
  auto network = loopback(TcpCandidates::active_and_passive);
  network.lowest_port = 43001;
  network.highest_port = 43099;
  Gathered gathered{io, {.network = network}};
  REQUIRE(gathered.found.size() == 2);
  const auto& passive = gathered.found.back();
  CHECK(passive.tcp_type == IceTcpCandidateType::passive);
  CHECK(passive.port >= 43001);
  CHECK(passive.port <= 43099);
  const tcp::endpoint listening{asio::ip::address_v4::loopback(), passive.port};
  tcp::socket hand{io};
  error_code error;
  hand.connect(listening, error);
  CHECK_FALSE(error);
  gathered.pc.close();
  io.restart();
  io.run();
  tcp::socket later{io};
  later.connect(listening, error);
  CHECK(error == asio::error::connection_refused);
}

TEST_CASE("without TCP candidates, or with the relay policy, there are none", "[integration][rfc6544]") {
  asio::io_context io;
  CHECK(Gathered{io, {.network = loopback(TcpCandidates::none)}}.found.empty());
  CHECK(Gathered{
      io, {.ice_transport_policy = IceTransportPolicy::relay, .network = loopback(TcpCandidates::active_and_passive)}}
            .found.empty());
}

TEST_CASE("a stranger who says anything but STUN is turned away, and so is the oldest of many who say nothing",
          "[integration][rfc6544-7.2]") {
  asio::io_context io;
  Gathered gathered{io, {.network = loopback(TcpCandidates::active_and_passive)}};
  const tcp::endpoint listening{asio::ip::address_v4::loopback(), gathered.found.back().port};
  struct Stranger {
    explicit Stranger(asio::io_context& context) : socket{context} {}
    tcp::socket socket;
    std::array<char, 1> buffer{};
    bool turned_away = false;
  };
  std::list<Stranger> strangers;
  const auto come = [&]() -> Stranger& {
    auto& one = strangers.emplace_back(io);
    one.socket.connect(listening);
    one.socket.async_read_some(asio::buffer(one.buffer), [&one](error_code, std::size_t) { one.turned_away = true; });
    return one;
  };
  SECTION("garbage") {
    auto& stranger = come();
    asio::write(stranger.socket, asio::buffer(std::string{"\0\4GET ", 6}));
    CHECK(run_until(io, [&] { return stranger.turned_away; }));
  }
  SECTION("a length that no check has") {
    auto& stranger = come();
    asio::write(stranger.socket, asio::buffer(std::string{"SSH-2.0"}));
    CHECK(run_until(io, [&] { return stranger.turned_away; }));
  }
  SECTION("silence") {
    constexpr std::ptrdiff_t allowed = 16, all = 40;
    const auto turned_away = [&] { return std::ranges::count_if(strangers, &Stranger::turned_away); };
    for (std::ptrdiff_t i = 0; i < all; ++i) {
      come();
      io.poll();
    }
    CHECK(run_until(io, [&] { return turned_away() == all - allowed; }));
    CHECK(strangers.front().turned_away);
    CHECK_FALSE(strangers.back().turned_away);
  }
  gathered.pc.close();
  io.restart();
  io.run();
}
