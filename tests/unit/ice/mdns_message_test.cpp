// Multicast DNS messages: what is read, what is written, what is refused.
#include "ice/mdns_message.hpp"

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/seeded_random.hpp"

using namespace sluice;
using namespace sluice::ice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view uuid = "1f4712db-ea17-4bcf-a596-105139dfd8bf";
const auto name = *MdnsName::parse(std::string{uuid} + ".local");
const auto v4 = *IpAddress::parse("192.0.2.1");
const auto v6 = *IpAddress::parse("2001:db8::1");

// A message by hand: counts, then what follows them.
Bytes message(std::string_view counts, std::initializer_list<Bytes> parts, std::string_view flags = "0000") {
  auto result = hex("0000");
  const auto append = [&](const Bytes& bytes) { result.insert(result.end(), bytes.begin(), bytes.end()); };
  append(hex(flags));
  append(hex(counts));
  for (const auto& part : parts) append(part);
  return result;
}

Bytes label(std::string_view text) {
  Bytes result{static_cast<std::byte>(text.size())};
  const auto bytes = text_bytes(text);
  result.insert(result.end(), bytes.begin(), bytes.end());
  return result;
}

}  // namespace

TEST_CASE("a name is a UUID below local, in letters of either case, and nothing else", "[mdns][draft-mdns-ice-3.1.1]") {
  CHECK(name.text() == std::string{uuid} + ".local");
  CHECK(MdnsName::parse("1F4712DB-EA17-4BCF-A596-105139DFD8BF.LOCAL") == name);
  for (const std::string text :
       {"", "local", ".local", "router.local", "1f4712db-ea17-4bcf-a596-105139dfd8bf",
        "1f4712db-ea17-4bcf-a596-105139dfd8bf.example", "1f4712db-ea17-4bcf-a596-105139dfd8bg.local",
        "1f4712dbea17-4bcf-a596-105139dfd8bf-.local", "1f4712db-ea17-4bcf-a596-105139dfd8b.local",
        "x1f4712db-ea17-4bcf-a596-105139dfd8bf.local"}) {
    INFO(text);
    CHECK_FALSE(MdnsName::parse(text).has_value());
  }
}

TEST_CASE("a generated name is a UUID of version 4, and another one each time", "[mdns][draft-mdns-ice-3.1.1]") {
  SeededRandom random;
  const auto first = MdnsName::generate(random), second = MdnsName::generate(random);
  CHECK(first != second);
  CHECK(MdnsName::parse(first.text()) == first);
  CHECK(first.text()[14] == '4');
  CHECK(std::string_view{"89ab"}.find(first.text()[19]) != std::string_view::npos);
}

TEST_CASE("a question travels", "[mdns][rfc6762-18]") {
  for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6}) {
    const MdnsQuestion question{.name = name, .family = family};
    const auto parsed = MdnsMessage::parse(to_bytes(question));
    REQUIRE(parsed.has_value());
    CHECK_FALSE(parsed->response);
    CHECK(parsed->questions == std::vector{question});
    CHECK(parsed->records.empty());
  }
}

TEST_CASE("a question is what Chromium reads: one in a message, of class IN without any bit", "[mdns]") {
  CHECK(to_bytes(MdnsQuestion{.name = name}) ==
        message("0001 0000 0000 0000", {label(uuid), label("local"), hex("00 0001 0001")}));
}

TEST_CASE("an answer travels with the word that there is none of the other family", "[mdns][rfc6762-6.1]") {
  const auto bytes = to_bytes(MdnsResponse{.record = {.name = name, .address = v4}});
  CHECK(bytes == message("0000 0001 0000 0001",
                         {label(uuid), label("local"), hex("00 0001 8001 00000078 0004 c0000201"),  // A
                          label(uuid), label("local"), hex("00 002f 8001 00000078 002f"),           // NSEC
                          label(uuid), label("local"), hex("00 00 01 40")},
                         "8400"));
  const auto parsed = MdnsMessage::parse(bytes);
  REQUIRE(parsed.has_value());
  CHECK(parsed->response);
  CHECK(parsed->records == std::vector{MdnsRecord{name, v4, 120s, true}});
}

TEST_CASE("of a name with an IPv6 address the bits say so", "[mdns][rfc6762-6.1]") {
  const auto bytes = to_bytes(MdnsResponse{.record = {.name = name, .address = v6}, .denies = true});
  CHECK(bytes == message("0000 0001 0000 0001",
                         {label(uuid), label("local"), hex("00 002f 8001 00000078 0032"), label(uuid), label("local"),
                          hex("00 00 04 00000008"), label(uuid), label("local"),
                          hex("00 001c 8001 00000078 0010 20010db8000000000000000000000001")},
                         "8400"));
  CHECK(MdnsMessage::parse(bytes)->records.front().address == v6);
}

TEST_CASE("compressed names are read, wherever they lead back to", "[mdns][rfc1035-4.1.4]") {
  const auto parsed = MdnsMessage::parse(
      message("0002 0001 0000 0000", {label(uuid), label("local"), hex("00 0001 0001"), hex("c00c 001c 8001"),
                                      label(uuid), hex("c031 0001 0001 00000078 0004 c0000201")}));
  REQUIRE(parsed.has_value());
  REQUIRE(parsed->questions.size() == 2);
  CHECK(parsed->questions[1] == MdnsQuestion{name, IpAddress::Family::v6, false, true});
  REQUIRE(parsed->records.size() == 1);
  CHECK(parsed->records[0] == MdnsRecord{name, v4, 120s, false});
}

TEST_CASE("pointers that lead nowhere, forward or round and round end the message", "[mdns][D7]") {
  for (const auto* bad : {"c00c 0001 0001", "c00d 0001 0001", "c0ff 0001 0001", "ffff 0001 0001",
                          "01 61 c00c 0001 0001", "40 0001 0001", "80 0001 0001"}) {
    INFO(bad);
    const auto parsed = MdnsMessage::parse(message("0001 0000 0000 0000", {hex(bad)}));
    REQUIRE_FALSE(parsed.has_value());
  }
}

TEST_CASE("a name of very many pointers is none", "[mdns][D7]") {
  const auto read_through = [](unsigned pointers) {
    auto chain = hex("00");  // at 23, in the data of a record; then pointers, each to the one before
    unsigned last = 23;
    for (unsigned i = 1; i != pointers; ++i) {
      chain.push_back(std::byte{0xc0});
      chain.push_back(static_cast<std::byte>(last));
      last = 22 + 2 * i;
    }
    const Bytes size{std::byte{0}, static_cast<std::byte>(chain.size())};
    const Bytes to_last{std::byte{0xc0}, static_cast<std::byte>(last)};
    return MdnsMessage::parse(message(
        "0000 0002 0000 0000", {hex("00 0010 0001 00000078"), size, chain, to_last, hex("0010 0001 00000078 0000")}));
  };
  CHECK(read_through(16).has_value());
  CHECK_FALSE(read_through(17).has_value());
}

TEST_CASE("a dot in a label separates nothing", "[mdns][rfc1035-5.1]") {
  const auto parsed =
      MdnsMessage::parse(message("0001 0000 0000 0000", {label(std::string{uuid} + ".local"), hex("00 0001 0001")}));
  REQUIRE(parsed.has_value());
  CHECK(parsed->questions.empty());
}

TEST_CASE("what is not about such names is read over", "[mdns][D7]") {
  const auto parsed = MdnsMessage::parse(
      message("0001 0003 0001 0000",
              {label("router"), label("local"), hex("00 0001 0001"),                        // another name
               label(uuid), label("local"), hex("00 0010 0001 00000078 0002 0161"),         // TXT
               label(uuid), label("local"), hex("00 0001 0001 00000078 0003 c00002"),       // not an A
               label(uuid), label("local"), hex("00 0001 0003 00000078 0004 c0000201"),     // class CH
               label(uuid), label("local"), hex("00 0001 0001 00000078 0004 c0000201")}));  // an authority
  REQUIRE(parsed.has_value());
  CHECK(parsed->questions.empty());
  CHECK(parsed->records.empty());
}

TEST_CASE("other operations and errors are refused, and so are messages of very many entries", "[mdns][rfc6762-18.3]") {
  CHECK(MdnsMessage::parse(message("0000 0000 0000 0000", {}, "2800")).error() == MdnsError::unsupported);
  CHECK(MdnsMessage::parse(message("0000 0000 0000 0000", {}, "8403")).error() == MdnsError::unsupported);
  CHECK(MdnsMessage::parse(message("ffff ffff ffff ffff", {})).error() == MdnsError::too_many);
  CHECK(MdnsMessage::parse(Bytes(9001)).error() == MdnsError::too_many);
}

TEST_CASE("a message that ends early is refused wherever it is cut", "[mdns]") {
  const MdnsResponse response{.record = {.name = name, .address = v6}, .id = 7, .question = MdnsQuestion{.name = name}};
  const auto whole = to_bytes(response);
  REQUIRE(MdnsMessage::parse(whole).has_value());
  for (std::size_t size = 0; size != whole.size(); ++size) {
    INFO(size << " of " << whole.size());
    CHECK_FALSE(MdnsMessage::parse(ByteView{whole}.first(size)).has_value());
  }
}
