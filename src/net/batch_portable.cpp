#if !defined(__linux__)
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "net/batch.hpp"
#include "net/sockaddr.hpp"

// One datagram per system call, for systems without sendmmsg and segmentation offload.

namespace sluice::net {
namespace {

constexpr std::size_t messages_per_call = 16;
constexpr std::size_t largest_read = 64 * 1024;

}  // namespace

void prepare_socket(int) noexcept {}

SendProgress send_batch(int descriptor, SocketId id, const TransmitQueue& queue, std::size_t from, bool) {
  const auto& entry = queue.entries()[from];
  if (entry.path.local != id) return {.next = from + 1};
  sockaddr_storage address{};
  const auto length = write_sockaddr(entry.path.remote, address);
  const auto bytes = queue.bytes(entry);
  const auto sent =
      ::sendto(descriptor, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&address), length);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {.next = from, .would_block = true};
  return {.next = from + 1};
}

ReceiveProgress receive_batch(int descriptor, SocketId id, std::vector<Datagram>& batch, std::size_t limit) {
  thread_local const std::unique_ptr<std::byte[]> inbox{new std::byte[messages_per_call * largest_read]};
  const auto count = limit < messages_per_call ? limit : messages_per_call;
  for (std::size_t i = 0; i != count; ++i) {
    const std::span<std::byte> slot{inbox.get() + i * largest_read, largest_read};
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    const auto received = ::recvfrom(descriptor, slot.data(), slot.size(), 0, address, &length);
    if (received < 0) return {.messages = i, .more = errno != EAGAIN && errno != EWOULDBLOCK};
    const auto remote = read_sockaddr(address);
    if (remote) batch.push_back({{id, *remote}, slot.first(static_cast<std::size_t>(received))});
  }
  return {.messages = count, .more = true};
}

}  // namespace sluice::net
#endif
