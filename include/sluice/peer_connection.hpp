#pragma once
// PeerConnection: a connection to one peer that carries data channels.   W3C §4.4, RFC 9429
#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/configuration.hpp"
#include "sluice/data_channel.hpp"
#include "sluice/ice_candidate.hpp"
#include "sluice/sctp_transport.hpp"
#include "sluice/session_description.hpp"
#include "sluice/stats.hpp"

namespace sluice {

enum class SignalingState {  ///< W3C §4.3.1
  stable,
  have_local_offer,
  have_remote_offer,
  have_local_pranswer,
  have_remote_pranswer,
  closed
};
enum class ConnectionState { new_, connecting, connected, disconnected, failed, closed };              ///< §4.3.3
enum class IceConnectionState { new_, checking, connected, completed, disconnected, failed, closed };  ///< §4.3.4

/// In W3C's words: "have-local-offer", "new", "connected", ...
SLUICE_EXPORT std::string_view to_string(SignalingState) noexcept;
SLUICE_EXPORT std::string_view to_string(ConnectionState) noexcept;
SLUICE_EXPORT std::string_view to_string(IceConnectionState) noexcept;

struct OfferOptions {
  bool ice_restart = false;  ///< New ICE credentials, RFC 8445 §9. W3C §4.2.6.2
};

/// Move-only; the destructor closes, and after it no on_ handler of this connection runs (if another thread runs one
/// at that moment, it finishes). A moved-from object may only be assigned to or destroyed.
///
/// Operations run one after another, in the order of the calls (W3C's operations chain). When the connection is closed,
/// everything pending completes with Error::closed (async_close and DataChannel::async_wait_closed with success),
/// events and messages that nobody has consumed are dropped, then all handlers are dropped, except on_close of
/// channels. New operations complete with Error::closed too, except those that say otherwise, while getters keep the
/// last values.
///
/// An open connection counts as work: io_context::run() returns after close(), async_close or destruction.
///
/// Handlers: see DataChannel. Events that nobody consumes wait in queues of limited length (64 states, 1024 candidates,
/// 1024 channels); beyond it the oldest are dropped. For one kind of event an async_ function wins over the on_
/// handler.
///
/// Each connection lives on a strand of its own, or shares that of the connection or UdpMux whose executor it got.
/// Handlers of two connections may run at the same time if several threads run the context; an application that shares
/// data between them needs a lock, or binds the handlers of both to one executor (asio::bind_executor).
///
/// Distinct objects: safe. Shared objects: all members from any thread, except assignment, move and destruction.
class SLUICE_EXPORT PeerConnection {
 public:
  struct Impl;
  using executor_type = asio::any_io_executor;

  /// On its own strand of the executor, see above. Throws boost::system::system_error with the error of
  /// validate(configuration); create() does not throw.
  explicit PeerConnection(executor_type executor, Configuration configuration = {});
  template <class Context>
  requires requires(Context& context) {
    { context.get_executor() } -> std::convertible_to<asio::any_io_executor>;
  }
  explicit PeerConnection(Context& context, Configuration configuration = {})
      : PeerConnection{executor_type{context.get_executor()}, std::move(configuration)} {}
  static Result<PeerConnection> create(executor_type executor, Configuration configuration = {});

  PeerConnection(PeerConnection&&) noexcept;
  PeerConnection& operator=(PeerConnection&&) noexcept;
  ~PeerConnection();

  /// The strand on which everything of this connection happens.
  executor_type get_executor() const noexcept;

  // Descriptions: the pending one, or else the current one; then each alone. W3C §4.4.1.1
  std::optional<SessionDescription> local_description() const;
  std::optional<SessionDescription> current_local_description() const;
  std::optional<SessionDescription> pending_local_description() const;
  std::optional<SessionDescription> remote_description() const;
  std::optional<SessionDescription> current_remote_description() const;
  std::optional<SessionDescription> pending_remote_description() const;

  SignalingState signaling_state() const noexcept;
  IceGatheringState ice_gathering_state() const noexcept;
  IceConnectionState ice_connection_state() const noexcept;
  ConnectionState connection_state() const noexcept;
  std::optional<bool> can_trickle_ice_candidates() const;  ///< None before a remote description. RFC 9429 §4.1.17
  /// The association of the data channels; none before a description with a data section is applied, or after the
  /// peer has refused it. From it one comes to the transports below. W3C §6.1
  std::optional<SctpTransport> sctp() const;
  /// What the operation or transport that failed last had to say; of ice_failed, why no path was found or kept, and
  /// what to do. No code: nothing has failed.
  RtcError last_error() const;

  /// As given; W3C §4.4.2.
  Configuration get_configuration() const;
  /// Replaces ice_servers and ice_transport_policy; they act from the next gathering on, and once gathering has begun
  /// the next offer restarts ICE. A member left out means its default. Throws system_error, or sets the error: closed,
  /// those of validate(), configuration_modified (bundle_policy, certificates, limits, ice_lite;
  /// ice_candidate_pool_size once a local description has been set); then the configuration is what it was. network,
  /// experiments and key_log are checked and then ignored. W3C §4.4.1.5
  void set_configuration(Configuration);
  void set_configuration(Configuration, error_code&);

  /// The next offer has new ICE credentials; on_negotiation_needed asks for it. Nothing happens before there is a local
  /// description, or when closed. W3C restartIce()
  void restart_ice();

  /// W3C §6.1.2; the label has at most 65535 bytes. Throws boost::system::system_error, or sets the error and returns
  /// a handle of no channel: closed, bad_argument, id_in_use, no_free_id, too_many. Called on the connection's strand
  /// all checks are complete. Elsewhere they see the ids in use as of the last event; if an id is lost to the peer in
  /// that moment, the channel reports on_error and on_close.
  DataChannel create_data_channel(std::string label, DataChannelInit init = {});
  DataChannel create_data_channel(std::string label, DataChannelInit init, error_code& error);

  /// Closes abruptly: the peer is told once (SCTP ABORT, close_notify), nothing is awaited. States are closed when it
  /// returns. The only handlers called afterwards: on_close of channels. Idempotent. W3C close()
  void close();

  /// Sends what is queued, closes channels, SCTP and DTLS in order, then closes; limited to ten seconds. Completes
  /// when the connection is closed, at once if it is.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_close(Token&& token = {}) {
    return detail::initiate<>(
        [impl = impl_](auto handler) mutable { start_close(std::move(impl), std::move(handler)); }, token);
  }

  /// W3C createOffer. Errors: wrong_signaling_state, too_many (media sections).
  template <TokenFor<void(error_code, SessionDescription)> Token = asio::deferred_t>
  auto async_create_offer(Token&& token = {}) {
    return async_create_offer(OfferOptions{}, std::forward<Token>(token));
  }
  template <TokenFor<void(error_code, SessionDescription)> Token = asio::deferred_t>
  auto async_create_offer(OfferOptions options, Token&& token = {}) {
    return detail::initiate<SessionDescription>(
        [impl = impl_, options](auto handler) mutable { start_offer(std::move(impl), options, std::move(handler)); },
        token);
  }

  /// W3C createAnswer. Errors: wrong_signaling_state.
  template <TokenFor<void(error_code, SessionDescription)> Token = asio::deferred_t>
  auto async_create_answer(Token&& token = {}) {
    return detail::initiate<SessionDescription>(
        [impl = impl_](auto handler) mutable { start_answer(std::move(impl), std::move(handler)); }, token);
  }

  /// Makes and applies the offer or answer that the signaling state calls for (W3C perfect negotiation); afterwards
  /// local_description() has it. Starts gathering. Errors: wrong_signaling_state.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_set_local_description(Token&& token = {}) {
    return detail::initiate<>(
        [impl = impl_](auto handler) mutable { start_set_local(std::move(impl), std::nullopt, std::move(handler)); },
        token);
  }
  /// Applies what async_create_offer or _answer made, or a rollback. With an empty sdp: what was made last. Errors:
  /// wrong_signaling_state, description_modified.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_set_local_description(SessionDescription description, Token&& token = {}) {
    return detail::initiate<>(
        [impl = impl_, description = std::move(description)](auto handler) mutable {
          start_set_local(std::move(impl), std::move(description), std::move(handler));
        },
        token);
  }

  /// Applies the peer's description. An offer that collides with ours rolls ours back first. Errors:
  /// wrong_signaling_state, sdp_syntax, invalid_description, too_many (its length, media sections, candidates).
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_set_remote_description(SessionDescription description, Token&& token = {}) {
    return detail::initiate<>(
        [impl = impl_, description = std::move(description)](auto handler) mutable {
          start_set_remote(std::move(impl), std::move(description), std::move(handler));
        },
        token);
  }

  /// Adds a candidate of the peer; an empty one ends its generation. Errors: candidate_without_mid,
  /// no_remote_description, unknown_mid, unknown_ufrag, candidate_syntax, too_many.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_add_ice_candidate(IceCandidate candidate, Token&& token = {}) {
    return detail::initiate<>(
        [impl = impl_, candidate = std::move(candidate)](auto handler) mutable {
          start_add_candidate(std::move(impl), std::move(candidate), std::move(handler));
        },
        token);
  }

  /// Completes with each local candidate in turn: one with empty text ends a generation, nullopt ends gathering (a
  /// restart gathers again). One at a time, as DataChannel::async_receive.
  template <TokenFor<void(error_code, std::optional<IceCandidate>)> Token = asio::deferred_t>
  auto async_next_ice_candidate(Token&& token = {}) {
    return next<std::optional<IceCandidate>>(token);
  }

  /// Completes with the next channel that the peer opens. One at a time, as DataChannel::async_receive.
  template <TokenFor<void(error_code, DataChannel)> Token = asio::deferred_t>
  auto async_accept_data_channel(Token&& token = {}) {
    return next<DataChannel>(token);
  }

  /// Completes when connection_state is connected, at once if it is. Errors: the reason when it is failed
  /// (ice_failed, dtls_failed, fingerprint_mismatch, sctp_failed), closed. Any number may wait.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_wait_connected(Token&& token = {}) {
    return detail::initiate<>(
        [impl = impl_](auto handler) mutable { start_wait_connected(std::move(impl), std::move(handler)); }, token);
  }

  // The next event of each kind, as DataChannel::async_receive: one operation at a time for each, events wait for it.

  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_next_negotiation_needed(Token&& token = {}) {
    return next<>(token);
  }
  template <TokenFor<void(error_code, IceCandidateError)> Token = asio::deferred_t>
  auto async_next_ice_candidate_error(Token&& token = {}) {
    return next<IceCandidateError>(token);
  }
  template <TokenFor<void(error_code, SignalingState)> Token = asio::deferred_t>
  auto async_next_signaling_state(Token&& token = {}) {
    return next<SignalingState>(token);
  }
  template <TokenFor<void(error_code, IceGatheringState)> Token = asio::deferred_t>
  auto async_next_ice_gathering_state(Token&& token = {}) {
    return next<IceGatheringState>(token);
  }
  template <TokenFor<void(error_code, IceConnectionState)> Token = asio::deferred_t>
  auto async_next_ice_connection_state(Token&& token = {}) {
    return next<IceConnectionState>(token);
  }
  template <TokenFor<void(error_code, ConnectionState)> Token = asio::deferred_t>
  auto async_next_connection_state(Token&& token = {}) {
    return next<ConnectionState>(token);
  }

  /// W3C getStats; also after close, with the last values.
  template <TokenFor<void(error_code, StatsReport)> Token = asio::deferred_t>
  auto async_get_stats(Token&& token = {}) {
    return detail::initiate<StatsReport>(
        [impl = impl_](auto handler) mutable { start_get_stats(std::move(impl), std::move(handler)); }, token);
  }

  void on_negotiation_needed(Listener<>);
  void on_ice_candidate(Listener<std::optional<IceCandidate>>);  ///< As async_next_ice_candidate.
  void on_ice_candidate_error(Listener<IceCandidateError>);
  void on_signaling_state_change(Listener<SignalingState>);
  void on_ice_gathering_state_change(Listener<IceGatheringState>);
  void on_ice_connection_state_change(Listener<IceConnectionState>);
  void on_connection_state_change(Listener<ConnectionState>);
  void on_data_channel(Listener<DataChannel>);  ///< The peer opened a channel; it is open.

 private:
  explicit PeerConnection(std::shared_ptr<Impl> impl) noexcept;

  template <class... Event, class Token>
  auto next(Token&& token) {
    return detail::initiate<Event...>(
        [impl = impl_](auto handler) mutable { start_next(std::move(impl), std::move(handler)); }, token);
  }

  static void start_close(std::shared_ptr<Impl>, detail::Handler<>);
  static void start_offer(std::shared_ptr<Impl>, OfferOptions, detail::Handler<SessionDescription>);
  static void start_answer(std::shared_ptr<Impl>, detail::Handler<SessionDescription>);
  static void start_set_local(std::shared_ptr<Impl>, std::optional<SessionDescription>, detail::Handler<>);
  static void start_set_remote(std::shared_ptr<Impl>, SessionDescription, detail::Handler<>);
  static void start_add_candidate(std::shared_ptr<Impl>, IceCandidate, detail::Handler<>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<>);  // negotiation needed
  static void start_next(std::shared_ptr<Impl>, detail::Handler<std::optional<IceCandidate>>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<IceCandidateError>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<SignalingState>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<IceGatheringState>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<IceConnectionState>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<ConnectionState>);
  static void start_next(std::shared_ptr<Impl>, detail::Handler<DataChannel>);
  static void start_get_stats(std::shared_ptr<Impl>, detail::Handler<StatsReport>);
  static void start_wait_connected(std::shared_ptr<Impl>, detail::Handler<>);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice
