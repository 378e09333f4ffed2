// The sockets of a connection.
#include "api/port.hpp"

#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace sluice;

TEST_CASE("a socket that takes the place of another one has a preference of its own", "[api][rfc8445-5.1.2.1]") {
  boost::asio::io_context io;
  std::vector<std::unique_ptr<api::Port>> ports;
  const auto add = [&] {
    auto port = std::make_unique<api::Port>(io.get_executor(), SocketId{});
    port->set_rank(api::unused_rank(ports));
    ports.push_back(std::move(port));
  };
  for (int i = 0; i != 3; ++i) add();
  for (int i = 0; i != 10; ++i) {
    ports.erase(ports.begin() + i % 3);
    add();
    std::set<std::size_t> ranks;
    for (const auto& each : ports) ranks.insert(each->rank());
    CHECK(ranks == std::set<std::size_t>{0, 1, 2});
  }
}
