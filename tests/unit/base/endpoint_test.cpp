#include "base/endpoint.hpp"

#include "support/catch.hpp"

namespace sluice {
namespace {

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

TEST_CASE("addresses are printed as they are read", "[base]") {
  for (const auto* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "::1", "fe80::1"}) {
    CHECK(to_string(address(text)) == text);
  }
  CHECK(to_string(address("[2001:db8::1]")) == "2001:db8::1");
  CHECK(to_string(Endpoint{address("192.0.2.1"), 5000}) == "192.0.2.1:5000");
  CHECK(to_string(Endpoint{address("2001:db8::1"), 5000}) == "[2001:db8::1]:5000");
}

TEST_CASE("what is not an address is refused", "[base]") {
  for (const auto* text : {"", "192.0.2", "192.0.2.256", "example.org", "fe80::1%eth0", "[::1", "1:2:3", "::g"}) {
    INFO(text);
    CHECK_FALSE(IpAddress::parse(text).has_value());
  }
}

TEST_CASE("addresses know what they are good for", "[base][rfc6890]") {
  CHECK(address("127.1.2.3").is_loopback());
  CHECK(address("::1").is_loopback());
  CHECK(address("169.254.0.1").is_link_local());
  CHECK(address("fe80::1").is_link_local());
  CHECK_FALSE(address("fec0::1").is_link_local());
  CHECK(address("224.0.0.251").is_multicast());
  CHECK(address("ff02::fb").is_multicast());
  CHECK(address("255.255.255.255").is_broadcast());
  CHECK(address("0.0.0.0").is_unspecified());
  CHECK(address("::").is_unspecified());
}

TEST_CASE("an IPv4 address inside IPv6 is the IPv4 address", "[base][rfc4291-2.5.5.2]") {
  CHECK(address("::ffff:192.0.2.1").is_v4_mapped());
  CHECK(address("::ffff:192.0.2.1").unmapped() == address("192.0.2.1"));
  CHECK(address("2001:db8::1").unmapped() == address("2001:db8::1"));
}

}  // namespace
}  // namespace sluice
