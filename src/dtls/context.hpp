#pragma once
// The SSL_CTX of a certificate, and what OpenSSL's callbacks tell a session.   RFC 8827 §6.5, RFC 7627, RFC 7525
//
// Every rule that both ends of every connection share is set here, once; a session adds its role, MTU and BIO.
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace sluice::dtls {

// The callbacks note, the session reads after the call that made them.
struct CallNotes {
  bool log_keys = false;
  std::vector<std::string> key_lines{};
  std::optional<int> alert_sent{};      // fatal ones only
  std::optional<int> alert_received{};  // fatal ones only
  Duration first_timeout{};
  Duration timeout{};  // the one that was armed last
};

/// Nothing if OpenSSL refuses the key or the certificate. Shares both.
ssl_ctx_st* make_context(evp_pkey_st* key, x509_st* certificate);

/// Connects one SSL with its notes, which must outlive it.
void attach(ssl_st*, CallNotes&);

}  // namespace sluice::dtls
