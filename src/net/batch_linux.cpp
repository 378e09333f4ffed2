#if defined(__linux__)
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "net/batch.hpp"
#include "net/sockaddr.hpp"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace sluice::net {
namespace {

constexpr std::size_t messages_per_call = 16;
constexpr std::size_t largest_read = 64 * 1024;
constexpr int attempts = 8;  // on a socket with ICMP errors queued, each of which fails one call

using Control = std::array<std::byte, CMSG_SPACE(sizeof(int))>;

// The arrays of one sendmmsg; every message is one datagram or one GSO run.
struct Outbox {
  std::array<mmsghdr, messages_per_call> headers{};
  std::array<iovec, messages_per_call> buffers{};
  std::array<sockaddr_storage, messages_per_call> addresses{};
  alignas(cmsghdr) std::array<Control, messages_per_call> controls{};
  std::array<std::size_t, messages_per_call> first{};
  std::array<std::size_t, messages_per_call> count{};
  std::size_t size = 0;
  bool sized = false;  // by path MTU discovery, one of them at least

  void add(const TransmitQueue& queue, std::size_t index, std::size_t entries) {
    const auto run = queue.entries().subspan(index, entries);
    std::size_t length = 0;
    for (const auto& entry : run) length += entry.length;
    sized |= run.front().length > fragmentable;
    buffers[size].iov_base = const_cast<std::byte*>(queue.bytes(run.front()).data());  // sendmmsg does not write
    buffers[size].iov_len = length;
    auto& header = headers[size].msg_hdr;
    header = {};
    header.msg_name = &addresses[size];
    header.msg_namelen = write_sockaddr(run.front().path.remote, addresses[size]);
    header.msg_iov = &buffers[size];
    header.msg_iovlen = 1;
    if (entries > 1) segment(header, controls[size], static_cast<std::uint16_t>(run.front().length));
    first[size] = index;
    count[size] = entries;
    ++size;
  }

  static void segment(msghdr& header, Control& control, std::uint16_t length) noexcept {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof length);
    auto* item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = IPPROTO_UDP;
    item->cmsg_type = UDP_SEGMENT;
    item->cmsg_len = CMSG_LEN(sizeof length);
    std::memcpy(CMSG_DATA(item), &length, sizeof length);
  }
};

// DF, and no path MTU of the kernel's, which whoever forges an ICMP message decides (RFC 8899 §4.6.1).
void forbid_fragments(int descriptor, bool v4) noexcept {
  const int probe = v4 ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE;
  (void)::setsockopt(descriptor, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &probe,
                     sizeof probe);
}

bool blocks(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

// The errors by which kernels, devices and routes say that they cannot segment.
bool refuses_offload(int error) noexcept {
  return error == EIO || error == EINVAL || error == ENOPROTOOPT || error == EOPNOTSUPP || error == EMSGSIZE;
}

// The arrays of one recvmmsg. One per thread: what is received is handled before the thread receives again, so
// connections need no buffers of their own.
struct Inbox {
  std::array<mmsghdr, messages_per_call> headers{};
  std::array<iovec, messages_per_call> buffers{};
  std::array<sockaddr_storage, messages_per_call> addresses{};
  alignas(cmsghdr) std::array<Control, messages_per_call> controls{};
  std::unique_ptr<std::byte[]> bytes{new std::byte[messages_per_call * largest_read]};  // untouched pages cost nothing

  void prepare(std::size_t count) noexcept {
    for (std::size_t i = 0; i != count; ++i) {
      buffers[i] = {bytes.get() + i * largest_read, largest_read};
      auto& header = headers[i].msg_hdr;
      header = {};
      header.msg_name = &addresses[i];
      header.msg_namelen = sizeof addresses[i];
      header.msg_iov = &buffers[i];
      header.msg_iovlen = 1;
      header.msg_control = controls[i].data();
      header.msg_controllen = controls[i].size();
    }
  }

  // The size of the datagrams that the kernel has joined; the whole length if it has not.
  std::size_t segment_size(std::size_t index) noexcept {
    auto& header = headers[index].msg_hdr;
    for (auto* item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, item)) {
      if (item->cmsg_level != IPPROTO_UDP || item->cmsg_type != UDP_GRO) continue;
      int size = 0;
      std::memcpy(&size, CMSG_DATA(item), sizeof size);
      if (size > 0) return static_cast<std::size_t>(size);
    }
    return headers[index].msg_len;
  }

  void append(std::size_t index, SocketId id, std::vector<Datagram>& batch) {
    const auto remote = read_sockaddr(reinterpret_cast<const sockaddr*>(&addresses[index]));
    if (!remote) return;
    const Path path{id, *remote};
    ByteView rest{bytes.get() + index * largest_read, headers[index].msg_len};
    const auto size = segment_size(index);
    while (!rest.empty()) {
      const auto length = std::min(size, rest.size());
      batch.push_back({path, rest.first(length)});
      rest = rest.subspan(length);
    }
  }
};

}  // namespace

void prepare_socket(int descriptor) noexcept {
  const int on = 1;
  (void)::setsockopt(descriptor, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
}

SendProgress send_batch(int descriptor, SocketId id, const TransmitQueue& queue, std::size_t from, bool offload) {
  const auto entries = queue.entries();
  Outbox outbox;
  auto next = from;
  while (next != entries.size() && outbox.size != messages_per_call) {
    if (entries[next].path.local != id) {
      ++next;
      continue;
    }
    const auto count = offload ? run_length(entries, next) : 1;
    outbox.add(queue, next, count);
    next += count;
  }
  if (outbox.size == 0) return {.next = next};
  if (outbox.sized) forbid_fragments(descriptor, entries[outbox.first[0]].path.remote.address.is_v4());

  int sent = -1;
  do sent = ::sendmmsg(descriptor, outbox.headers.data(), static_cast<unsigned>(outbox.size), MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent == static_cast<int>(outbox.size)) return {.next = next};
  if (sent > 0) return {.next = outbox.first[static_cast<std::size_t>(sent)]};
  if (blocks(errno)) return {.next = outbox.first[0], .would_block = true};
  const bool sized = entries[outbox.first[0]].length > fragmentable;  // more than the device takes, with or without
  if (outbox.count[0] > 1 && !sized && refuses_offload(errno))
    return {.next = outbox.first[0], .offload_refused = true};
  return {.next = outbox.first[0] + outbox.count[0]};  // lost, as by the network
}

ReceiveProgress receive_batch(int descriptor, SocketId id, std::vector<Datagram>& batch, std::size_t limit) {
  thread_local Inbox inbox;
  const auto count = std::min(limit, messages_per_call);
  int received = -1;
  for (int attempt = 0; attempt != attempts && received < 0; ++attempt) {
    inbox.prepare(count);
    received = ::recvmmsg(descriptor, inbox.headers.data(), static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
    if (received < 0 && blocks(errno)) return {};
  }
  if (received <= 0) return {};
  const auto messages = static_cast<std::size_t>(received);
  for (std::size_t i = 0; i != messages; ++i) inbox.append(i, id, batch);
  return {.messages = messages, .more = messages == count};
}

}  // namespace sluice::net
#endif
