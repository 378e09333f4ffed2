#pragma once
// An encrypted fatal alert, for what the owner finds wrong after the handshake.   RFC 5246 §6.2.3.3, §7.2
//
// OpenSSL sends alerts of its own finding only, and the fingerprint is compared when it has long been content. So the
// one record is made here from the keys of the session. Nothing may be written with that session afterwards: the
// sequence number and the nonce that follow the last record are spent.
#include "base/bytes.hpp"
#include "dtls/datagram_bio.hpp"

struct ssl_st;

namespace sluice::dtls {

/// Empty if the keys cannot be had.
Bytes seal_fatal_alert(ssl_st*, const DatagramBio::RecordStart& last_record, int description);

}  // namespace sluice::dtls
