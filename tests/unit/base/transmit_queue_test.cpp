#include "base/transmit_queue.hpp"

#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice {
namespace {

TEST_CASE("datagrams lie one behind the other in one arena", "[base]") {
  TransmitQueue queue;
  const Path path{SocketId{1}, {*IpAddress::parse("192.0.2.1"), 9}};
  queue.push(path, as_bytes("one"));
  auto room = queue.prepare(100);
  room[0] = std::byte{'2'};
  queue.commit(path, 1);
  queue.push(path, as_bytes("three"));
  REQUIRE(queue.size() == 3);
  CHECK(queue.byte_count() == 9);
  const auto entries = queue.entries();
  CHECK(as_text(queue.bytes(entries[0])) == "one");
  CHECK(as_text(queue.bytes(entries[1])) == "2");
  CHECK(as_text(queue.bytes(entries[2])) == "three");
  CHECK(entries[1].offset == entries[0].offset + entries[0].length);
}

TEST_CASE("clear() keeps the memory, so a steady connection does not allocate", "[base]") {
  TransmitQueue queue;
  const Bytes datagram(1200);
  for (int i = 0; i < 10; ++i) queue.push({}, datagram);
  const auto* before = queue.bytes(queue.entries().front()).data();
  queue.clear();
  CHECK(queue.empty());
  for (int i = 0; i < 10; ++i) queue.push({}, datagram);
  CHECK(queue.bytes(queue.entries().front()).data() == before);
}

}  // namespace
}  // namespace sluice
