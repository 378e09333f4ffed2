// Packets in Binding requests and responses.   draft-hancke-webrtc-sped
#include "ice/piggyback.hpp"

#include "base/writer.hpp"
#include "crypto/crc32.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice::ice {
namespace {

namespace attribute = stun::attribute;
using Mode = Piggyback::Mode;

const crypto::HmacSha1 key{as_bytes("a password of the test")};

Bytes packet(std::size_t size, std::uint8_t content = 0) {
  Bytes result(size, static_cast<std::byte>(content));
  result[0] = std::byte{22};
  return result;
}

stun::Builder request() { return {stun::Class::request, stun::Method::binding, {}}; }

// What one message says, as the peer reads it.
struct Said {
  std::optional<Bytes> packet{};
  std::optional<Bytes> acknowledgements{};
};

Said said_by(Piggyback& piggyback, stun::Builder message = request()) {
  piggyback.write(message);
  const auto bytes = message.integrity(key).fingerprint().finish();
  const auto parsed = stun::Message::parse(bytes);
  REQUIRE(parsed.has_value());
  const auto copy = [&](const auto& type) {
    const auto value = parsed->get(type);
    return value ? std::optional<Bytes>{{value->begin(), value->end()}} : std::nullopt;
  };
  return {copy(attribute::dtls_in_stun), copy(attribute::dtls_in_stun_acknowledgement)};
}

std::optional<Bytes> hear(Piggyback& piggyback, const std::optional<Bytes>& packet,
                          const std::vector<std::uint32_t>& acknowledgements = {}) {
  auto message = request();
  Bytes list;
  Writer out{list};
  for (const auto each : acknowledgements) out.u32(each);
  message.add(attribute::dtls_in_stun_acknowledgement, list);
  if (packet) message.add(attribute::dtls_in_stun, *packet);
  const auto bytes = message.integrity(key).fingerprint().finish();
  return piggyback.read(*stun::Message::parse(bytes));
}

Piggyback carrying(std::vector<Bytes> flight) {
  Piggyback piggyback;
  piggyback.set_mode(Mode::on);
  piggyback.carry(std::move(flight));
  return piggyback;
}

TEST_CASE("the packets of a flight take turns until they are acknowledged", "[ice][sped]") {
  auto piggyback = carrying({packet(100, 1), packet(100, 2), packet(100, 3)});
  CHECK(said_by(piggyback).packet == packet(100, 1));
  CHECK(said_by(piggyback).packet == packet(100, 2));
  CHECK(said_by(piggyback).packet == packet(100, 3));
  CHECK(said_by(piggyback).packet == packet(100, 1));
  hear(piggyback, std::nullopt, {crypto::crc32(packet(100, 2)), 0x12345678});
  CHECK(said_by(piggyback).packet == packet(100, 3));
  CHECK(said_by(piggyback).packet == packet(100, 1));
  hear(piggyback, std::nullopt, {crypto::crc32(packet(100, 1)), crypto::crc32(packet(100, 3))});
  const auto last = said_by(piggyback);
  CHECK_FALSE(last.packet);
  CHECK(last.acknowledgements == Bytes{});
}

TEST_CASE("a new flight takes the place of the one before", "[ice][sped]") {
  auto piggyback = carrying({packet(100, 1), packet(100, 2)});
  said_by(piggyback);
  piggyback.carry({packet(100, 4)});
  CHECK(said_by(piggyback).packet == packet(100, 4));
  CHECK(said_by(piggyback).packet == packet(100, 4));
}

TEST_CASE("what comes is told once and acknowledged until four others have come", "[ice][sped]") {
  auto piggyback = carrying({});
  CHECK(hear(piggyback, packet(50, 1)) == packet(50, 1));
  CHECK(hear(piggyback, packet(50, 1)) == std::nullopt);
  piggyback.note_received(packet(50, 2));
  CHECK(hear(piggyback, packet(50, 2)) == std::nullopt);
  for (std::uint8_t content = 3; content <= 5; ++content) CHECK(hear(piggyback, packet(50, content)));
  Bytes expected;
  Writer out{expected};
  for (std::uint8_t content = 2; content <= 5; ++content) out.u32(crypto::crc32(packet(50, content)));
  CHECK(said_by(piggyback).acknowledgements == expected);
}

TEST_CASE("an empty packet is none", "[ice][sped]") {
  auto piggyback = carrying({});
  CHECK_FALSE(hear(piggyback, Bytes{}));
  CHECK(said_by(piggyback).acknowledgements == Bytes{});
}

TEST_CASE("a packet that does not fit beside long user names waits", "[ice][sped]") {
  auto piggyback = carrying({packet(900)});
  CHECK(said_by(piggyback).packet);
  auto crowded = request();
  crowded.add(attribute::username, std::string(257, 'u') + ':' + std::string(100, 'v'));
  CHECK_FALSE(said_by(piggyback, crowded).packet);
  CHECK(said_by(piggyback, crowded).acknowledgements);
  CHECK(said_by(piggyback).packet);
}

TEST_CASE("who is off neither says nor hears anything", "[ice][sped]") {
  Piggyback piggyback;
  piggyback.carry({packet(100)});
  CHECK_FALSE(hear(piggyback, packet(50)));
  const auto said = said_by(piggyback);
  CHECK_FALSE(said.packet);
  CHECK_FALSE(said.acknowledgements);
}

TEST_CASE("an offer that is not answered is silent until the peer uses it", "[ice][sped]") {
  Piggyback piggyback;
  piggyback.set_mode(Mode::offered);
  CHECK_FALSE(said_by(piggyback).acknowledgements);
  CHECK(hear(piggyback, packet(50)) == packet(50));
  const auto said = said_by(piggyback);
  REQUIRE(said.acknowledgements);
  CHECK(said.acknowledgements->size() == 4);
  piggyback.set_mode(Mode::off);
  piggyback.set_mode(Mode::offered);
  CHECK_FALSE(said_by(piggyback).acknowledgements);
}

TEST_CASE("a list of acknowledgements of any length and content is survived", "[ice][sped]") {
  auto piggyback = carrying({packet(100)});
  hear(piggyback, std::nullopt, std::vector<std::uint32_t>(250, 7));
  auto message = request();
  message.add(attribute::dtls_in_stun_acknowledgement, Bytes(7));
  const auto bytes = message.integrity(key).fingerprint().finish();
  CHECK_FALSE(piggyback.read(*stun::Message::parse(bytes)));
  CHECK(said_by(piggyback).packet);
}

}  // namespace
}  // namespace sluice::ice
