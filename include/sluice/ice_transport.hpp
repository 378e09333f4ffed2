#pragma once
// IceTransport: the path to the peer.   W3C §5.6, RFC 8445
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/detail/async.hpp"
#include "sluice/detail/export.hpp"
#include "sluice/ice_candidate.hpp"

namespace sluice {

enum class IceRole { unknown, controlling, controlled };                                              ///< W3C §5.6
enum class IceTransportState { new_, checking, connected, completed, disconnected, failed, closed };  ///< W3C §5.6
enum class IceGatheringState { new_, gathering, complete };  ///< W3C §4.3.2, §5.6

SLUICE_EXPORT std::string_view to_string(IceRole) noexcept;            ///< "unknown", "controlling", "controlled"
SLUICE_EXPORT std::string_view to_string(IceTransportState) noexcept;  ///< "new", "checking", ...
SLUICE_EXPORT std::string_view to_string(IceGatheringState) noexcept;  ///< "new", "gathering", "complete"

/// W3C §5.6: the credentials of one side and generation. The password is a secret of that generation.
struct IceParameters {
  std::string username_fragment{};
  std::string password{};
  friend bool operator==(const IceParameters&, const IceParameters&) = default;
};

/// A copyable handle, as DataChannel: copies name one transport, and its getters keep their last values after the
/// end. There is one IceTransport for the life of a connection; restarts do not replace it.
///
/// Threads, handlers and awaiting: as DataChannel. Distinct objects: safe. Shared objects: const members from any
/// thread.
class SLUICE_EXPORT IceTransport {
 public:
  struct Impl;

  IceRole role() const noexcept;  ///< unknown before the first description is applied.
  IceTransportState state() const noexcept;
  IceGatheringState gathering_state() const noexcept;

  /// Of the current generation, as far as gathered or signaled. Peer-reflexive ones are not among them.
  std::vector<IceCandidate> local_candidates() const;
  std::vector<IceCandidate> remote_candidates() const;
  /// The path that carries data; none before there is one.
  std::optional<IceCandidatePair> selected_candidate_pair() const;
  /// Of the descriptions in use; none before they are applied.
  std::optional<IceParameters> local_parameters() const;
  std::optional<IceParameters> remote_parameters() const;

  // The next event of each kind, one operation at a time, which wins over the on_ handler. When the connection is
  // closed, what waits is dropped and it completes with Error::closed.

  template <TokenFor<void(error_code, IceTransportState)> Token = asio::deferred_t>
  auto async_next_state(Token&& token = {}) const {
    return detail::initiate<IceTransportState>(
        [impl = impl_](auto handler) mutable { start_next(std::move(impl), std::move(handler)); }, token);
  }
  template <TokenFor<void(error_code, IceGatheringState)> Token = asio::deferred_t>
  auto async_next_gathering_state(Token&& token = {}) const {
    return detail::initiate<IceGatheringState>(
        [impl = impl_](auto handler) mutable { start_next(std::move(impl), std::move(handler)); }, token);
  }
  template <TokenFor<void(error_code, std::optional<IceCandidatePair>)> Token = asio::deferred_t>
  auto async_next_selected_candidate_pair(Token&& token = {}) const {
    return detail::initiate<std::optional<IceCandidatePair>>(
        [impl = impl_](auto handler) mutable { start_next(std::move(impl), std::move(handler)); }, token);
  }

  void on_state_change(Listener<IceTransportState>) const;
  void on_gathering_state_change(Listener<IceGatheringState>) const;
  void on_selected_candidate_pair_change(Listener<std::optional<IceCandidatePair>>) const;

  friend bool operator==(const IceTransport&, const IceTransport&) = default;  ///< Whether both name the same one.

  /// For this library's own use.
  explicit IceTransport(std::shared_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

 private:
  static void start_next(std::shared_ptr<Impl>, detail::Handler<IceTransportState>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<IceGatheringState>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<std::optional<IceCandidatePair>>);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice
