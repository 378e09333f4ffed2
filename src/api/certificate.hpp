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

}  // namespace sluice
