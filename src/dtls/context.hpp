#pragma once
// The SSL_CTX, and what OpenSSL's callbacks tell a session.   RFC 8827 §6.5, RFC 7627, RFC 7525
//
// Every rule that both ends of every connection share is set here, once in a process (an SSL_CTX of its own would cost
// a connection 12 KiB and 0.1 ms); a session adds its certificate, role, MTU and BIO.
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

struct ssl_ctx_st;
struct ssl_st;

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

/// Of the process, made by the first call. Throws if OpenSSL lacks what DTLS 1.2 needs. Any thread.
ssl_ctx_st* shared_context();

/// Connects one SSL with its notes, which must outlive it.
void attach(ssl_st*, CallNotes&);

}  // namespace sluice::dtls
