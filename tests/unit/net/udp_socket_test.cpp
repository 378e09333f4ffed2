// UdpSocket over loopback: what is sent in a batch arrives, whatever the kernel joins or cuts.
#include "net/udp_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <map>

#include "net/address.hpp"
#include "net/batch.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
namespace asio = boost::asio;

namespace {

using Sizes = std::vector<std::size_t>;

constexpr std::size_t buffer_size = 1024 * 1024;

IpAddress loopback(bool v6) { return *IpAddress::parse(v6 ? "::1" : "127.0.0.1"); }

// Two sockets on loopback; the context only serves readiness.
struct Link {
  explicit Link(bool v6, net::Offload offload = net::Offload::allowed)
      : sender{io.get_executor(), SocketId{0}, offload}, receiver{io.get_executor(), SocketId{1}} {
    REQUIRE_FALSE(sender.open({loopback(v6), 0}, {.buffer_size = buffer_size}));
    REQUIRE_FALSE(receiver.open({loopback(v6), 0}, {.buffer_size = buffer_size}));
  }

  Path path() const { return {sender.id(), receiver.local_endpoint()}; }

  // Sends everything, reading in between, so that no buffer of the system overflows.
  std::vector<Bytes> carry(const TransmitQueue& queue) {
    std::vector<Bytes> arrived;
    for (std::size_t next = 0; next != queue.size();) {
      next = sender.send(queue, next);
      read(arrived);
    }
    read(arrived);
    return arrived;
  }

  void read(std::vector<Bytes>& arrived) {
    do {
      std::vector<Datagram> batch;
      receiver.receive(batch, 64);
      for (const auto& datagram : batch) {
        CHECK(datagram.path.local == receiver.id());
        CHECK(datagram.path.remote == sender.local_endpoint());
        arrived.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
      }
    } while (receiver.more());
  }

  asio::io_context io;
  net::UdpSocket sender;
  net::UdpSocket receiver;
};

struct Batch {
  TransmitQueue queue;
  std::vector<Bytes> datagrams;

  void add(const Path& path, std::size_t size, Random& random) {
    Bytes bytes(size);
    random.fill(bytes);
    queue.push(path, bytes);
    datagrams.push_back(std::move(bytes));
  }
};

}  // namespace

TEST_CASE("a batch of mixed sizes arrives unchanged and in order", "[net]") {
  const bool v6 = GENERATE(false, true);
  const auto offload = GENERATE(net::Offload::allowed, net::Offload::off);
  Link link{v6, offload};
  test::SeededRandom random{7};
  Batch batch;
  for (const std::size_t size : Sizes{1200, 1200, 1200, 300, 1200, 1, 1, 1, 8192, 1200, 1200, 1199, 20}) {
    batch.add(link.path(), size, random);
  }
  CHECK(link.carry(batch.queue) == batch.datagrams);
}

TEST_CASE("segmentation by the kernel changes nothing that the receiver sees", "[net]") {
  test::SeededRandom random{11};
  std::vector<std::size_t> sizes;
  for (int i = 0; i != 60; ++i) {
    const auto size = 1 + random.u32() % 1300;
    for (auto repeats = 1 + random.u32() % 5; repeats != 0; --repeats) sizes.push_back(size);
  }
  const auto arrived = [&](net::Offload offload) {
    Link link{false, offload};
    test::SeededRandom content{3};
    Batch batch;
    for (const auto size : sizes) batch.add(link.path(), size, content);
    const auto result = link.carry(batch.queue);
    CHECK(result == batch.datagrams);
    return result;
  };
  CHECK(arrived(net::Offload::allowed) == arrived(net::Offload::off));
}

TEST_CASE("a thousand equal datagrams need few calls and all arrive", "[net]") {
  Link link{GENERATE(false, true)};
  test::SeededRandom random{5};
  Batch batch;
  // Small ones: a default socket buffer holds them all at once.
  for (int i = 0; i != 1000; ++i) batch.add(link.path(), 100, random);
  CHECK(link.carry(batch.queue) == batch.datagrams);
}

TEST_CASE("only entries of the socket's own path are sent", "[net]") {
  Link link{false};
  test::SeededRandom random{9};
  Batch mine;
  TransmitQueue mixed;
  for (int i = 0; i != 10; ++i) {
    mine.add(link.path(), 50, random);
    mixed.push(link.path(), mine.datagrams.back());
    mixed.push({SocketId{77}, link.path().remote}, mine.datagrams.back());
  }
  CHECK(link.carry(mixed) == mine.datagrams);
}

TEST_CASE("one batch reaches several destinations", "[net]") {
  Link link{false};
  net::UdpSocket second{link.io.get_executor(), SocketId{2}};
  REQUIRE_FALSE(second.open({loopback(false), 0}, {.buffer_size = buffer_size}));
  test::SeededRandom random{2};
  Batch first_batch, second_batch;
  TransmitQueue queue;
  for (int i = 0; i != 20; ++i) {
    auto& batch = i % 3 == 0 ? second_batch : first_batch;
    const auto remote = i % 3 == 0 ? second.local_endpoint() : link.receiver.local_endpoint();
    batch.add({SocketId{0}, remote}, 200, random);
    queue.push({SocketId{0}, remote}, batch.datagrams.back());
  }
  CHECK(link.carry(queue) == first_batch.datagrams);
  std::vector<Datagram> batch;
  while (second.receive(batch, 64) != 0 && second.more()) continue;
  CHECK(batch.size() == second_batch.datagrams.size());
}

TEST_CASE("a datagram that the kernel refuses is lost and the next one is not", "[net]") {
  Link link{false};
  test::SeededRandom random{4};
  Batch batch;
  batch.queue.push({SocketId{0}, {*IpAddress::parse("::1"), 9}}, Bytes(10));  // the wrong family
  batch.queue.push(link.path(), Bytes(65'520));                               // more than UDP carries
  batch.add(link.path(), 100, random);
  CHECK(link.carry(batch.queue) == batch.datagrams);
}

TEST_CASE("a port that nobody listens on does not disturb reading", "[net]") {
  Link link{false};
  net::UdpSocket gone{link.io.get_executor(), SocketId{3}};
  REQUIRE_FALSE(gone.open({loopback(false), 0}, {.buffer_size = buffer_size}));
  const auto nobody = gone.local_endpoint();
  gone.close();
  TransmitQueue queue;
  for (int i = 0; i != 4; ++i) queue.push({SocketId{0}, nobody}, Bytes(10));
  CHECK(link.sender.send(queue, 0) == queue.size());
  std::vector<Datagram> batch;
  CHECK(link.sender.receive(batch, 64) == 0);
  CHECK(link.sender.offloads());
}

TEST_CASE("readiness is announced when a datagram arrives", "[net]") {
  Link link{false};
  bool readable = false;
  link.receiver.async_wait_readable([&](auto error) { readable = !error; });
  TransmitQueue queue;
  queue.push(link.path(), Bytes(10));
  CHECK(link.sender.send(queue, 0) == 1);
  link.io.run();
  CHECK(readable);
}

TEST_CASE("an address that is not ours cannot be bound", "[net]") {
  asio::io_context io;
  net::UdpSocket socket{io.get_executor(), SocketId{0}};
  CHECK(socket.open({*IpAddress::parse("192.0.2.1"), 0}, {.buffer_size = buffer_size}));
  std::vector<Datagram> batch;
  CHECK(socket.receive(batch, 64) == 0);
  TransmitQueue queue;
  queue.push({SocketId{0}, {loopback(false), 9}}, Bytes(10));
  CHECK(socket.send(queue, 0) == 1);  // dropped
}

TEST_CASE("runs are equal sizes to one destination, the last possibly shorter", "[net]") {
  const Path path{SocketId{0}, {loopback(false), 9}};
  const Path other{SocketId{0}, {loopback(false), 10}};
  TransmitQueue queue;
  const auto run = [&] { return net::run_length(queue.entries(), 0); };
  SECTION("a shorter one ends the run and belongs to it") {
    for (const std::size_t size : Sizes{100, 100, 60, 60}) queue.push(path, Bytes(size));
    CHECK(run() == 3);
  }
  SECTION("a longer one does not belong to it") {
    for (const std::size_t size : Sizes{100, 101}) queue.push(path, Bytes(size));
    CHECK(run() == 1);
  }
  SECTION("another destination ends it") {
    queue.push(path, Bytes(100));
    queue.push(other, Bytes(100));
    CHECK(run() == 1);
  }
  SECTION("an empty datagram travels alone") {
    for (const std::size_t size : Sizes{0, 0}) queue.push(path, Bytes(size));
    CHECK(run() == 1);
    CHECK(net::run_length(queue.entries(), 1) == 1);
  }
  SECTION("the kernel's number of segments") {
    for (int i = 0; i != 100; ++i) queue.push(path, Bytes(10));
    CHECK(run() == net::max_segments);
  }
  SECTION("the kernel's number of bytes") {
    for (int i = 0; i != 64; ++i) queue.push(path, Bytes(1200));
    CHECK(run() == net::max_run_bytes / 1200);
  }
}

TEST_CASE("addresses survive the way through Asio's types", "[net]") {
  for (const auto* text : {"192.0.2.7", "2001:db8::7", "::1", "0.0.0.0"}) {
    const Endpoint endpoint{*IpAddress::parse(text), 4711};
    CHECK(net::from_asio(net::to_asio(endpoint)) == endpoint);
  }
}

TEST_CASE("a port that is to be shared afterwards is nobody else's, not even of those who share", "[net]") {
  using net::PortSharing;
  asio::io_context io;
  const auto open = [](net::UdpSocket& socket, std::uint16_t port, PortSharing sharing) {
    return socket.open({loopback(false), port}, {.buffer_size = buffer_size, .sharing = sharing});
  };
  net::UdpSocket others{io.get_executor(), SocketId{0}};
  REQUIRE_FALSE(open(others, 0, PortSharing::from_the_start));
  net::UdpSocket own{io.get_executor(), SocketId{1}};
  CHECK(open(own, others.local_endpoint().port, PortSharing::afterwards) == asio::error::address_in_use);
  REQUIRE_FALSE(open(own, 0, PortSharing::afterwards));
  const auto port = own.local_endpoint().port;
  net::UdpSocket second{io.get_executor(), SocketId{2}}, third{io.get_executor(), SocketId{3}};
  CHECK_FALSE(open(second, port, PortSharing::from_the_start));
  CHECK_FALSE(open(third, port, PortSharing::from_the_start));
}
