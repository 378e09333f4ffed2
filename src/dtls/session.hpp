#pragma once
// Session: one DTLS 1.2 association over OpenSSL.   RFC 6347, 8261, 8842
//
// The owner feeds datagrams (already known to come from a pair that passed a check), reads records, compares the
// peer's fingerprint with the SDP before it uses one of them, and says on which path records leave. After Failed or
// Closed a session takes nothing and says nothing; what it had to send can still be polled.
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/fifo.hpp"
#include "base/time.hpp"
#include "base/transmit_queue.hpp"
#include "dtls/certificate.hpp"
#include "dtls/context.hpp"
#include "dtls/datagram_bio.hpp"
#include "dtls/handshake_budget.hpp"

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
  Session(const Certificate&, SessionOptions);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // inputs
  /// Records of the datagram before that were not polled are dropped.
  void handle_datagram(TimePoint now, ByteView);
  void handle_timeout(TimePoint now);

  // commands
  void start(TimePoint now);  // the client's first flight; the server starts to wait
  /// Before start(): until run_timers() the handshake never takes too long, and no flight of that time is repeated. A
  /// peer that is not reached yet is not to blame.
  void hold_timers() noexcept;
  void run_timers(TimePoint now, Duration first_timeout);
  /// One record, encrypted straight into the queue. Only after Connected; false: the record was not sent.
  bool send(ByteView payload, const Path&, TransmitQueue&);
  void reject();  // the fingerprint is not the SDP's: fatal bad_certificate, then Failed
  void close();   // close_notify, nothing is awaited

  // outputs
  void poll_transmit(const Path&, TransmitQueue&);  // handshake flights and alerts
  /// The next decrypted record, in the session's one buffer; valid (and writable) until the next call of any member.
  /// A close_notify behind it is found only by the poll that finds no more records: poll events after records.
  std::optional<MutableBytes> poll_record();
  std::optional<Event> poll_event();
  TimePoint next_timeout() const;

  // observers
  bool connected() const noexcept { return state_ == State::connected; }
  Bytes peer_certificate() const;  // DER; empty before Connected, and kept after the end
  std::optional<Fingerprint> peer_fingerprint(HashAlgorithm) const;
  std::string version() const;  // "FEFD", as W3C's tlsVersion; empty before Connected
  std::string cipher() const;   // "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"; empty before Connected

 private:
  enum class State { idle, handshaking, connected, closed, failed };
  struct SslFree {
    void operator()(ssl_st*) const noexcept;
  };
  struct Deadlines {
    TimePoint handshake = never;
    TimePoint retransmission = never;
    TimePoint idle = never;
    bool active = false;  // since idle was set
    bool held = false;    // the one of the handshake
  };
  struct Record {
    std::unique_ptr<std::byte[]> buffer{};  // made when the first record is due, given back when idle
    std::size_t held = 0;                   // read, not polled yet
    bool exhausted = true;                  // OpenSSL has nothing more
    bool caught_up = false;                 // with what came before the handshake was over
  };

  void begin(TimePoint now);
  void handshake();
  void connect();
  void read();
  void settle();
  void refuse(int alert, std::string detail);
  void end(State, Event);
  Failed failure() const;
  void stay_awake();
  void fall_idle();

  SessionOptions options_;
  DatagramBio bio_;
  HandshakeBudget budget_;
  CallNotes notes_;
  std::unique_ptr<ssl_st, SslFree> ssl_;
  State state_ = State::idle;
  TimePoint now_{};
  Deadlines deadlines_{};
  Record record_{};
  bool was_connected_ = false;
  Fifo<Event, 0> events_{};
};

}  // namespace sluice::dtls
