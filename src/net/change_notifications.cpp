#include "net/change_notifications.hpp"

#if defined(__linux__)
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#endif

namespace sluice::net {

#if defined(__linux__)

namespace {

constexpr int most_reads = 1000;  // at once; what is left makes the socket readable again

}  // namespace

int open_change_notifications() noexcept {
  const int descriptor = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return -1;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

// More than the socket could hold (ENOBUFS) is a change as well.
void discard_change_notifications(int descriptor) noexcept {
  std::array<char, 16 * 1024> buffer;
  for (int i = 0; i != most_reads; ++i) {
    if (::recv(descriptor, buffer.data(), buffer.size(), 0) < 0 && errno != ENOBUFS && errno != EINTR) return;
  }
}

#else

int open_change_notifications() noexcept { return -1; }
void discard_change_notifications(int) noexcept {}

#endif

}  // namespace sluice::net
