// Certificates.   W3C §4.9, §5.5.2
#include <algorithm>

#include "crypto/digest.hpp"
#include "w3c/session.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::string lower_hex(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const auto octet : bytes) {
    if (!result.empty()) result += ':';
    result += digits[std::to_integer<unsigned>(octet) >> 4];
    result += digits[std::to_integer<unsigned>(octet) & 15];
  }
  return result;
}

bool is_about(std::chrono::system_clock::time_point when, std::chrono::system_clock::duration from_now) {
  const auto difference = when - (std::chrono::system_clock::now() + from_now);
  return difference < 1min && difference > -1min;
}

}  // namespace

TEST_CASE("both kinds of certificates can be made, and talk to each other", "[w3c][CE-1][CE-5]") {
  const auto of_a = GENERATE(KeyType::ecdsa_p256, KeyType::rsa_2048);
  const auto of_b = GENERATE(KeyType::ecdsa_p256, KeyType::rsa_2048);
  const auto certificate_a = Certificate::generate(of_a), certificate_b = Certificate::generate(of_b);
  Session s{Style::callbacks, {.certificates = {certificate_a}}, {.certificates = {certificate_b}}};
  (void)s.a.create_data_channel("x");
  s.local(s.a);
  const auto dtls = s.a.sctp()->transport();
  CHECK(dtls.remote_certificates().empty());
  s.remote(s.b, *s.a.local_description());
  s.remote(s.a, s.local(s.b));
  s.until([&] { return dtls.state() == DtlsTransportState::connected; });
  const auto chain = dtls.remote_certificates();
  REQUIRE(chain.size() == 1);
  CHECK(lower_hex(crypto::digest(crypto::Hash::sha256, {chain[0]})) == certificate_b.fingerprints().at(0).value);
}

TEST_CASE("a certificate lives a month, a year at most, and not less than nothing", "[w3c][CE-2]") {
  CHECK(is_about(Certificate::generate().expires(), 24h * 30));
  CHECK(is_about(Certificate::generate(KeyType::ecdsa_p256, 1h).expires(), 1h));
  CHECK(is_about(Certificate::generate(KeyType::ecdsa_p256, 24h * 10'000).expires(), 24h * 365));
  try {
    (void)Certificate::generate(KeyType::ecdsa_p256, -1s);
    FAIL("a negative lifetime is refused");
  } catch (const boost::system::system_error& error) {
    CHECK(error.code() == Error::bad_argument);
    CHECK(w3c_error_name(error.code()) == "TypeError");
  }
}

TEST_CASE("a fingerprint is in lower case, in SDP in upper case, and compared without", "[w3c][CE-3]") {
  const auto mine = Certificate::generate();
  Session s{Style::callbacks, {.certificates = {mine}}};
  (void)s.a.create_data_channel("x");
  auto offer = s.local(s.a);
  REQUIRE(mine.fingerprints().size() == 1);
  const auto fingerprint = mine.fingerprints()[0];
  CHECK(fingerprint.algorithm == "sha-256");
  CHECK(std::ranges::none_of(fingerprint.value, [](char c) { return c >= 'A' && c <= 'F'; }));
  const auto in_sdp = attribute(offer, "fingerprint");
  CHECK(std::ranges::none_of(in_sdp.substr(8), [](char c) { return c >= 'a' && c <= 'f'; }));
  offer.sdp = replaced(offer.sdp, in_sdp, "SHA-256 " + fingerprint.value);
  s.remote(s.b, offer);
  s.remote(s.a, s.local(s.b));
  s.until([&] { return s.b.connection_state() == ConnectionState::connected; });
}

TEST_CASE("a certificate says nothing about who made it", "[w3c][CE-4]") {
  const auto one = Certificate::generate(), other = Certificate::generate();
  CHECK_FALSE(one == other);
  CHECK(one.certificate_pem() != other.certificate_pem());
  CHECK(one.private_key_pem() != other.private_key_pem());
  const auto again = Certificate::from_pem(one.certificate_pem(), one.private_key_pem());
  REQUIRE(again.has_value());
  CHECK(again->fingerprints() == one.fingerprints());
}
