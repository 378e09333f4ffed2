// Interfaces as multicast DNS sees them, and the sockets on them.
#include "net/links.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "net/multicast_socket.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

const net::Link link_of_two{"eth0", 2, {{ip("192.0.2.130"), 25}, {ip("2001:db8::1"), 65}}};

}  // namespace

TEST_CASE("an address is of the link if it is of one of its networks", "[net][rfc6762-11]") {
  for (const auto* text : {"192.0.2.130", "192.0.2.128", "192.0.2.255", "2001:db8::7fff:ffff:ffff:ffff"}) {
    CHECK(link_of_two.contains(ip(text)));
  }
  for (const auto* text : {"192.0.2.127", "192.0.3.130", "127.0.0.1", "2001:db8::8000:0:0:0", "::1"}) {
    CHECK_FALSE(link_of_two.contains(ip(text)));
  }
}

TEST_CASE("link-local IPv6 addresses are of every link, link-local IPv4 addresses are not", "[net][rfc6762-11]") {
  CHECK(link_of_two.contains(ip("fe80::1")));
  CHECK_FALSE(link_of_two.contains(ip("169.254.1.1")));
}

TEST_CASE("this host has links with addresses and indices", "[net]") {
  const auto links = net::multicast_links();
  for (const auto& link : links) {
    CHECK(link.index != 0);
    REQUIRE_FALSE(link.networks.empty());
    for (const auto& network : link.networks) {
      CHECK(link.owns(network.address));
      CHECK(link.contains(network.address));
      CHECK(network.prefix <= network.address.octets().size() * 8);
    }
  }
}

TEST_CASE("sockets of one group and host hear each other and themselves", "[net][rfc6762-15]") {
  const Endpoint group{ip("239.255.77.77"), 47123};  // not that of multicast DNS: others may be talking there
  bool heard = false;
  std::size_t tried = 0;
  for (const auto& link : net::multicast_links()) {
    if (!link.has(IpAddress::Family::v4)) continue;
    asio::io_context io;
    net::MulticastSocket a{io.get_executor(), SocketId{1}, link}, b{io.get_executor(), SocketId{2}, link};
    if (a.open(group) || b.open(group)) continue;
    ++tried;
    a.send(group, text_bytes("hello"));
    int heard_here = 0;
    for (auto* socket : {&a, &b}) {
      socket->async_wait_readable([&heard_here, socket](boost::system::error_code error) {
        if (error) return;
        const auto datagram = socket->receive();
        if (!datagram) return;
        CHECK(as_text(datagram->bytes) == "hello");
        CHECK(datagram->path.remote.port == 47123);
        CHECK(socket->link().owns(datagram->path.remote.address));
        CHECK_FALSE(socket->receive().has_value());  // once
        ++heard_here;
      });
    }
    io.run_for(1s);
    a.close();
    b.close();
    io.run();
    heard = heard || heard_here == 2;
  }
  if (tried == 0) WARN("no interface of this host takes multicast: not tested");
  CHECK((heard || tried == 0));
}
