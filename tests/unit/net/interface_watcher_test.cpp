#include "net/interface_watcher.hpp"

#include <boost/asio/io_context.hpp>
#include <list>
#include <vector>

#include "support/catch.hpp"

#if defined(__linux__)
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
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

// A network of our own, in a process of its own: what changes there nobody else sees.
enum class Verdict { right = 0, wrong = 1, not_permitted = 2 };

void change_loopback(unsigned long request, const char* name, const char* address, short flags) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq change{};
  std::strncpy(change.ifr_name, name, IFNAMSIZ - 1);
  if (address != nullptr) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    const auto parsed = IpAddress::parse(address);
    std::memcpy(&in.sin_addr, parsed->octets().data(), 4);
    std::memcpy(&change.ifr_addr, &in, sizeof in);
  } else {
    change.ifr_flags = flags;
  }
  (void)::ioctl(fd, request, &change);
  ::close(fd);
}

bool has(const Addresses& all, const char* address) {
  return std::ranges::find(all, *IpAddress::parse(address), &InterfaceAddress::address) != all.end();
}

Verdict add_and_remove_an_address() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return Verdict::not_permitted;
  change_loopback(SIOCSIFFLAGS, "lo", nullptr, IFF_UP);
  asio::io_context io;
  std::vector<Addresses> heard;
  const InterfaceListener listener{io.get_executor(), [&](const auto& addresses) { heard.push_back(*addresses); }};
  const auto wait_for = [&](std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (heard.size() < count && std::chrono::steady_clock::now() < end) io.run_one_for(100ms);
    return heard.size() == count;
  };
  change_loopback(SIOCSIFADDR, "lo:1", "192.0.2.7", 0);
  change_loopback(SIOCSIFADDR, "lo:2", "198.51.100.8", 0);
  if (!wait_for(1) || !has(heard[0], "192.0.2.7") || !has(heard[0], "198.51.100.8")) return Verdict::wrong;
  change_loopback(SIOCSIFFLAGS, "lo:1", nullptr, 0);
  if (!wait_for(2) || has(heard[1], "192.0.2.7") || !has(heard[1], "198.51.100.8")) return Verdict::wrong;
  return Verdict::right;
}

TEST_CASE("a listener hears of addresses that come and go, once for those that come together", "[net][rtnetlink]") {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(static_cast<int>(add_and_remove_an_address()));
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  const auto verdict = static_cast<Verdict>(WEXITSTATUS(status));
  if (verdict == Verdict::not_permitted) {
    WARN("skipped: this system permits no network namespace");
  } else {
    CHECK(verdict == Verdict::right);
  }
}

#endif

}  // namespace
}  // namespace sluice::net
