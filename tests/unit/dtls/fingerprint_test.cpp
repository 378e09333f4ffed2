#include "dtls/fingerprint.hpp"

#include "support/catch.hpp"

namespace sluice::dtls {
namespace {

constexpr std::string_view sha_1_value = "4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB";

TEST_CASE("a fingerprint is read as RFC 8122 writes it and written the same", "[dtls][rfc8122-5][CE-3]") {
  const auto fingerprint = Fingerprint::parse("sha-1", sha_1_value);
  REQUIRE(fingerprint.has_value());
  CHECK(fingerprint->algorithm == HashAlgorithm::sha_1);
  CHECK(fingerprint->digest.size() == 20);
  CHECK(fingerprint->digest.front() == std::byte{0x4a});
  CHECK(to_string(*fingerprint) == "sha-1 " + std::string{sha_1_value});
}

TEST_CASE("the case of a fingerprint's algorithm and digest does not matter", "[dtls][rfc8122-5][CE-3]") {
  std::string lower{sha_1_value};
  for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const auto fingerprint = Fingerprint::parse("SHA-1", lower);
  REQUIRE(fingerprint.has_value());
  CHECK(*fingerprint == *Fingerprint::parse("sha-1", sha_1_value));
  CHECK(to_string(*fingerprint) == "sha-1 " + std::string{sha_1_value});
}

TEST_CASE("fingerprints differ if the algorithm or any octet differs", "[dtls]") {
  const auto base = *Fingerprint::parse("sha-1", sha_1_value);
  auto other = base;
  other.digest.back() ^= std::byte{1};
  CHECK_FALSE(other == base);
  other = base;
  other.algorithm = HashAlgorithm::sha_256;
  CHECK_FALSE(other == base);
  other = base;
  other.digest.pop_back();
  CHECK_FALSE(other == base);
  CHECK_FALSE(Fingerprint{} == base);
}

TEST_CASE("every algorithm has the digest length it must have", "[dtls][rfc8122-5]") {
  const auto [name, size] =
      GENERATE(table<std::string, std::size_t>({{"sha-1", 20}, {"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}}));
  std::string value = "00";
  for (std::size_t i = 1; i < size; ++i) value += ":0f";
  CHECK(Fingerprint::parse(name, value).has_value());
  CHECK_FALSE(Fingerprint::parse(name, value + ":00").has_value());
  CHECK_FALSE(Fingerprint::parse(name, value.substr(3)).has_value());
}

TEST_CASE("what is no fingerprint is refused", "[dtls][rfc8122-5]") {
  const std::string good{sha_1_value};
  CHECK_FALSE(Fingerprint::parse("md5", "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF").has_value());
  CHECK_FALSE(Fingerprint::parse("", good).has_value());
  CHECK_FALSE(Fingerprint::parse("sha-1 ", good).has_value());
  CHECK_FALSE(Fingerprint::parse("sha-1", "").has_value());
  CHECK_FALSE(Fingerprint::parse("sha-1", good + ":").has_value());
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    CHECK_FALSE(Fingerprint::parse("sha-1", good.substr(0, cut)).has_value());
    std::string wrong = good;
    wrong[cut] = '-';
    CHECK_FALSE(Fingerprint::parse("sha-1", wrong).has_value());
  }
}

}  // namespace
}  // namespace sluice::dtls
