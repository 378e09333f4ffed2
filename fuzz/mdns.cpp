// Any datagram of the multicast DNS port: parsing is total, and what was read can be written and read again.
#include <algorithm>
#include <cstdint>

#include "ice/mdns_message.hpp"
#include "ice/mdns_querier.hpp"
#include "ice/mdns_responder.hpp"
#include "property.hpp"

namespace {

using namespace sluice;
using namespace sluice::ice;
using fuzz::property;

constexpr TimePoint start{std::chrono::hours{1}};
constexpr MdnsSocket member{SocketId{1}, IpAddress::Family::v4};

void check_round_trip(const MdnsMessage& message) {
  for (const auto& question : message.questions) {
    const auto again = MdnsMessage::parse(to_bytes(question));
    property(again && again->questions == std::vector{question}, "a question survives");
  }
  for (const auto& record : message.records) {
    const auto again = MdnsMessage::parse(to_bytes(MdnsResponse{.record = record}));
    property(again && again->records == std::vector{record}, "a record survives");
  }
}

// Whatever the message says, it concerns only the names that are asked for and published.
void check_cores(const MdnsMessage& message) {
  const auto name = *MdnsName::parse("1f4712db-ea17-4bcf-a596-105139dfd8bf.local");
  MdnsQuerier querier;
  property(querier.ask(start, name), "one name may be asked for");
  querier.handle_response(start, message);
  if (const auto answer = querier.poll_answer()) property(answer->name == name, "only what was asked for is answered");
  property(!querier.poll_answer(), "once");

  MdnsResponder responder;
  responder.publish(start, name, *IpAddress::parse("192.0.2.1"), std::span{&member, 1});
  responder.handle_query(start, {member.id, {*IpAddress::parse("192.0.2.2"), 40000}}, message);
  responder.handle_query(start, {member.id, {*IpAddress::parse("192.0.2.2"), mdns_port}}, message);
  TransmitQueue queue;
  responder.poll_transmit(queue);
  property(queue.size() <= MdnsResponder::max_unicasts + 1, "answers are bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = MdnsMessage::parse(std::as_bytes(std::span{data, size}));
  if (!message) return 0;
  check_round_trip(*message);
  check_cores(*message);
  return 0;
}
