// Messages in streams, against a server on loopback.
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>

#include "net/address.hpp"
#include "net/frames.hpp"
#include "net/stream.hpp"
#include "support/catch.hpp"

using namespace sluice;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr SocketId id{0x4001};

Bytes bytes(std::initializer_list<unsigned> octets) {
  Bytes result;
  for (const auto each : octets) result.push_back(static_cast<std::byte>(each));
  return result;
}

Bytes stun_message(std::size_t size) {
  auto message = bytes({0x01, 0x01, static_cast<unsigned>(size >> 8), static_cast<unsigned>(size & 255), 0x21, 0x12});
  message.resize(20 + size);
  return message;
}

Bytes channel_data(std::size_t size) {
  auto message = bytes({0x40, 0x00, static_cast<unsigned>(size >> 8), static_cast<unsigned>(size & 255)});
  message.resize(4 + size + (4 - size % 4) % 4, std::byte{7});
  return message;
}

// A server that accepts one connection, and our end of it.
struct Bench {
  Bench() {
    acceptor.async_accept(server, [](auto) {});
    stream = net::Stream::open(
        io.get_executor(), id,
        net::from_asio(asio::ip::udp::endpoint{acceptor.local_endpoint().address(), acceptor.local_endpoint().port()}),
        std::nullopt,
        {.connected = [this] { connected = true; },
         .received =
             [this](std::span<const Datagram> batch) {
               for (const auto& each : batch) received.emplace_back(each.bytes.begin(), each.bytes.end());
             },
         .closed = [this](const std::string& why) { reason = why; }});
    run_until([&] { return connected && server.is_open(); });
  }

  template <class Done>
  void run_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!done() && std::chrono::steady_clock::now() < end) io.run_one_for(std::chrono::milliseconds{100});
    REQUIRE(done());
  }

  asio::io_context io{};
  tcp::acceptor acceptor{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  tcp::socket server{io};
  std::shared_ptr<net::Stream> stream{};
  bool connected = false;
  std::vector<Bytes> received{};
  std::optional<std::string> reason{};
};

}  // namespace

TEST_CASE("a frame's size is known from its first four bytes", "[net][rfc8656-12.5]") {
  for (std::size_t size = 0; size <= 64; ++size) {
    CHECK(net::frame_size(channel_data(size)) == channel_data(size).size());
    if (size % 4 == 0) CHECK(net::frame_size(stun_message(size)) == 20 + size);
  }
  CHECK(net::frame_size(channel_data(0xffff)) == 4u + 0x10000);
  for (std::size_t size = 0; size < 4; ++size) CHECK(net::frame_size(ByteView{channel_data(4)}.first(size)) == 0u);
}

TEST_CASE("what is neither STUN nor ChannelData ends a stream", "[net][rfc7983-7]") {
  for (unsigned first = 0x50; first <= 0xff; ++first) CHECK_FALSE(net::frame_size(bytes({first, 0, 0, 0})));
  CHECK_FALSE(net::frame_size(bytes({0, 1, 0, 3})));
  Bench bench;
  asio::write(bench.server, asio::buffer(std::string{"SSH-2.0-OpenSSH"}));
  bench.run_until([&] { return bench.reason.has_value(); });
  CHECK(bench.received.empty());
}

TEST_CASE("messages come out whole however the stream is cut", "[net][rfc8656-12.5]") {
  const std::vector<Bytes> sent{stun_message(8), channel_data(1), channel_data(1200), stun_message(0), channel_data(3)};
  Bytes all;
  for (const auto& each : sent) all.insert(all.end(), each.begin(), each.end());
  for (const std::size_t piece : {1u, 3u, 7u, 100u, 5000u}) {
    Bench bench;
    bench.server.set_option(tcp::no_delay{true});
    for (std::size_t at = 0; at < all.size(); at += piece) {
      asio::write(bench.server, asio::buffer(all.data() + at, std::min(piece, all.size() - at)));
      bench.io.poll();
    }
    bench.run_until([&] { return bench.received.size() == sent.size(); });
    CHECK(bench.received == sent);
  }
}

TEST_CASE("what was sent before close leaves, then the stream ends and says nothing more", "[net]") {
  Bench bench;
  TransmitQueue queue;
  const auto message = channel_data(1000);
  for (int i = 0; i < 100; ++i) queue.push({id, {}}, message);
  queue.push({SocketId{0}, {}}, message);  // of another socket
  bench.stream->send(queue);
  bench.stream->close();
  Bytes arrived(200 * message.size());
  std::optional<std::size_t> size;
  asio::async_read(bench.server, asio::buffer(arrived), [&](auto, std::size_t count) { size = count; });
  bench.run_until([&] { return size.has_value(); });
  CHECK(*size == 100 * message.size());
  CHECK_FALSE(bench.reason);
}

TEST_CASE("a peer that reads nothing costs no more than a bounded queue", "[net]") {
  Bench bench;
  TransmitQueue queue;
  const auto message = channel_data(60000);
  for (int i = 0; i < 1000; ++i) {
    queue.clear();
    queue.push({id, {}}, message);
    bench.stream->send(queue);
    bench.io.poll();
  }
  bench.stream->close();
  bench.run_until([&] { return bench.io.stopped() || bench.stream.use_count() == 1; });
  CHECK_FALSE(bench.reason);
}

TEST_CASE("the end of the server's side is told once", "[net]") {
  Bench bench;
  bench.server.close();
  bench.run_until([&] { return bench.reason.has_value(); });
  CHECK(bench.reason->find("ended") != std::string::npos);
  bench.stream->close();
}
