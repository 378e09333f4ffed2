// A DTLS server fed arbitrary datagrams, each behind a length of two octets.   RFC 6347
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/reader.hpp"
#include "dtls/session.hpp"

using namespace sluice;
using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto certificate = dtls::Certificate::generate(
      dtls::KeyType::ecdsa_p256, std::chrono::system_clock::from_time_t(1'700'000'000), std::chrono::hours{24});
  dtls::Session session{certificate, {.role = dtls::Role::server}};
  TransmitQueue queue;
  TimePoint now{1s};
  Reader in{std::as_bytes(std::span{data, size})};
  while (in.ok() && in.remaining() > 0) {
    const std::size_t length = in.u16();
    session.handle_datagram(now, in.bytes(std::min(length, in.remaining())));
    while (session.poll_record()) continue;
    while (session.poll_event()) continue;
    session.poll_transmit({}, queue);
    queue.clear();
    now += 1ms;
    if (now >= session.next_timeout()) session.handle_timeout(now);
  }
  return 0;
}
