#include "dtls/fingerprint.hpp"

#include <algorithm>
#include <array>

#include "crypto/constant_time.hpp"

namespace sluice::dtls {
namespace {

struct Algorithm {
  HashAlgorithm id;
  std::string_view name;
  std::size_t digest_size;
};

// RFC 8122 §5. MD2 and MD5 stay unknown: the RFC forbids them.
constexpr auto algorithms = std::to_array<Algorithm>({
    {HashAlgorithm::sha_1, "sha-1", 20},
    {HashAlgorithm::sha_256, "sha-256", 32},
    {HashAlgorithm::sha_384, "sha-384", 48},
    {HashAlgorithm::sha_512, "sha-512", 64},
});

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<unsigned> nibble(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (lower(c) >= 'a' && lower(c) <= 'f') return static_cast<unsigned>(lower(c) - 'a') + 10;
  return std::nullopt;
}

// §5: 2UHEX *(":" 2UHEX); lower case is met in practice.
std::optional<Bytes> parse_digest(std::string_view value, std::size_t size) {
  if (value.size() != size * 3 - 1) return std::nullopt;
  Bytes digest;
  digest.reserve(size);
  for (std::size_t at = 0; at < value.size(); at += 3) {
    const auto high = nibble(value[at]);
    const auto low = nibble(value[at + 1]);
    if (!high || !low) return std::nullopt;
    if (at + 2 < value.size() && value[at + 2] != ':') return std::nullopt;
    digest.push_back(static_cast<std::byte>(*high << 4 | *low));
  }
  return digest;
}

}  // namespace

std::optional<Fingerprint> Fingerprint::parse(std::string_view algorithm, std::string_view value) {
  const auto found = std::ranges::find_if(
      algorithms, [&](const Algorithm& known) { return std::ranges::equal(algorithm, known.name, {}, lower); });
  if (found == algorithms.end()) return std::nullopt;
  auto digest = parse_digest(value, found->digest_size);
  if (!digest) return std::nullopt;
  return Fingerprint{found->id, std::move(*digest)};
}

bool operator==(const Fingerprint& a, const Fingerprint& b) noexcept {
  return a.algorithm == b.algorithm && crypto::constant_time_equal(a.digest, b.digest);
}

std::string_view to_string(HashAlgorithm algorithm) noexcept {
  return std::ranges::find(algorithms, algorithm, &Algorithm::id)->name;
}

std::string to_string(const Fingerprint& fingerprint) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text{to_string(fingerprint.algorithm)};
  char separator = ' ';
  for (const auto octet : fingerprint.digest) {
    const auto value = std::to_integer<unsigned>(octet);
    text += {separator, digits[value >> 4], digits[value & 0xf]};
    separator = ':';
  }
  return text;
}

}  // namespace sluice::dtls
