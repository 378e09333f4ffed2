#pragma once
// What is behind a public Certificate.
#include <utility>

#include "dtls/certificate.hpp"
#include "sluice/certificate.hpp"

namespace sluice {

struct Certificate::Impl {
  explicit Impl(dtls::Certificate value) noexcept : certificate{std::move(value)} {}

  const dtls::Certificate certificate;
};

namespace api {

Fingerprint to_public(const dtls::Fingerprint&);  // in lower case, W3C §4.9.3

}

}  // namespace sluice
