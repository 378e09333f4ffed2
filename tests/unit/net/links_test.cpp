// Interfaces as multicast DNS sees them, and the sockets on them.
#include "net/links.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <utility>

#include "net/multicast_socket.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

#if defined(__linux__)
#include <cstdlib>

#include "support/own_network.hpp"
#endif

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

#if defined(__linux__)

namespace {

constexpr std::uint16_t some_port = 47125;  // of another group than multicast DNS

net::Link link_named(const std::string& name) {
  for (auto& link : net::multicast_links()) {
    if (link.name == name) return link;
  }
  return {};
}

// Listens to one socket for as long as it lives.
class Ear {
 public:
  Ear(asio::io_context& io, net::MulticastSocket& socket) : io_{&io}, socket_{&socket} { wait(); }

  /// Whether it hears something soon.
  bool hears() {
    const auto end = std::chrono::steady_clock::now() + 500ms;
    io_->restart();
    while (!heard_ && io_->run_one_until(end) != 0) continue;
    return std::exchange(heard_, false);
  }

 private:
  void wait() {
    socket_->async_wait_readable([this](boost::system::error_code error) {
      if (error) return;
      while (socket_->receive()) heard_ = true;
      wait();
    });
  }

  asio::io_context* io_;
  net::MulticastSocket* socket_;
  bool heard_ = false;
};

bool follows_an_address() {
  const Endpoint group{ip("239.255.77.77"), some_port};
  asio::io_context io;
  net::MulticastSocket talker{io.get_executor(), SocketId{1}, link_named("lo")};
  net::MulticastSocket socket{io.get_executor(), SocketId{2}, link_named("lo")};
  if (talker.open(group) || socket.open(group)) return false;
  Ear ear{io, socket};
  for (const auto* address : {"192.0.2.7", "192.0.2.8"}) {
    set_up("lo", false);  // it loses its address, and by that the group
    set_up("lo", true);
    add_address("lo", address);
    if (talker.set_link(link_named("lo")) || socket.set_link(link_named("lo"))) return false;
    talker.send(group, text_bytes("hello"));
    if (!ear.hears()) return false;
  }
  return true;
}

// a0-a1 and b0-b1: two cables.
bool cables_are_apart() {
  if (std::system("ip link add a0 type veth peer name a1 && ip link add b0 type veth peer name b1") != 0) return true;
  for (const auto* name : {"a0", "a1", "b0", "b1"}) {
    const auto no_delay = "echo 0 > /proc/sys/net/ipv6/conf/" + std::string{name} + "/accept_dad";
    if (std::system(no_delay.c_str()) != 0) return true;
    set_up(name, true);
  }
  const auto has_address = [](const char* name) { return link_named(name).has(IpAddress::Family::v6); };
  for (int i = 0; i != 50 && !(has_address("a1") && has_address("b1") && has_address("a0")); ++i) ::usleep(100'000);
  const Endpoint group{ip("ff02::7777"), some_port};
  asio::io_context io;
  net::MulticastSocket talker{io.get_executor(), SocketId{1}, link_named("a0")};
  net::MulticastSocket near{io.get_executor(), SocketId{2}, link_named("a1")};
  net::MulticastSocket far{io.get_executor(), SocketId{3}, link_named("b1")};
  if (talker.open(group) || near.open(group) || far.open(group)) return false;
  Ear at_near{io, near}, at_far{io, far};
  talker.send(group, text_bytes("hello"));
  return at_near.hears() && !at_far.hears();
}

}  // namespace

TEST_CASE("a group is heard on an interface whose address has become another one", "[net][rtnetlink][rfc6762-15]") {
  in_own_network(follows_an_address);
}

TEST_CASE("IPv6 multicast of one link is not heard on another one", "[net][rtnetlink][rfc6762-11]") {
  in_own_network(cables_are_apart);
}

#endif
