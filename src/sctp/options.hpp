#pragma once
// What an association is made with.
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace sluice::sctp {

enum class CongestionControl : std::uint8_t {
  rate_based,  // see LossEpisode and SendWindow
  loss_based,  // RFC 9260 §7.2
};

struct AssociationOptions {
  std::uint16_t streams = 256;                // each way; the memory is paid at set-up
  std::size_t max_packet = 1200 - 37;         // one DTLS record of at most 1200 bytes
  std::size_t largest_packet = 0;             // that path MTU discovery may find; no more than max_packet: none is done
  std::size_t max_message = 256 * 1024;       // what we announce as max-message-size; more is an Aborted
  std::size_t send_buffer = 4 * 1024 * 1024;  // what the path needs of it is found out, see SendWindow
  std::size_t first_window = 256 * 1024;      // of the send buffer, until that is known
  std::size_t receive_buffer = 4 * 1024 * 1024;
  CongestionControl congestion_control = CongestionControl::rate_based;
  Duration initial_rto = std::chrono::milliseconds{1000};
  std::uint16_t port = 5000;  // a=sctp-port, both ends
  std::uint16_t remote_port = 5000;
  bool waits_for_signaling = false;  // prepare() is called long before connect()
};

}  // namespace sluice::sctp
