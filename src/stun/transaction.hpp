#pragma once
// Transaction: when a request over UDP is sent again and when it is given up.   RFC 8489 §6.2.1
//
// Counts sends and keeps the time; the owner keeps the request, sends it, and drops the Transaction on the response.
#include <optional>

#include "base/time.hpp"
#include "stun/attributes.hpp"

namespace sluice::stun {

// RFC 8489 §6.2.1
struct Retransmission {
  Duration rto = std::chrono::milliseconds{500};  // from first to second send; doubles from there
  unsigned max_sends = 7;                         // Rc
  unsigned last_wait = 16;                        // Rm: how many initial RTO to wait after the last send
};

class Transaction {
 public:
  enum class Step { wait, resend, timed_out };

  /// The owner sends the request at `now`.
  Transaction(TimePoint now, const TransactionId&, Retransmission = {});

  const TransactionId& id() const noexcept { return id_; }
  unsigned sent() const noexcept { return sent_; }
  TimePoint next_timeout() const noexcept { return deadline_; }  // never, once it has timed out

  /// `resend`: send the same bytes again. `timed_out`: final. Early calls are harmless; a late call resends once.
  Step handle_timeout(TimePoint now);

  /// To be asked when the response arrives; nothing after a resend (Karn's algorithm, RFC 8489 §6.2.1).
  std::optional<Duration> round_trip(TimePoint now) const noexcept;

 private:
  void wait_from(TimePoint now);

  TransactionId id_;
  Retransmission schedule_;
  TimePoint started_;
  TimePoint deadline_;
  Duration interval_;
  unsigned sent_ = 1;
};

}  // namespace sluice::stun
