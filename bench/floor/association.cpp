#include "floor/association.hpp"

#include <usrsctp.h>

#include <stdexcept>

#include "floor/stack.hpp"
#include "sctp/crc32c.hpp"
#include "sctp/socket_options.hpp"

namespace sluice::floor {
namespace {

constexpr std::uint16_t sctp_port = 5000;
constexpr std::size_t socket_buffer = 1024 * 1024;
constexpr std::size_t reads_per_wake = 8;
constexpr std::uint32_t tick_milliseconds = 10;

sockaddr_conn address(void* self) {
  sockaddr_conn result{};
  result.sconn_family = AF_CONN;
  result.sconn_port = htons(sctp_port);
  result.sconn_addr = self;
  return result;
}

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error{what};
}

}  // namespace

Association::Association(const boost::asio::any_io_executor& executor, std::size_t packet)
    : socket_{executor, SocketId{0}}, timer_{executor}, packet_{packet}, part_(64 * 1024) {
  require(!socket_.open({*IpAddress::parse("127.0.0.1"), 0}, {.buffer_size = socket_buffer}), "no UDP socket");
  prepare_stack(&Association::handle_output);
  usrsctp_register_address(this);
  sctp_ = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
  require(sctp_ != nullptr && sctp::apply_options(sctp_, {.max_packet = packet - Cipher::overhead}), "no SCTP socket");
}

void Association::connect(std::uint16_t remote_port) {
  path_ = {socket_.id(), {*IpAddress::parse("127.0.0.1"), remote_port}};
  auto own = address(this);
  require(usrsctp_bind(sctp_, reinterpret_cast<sockaddr*>(&own), sizeof own) == 0, "bind failed");
  usrsctp_connect(sctp_, reinterpret_cast<sockaddr*>(&own), sizeof own);  // EINPROGRESS
  flush();
  listen();
  tick();
}

void Association::send_for_ever(std::size_t size) {
  message_.assign(size, std::byte{0x5a});
  fill();
  flush();
}

int Association::handle_output(void* self, void* data, std::size_t size, std::uint8_t, std::uint8_t) {
  auto& end = *static_cast<Association*>(self);
  const MutableBytes packet_bytes{static_cast<std::byte*>(data), size};
  sctp::seal(packet_bytes);
  end.cipher_.seal(packet_bytes, end.path_, end.queue_);
  return 0;
}

void Association::listen() {
  socket_.async_wait_readable([this](boost::system::error_code error) {
    if (error) return;
    for (std::size_t i = 0; i != reads_per_wake; ++i) {
      batch_.clear();
      if (socket_.receive(batch_, 16) == 0) break;
      for (const auto& datagram : batch_) input(datagram.bytes);
      if (!socket_.more()) break;
    }
    read();
    fill();
    flush();
    listen();
  });
}

void Association::tick() {
  timer_.expires_after(std::chrono::milliseconds{tick_milliseconds});
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    usrsctp_handle_timers(tick_milliseconds);
    read();
    fill();
    flush();
    tick();
  });
}

void Association::input(ByteView record) {
  const auto packet_bytes = cipher_.open(record);
  if (packet_bytes.size() < 16 || !sctp::unseal(packet_bytes)) return;
  usrsctp_conninput(this, packet_bytes.data(), packet_bytes.size(), 0);
}

void Association::read() {
  for (;;) {
    sctp_rcvinfo info{};
    socklen_t info_size = sizeof info;
    socklen_t address_size = 0;
    unsigned info_type = 0;
    int flags = 0;
    const auto size =
        usrsctp_recvv(sctp_, part_.data(), part_.size(), nullptr, &address_size, &info, &info_size, &info_type, &flags);
    if (size <= 0) return;
    if ((flags & MSG_NOTIFICATION) == 0 && on_part) on_part(static_cast<std::size_t>(size), (flags & MSG_EOR) != 0);
  }
}

// Small messages wait for each other, except for the last one, so that they share packets.
void Association::fill() {
  if (message_.empty()) return;
  const bool small = message_.size() <= packet_;
  if (small) sctp::set_no_delay(sctp_, false);
  while (send_one()) continue;
  if (small) sctp::set_no_delay(sctp_, true);
}

bool Association::send_one() {
  sctp_sendv_spa parameters{};
  parameters.sendv_flags = SCTP_SEND_SNDINFO_VALID;
  parameters.sendv_sndinfo.snd_sid = 1;
  parameters.sendv_sndinfo.snd_ppid = htonl(53);
  parameters.sendv_sndinfo.snd_flags = SCTP_EOR;
  return usrsctp_sendv(sctp_, message_.data(), message_.size(), nullptr, 0, &parameters, sizeof parameters,
                       SCTP_SENDV_SPA, 0) >= 0;
}

void Association::flush() {
  if (stalled_ || queue_.empty()) return;
  const auto sent = socket_.send(queue_, 0);
  if (sent == queue_.size()) return queue_.clear();
  stalled_ = true;  // what follows waits behind it
  socket_.async_wait_writable([this, sent](boost::system::error_code error) {
    if (error) return;
    socket_.send(queue_, sent);  // what still does not fit is lost
    queue_.clear();
    stalled_ = false;
  });
}

}  // namespace sluice::floor
