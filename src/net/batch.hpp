#pragma once
// The system calls that move batches of datagrams.   udp(7): UDP_SEGMENT, UDP_GRO
#include <cstddef>
#include <span>
#include <vector>

#include "base/transmit_queue.hpp"

namespace sluice::net {

constexpr std::size_t max_segments = 64;       // of one GSO message, UDP_MAX_SEGMENTS of the kernel
constexpr std::size_t max_run_bytes = 65'000;  // of one GSO message: a UDP payload less some room for headers

/// A datagram above this was sized by path MTU discovery: it is never cut into fragments, and lost where it does not
/// fit. Smaller ones arrive everywhere, in fragments if need be. RFC 8899 §3
constexpr std::size_t fragmentable = 1280;

/// How many entries from `first` on travel as one GSO message: same path, adjacent bytes, equal size except that the
/// last may be shorter. At least 1.
std::size_t run_length(std::span<const TransmitQueue::Entry> entries, std::size_t first) noexcept;

/// Asks for what open sockets need to receive in batches; harmless where the kernel does not know it.
void prepare_socket(int descriptor) noexcept;

struct SendProgress {
  std::size_t next = 0;  // the first entry not handled
  bool would_block = false;
  bool offload_refused = false;  // the entry at `next` is to be tried again without offload
};
/// One system call, or two. Entries of other sockets are skipped.
SendProgress send_batch(int descriptor, SocketId, const TransmitQueue&, std::size_t from, bool offload);

struct ReceiveProgress {
  std::size_t messages = 0;
  bool more = false;
};
/// One system call, into a buffer of this thread.
ReceiveProgress receive_batch(int descriptor, SocketId, std::vector<Datagram>& batch, std::size_t limit);

}  // namespace sluice::net
