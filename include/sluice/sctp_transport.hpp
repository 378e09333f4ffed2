#pragma once
// SctpTransport: the association that carries the data channels.   W3C §6.1, RFC 8831, RFC 8841
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "sluice/dtls_transport.hpp"

namespace sluice {

enum class SctpTransportState { connecting, connected, closed };        ///< W3C §6.1.2
SLUICE_EXPORT std::string_view to_string(SctpTransportState) noexcept;  ///< "connecting", "connected", "closed"

/// A copyable handle, as IceTransport. It exists from the first description with a data section on; a new association
/// (RFC 8841 §10.3) has a new one.
class SLUICE_EXPORT SctpTransport {
 public:
  struct Impl;

  DtlsTransport transport() const;
  SctpTransportState state() const noexcept;
  /// Largest message that send() takes, in bytes: what the peer accepts, and not more than Limits::send_queue.
  /// 65536 before the peer has said. W3C §6.1.1, RFC 8841 §6
  std::uint64_t max_message_size() const noexcept;
  /// How many channels there can be; none before the state is connected. RFC 8831 §6.2
  std::optional<std::uint16_t> max_channels() const noexcept;

  // The next event of each kind, one operation at a time, which wins over the on_ handler. When the connection is
  // closed, what waits is dropped and it completes with Error::closed.

  template <TokenFor<void(error_code, SctpTransportState)> Token = asio::deferred_t>
  auto async_next_state(Token&& token = {}) const {
    return detail::initiate<SctpTransportState>(
        [impl = impl_](auto handler) mutable { start_next(std::move(impl), std::move(handler)); }, token);
  }

  void on_state_change(Listener<SctpTransportState>) const;

  friend bool operator==(const SctpTransport&, const SctpTransport&) = default;  ///< Whether both name the same one.

  /// For this library's own use.
  explicit SctpTransport(std::shared_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

 private:
  static void start_next(std::shared_ptr<Impl>, detail::Handler<SctpTransportState>);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice
