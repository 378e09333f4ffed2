// Who asks for names, who answers, and both on one link.
#include <set>

#include "ice/mdns_querier.hpp"
#include "ice/mdns_responder.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
using namespace sluice::ice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint start{1h};
const MdnsSocket v4_socket{SocketId{4}, IpAddress::Family::v4};
const MdnsSocket v6_socket{SocketId{6}, IpAddress::Family::v6};
const auto address = *IpAddress::parse("192.0.2.1");
const auto other_address = *IpAddress::parse("192.0.2.2");
const Endpoint neighbour{*IpAddress::parse("192.0.2.9"), mdns_port};

MdnsName fresh_name() {
  static SeededRandom random;
  return MdnsName::generate(random);
}

struct Sent {
  Path path;
  MdnsMessage message;
};

template <class Poll>
std::vector<Sent> sent_by(Poll poll) {
  TransmitQueue queue;
  poll(queue);
  std::vector<Sent> result;
  for (const auto& entry : queue.entries()) {
    auto parsed = MdnsMessage::parse(queue.bytes(entry));
    REQUIRE(parsed.has_value());
    result.push_back({entry.path, std::move(*parsed)});
  }
  return result;
}

std::vector<Sent> sent_by(MdnsQuerier& querier, std::vector<MdnsSocket> sockets = {v4_socket}) {
  return sent_by([&](TransmitQueue& queue) { querier.poll_transmit(sockets, queue); });
}
std::vector<Sent> sent_by(MdnsResponder& responder) {
  return sent_by([&](TransmitQueue& queue) { responder.poll_transmit(queue); });
}

MdnsMessage response(std::vector<MdnsRecord> records) { return {.response = true, .records = std::move(records)}; }
MdnsMessage query(const MdnsName& name, bool unicast = false, IpAddress::Family family = IpAddress::Family::v4) {
  return {.id = 77, .questions = {{.name = name, .family = family, .unicast_response = unicast}}};
}

}  // namespace

// The querier.

TEST_CASE("both families are asked for, each in a message of its own, on every interface", "[mdns][rfc6762-5]") {
  MdnsQuerier querier;
  const auto name = fresh_name();
  REQUIRE(querier.ask(start, name));
  const auto sent = sent_by(querier, {v4_socket, v6_socket});
  REQUIRE(sent.size() == 4);
  CHECK(sent[0].path == Path{v4_socket.id, {*IpAddress::parse("224.0.0.251"), 5353}});
  CHECK(sent[1].path == Path{v6_socket.id, {*IpAddress::parse("ff02::fb"), 5353}});
  CHECK(sent[0].message.questions == std::vector{MdnsQuestion{.name = name}});
  CHECK(sent[2].message.questions == std::vector{MdnsQuestion{.name = name, .family = IpAddress::Family::v6}});
}

TEST_CASE("a question is repeated at growing intervals, until nobody has answered for long enough",
          "[mdns][rfc6762-5.2]") {
  MdnsQuerier querier;
  const auto name = fresh_name();
  REQUIRE(querier.ask(start, name));
  std::vector<Duration> times;
  auto now = start;
  for (;; now = querier.next_timeout()) {
    querier.handle_timeout(now);
    if (!sent_by(querier).empty()) times.push_back(now - start);
    if (const auto answer = querier.poll_answer()) {
      CHECK(answer->name == name);
      CHECK_FALSE(answer->address.has_value());
      break;
    }
  }
  CHECK(times == std::vector<Duration>{0s, 1s, 3s, 7s});
  CHECK(now - start == MdnsQuerier::limit);
  CHECK(querier.next_timeout() == never);
}

TEST_CASE("the first answer ends the question", "[mdns]") {
  MdnsQuerier querier;
  const auto name = fresh_name();
  REQUIRE(querier.ask(start, name));
  querier.handle_response(start + 10ms, response({{.name = name, .address = address}}));
  const auto answer = querier.poll_answer();
  REQUIRE(answer.has_value());
  CHECK(answer->address == address);
  CHECK_FALSE(querier.poll_answer().has_value());
  CHECK(querier.next_timeout() == never);
}

TEST_CASE("nothing is believed of names that nobody has asked for, of queries, and of records that end", "[mdns][D7]") {
  MdnsQuerier querier;
  const auto name = fresh_name(), unasked = fresh_name();
  querier.handle_response(start, response({{.name = name, .address = address}}));
  REQUIRE(querier.ask(start, name));
  querier.handle_response(start, response({{.name = unasked, .address = address}}));
  querier.handle_response(start, response({{.name = name, .address = address, .ttl = 0s}}));
  querier.handle_response(start, {.records = {{.name = name, .address = address}}});
  CHECK_FALSE(querier.poll_answer().has_value());
  REQUIRE(querier.ask(start, unasked));
  CHECK_FALSE(querier.poll_answer().has_value());
}

TEST_CASE("a name with several addresses is ignored", "[mdns][draft-mdns-ice-3.2.1]") {
  MdnsQuerier querier;
  const auto name = fresh_name();
  REQUIRE(querier.ask(start, name));
  querier.handle_response(start,
                          response({{.name = name, .address = address}, {.name = name, .address = other_address}}));
  const auto answer = querier.poll_answer();
  REQUIRE(answer.has_value());
  CHECK_FALSE(answer->address.has_value());
}

TEST_CASE("what has been answered is known as long as the answer says, and no longer than two minutes",
          "[mdns][rfc6762-10]") {
  const auto asks_again = [](std::chrono::seconds ttl, Duration later) {
    MdnsQuerier querier;
    const auto name = fresh_name();
    REQUIRE(querier.ask(start, name));
    querier.handle_response(start, response({{.name = name, .address = address, .ttl = ttl}}));
    (void)querier.poll_answer();
    (void)sent_by(querier);
    REQUIRE(querier.ask(start + later, name));
    const bool known = querier.poll_answer().has_value();
    CHECK(known == sent_by(querier).empty());
    return !known;
  };
  CHECK_FALSE(asks_again(10s, 9s));
  CHECK(asks_again(10s, 10s));
  CHECK_FALSE(asks_again(1000h, 119s));
  CHECK(asks_again(1000h, 120s));
}

TEST_CASE("a goodbye and a new address correct what is known", "[mdns][rfc6762-10.1][rfc6762-10.2]") {
  MdnsQuerier querier;
  const auto name = fresh_name();
  REQUIRE(querier.ask(start, name));
  querier.handle_response(start, response({{.name = name, .address = address}}));
  (void)querier.poll_answer();
  querier.handle_response(start, response({{.name = name, .address = other_address}}));
  REQUIRE(querier.ask(start, name));
  CHECK(querier.poll_answer()->address == other_address);
  querier.handle_response(start, response({{.name = name, .address = other_address, .ttl = 0s}}));
  REQUIRE(querier.ask(start, name));
  CHECK_FALSE(querier.poll_answer().has_value());
}

TEST_CASE("names that wait and answers that are remembered are bounded", "[mdns][D7]") {
  MdnsQuerier querier;
  std::vector<MdnsName> names;
  for (std::size_t i = 0; i != MdnsQuerier::max_questions; ++i) {
    names.push_back(fresh_name());
    REQUIRE(querier.ask(start, names.back()));
    REQUIRE(querier.ask(start, names.back()));  // no other question
  }
  CHECK_FALSE(querier.ask(start, fresh_name()));
  CHECK(sent_by(querier).size() == 2 * MdnsQuerier::max_questions);
  querier.forget(names[0]);
  CHECK(querier.ask(start, fresh_name()));
  for (std::size_t i = 0; i != 10 * MdnsQuerier::max_known; ++i) {
    const auto name = fresh_name();
    querier.forget(names[1]);
    REQUIRE(querier.ask(start, names[1] = name));
    querier.handle_response(start, response({{.name = name, .address = address}}));
    REQUIRE(querier.poll_answer().has_value());
  }
  REQUIRE(querier.ask(start, names[1]));  // the latest
  CHECK(querier.poll_answer().has_value());
}

// The responder.

TEST_CASE("the first query is answered at once, to everybody, and announcements follow",
          "[mdns][rfc6762-6][rfc6762-8.3]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket, v6_socket});
  CHECK(sent_by(responder).empty());
  responder.handle_query(start + 300ms, {v4_socket.id, neighbour}, query(name));
  auto sent = sent_by(responder);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].path == Path{v4_socket.id, v4_socket.group()});
  CHECK(sent[0].message.id == 0);
  CHECK(sent[0].message.records == std::vector{MdnsRecord{name, address, 120s, true}});

  std::vector<std::pair<SocketId, Duration>> announced;
  while (responder.next_timeout() != never) {
    const auto now = responder.next_timeout();
    responder.handle_timeout(now);
    for (const auto& each : sent_by(responder)) announced.emplace_back(each.path.local, now - start);
  }
  CHECK(announced == std::vector<std::pair<SocketId, Duration>>{
                         {v6_socket.id, 1s}, {v4_socket.id, 1300ms}, {v6_socket.id, 2s}, {v4_socket.id, 2300ms}});
}

TEST_CASE("a record is multicast once a second at most, however often it is asked for", "[mdns][rfc6762-6]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket});
  std::vector<TimePoint> times;
  for (auto now = start; now < start + 10s; now += 10ms) {
    responder.handle_query(now, {v4_socket.id, neighbour}, query(name));
    responder.handle_timeout(now);
    for (const auto& each : sent_by(responder)) {
      CHECK(each.path.remote == v4_socket.group());
      times.push_back(now);
    }
  }
  CHECK(times.size() == 10);
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] >= 1s);
}

TEST_CASE("who asks for the other family hears that there is none", "[mdns][rfc6762-6.1]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket});
  responder.handle_query(start, {v4_socket.id, neighbour}, query(name, false, IpAddress::Family::v6));
  TransmitQueue queue;
  responder.poll_transmit(queue);
  REQUIRE(queue.size() == 1);
  const auto expected = to_bytes(MdnsResponse{.record = {.name = name, .address = address}, .denies = true});
  CHECK(std::ranges::equal(queue.bytes(queue.entries()[0]), expected));
}

TEST_CASE("names are told on the interfaces of their address only, and others never", "[mdns][rfc6762-6.2]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket});
  responder.handle_query(start, {v6_socket.id, neighbour}, query(name));
  responder.handle_query(start, {v4_socket.id, neighbour}, query(fresh_name()));
  CHECK(sent_by(responder).empty());
}

TEST_CASE("who wants a unicast answer gets one, if all have heard of the record lately", "[mdns][rfc6762-5.4]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket});
  const auto asked_at = [&](TimePoint now) {
    responder.handle_query(now, {v4_socket.id, neighbour}, query(name, true));
    const auto sent = sent_by(responder);
    REQUIRE(sent.size() == 1);
    return sent[0].path.remote;
  };
  CHECK(asked_at(start) == v4_socket.group());
  CHECK(asked_at(start + 10ms) == neighbour);
  CHECK(asked_at(start + 29s) == neighbour);
  CHECK(asked_at(start + 30s) == v4_socket.group());
}

TEST_CASE("who does not speak multicast DNS gets an answer as of a DNS server", "[mdns][rfc6762-6.7]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket});
  const Endpoint simple{neighbour.address, 40000};
  responder.handle_query(start, {v4_socket.id, simple}, query(name, true));
  const auto sent = sent_by(responder);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].path == Path{v4_socket.id, simple});
  CHECK(sent[0].message.id == 77);
  CHECK(sent[0].message.questions == std::vector{MdnsQuestion{.name = name}});
  CHECK(sent[0].message.records == std::vector{MdnsRecord{name, address, 10s, false}});
}

TEST_CASE("unicast answers are bounded, so that nobody is flooded through us", "[mdns][rfc6762-6]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket});
  for (int i = 0; i != 1000; ++i) {
    responder.handle_query(start, {v4_socket.id, {neighbour.address, 40000}}, query(name));
  }
  CHECK(sent_by(responder).size() == MdnsResponder::max_unicasts);
  responder.handle_query(start + 1s, {v4_socket.id, {neighbour.address, 40000}}, query(name));
  CHECK(sent_by(responder).size() == 1);
}

TEST_CASE("who knows the answer is not told again", "[mdns][rfc6762-7.1]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket});
  auto asked = query(name);
  asked.records.push_back({.name = name, .address = address, .ttl = 60s});
  responder.handle_query(start, {v4_socket.id, neighbour}, asked);
  CHECK(sent_by(responder).empty());
  asked.records[0].ttl = 59s;
  responder.handle_query(start, {v4_socket.id, neighbour}, asked);
  CHECK(sent_by(responder).size() == 1);
}

TEST_CASE("a name that ends says goodbye where it was known, and is answered no more", "[mdns][rfc6762-10.1]") {
  MdnsResponder responder;
  const auto name = fresh_name();
  responder.publish(start, name, address, std::vector{v4_socket, v6_socket});
  responder.handle_query(start, {v4_socket.id, neighbour}, query(name));
  (void)sent_by(responder);
  responder.retract(name);
  const auto sent = sent_by(responder);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].path == Path{v4_socket.id, v4_socket.group()});
  CHECK(sent[0].message.records == std::vector{MdnsRecord{name, address, 0s, true}});
  CHECK(responder.empty());
  CHECK(responder.next_timeout() == never);
  responder.handle_query(start + 5s, {v4_socket.id, neighbour}, query(name));
  CHECK(sent_by(responder).empty());
}

// Both.

TEST_CASE("two hosts learn each other's names over a link that loses datagrams", "[mdns][seeds]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const double loss = 0.01 * static_cast<double>(seed % 31);
    INFO("seed " << seed << ", loss " << loss);
    struct Station {
      MdnsQuerier querier{};
      MdnsResponder responder{};
      IpAddress own{};
      std::optional<IpAddress> found{};
    };
    std::array<Station, 2> stations;
    stations[0].own = address;
    stations[1].own = other_address;
    const std::array names{fresh_name(), fresh_name()};
    std::mt19937_64 random{seed};
    std::uniform_real_distribution<double> dice;
    std::multimap<TimePoint, std::function<void(TimePoint)>> wire;
    const auto deliver = [&](std::size_t from, const Path& path, ByteView bytes, TimePoint now) {
      for (std::size_t to = 0; to != 2; ++to) {  // its own station, too
        if (dice(random) < loss || (path.remote.address != v4_socket.group().address && to == from)) continue;
        wire.emplace(now + 1ms, [&, to, source = Path{v4_socket.id, {stations[from].own, mdns_port}},
                                 parsed = *MdnsMessage::parse(bytes)](TimePoint later) {
          stations[to].querier.handle_response(later, parsed);
          stations[to].responder.handle_query(later, source, parsed);
        });
      }
    };
    for (std::size_t i = 0; i != 2; ++i) {
      stations[i].responder.publish(start, names[i], stations[i].own, std::vector{v4_socket});
      REQUIRE(stations[i].querier.ask(start, names[1 - i]));
    }
    auto now = start;
    while (now < start + MdnsQuerier::limit) {
      auto next = wire.empty() ? never : wire.begin()->first;
      for (std::size_t i = 0; i != 2; ++i) {
        auto& station = stations[i];
        station.querier.handle_timeout(now);
        station.responder.handle_timeout(now);
        TransmitQueue queue;
        station.querier.poll_transmit(std::vector{v4_socket}, queue);
        station.responder.poll_transmit(queue);
        for (const auto& entry : queue.entries()) deliver(i, entry.path, queue.bytes(entry), now);
        if (const auto answer = station.querier.poll_answer()) station.found = answer->address;
        next = std::min({next, station.querier.next_timeout(), station.responder.next_timeout()});
      }
      if (stations[0].found && stations[1].found) break;
      if (!wire.empty()) next = std::min(next, wire.begin()->first);
      now = next;
      while (!wire.empty() && wire.begin()->first <= now) wire.extract(wire.begin()).mapped()(now);
    }
    CHECK(stations[0].found == other_address);
    CHECK(stations[1].found == address);
    if (loss == 0) CHECK(now - start < 10ms);
  }
}
