#include "net/interfaces.hpp"

#include "support/catch.hpp"

using namespace sluice;
using net::InterfaceAddress;

namespace {

IpAddress address(const char* text) { return *IpAddress::parse(text); }

std::vector<std::string> usable(const std::vector<InterfaceAddress>& all, std::size_t limit = 16,
                                const net::AddressChoice& choice = {}) {
  std::vector<std::string> texts;
  for (const auto& each : net::usable_addresses(all, choice, limit)) texts.push_back(to_string(each));
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("loopback is used only if there is nothing else", "[net][rfc8445-5.1.1.1]") {
  const InterfaceAddress lo{"lo", address("127.0.0.1"), true};
  CHECK(usable({lo}) == Texts{"127.0.0.1"});
  CHECK(usable({lo, {"eth0", address("192.0.2.1")}}) == Texts{"192.0.2.1"});
}

TEST_CASE("link-local IPv6, multicast and deprecated addresses make no candidates", "[net][rfc8445-5.1.1.1]") {
  CHECK(usable({{"eth0", address("fe80::1")},
                {"eth0", address("224.0.0.1")},
                {.interface = "eth0", .address = address("2001:db8::1"), .deprecated = true},
                {"eth0", address("2001:db8::2")}}) == Texts{"2001:db8::2"});
}

TEST_CASE("a temporary address replaces the stable one of its interface", "[net][rfc8445-5.1.1.1]") {
  CHECK(usable({{"eth0", address("2001:db8::1")},
                {.interface = "eth0", .address = address("2001:db8::2"), .temporary = true},
                {"eth1", address("2001:db8:1::1")}}) == Texts{"2001:db8::2", "2001:db8:1::1"});
}

TEST_CASE("IPv6 and IPv4 alternate, up to the limit", "[net][rfc8421-4]") {
  const std::vector<InterfaceAddress> all{{"a", address("192.0.2.1")},
                                          {"b", address("192.0.2.2")},
                                          {"c", address("192.0.2.3")},
                                          {"d", address("2001:db8::1")}};
  CHECK(usable(all) == Texts{"2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"});
  CHECK(usable(all, 2) == Texts{"2001:db8::1", "192.0.2.1"});
}

TEST_CASE("the application chooses among the addresses of the host", "[net]") {
  const std::vector<InterfaceAddress> all{{"lo", address("127.0.0.1"), true},
                                          {"a", address("192.0.2.1")},
                                          {"b", address("192.0.2.2")},
                                          {"b", address("2001:db8::1")},
                                          {"b", address("fe80::1")}};
  CHECK(usable(all, 16, {.v6 = false}) == Texts{"192.0.2.1", "192.0.2.2"});
  CHECK(usable(all, 16, {.v4 = false}) == Texts{"2001:db8::1"});
  CHECK(usable(all, 16, {.v6 = false, .loopback = true}) == Texts{"192.0.2.1", "192.0.2.2", "127.0.0.1"});
  CHECK(usable(all, 16, {.only = {address("192.0.2.2")}}) == Texts{"192.0.2.2"});
  CHECK(usable(all, 16, {.only = {address("127.0.0.1")}}) == Texts{"127.0.0.1"});
  CHECK(usable(all, 16, {.only = {address("192.0.2.9")}}).empty());
}

TEST_CASE("this host has an address", "[net]") { CHECK_FALSE(usable(net::interface_addresses()).empty()); }
