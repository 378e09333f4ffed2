// Messages in streams, against a server on loopback.
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>

#include "net/address.hpp"
#include "net/frames.hpp"
#include "net/listener.hpp"
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

// ICE over TCP

namespace {

Bytes prefixed(const Bytes& datagram) {
  Bytes frame{static_cast<std::byte>(datagram.size() >> 8), static_cast<std::byte>(datagram.size() & 0xff)};
  frame.insert(frame.end(), datagram.begin(), datagram.end());
  return frame;
}

// Two of our streams, one to the other.
struct PrefixedBench {
  struct End {
    net::StreamHandlers handlers() {
      return {.connected = [this] { connected = true; },
              .received =
                  [this](std::span<const Datagram> batch) {
                    for (const auto& each : batch) received.emplace_back(each.bytes.begin(), each.bytes.end());
                  },
              .closed = [this](const std::string& why) { reason = why; }};
    }
    void send(std::span<const Bytes> datagrams) {
      TransmitQueue queue;
      for (const auto& each : datagrams) queue.push(path, each);
      stream->send(queue);
    }

    Path path{};
    std::shared_ptr<net::Stream> stream{};
    bool connected = false;
    std::vector<Bytes> received{};
    std::optional<std::string> reason{};
  };

  PrefixedBench() {
    REQUIRE_FALSE(listener->open({*IpAddress::parse("127.0.0.1"), 0}));
    listener->accept([this](tcp::socket socket, const Endpoint& remote) {
      passive.path = {SocketId{7}, remote};
      passive.stream = net::Stream::adopt(std::move(socket), passive.path, passive.handlers());
    });
    active.path = {SocketId{8}, listener->local_endpoint()};
    active.stream =
        net::Stream::connect(io.get_executor(), active.path, *IpAddress::parse("127.0.0.1"), active.handlers());
    run_until([&] { return active.connected && passive.stream; });
  }

  template <class Done>
  void run_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!done() && std::chrono::steady_clock::now() < end) io.run_one_for(std::chrono::milliseconds{100});
    REQUIRE(done());
  }

  asio::io_context io{};
  std::shared_ptr<net::Listener> listener = std::make_shared<net::Listener>(io.get_executor());
  End active{};
  End passive{};
};

// A socket of the test's, and our stream at its other end.
struct RawBench {
  RawBench() {
    REQUIRE_FALSE(listener->open({*IpAddress::parse("127.0.0.1"), 0}));
    listener->accept([this](tcp::socket socket, const Endpoint& remote) {
      end.path = {SocketId{7}, remote};
      end.stream = net::Stream::adopt(std::move(socket), end.path, end.handlers());
    });
    const auto local = listener->local_endpoint();
    hand.connect({net::to_asio(local.address), local.port});
    hand.set_option(tcp::no_delay{true});
    run_until([&] { return end.stream != nullptr; });
  }

  template <class Done>
  void run_until(Done done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!done() && std::chrono::steady_clock::now() < limit) io.run_one_for(std::chrono::milliseconds{100});
    REQUIRE(done());
  }

  asio::io_context io{};
  std::shared_ptr<net::Listener> listener = std::make_shared<net::Listener>(io.get_executor());
  tcp::socket hand{io};
  PrefixedBench::End end{};
};

}  // namespace

TEST_CASE("a datagram's size is before it, and tells at every cut how much is missing", "[net][rfc4571-2]") {
  for (const std::size_t size : {0u, 1u, 255u, 256u, 2048u}) {
    const auto frame = prefixed(Bytes(size));
    for (std::size_t cut = 0; cut <= frame.size(); ++cut) {
      CHECK(net::prefixed_size(ByteView{frame}.first(cut), 2048) == (cut < 2 ? 0 : frame.size()));
    }
  }
  CHECK_FALSE(net::prefixed_size(prefixed(Bytes(2049)), 2048));
  CHECK(net::prefixed_size(prefixed(Bytes(0xffff)), 0xffff) == 0x10001u);
}

TEST_CASE("datagrams arrive whole and in order, however the stream is cut", "[net][rfc4571-2]") {
  const std::vector<Bytes> sent{Bytes(1, std::byte{1}), Bytes(1200, std::byte{2}), Bytes(2048, std::byte{3}),
                                Bytes(3, std::byte{4})};
  Bytes all = prefixed({});  // says nothing
  for (const auto& each : sent) {
    const auto frame = prefixed(each);
    all.insert(all.end(), frame.begin(), frame.end());
  }
  const std::size_t piece = GENERATE(1u, 2u, 3u, 7u, 100u, 5000u);
  RawBench bench;
  for (std::size_t at = 0; at < all.size(); at += piece) {
    asio::write(bench.hand, asio::buffer(all.data() + at, std::min(piece, all.size() - at)));
    bench.io.poll();
  }
  bench.run_until([&] { return bench.end.received.size() == sent.size(); });
  CHECK(bench.end.received == sent);
}

TEST_CASE("a datagram longer than any check ends a connection that is not trusted, and passes one that is",
          "[net][rfc6544]") {
  const bool trusted = GENERATE(true, false);
  RawBench bench;
  const Bytes check(100), record(net::longest_prefixed);
  asio::write(bench.hand, asio::buffer(prefixed(check)));
  bench.run_until([&] { return bench.end.received.size() == 1; });
  if (trusted) bench.end.stream->trust();
  asio::write(bench.hand, asio::buffer(prefixed(check)));
  bench.run_until([&] { return bench.end.received.size() == 2; });
  asio::write(bench.hand, asio::buffer(prefixed(record)));
  bench.run_until([&] { return bench.end.received.size() == 3 || bench.end.reason; });
  CHECK(trusted == !bench.end.reason.has_value());
  if (!trusted) return;
  asio::write(bench.hand, asio::buffer(prefixed(Bytes(net::longest_prefixed + 1))));
  bench.run_until([&] { return bench.end.reason.has_value(); });
}

TEST_CASE("what one turn sends arrives at the other end, both ways, and the end is told", "[net][rfc6544]") {
  PrefixedBench bench;
  CHECK_FALSE(bench.passive.connected);  // that it was accepted is known already
  std::vector<Bytes> sent;
  for (std::size_t i = 1; i <= 50; ++i) sent.emplace_back(i * 20, static_cast<std::byte>(i));
  bench.active.send(sent);
  bench.passive.send(sent);
  bench.run_until([&] { return bench.active.received.size() == 50 && bench.passive.received.size() == 50; });
  CHECK(bench.active.received == sent);
  CHECK(bench.passive.received == sent);
  CHECK(bench.active.stream->dropped() == 0);
  bench.active.stream->close();
  bench.run_until([&] { return bench.passive.reason.has_value(); });
  CHECK_FALSE(bench.active.reason);
}

TEST_CASE("of a peer that reads nothing whole datagrams are lost and counted, and the rest arrives intact",
          "[net][rfc6544]") {
  RawBench bench;
  const std::vector<Bytes> one{Bytes(1200, std::byte{9})};
  for (int i = 0; i < 20'000 && bench.end.stream->dropped() < 100; ++i) {
    bench.end.send(one);
    bench.io.poll();
  }
  REQUIRE(bench.end.stream->dropped() == 100);
  std::size_t arrived = 0;
  Bytes buffer(1202);
  const auto frame = prefixed(one.front());
  std::function<void()> read = [&] {
    asio::async_read(bench.hand, asio::buffer(buffer), [&](auto error, std::size_t) {
      if (error) return;
      REQUIRE(buffer == frame);
      ++arrived;
      read();
    });
  };
  read();
  bench.run_until([&] { return arrived > 200; });
}

TEST_CASE("a connection that is refused, or that cannot leave from its address, says so later", "[net][rfc6544-7.1]") {
  asio::io_context io;
  const auto listener = std::make_shared<net::Listener>(io.get_executor());
  REQUIRE_FALSE(listener->open({*IpAddress::parse("127.0.0.1"), 0}));
  const Path path{SocketId{1}, listener->local_endpoint()};
  listener->close();
  const auto local = GENERATE(as<std::string>{}, "127.0.0.1", "192.0.2.77");
  PrefixedBench::End end;
  end.stream = net::Stream::connect(io.get_executor(), path, *IpAddress::parse(local), end.handlers());
  CHECK_FALSE(end.reason);
  io.run_for(std::chrono::seconds{10});
  CHECK(end.reason);
  CHECK_FALSE(end.connected);
}
