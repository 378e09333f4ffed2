#pragma once
// Session: one DTLS 1.2 association over OpenSSL.   RFC 6347, 8261, 8842
//
// The owner feeds datagrams (already known to come from a pair that passed a check), reads records, compares the
// peer's fingerprint with the SDP before it uses one of them, and says on which path records leave.
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "base/time.hpp"
#include "base/transmit_queue.hpp"
#include "dtls/certificate.hpp"

namespace sluice::dtls {

enum class Role { client, server };

struct Connected {};
struct Failed {
  enum class Cause { alert_sent, alert_received, timeout, limit, internal };
  Cause cause{};
  int alert = 0;  // RFC 5246 §7.2 description, for the two alert causes
  std::string detail{};
};
struct Closed {};  // close_notify received
struct KeyLogged {
  std::string line;
};  // SSLKEYLOGFILE format; only if asked for

using Event = std::variant<Connected, Failed, Closed, KeyLogged>;

struct SessionOptions {
  Role role = Role::client;
  std::size_t mtu = 1200;                                  // largest UDP payload
  Duration first_timeout = std::chrono::milliseconds{50};  // then doubling, at most 2 s
  Duration handshake_limit = std::chrono::seconds{30};
  std::size_t handshake_byte_limit = 64 * 1024;  // accepted before Finished
  bool log_keys = false;
};

class Session {
 public:
  Session(Certificate, SessionOptions);
  ~Session();

  // inputs
  void handle_datagram(TimePoint now, ByteView);
  void handle_timeout(TimePoint now);

  // commands
  void start(TimePoint now);  // the client's first flight; the server starts to wait
  /// One record, encrypted straight into the queue. Only after Connected; false: the record was not sent.
  bool send(ByteView payload, const Path&, TransmitQueue&);
  void reject();  // the fingerprint is not the SDP's: fatal bad_certificate, then Failed
  void close();   // close_notify, nothing is awaited

  // outputs
  void poll_transmit(const Path&, TransmitQueue&);  // handshake flights and alerts
  /// The next decrypted record, in the session's one buffer; valid (and writable) until the next call of any member.
  std::optional<MutableBytes> poll_record();
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  bool connected() const noexcept;
  Bytes peer_certificate() const;  // DER, empty before Connected
  std::optional<Fingerprint> peer_fingerprint(HashAlgorithm) const;
  std::string version() const;
  std::string cipher() const;
};

}  // namespace sluice::dtls
