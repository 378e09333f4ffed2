// What two connected peers say of themselves after traffic that is known.
#include <algorithm>
#include <numeric>

#include "sim/world.hpp"
#include "support/catch.hpp"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

std::uint64_t pair_total(const peer::Statistics& statistics, std::uint64_t ice::PairCounters::*figure) {
  return std::accumulate(statistics.ice.pairs.begin(), statistics.ice.pairs.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, const ice::PairStatistics& pair) { return sum + pair.*figure; });
}

bool settled(World& world) {
  return world.alice().connected() && world.bob().connected() && world.alice().stable() && world.bob().stable();
}

// `count` messages of `size` bytes each way on the channel "first", and until they have come.
void exchange(World& world, std::size_t count, std::size_t size) {
  const auto there = world.alice().messages().size();
  const auto here = world.bob().messages().size();
  const Bytes message(size, std::byte{7});
  for (std::size_t i = 0; i < count; ++i) {
    world.alice().send(peer::ChannelId{0}, message);
    world.bob().send(*world.bob().channel("first"), message);
  }
  REQUIRE(world.run_until(
      [&] { return world.alice().messages().size() == there + count && world.bob().messages().size() == here + count; },
      60s));
}

TEST_CASE("messages and bytes are exactly those that were sent, and a pair carries more", "[sim][ST-D]") {
  World world{51};
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return settled(world); }, 10s));
  exchange(world, 50, 1000);
  exchange(world, 1, 100'000);
  world.alice().send(peer::ChannelId{0}, "");
  world.run_for(1s);
  const auto& alice = world.alice().engine().channels().traffic(peer::ChannelId{0});
  const auto& bob = world.bob().engine().channels().traffic(*world.bob().channel("first"));
  CHECK(alice.messages_sent == 52);
  CHECK(alice.bytes_sent == 150'000);
  CHECK(alice.messages_received == 51);
  CHECK(alice.bytes_received == 150'000);
  CHECK(bob.messages_sent == alice.messages_received);
  CHECK(bob.messages_received == alice.messages_sent);
  CHECK(bob.bytes_received == 150'000);
  const auto sender = world.alice().engine().statistics();
  const auto receiver = world.bob().engine().statistics();
  CHECK(sender.bytes_sent > 150'000);
  CHECK(sender.bytes_sent < 180'000);
  CHECK(sender.bytes_sent == receiver.bytes_received);
  CHECK(sender.packets_sent == receiver.packets_received);
  CHECK(receiver.bytes_sent == sender.bytes_received);
  CHECK(pair_total(sender, &ice::PairCounters::bytes_sent) == sender.bytes_sent);
  CHECK(pair_total(sender, &ice::PairCounters::packets_sent) == sender.packets_sent);
  CHECK(pair_total(receiver, &ice::PairCounters::bytes_received) == receiver.bytes_received);
  CHECK(pair_total(receiver, &ice::PairCounters::packets_received) == receiver.packets_received);
}

TEST_CASE("both ends agree on DTLS and SCTP", "[sim][webrtc-stats]") {
  World world{52};
  CHECK(world.alice().engine().statistics().tls_version.empty());
  CHECK_FALSE(world.alice().engine().statistics().sctp.has_value());
  CHECK_FALSE(world.alice().engine().statistics().dtls_role.has_value());
  REQUIRE(world.connect());
  const auto alice = world.alice().engine().statistics();
  const auto bob = world.bob().engine().statistics();
  CHECK(alice.dtls_state == peer::DtlsState::connected);
  CHECK(bob.dtls_state == peer::DtlsState::connected);
  CHECK(alice.dtls_role == dtls::Role::server);  // RFC 8842 §5.3: the answerer is active
  CHECK(bob.dtls_role == dtls::Role::client);
  CHECK(alice.tls_version == "FEFD");
  CHECK(bob.tls_version == "FEFD");
  CHECK_FALSE(alice.dtls_cipher.empty());
  CHECK(alice.dtls_cipher == bob.dtls_cipher);
  CHECK_FALSE(alice.remote_certificate.empty());
  CHECK(alice.remote_certificate == bob.remote_certificate);  // the World gives both the same one
  REQUIRE(alice.sctp.has_value());
  REQUIRE(bob.sctp.has_value());
  CHECK(alice.sctp->path_mtu == bob.sctp->path_mtu);
  CHECK(alice.ice.local == bob.ice.remote);
  CHECK(alice.ice.role == ice::Role::controlling);
  CHECK(bob.ice.role == ice::Role::controlled);
}

TEST_CASE("a restart changes the selected pair once more and resets no count", "[sim][ST-D][IC-15]") {
  World world{53};
  CHECK(world.alice().engine().statistics().selected_pair_changes == 0);
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return settled(world); }, 10s));
  CHECK(world.alice().engine().statistics().selected_pair_changes == 1);
  exchange(world, 20, 1000);
  const auto before = world.alice().engine().statistics();
  world.alice().engine().restart_ice();
  world.alice().negotiate();
  REQUIRE(world.run_until(
      [&] { return world.alice().engine().statistics().selected_pair_changes == 2 && settled(world); }, 10s));
  exchange(world, 10, 1000);
  world.run_for(10s);
  const auto after = world.alice().engine().statistics();
  CHECK(after.selected_pair_changes == 2);
  CHECK(after.ice.local != before.ice.local);
  CHECK(after.bytes_sent > before.bytes_sent + 10'000);
  CHECK(after.bytes_sent == world.bob().engine().statistics().bytes_received);
  CHECK(pair_total(after, &ice::PairCounters::bytes_sent) >= 10'000);
  CHECK(pair_total(after, &ice::PairCounters::bytes_sent) <= after.bytes_sent - before.bytes_sent);
  CHECK(world.alice().engine().channels().traffic(peer::ChannelId{0}).bytes_sent == 30'000);
}

TEST_CASE("losing the path and finding it again are two changes", "[sim][webrtc-stats]") {
  World world{54};
  REQUIRE(world.connect());
  world.network().set_cut(true);
  REQUIRE(world.run_until([&] { return world.alice().has("ice failed") && world.bob().has("ice failed"); }, 60s));
  CHECK(world.alice().engine().statistics().selected_pair_changes == 2);
  CHECK_FALSE(world.alice().engine().statistics().ice.selected.has_value());
  world.network().set_cut(false);
  world.alice().engine().restart_ice();
  world.alice().negotiate();
  REQUIRE(world.run_until([&] { return world.alice().connected(); }, 20s));
  CHECK(world.alice().engine().statistics().selected_pair_changes == 3);
}

TEST_CASE("SCTP repeats what a lossy link loses, and nothing on a clean one", "[sim][webrtc-stats]") {
  const double loss = GENERATE(0.0, 0.05);
  World world{55, {.link = {.delay = 20ms, .loss = loss}}};
  REQUIRE(world.connect());
  exchange(world, 200, 2000);
  world.run_for(1s);
  const auto alice = world.alice().engine().statistics();
  const auto bob = world.bob().engine().statistics();
  REQUIRE(alice.sctp.has_value());
  REQUIRE(bob.sctp.has_value());
  CHECK((alice.sctp->retransmissions > 0) == (loss > 0));
  CHECK((bob.sctp->retransmissions > 0) == (loss > 0));
  CHECK((alice.packets_sent > bob.packets_received) == (loss > 0));
}

TEST_CASE("a closed connection keeps its last figures", "[sim][ST-C]") {
  World world{56};
  REQUIRE(world.connect());
  REQUIRE(world.run_until([&] { return settled(world); }, 10s));
  exchange(world, 10, 1000);
  const auto before = world.alice().engine().statistics();
  world.alice().close();
  const auto after = world.alice().engine().statistics();
  CHECK(after.packets_sent == before.packets_sent + 2);  // ABORT and close_notify
  CHECK(after.bytes_received == before.bytes_received);
  CHECK(after.selected_pair_changes == before.selected_pair_changes);
  CHECK(after.dtls_state == peer::DtlsState::closed);
  CHECK(after.remote_certificate == before.remote_certificate);
  CHECK(after.dtls_cipher == before.dtls_cipher);
  CHECK(after.ice.state == ice::State::closed);
  CHECK(after.ice.selected == before.ice.selected);
  REQUIRE(after.sctp.has_value());
  CHECK(after.sctp->congestion_window == before.sctp->congestion_window);
  CHECK(world.alice().engine().channels().traffic(peer::ChannelId{0}).bytes_sent == 10'000);
  world.run_for(1s);
  const auto bob = world.bob().engine().statistics();
  CHECK(bob.dtls_state == peer::DtlsState::closed);
  CHECK(bob.sctp.has_value());
  CHECK(bob.tls_version == "FEFD");
}

TEST_CASE("a connection closed before it began has nothing to tell", "[sim][ST-C]") {
  World world{57};
  world.alice().close();
  const auto statistics = world.alice().engine().statistics();
  CHECK(statistics.packets_sent == 0);
  CHECK(statistics.ice.pairs.empty());
  CHECK_FALSE(statistics.sctp.has_value());
}

}  // namespace
}  // namespace sluice::sim
