#pragma once
// Stream: one TCP or TLS connection that carries STUN and TURN messages, or datagrams of ICE with their length before
// them.   RFC 8489 §6.2.2, §6.2.3, RFC 8656 §12.5, RFC 6544 §3, RFC 4571
//
// Comes alive by one of the functions that make it and lives until its last handler has run; close() lets what has been
// sent leave first, for a second. After close() or `closed` none of the handlers is called. Lives on one strand.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/transmit_queue.hpp"
#include "net/frames.hpp"

namespace sluice::net {

// Whom to believe; see ice::TlsTrust.
struct TlsTarget {
  std::string host{};
  std::string ca_file{};
  std::string fingerprint{};
  bool anybody = false;
};

struct StreamHandlers {
  std::function<void()> connected{};
  std::function<void(std::span<const Datagram>)> received{};  // whole messages; views of the call
  std::function<void(const std::string& reason)> closed{};
};

enum class Framing : std::uint8_t { stun, prefixed };

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  static std::shared_ptr<Stream> open(const boost::asio::any_io_executor&, SocketId, const Endpoint& server,
                                      std::optional<TlsTarget>, StreamHandlers);
  /// ICE over TCP: from this address of the host to a passive candidate.
  static std::shared_ptr<Stream> connect(const boost::asio::any_io_executor&, const Path&, const IpAddress& local,
                                         StreamHandlers);
  /// ICE over TCP: a connection that somebody has made; `connected` is not called.
  static std::shared_ptr<Stream> adopt(boost::asio::ip::tcp::socket, const Path&, StreamHandlers);
  Stream(boost::asio::ip::tcp::socket, SocketId, const Endpoint& server, std::optional<TlsTarget>, StreamHandlers,
         Framing = Framing::stun);

  SocketId id() const noexcept { return id_; }
  std::optional<IpAddress> local_address() const;  // none before the system has chosen one
  /// Those entries of the queue whose path is this stream, in one write. Beyond what may wait here they are lost, as
  /// datagrams are.
  void send(const TransmitQueue&);
  std::uint64_t dropped() const noexcept { return dropped_; }  // of them
  /// Datagrams of ICE have to be short until the other end is known to be the peer.
  void trust() noexcept { longest_ = longest_prefixed; }
  void close();

 private:
  using Tcp = boost::asio::ip::tcp;
  using Tls = boost::asio::ssl::stream<Tcp::socket&>;

  void connect();
  boost::system::error_code bind(const IpAddress&);
  void secure();
  std::string prepare_tls();
  std::string distrust();
  void begin();
  void read();
  void handle_read(std::size_t size);
  std::optional<std::size_t> take_frames();  // how many bytes; none: they are no frames
  void write();
  void fail(std::string reason);
  void end();

  Tcp::socket socket_;
  SocketId id_;
  Endpoint server_;
  std::optional<TlsTarget> target_;
  StreamHandlers handlers_;
  std::optional<boost::asio::ssl::context> context_{};
  std::optional<Tls> tls_{};
  boost::asio::steady_timer limit_;  // for what has to leave after close()
  Bytes input_;
  std::size_t filled_ = 0;
  Framing framing_;
  std::size_t longest_ = longest_unproven;  // of prefixed datagrams
  std::uint64_t dropped_ = 0;
  std::vector<Datagram> batch_{};
  Bytes waiting_{};
  Bytes leaving_{};
  bool ready_ = false;
  bool closing_ = false;
};

}  // namespace sluice::net
