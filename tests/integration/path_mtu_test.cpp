// Path MTU discovery over the loopback interface, which carries 64 KiB.
#include "integration/pair.hpp"

namespace sluice::test {
namespace {

constexpr std::size_t message_size = 64 * 1024;

Configuration on(const std::string& address) {
  Configuration configuration;
  configuration.network.addresses = {address};
  return configuration;
}

struct Bulk {
  explicit Bulk(const Configuration& configuration) : pair{io.get_executor(), configuration} {
    pair.b.on_data_channel([this](const DataChannel& opened) {
      opened.on_message([this](const Message& message) {
        if (message.size() == message_size) ++arrived;
      });
    });
    channel = pair.a.create_data_channel("bulk");
    REQUIRE(run_until(io, [&] { return channel.state() == DataChannelState::open; }));
  }

  void deliver(std::size_t count) {
    const std::vector<std::byte> message(message_size, std::byte{7});
    const auto wanted = arrived + count;
    for (std::size_t i = 0; i != count; ++i) REQUIRE_FALSE(channel.send(message));
    REQUIRE(run_until(io, [&] { return arrived == wanted; }));
  }

  std::uint32_t path_mtu() {
    std::optional<StatsReport> report;
    pair.a.async_get_stats([&](error_code, StatsReport result) { report = std::move(result); });
    REQUIRE(run_until(io, [&] { return report.has_value(); }));
    return report->sctp.value().path_mtu;
  }

  asio::io_context io;
  Pair pair;
  DataChannel channel;
  std::size_t arrived = 0;
};

TEST_CASE("bulk over loopback reaches packets of 16 KiB", "[integration][path-mtu][rfc8899-5.3]") {
  Bulk bulk{on(GENERATE("127.0.0.1", "::1"))};
  CHECK(bulk.path_mtu() < 1'200);
  bulk.deliver(100);
  CHECK(bulk.path_mtu() == 16'384);
  bulk.deliver(100);
}

TEST_CASE("datagrams are no larger than the user allows", "[integration][path-mtu]") {
  auto configuration = on("127.0.0.1");
  const std::size_t size = GENERATE(1'200U, 5'000U);
  configuration.network.max_datagram_size = size;
  Bulk bulk{configuration};
  bulk.deliver(100);
  CHECK(bulk.path_mtu() <= size - 37);
  CHECK(bulk.path_mtu() + 37 + 4 > size);
}

}  // namespace
}  // namespace sluice::test
