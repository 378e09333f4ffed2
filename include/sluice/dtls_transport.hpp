#pragma once
// DtlsTransport: the encryption between both ends.   W3C §5.5, RFC 8261, RFC 8842
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "sluice/ice_transport.hpp"

namespace sluice {

enum class DtlsTransportState { new_, connecting, connected, closed, failed };  ///< W3C §5.5
SLUICE_EXPORT std::string_view to_string(DtlsTransportState) noexcept;          ///< "new", "connecting", ...

/// A copyable handle, as IceTransport. An ICE restart leaves it as it is; a peer that comes back with another
/// certificate gets a new one (RFC 8842 §3.1).
class SLUICE_EXPORT DtlsTransport {
 public:
  struct Impl;

  IceTransport ice_transport() const;
  DtlsTransportState state() const noexcept;
  /// The peer's certificate chain as DER, its own first. Empty before the state is connected.
  std::vector<std::vector<std::byte>> remote_certificates() const;

  // The next event of each kind, one operation at a time, which wins over the on_ handler. When the connection is
  // closed, what waits is dropped and it completes with Error::closed.

  template <TokenFor<void(error_code, DtlsTransportState)> Token = asio::deferred_t>
  auto async_next_state(Token&& token = {}) const {
    return detail::initiate<DtlsTransportState>(
        [impl = impl_](auto handler) mutable { start_next(std::move(impl), std::move(handler)); }, token);
  }
  template <TokenFor<void(error_code, RtcError)> Token = asio::deferred_t>
  auto async_next_error(Token&& token = {}) const {
    return detail::initiate<RtcError>(
        [impl = impl_](auto handler) mutable { start_next(std::move(impl), std::move(handler)); }, token);
  }

  void on_state_change(Listener<DtlsTransportState>) const;
  /// dtls_failed with the alert that was sent or received, or fingerprint_mismatch; before the state change to failed.
  void on_error(Listener<RtcError>) const;

  friend bool operator==(const DtlsTransport&, const DtlsTransport&) = default;  ///< Whether both name the same one.

  /// For this library's own use.
  explicit DtlsTransport(std::shared_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

 private:
  static void start_next(std::shared_ptr<Impl>, detail::Handler<DtlsTransportState>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<RtcError>);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice
