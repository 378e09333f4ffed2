#include "dtls/context.hpp"

#include <openssl/ssl.h>

#include <algorithm>

#include "crypto/provider_error.hpp"
#include "dtls/error_scope.hpp"

namespace sluice::dtls {
namespace {

using std::chrono::microseconds;

// RFC 8827 §6.5 wants ECDHE-ECDSA-AES128-GCM; the rest is ECDHE and AEAD too.
constexpr auto cipher_list =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr auto groups = "X25519:P-256:P-384";

// No media follows, but pion 3 ends the session when nobody agrees to a profile, and browsers offer some for data
// alone. RFC 5764 §4.1.1, the profile that RFC 8827 §6.5 makes mandatory.
constexpr auto srtp_profiles = "SRTP_AES128_CM_SHA1_80";

// A peer may announce this much and we hold ten such messages, all paid for with a few bytes of its own.
constexpr long certificate_limit = 16 * 1024;

constexpr auto longest_timeout = std::chrono::seconds{2};

CallNotes& notes_of(const SSL* ssl) { return *static_cast<CallNotes*>(SSL_get_app_data(ssl)); }

void note_key(const SSL* ssl, const char* line) {
  if (auto& notes = notes_of(ssl); notes.log_keys) notes.key_lines.emplace_back(line);
}

void note_alert(const SSL* ssl, int where, int alert) {
  if (alert >> 8 != SSL3_AL_FATAL) return;
  if (where == SSL_CB_WRITE_ALERT) notes_of(ssl).alert_sent = alert & 0xff;
  if (where == SSL_CB_READ_ALERT) notes_of(ssl).alert_received = alert & 0xff;
}

// RFC 8827 §6.5: certificates are self-signed and nobody vouches for them; the owner compares the fingerprint.
int accept_certificate(X509_STORE_CTX*, void*) { return 1; }

// RFC 7627 §5.1 leaves it to the server to insist; without it a session can be spliced.
int require_extended_master_secret(SSL* ssl, int* alert, void*) {
  const unsigned char* content = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_extended_master_secret, &content, &size) == 1) {
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  *alert = SSL_AD_HANDSHAKE_FAILURE;
  return SSL_CLIENT_HELLO_ERROR;
}

// 0 asks for the first timeout, anything else is the one that has run out.
unsigned next_timeout(SSL* ssl, unsigned previous) {
  auto& notes = notes_of(ssl);
  notes.timeout = previous == 0 ? notes.first_timeout : std::min<Duration>(microseconds{previous} * 2, longest_timeout);
  return static_cast<unsigned>(std::chrono::duration_cast<microseconds>(notes.timeout).count());
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_QUERY_MTU | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, certificate_limit);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, accept_certificate, nullptr);
  SSL_CTX_set_client_hello_cb(context, require_extended_master_secret, nullptr);
  SSL_CTX_set_keylog_callback(context, note_key);
  SSL_CTX_set_info_callback(context, note_alert);
}

bool configure(SSL_CTX* context) {
  set_rules(context);
  return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, cipher_list) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1 &&
         SSL_CTX_set_tlsext_use_srtp(context, srtp_profiles) == 0;  // 0 is success here
}

SSL_CTX* make_context() {
  const ErrorScope errors;
  SSL_CTX* context = SSL_CTX_new(DTLS_method());
  crypto::require(context != nullptr && configure(context), "OpenSSL lacks what DTLS 1.2 needs");
  return context;
}

}  // namespace

// Never freed: at exit connections that were made before it may still run.
ssl_ctx_st* shared_context() {
  static SSL_CTX* const context = make_context();
  return context;
}

void attach(ssl_st* ssl, CallNotes& notes) {
  SSL_set_app_data(ssl, &notes);
  DTLS_set_timer_cb(ssl, next_timeout);
}

}  // namespace sluice::dtls
