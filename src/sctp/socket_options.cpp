#include "sctp/socket_options.hpp"

#include <usrsctp.h>

#include <algorithm>
#include <array>

namespace sluice::sctp {
namespace {

using std::chrono::milliseconds;

// Implemented by usrsctp, absent from its public header.
constexpr int option_get_sndbuf_use = 0x1101;
constexpr int option_pluggable_cc = 0x1202;
constexpr int option_interleaving_supported = 0x1206;

struct SendBufferUse {  // sctp_sockstat
  sctp_assoc_t association;
  std::uint32_t send;
  std::uint32_t receive;
};

constexpr auto sack_delay = milliseconds{20};   // RFC 9260 §6.2 allows 200, and 500 at most
constexpr unsigned sack_frequency = 2;          // until the round trip is known; every 4th stalls small windows
constexpr auto rto_min = milliseconds{200};     // lower ones fire before a delayed SACK of 200 ms arrives
constexpr auto rto_max = milliseconds{10'000};  // an outage of a minute is over 2 s after the path returns
// usrsctp takes the time the whole handshake took, with its losses, as first sample of the round trip, and later
// retransmits nothing that is younger than that. So the handshake backs off little.
constexpr int init_rto_factor = 2;
constexpr auto init_limit = std::chrono::minutes{1};  // consent (RFC 7675) ends the path before that
// While it waits for signaling nobody sees the INITs. What their timer has backed off to is the first RTO of the data.
constexpr Duration slowest_init = std::chrono::seconds{1};
constexpr std::uint16_t most_attempts = 65535;     // for 18 hours
constexpr std::uint16_t retransmissions = 1000;    // consent watches the path, not this counter
constexpr std::size_t delivery_point = 64 * 1024;  // usrsctp's default, a read of ours
constexpr std::uint32_t max_burst = 10;            // and the initial window, RFC 6928: usrsctp takes the lesser
constexpr std::uint32_t standard_control = 0;      // RFC 9260 §7.2
constexpr std::size_t common_header = 12;          // usrsctp adds it to its path MTU for AF_CONN

template <class T>
bool set(NativeSocket* socket, int level, int name, const T& value) {
  return usrsctp_setsockopt(socket, level, name, &value, sizeof value) == 0;
}

bool set_flag(NativeSocket* socket, int name, int value) { return set(socket, IPPROTO_SCTP, name, value); }

bool set_for_association(NativeSocket* socket, int name, std::uint32_t value) {
  return set(socket, IPPROTO_SCTP, name, sctp_assoc_value{SCTP_FUTURE_ASSOC, value});
}

template <class Rep, class Period>
std::uint32_t in_milliseconds(std::chrono::duration<Rep, Period> duration) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<milliseconds>(duration).count());
}

bool set_buffers(NativeSocket* socket, const AssociationOptions& options) {
  return set(socket, SOL_SOCKET, SO_SNDBUF, static_cast<int>(options.send_buffer)) &&
         set(socket, SOL_SOCKET, SO_RCVBUF, static_cast<int>(options.receive_buffer)) &&
         set_partial_delivery_point(socket, std::min(delivery_point, options.receive_buffer / 2));
}

bool set_timers(NativeSocket* socket, const AssociationOptions& options) {
  const sctp_rtoinfo rto{SCTP_FUTURE_ASSOC, in_milliseconds(options.initial_rto), in_milliseconds(rto_max),
                         in_milliseconds(rto_min)};
  sctp_assocparams association{};
  association.sasoc_asocmaxrxt = options.waits_for_signaling ? most_attempts : retransmissions;
  return set(socket, IPPROTO_SCTP, SCTP_RTOINFO, rto) && set(socket, IPPROTO_SCTP, SCTP_ASSOCINFO, association) &&
         set_delayed_sack(socket, sack_frequency);
}

bool set_streams(NativeSocket* socket, const AssociationOptions& options) {
  // Fixed here for good: the dcSCTP of browsers refuses to add streams.
  const auto longest = options.waits_for_signaling ? slowest_init : init_rto_factor * options.initial_rto;
  const auto attempts = options.waits_for_signaling ? most_attempts : static_cast<std::uint16_t>(init_limit / longest);
  const sctp_initmsg init{options.streams, options.streams, attempts,
                          static_cast<std::uint16_t>(in_milliseconds(longest))};
  return set(socket, IPPROTO_SCTP, SCTP_INITMSG, init) &&
         set_for_association(socket, SCTP_ENABLE_STREAM_RESET,  // RFC 6525: a closed channel is a reset stream
                             SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ);
}

bool set_scheduling(NativeSocket* socket) {
  return set_no_delay(socket, true) &&
         // RFC 8260: a small message overtakes a large one on another stream. 2
         // lets parts of several messages arrive interleaved.
         set_flag(socket, SCTP_FRAGMENT_INTERLEAVE, 2) &&
         set_for_association(socket, option_interleaving_supported, 1) &&
         // The default lets one small message through per bulk message: 5.9 s instead of 52 ms.
         set_for_association(socket, SCTP_PLUGGABLE_SS, SCTP_SS_FAIR_BANDWITH) &&
         set_for_association(socket, SCTP_MAX_BURST, max_burst);
}

bool set_path(NativeSocket* socket, const AssociationOptions& options) {
  sctp_paddrparams path{};
  path.spp_flags = SPP_PMTUD_DISABLE |  // the packet size is ours to choose: DTLS and ICE lie below
                   SPP_HB_DISABLE;      // consent freshness watches the path
  path.spp_pathmtu = static_cast<std::uint32_t>(options.max_packet - common_header);
  path.spp_pathmaxrxt = options.waits_for_signaling ? most_attempts : retransmissions;
  return set(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, path);
}

bool set_events(NativeSocket* socket) {
  constexpr std::array<std::uint16_t, 4> events{
      SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT, SCTP_SHUTDOWN_EVENT,
      SCTP_PARTIAL_DELIVERY_EVENT,  // the rest of a message that was begun will not come
  };
  for (const auto event : events) {
    if (!set(socket, IPPROTO_SCTP, SCTP_EVENT, sctp_event{SCTP_FUTURE_ASSOC, event, 1})) return false;
  }
  return set_flag(socket, SCTP_RECVRCVINFO, 1);  // stream and PPID of what is received
}

bool set_closing(NativeSocket* socket) {
  const linger at_once{1, 0};  // close sends one ABORT and nothing after it
  return set(socket, SOL_SOCKET, SO_LINGER, at_once);
}

}  // namespace

bool apply_options(NativeSocket* socket, const AssociationOptions& options) {
  return usrsctp_set_non_blocking(socket, 1) == 0 && set_buffers(socket, options) && set_timers(socket, options) &&
         set_streams(socket, options) && set_scheduling(socket) && set_path(socket, options) && set_events(socket) &&
         set_closing(socket);
}

bool set_delayed_sack(NativeSocket* socket, unsigned packets) {
  return set(socket, IPPROTO_SCTP, SCTP_DELAYED_SACK,
             sctp_sack_info{SCTP_FUTURE_ASSOC, in_milliseconds(sack_delay), packets});
}

bool set_no_delay(NativeSocket* socket, bool on) { return set_flag(socket, SCTP_NODELAY, on ? 1 : 0); }

bool set_explicit_end_of_record(NativeSocket* socket, bool on) {
  return set_flag(socket, SCTP_EXPLICIT_EOR, on ? 1 : 0);
}

bool set_partial_delivery_point(NativeSocket* socket, std::size_t size) {
  return set(socket, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, static_cast<std::uint32_t>(size));
}

// To choose the module again is to begin again. The initial window is bounded only by the burst, see Stack.
void begin_congestion_window(NativeSocket* socket, std::size_t packets) {
  set_for_association(socket, SCTP_MAX_BURST, static_cast<std::uint32_t>(packets));
  set_for_association(socket, option_pluggable_cc, standard_control);
  set_for_association(socket, SCTP_MAX_BURST, max_burst);
}

std::size_t bytes_in_send_buffer(NativeSocket* socket) {
  SendBufferUse use{};
  socklen_t size = sizeof use;
  if (usrsctp_getsockopt(socket, IPPROTO_SCTP, option_get_sndbuf_use, &use, &size) != 0) return 0;
  return use.send;
}

}  // namespace sluice::sctp
