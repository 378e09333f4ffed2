#pragma once
// Certificates: the key pair that identifies one end of a connection.   W3C §4.9, RFC 8827 §6.5
#include "sluice/c/base.h"

SLUICE_BEGIN_C

/// Immutable; any thread.
typedef struct sluice_certificate sluice_certificate;

typedef enum sluice_key_type { SLUICE_KEY_ECDSA_P256, SLUICE_KEY_RSA_2048 } sluice_key_type;

/// A new key with a self-signed certificate of random name and serial number, valid from yesterday (clocks differ) for
/// `lifetime` seconds from now: 0 to 31536000, more counts as that; -1: 30 days. Errors: bad_argument. W3C §4.9.1
/// generateCertificate
SLUICE_EXPORT sluice_error sluice_certificate_generate(sluice_key_type type, int64_t lifetime,
                                                       sluice_certificate** certificate);
/// From PEM texts. Errors: bad_argument, certificate_bad_pem, certificate_key_mismatch, certificate_unsupported_key.
SLUICE_EXPORT sluice_error sluice_certificate_from_pem(const char* certificate_pem, const char* private_key_pem,
                                                       sluice_certificate** certificate);
/// Another handle of the same certificate; NULL for NULL, or when memory is short.
SLUICE_EXPORT sluice_certificate* sluice_certificate_copy(const sluice_certificate* certificate);
SLUICE_EXPORT void sluice_certificate_free(sluice_certificate* certificate);
/// Whether both are handles of the same certificate.
SLUICE_EXPORT bool sluice_certificate_same(const sluice_certificate* a, const sluice_certificate* b);

/// PEM text; yours to free. NULL for NULL.
SLUICE_EXPORT char* sluice_certificate_pem(const sluice_certificate* certificate);
/// Likewise; a secret.
SLUICE_EXPORT char* sluice_certificate_private_key_pem(const sluice_certificate* certificate);
/// When it expires, in seconds since 1970; -1 for NULL. W3C §4.9.3
SLUICE_EXPORT int64_t sluice_certificate_expires(const sluice_certificate* certificate);

/// W3C §5.5 RTCDtlsFingerprint
typedef struct sluice_fingerprint {
  size_t size;
  const char* algorithm;  ///< "sha-256"
  const char* value;      ///< "ab:cd:..."
} sluice_fingerprint;

typedef struct sluice_fingerprint_list {
  size_t size;
  size_t count;
  const sluice_fingerprint* const* items;
} sluice_fingerprint_list;

/// In the algorithm that descriptions use; yours to free. NULL for NULL. W3C §4.9.3 getFingerprints, RFC 8122 §5
SLUICE_EXPORT sluice_fingerprint_list* sluice_certificate_fingerprints(const sluice_certificate* certificate);

SLUICE_END_C
