// SRV records: read from DNS responses, ordered, and asked for from a name server on loopback.   RFC 2782, RFC 1035 §4
#include "net/srv.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <map>
#include <thread>

#include "base/writer.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
using namespace sluice::test;
using net::SrvRecord;

namespace {

void write_name(Writer& out, std::string_view name) {
  while (!name.empty()) {
    const auto dot = std::min(name.find('.'), name.size());
    out.u8(static_cast<std::uint8_t>(dot));
    out.bytes(as_bytes(name.substr(0, dot)));
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  out.u8(0);
}

// The answer to a question for `name`, which the answers point back to.
Bytes response(std::uint16_t id, std::string_view name, const std::vector<SrvRecord>& records) {
  Bytes message;
  Writer out{message};
  out.u16(id);
  out.u16(0x8180);
  out.u16(1);
  out.u16(static_cast<std::uint16_t>(records.size()));
  out.u32(0);
  write_name(out, name);
  out.u16(33);
  out.u16(1);
  for (const auto& each : records) {
    Bytes value;
    Writer rdata{value};
    rdata.u16(each.priority);
    rdata.u16(each.weight);
    rdata.u16(each.port);
    write_name(rdata, each.target == "." ? "" : each.target);
    out.u16(0xC00C);
    out.u16(33);
    out.u16(1);
    out.u32(60);
    out.u16(static_cast<std::uint16_t>(value.size()));
    out.bytes(value);
  }
  return message;
}

const std::vector<SrvRecord> two{{10, 0, 3478, "a.example.org"}, {20, 5, 3479, "b.example.org"}};

}  // namespace

TEST_CASE("SRV records come out of a response", "[net][rfc2782]") {
  CHECK(net::parse_srv(response(1, "_stun._udp.example.org", two)) == two);
  CHECK(net::parse_srv(response(1, "_stun._udp.example.org", {})).empty());
  const std::vector<SrvRecord> none{{0, 0, 0, "."}};
  CHECK(net::parse_srv(response(1, "_stun._udp.example.org", none)) == none);
}

TEST_CASE("a response that is cut anywhere gives no record that was not in it", "[net][rfc2782]") {
  const auto whole = response(1, "_stun._udp.example.org", two);
  for (std::size_t size = 0; size != whole.size(); ++size) {
    const Bytes cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};  // of its own, for the sanitizer
    CHECK(net::parse_srv(cut).empty());
  }
}

TEST_CASE("whatever DNS says, reading it ends, within bounds", "[net][rfc2782]") {
  SeededRandom random{1};
  const auto whole = response(1, "_stun._udp.example.org", two);
  for (int i = 0; i != 20000; ++i) {
    auto message = whole;
    for (auto changes = 1 + random.u32() % 4; changes != 0; --changes) {
      message[random.u32() % message.size()] = static_cast<std::byte>(random.u32());
    }
    REQUIRE(net::parse_srv(message).size() <= net::max_srv_records);
  }
  CHECK(net::parse_srv(response(1, "a.b", std::vector<SrvRecord>(100, two[0]))).size() == net::max_srv_records);
}

TEST_CASE("lower priorities come first, and among equals each as often as its weight says", "[net][rfc2782]") {
  SeededRandom random{2};
  const std::vector<SrvRecord> records{
      {2, 0, 1, "late"}, {1, 30, 1, "often"}, {1, 10, 1, "seldom"}, {1, 0, 1, "hardly"}};
  std::map<std::string, int> first;
  for (int i = 0; i != 4000; ++i) {
    const auto order = net::in_order(records, random);
    REQUIRE(order.size() == 4);
    CHECK(order.back().target == "late");
    CHECK(std::ranges::is_permutation(order, records, {}, &SrvRecord::target, &SrvRecord::target));
    ++first[order.front().target];
  }
  CHECK(first["often"] > 2700);
  CHECK(first["seldom"] > 800);
  CHECK(first["hardly"] > 20);  // one of 41
  CHECK(first["hardly"] < 250);
  CHECK(net::in_order({}, random).empty());
}

TEST_CASE("a name server is asked for SRV records, and only for those of that name", "[net][rfc2782]") {
  boost::asio::io_context io;
  using Udp = boost::asio::ip::udp;
  Udp::socket server{io, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  const bool exists = GENERATE(true, false);
  std::thread thread{[&] {
    Bytes question(512);
    Udp::endpoint from;
    question.resize(server.receive_from(boost::asio::buffer(question), from));
    Bytes expected;
    Writer out{expected};
    write_name(out, "_turns._tcp.example.org");
    const bool asked =
        std::search(question.begin(), question.end(), expected.begin(), expected.end()) != question.end();
    const auto id = static_cast<std::uint16_t>(std::to_integer<unsigned>(question[0]) << 8 |
                                               std::to_integer<unsigned>(question[1]));
    auto answer = response(id, "_turns._tcp.example.org", exists && asked ? two : std::vector<SrvRecord>{});
    if (!exists) answer[3] = std::byte{0x83};  // no such name
    server.send_to(boost::asio::buffer(answer), from);
  }};
  const Endpoint address{*IpAddress::parse("127.0.0.1"), server.local_endpoint().port()};
  CHECK(net::query_srv("_turns._tcp.example.org", address) == (exists ? two : std::vector<SrvRecord>{}));
  thread.join();
}
