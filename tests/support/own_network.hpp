#pragma once
// A network of our own, in a process of its own: what changes there nobody else sees. Linux.
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/endpoint.hpp"
#include "support/catch.hpp"

namespace sluice::test {

inline void change_interface(unsigned long request, ifreq& change) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  (void)::ioctl(fd, request, &change);
  ::close(fd);
}

inline ifreq interface_named(const char* name) {
  ifreq result{};
  std::strncpy(result.ifr_name, name, IFNAMSIZ - 1);
  return result;
}

inline void set_up(const char* name, bool up) {
  auto change = interface_named(name);
  change_interface(SIOCGIFFLAGS, change);
  const int others = change.ifr_flags & ~IFF_UP;
  change.ifr_flags = static_cast<short>(up ? others | IFF_UP : others);
  change_interface(SIOCSIFFLAGS, change);
}

/// IPv4, of an interface or of an alias: "lo:1". Taking the alias down removes it.
inline void add_address(const char* name, const char* address) {
  auto change = interface_named(name);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  const auto parsed = IpAddress::parse(address);
  std::memcpy(&in.sin_addr, parsed->octets().data(), 4);
  std::memcpy(&change.ifr_addr, &in, sizeof in);
  change_interface(SIOCSIFADDR, change);
}

/// Checks that `scenario`, in a network that has nothing but a loopback interface, returns true.
template <class Scenario>
void in_own_network(Scenario scenario) {
  enum : int { right, wrong, not_permitted };
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) ::_exit(not_permitted);
    set_up("lo", true);
    ::_exit(scenario() ? right : wrong);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == not_permitted) {
    WARN("skipped: this system permits no network namespace");
  } else {
    CHECK(WEXITSTATUS(status) == right);
  }
}

}  // namespace sluice::test
