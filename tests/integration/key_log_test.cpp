#include <vector>

#include "integration/pair.hpp"

namespace sluice::test {
namespace {

TEST_CASE("the secrets of a connection reach the key log, if there is one", "[integration][configuration]") {
  asio::io_context io;
  std::vector<std::string> lines;
  Configuration configuration;
  configuration.key_log = [&](std::string_view line) { lines.emplace_back(line); };
  Pair pair{io.get_executor(), configuration};
  const auto channel = pair.a.create_data_channel("x");
  REQUIRE(run_until(io, [&] { return channel.state() == DataChannelState::open; }));
  pair.a.close();
  pair.b.close();
  REQUIRE(lines.size() == 2);  // one per end, and both ends have the same secret
  CHECK(lines[0] == lines[1]);
  CHECK(lines[0].starts_with("CLIENT_RANDOM "));
}

}  // namespace
}  // namespace sluice::test
