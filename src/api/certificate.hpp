#pragma once
// What is behind a public Certificate.
#include "dtls/certificate.hpp"
#include "sluice/certificate.hpp"

namespace sluice {

struct Certificate::Impl {
  dtls::Certificate certificate;
};

}  // namespace sluice
