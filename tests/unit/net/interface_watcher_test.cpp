#include "net/interface_watcher.hpp"

#include <boost/asio/io_context.hpp>
#include <list>
#include <vector>

#include "support/catch.hpp"

#if defined(__linux__)
#include <algorithm>
#include <filesystem>

#include "support/own_network.hpp"
#endif

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST_CASE("a context without listeners has nothing to wait for", "[net]") {
  asio::io_context io;
  {
    const InterfaceListener listener{io.get_executor(), [](const auto&) {}};
  }
  io.run();
  CHECK(io.stopped());
}

#if defined(__linux__)

std::size_t descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_CASE("ten thousand listeners of a context share one socket", "[net]") {
  asio::io_context io;
  std::list<InterfaceListener> listeners;
  const auto listen = [&] { listeners.emplace_back(io.get_executor(), [](const auto&) {}); };
  listen();
  const auto with_one = descriptors();
  for (int i = 0; i != 10'000; ++i) listen();
  CHECK(descriptors() == with_one);
  listeners.clear();
  CHECK(descriptors() == with_one - 1);
}

bool has(const Addresses& all, const char* address) {
  return std::ranges::find(all, *IpAddress::parse(address), &InterfaceAddress::address) != all.end();
}

bool add_and_remove_an_address() {
  asio::io_context io;
  std::vector<Addresses> heard;
  const InterfaceListener listener{io.get_executor(), [&](const auto& addresses) { heard.push_back(*addresses); }};
  const auto wait_for = [&](std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (heard.size() < count && std::chrono::steady_clock::now() < end) io.run_one_for(100ms);
    return heard.size() == count;
  };
  test::add_address("lo:1", "192.0.2.7");
  test::add_address("lo:2", "198.51.100.8");
  if (!wait_for(1) || !has(heard[0], "192.0.2.7") || !has(heard[0], "198.51.100.8")) return false;
  test::set_up("lo:1", false);
  if (!wait_for(2) || has(heard[1], "192.0.2.7") || !has(heard[1], "198.51.100.8")) return false;
  return true;
}

TEST_CASE("a listener hears of addresses that come and go, once for those that come together", "[net][rtnetlink]") {
  test::in_own_network(add_and_remove_an_address);
}

#endif

}  // namespace
}  // namespace sluice::net
