#pragma once
// Handshake: two certificates and a DTLS handshake between them, in memory.
//
// The rules of RFC 8827 in the SSL_CTX and the certificates are src/dtls's; the rest is OpenSSL alone. A memory BIO
// keeps no borders of datagrams, but what is read at once is one flight.
#include <memory>

#include "dtls/certificate.hpp"
#include "dtls/context.hpp"

namespace sluice::floor {

class Handshake {
 public:
  Handshake();
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  /// Gives back what only traffic needs.
  void fall_idle();

 private:
  struct Free {
    void operator()(ssl_st*) const noexcept;
  };

  dtls::Certificate client_certificate_;
  dtls::Certificate server_certificate_;
  dtls::CallNotes client_notes_{};
  dtls::CallNotes server_notes_{};
  std::unique_ptr<ssl_st, Free> client_;
  std::unique_ptr<ssl_st, Free> server_;
};

}  // namespace sluice::floor
