#include "sluice/c/certificate.h"

#include "c/values.hpp"

namespace sluice::c {
namespace {

constexpr std::int64_t longest_lifetime = 365 * 24 * 3600;
constexpr std::int64_t default_lifetime = 30 * 24 * 3600;

template <class Text>
char* pem(const sluice_certificate* certificate, Text text) noexcept {
  return guarded_or(certificate, static_cast<char*>(nullptr),
                    [&](const auto& given) { return own_text((given.value.*text)()); });
}

}  // namespace

sluice_fingerprint_list HeldFingerprints::view() {
  views.assign(values, [](const Fingerprint& each) {
    return sluice_fingerprint{
        .size = sizeof(sluice_fingerprint), .algorithm = each.algorithm.c_str(), .value = each.value.c_str()};
  });
  return {.size = sizeof(sluice_fingerprint_list), .count = views.size(), .items = views.data()};
}

}  // namespace sluice::c

using namespace sluice::c;
using sluice::Certificate;

sluice_error sluice_certificate_generate(sluice_key_type type, int64_t lifetime, sluice_certificate** certificate) {
  if (certificate) *certificate = nullptr;
  return guarded([&] {
    auto& result = require(certificate);
    require(lifetime >= -1);
    const auto seconds = lifetime < 0 ? default_lifetime : std::min(lifetime, longest_lifetime);
    result = new sluice_certificate{
        Certificate::generate(enumerator(type, sluice::KeyType::rsa_2048), std::chrono::seconds{seconds})};
  });
}

sluice_error sluice_certificate_from_pem(const char* certificate_pem, const char* private_key_pem,
                                         sluice_certificate** certificate) {
  if (certificate) *certificate = nullptr;
  return guarded([&] {
    auto& result = require(certificate);
    result =
        new sluice_certificate{require(Certificate::from_pem(&require(certificate_pem), &require(private_key_pem)))};
  });
}

sluice_certificate* sluice_certificate_copy(const sluice_certificate* certificate) {
  return guarded_or(certificate, static_cast<sluice_certificate*>(nullptr),
                    [](const auto& given) { return new sluice_certificate{given}; });
}

void sluice_certificate_free(sluice_certificate* certificate) { delete certificate; }

bool sluice_certificate_same(const sluice_certificate* a, const sluice_certificate* b) {
  return a && b && a->value == b->value;
}

char* sluice_certificate_pem(const sluice_certificate* certificate) {
  return pem(certificate, &Certificate::certificate_pem);
}

char* sluice_certificate_private_key_pem(const sluice_certificate* certificate) {
  return pem(certificate, &Certificate::private_key_pem);
}

int64_t sluice_certificate_expires(const sluice_certificate* certificate) {
  return guarded_or(certificate, int64_t{-1}, [](const auto& given) {
    return int64_t{std::chrono::system_clock::to_time_t(given.value.expires())};
  });
}

sluice_fingerprint_list* sluice_certificate_fingerprints(const sluice_certificate* certificate) {
  return guarded_or(certificate, static_cast<sluice_fingerprint_list*>(nullptr),
                    [](const auto& given) { return own(HeldFingerprints{given.value.fingerprints()}); });
}
