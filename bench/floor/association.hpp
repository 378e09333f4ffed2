#pragma once
// One end of the floor: usrsctp over AES-GCM over UDP, and no more than that takes.
//
// What it shares with Sluice, because other choices would make another floor: src/net (the system calls, with GSO and
// GRO), the options of the usrsctp socket and of the stack, and CRC32c by the processor. No ICE, no handshake, no guard
// before usrsctp, no channels, no events, no API, no back-pressure but usrsctp's, one association per process.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <optional>

#include "floor/cipher.hpp"
#include "net/udp_socket.hpp"

struct socket;

namespace sluice::floor {

class Association {
 public:
  Association(const boost::asio::any_io_executor&, std::size_t packet);
  Association(const Association&) = delete;
  Association& operator=(const Association&) = delete;

  std::uint16_t port() const { return socket_.local_endpoint().port; }
  /// Both ends at about the same time.
  void connect(std::uint16_t remote_port);

  /// Sends messages of this size for ever, as many as usrsctp takes; at most a quarter of its buffer of 1 MiB.
  void send_for_ever(std::size_t size);
  /// Called with the size of what was read; a message may come in several parts. Last of its message?
  std::function<void(std::size_t bytes, bool last)> on_part{};

 private:
  static int handle_output(void* self, void* packet, std::size_t size, std::uint8_t, std::uint8_t);

  void listen();
  void tick();
  void input(ByteView record);
  void read();
  void fill();
  bool send_one();
  void flush();

  net::UdpSocket socket_;
  boost::asio::steady_timer timer_;
  Cipher cipher_;
  struct ::socket* sctp_ = nullptr;
  Path path_{};
  TransmitQueue queue_{};
  std::vector<Datagram> batch_{};
  std::size_t packet_;
  Bytes part_;
  Bytes message_{};
  bool stalled_ = false;  // the socket is full
};

}  // namespace sluice::floor
