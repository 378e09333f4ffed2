#pragma once
// DataChannel: messages in both directions over a PeerConnection.   W3C §6.2, RFC 8831
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/detail/async.hpp"
#include "sluice/detail/export.hpp"
#include "sluice/message.hpp"

namespace sluice {

enum class DataChannelState { connecting, open, closing, closed };    ///< W3C §6.2
SLUICE_EXPORT std::string_view to_string(DataChannelState) noexcept;  ///< "connecting", ...

/// W3C §6.2.9 RTCDataChannelInit. At most one of max_packet_life_time and max_retransmits.
struct DataChannelInit {
  bool ordered = true;
  std::optional<std::chrono::milliseconds> max_packet_life_time{};  ///< 0 to 65535 ms; then a message is given up.
  std::optional<std::uint16_t> max_retransmits{};                   ///< 0: sent once.
  std::string protocol{};                                           ///< At most 65535 bytes.
  bool negotiated = false;            ///< Both sides create the channel with the same id, nothing is announced.
  std::optional<std::uint16_t> id{};  ///< 0 to 65534; needed if negotiated, otherwise ignored.
};

/// A copyable handle: copies name the same channel; dropping them closes nothing, close() does. A default-constructed
/// handle names no channel and behaves like a closed one, and so does a handle whose connection has been destroyed.
///
/// Messages and other events wait in the channel until they are consumed: by the handler registered with an on_
/// function, or one at a time by an async_ function. While more than Limits::receive_queue_* of messages wait, the
/// connection stops reading and SCTP holds the peer back. Messages of a channel without any handle, handler or pending
/// operation are dropped.
///
/// Handlers run on the executor bound to them, by default the connection's strand, and always as if by asio::post,
/// never inside a call of this class. Handlers of one connection run in the order of their events, the next one when
/// the previous one has returned. The last ones, in this order: on_error (if the channel failed), on_close.
///
/// Every async_ function may also end with asio::error::operation_aborted, when it is cancelled.
///
/// Distinct objects: safe. Shared objects: const members from any thread; assignment is not one.
class SLUICE_EXPORT DataChannel {
 public:
  struct Impl;

  DataChannel() = default;

  std::string_view label() const noexcept;     ///< Valid as long as any handle of this channel.
  std::string_view protocol() const noexcept;  ///< Likewise.
  bool ordered() const noexcept;
  std::optional<std::uint16_t> max_retransmits() const noexcept;
  std::optional<std::chrono::milliseconds> max_packet_life_time() const noexcept;
  bool negotiated() const noexcept;
  /// None until it is known: with DCEP from the first answer on. RFC 8832 §6
  std::optional<std::uint16_t> id() const noexcept;
  DataChannelState state() const noexcept;
  /// Why the channel failed, as on_error says it. No code: it has not.
  RtcError error() const;
  /// Bytes given to send() that have not been handed to SCTP. Rises in send(), keeps its value after close.
  std::size_t buffered_amount() const noexcept;
  /// on_buffered_amount_low is called when buffered_amount falls from above to this or below. Bytes, at first 0.
  std::size_t buffered_amount_low_threshold() const noexcept;
  void set_buffered_amount_low_threshold(std::size_t bytes) const noexcept;

  /// Queues one message; the data is copied or sent during the call. W3C §6.2.10. Text should be UTF-8.
  /// Errors: closed, not_open, message_too_large, send_queue_full; then nothing was queued. Messages of one thread keep
  /// their order.
  [[nodiscard]] error_code send(std::string_view text) const {
    return send_message(Message::Kind::text, std::as_bytes(std::span{text.data(), text.size()}));
  }
  [[nodiscard]] error_code send(const char* text) const { return send(std::string_view{text}); }
  [[nodiscard]] error_code send(std::span<const std::byte> data) const {
    return send_message(Message::Kind::binary, data);
  }

  /// Ends the channel on both sides; what is queued is sent first. Idempotent. W3C §6.2.4
  void close() const;

  /// Sends, and completes when the channel wants more (buffered_amount at or below Limits::send_high_water), so that
  /// a loop of `co_await async_send` is held back by the peer. Errors: those of send(), and closed if the channel
  /// ended meanwhile. Cancellation ends the wait; the message goes out all the same.
  ///
  /// Not W3C: a channel that is connecting takes messages as well. They leave in the packet that sets up the SCTP
  /// association, one round trip before a message sent in on_open, and the operation completes when they have. Until the
  /// peer's description is there a message may have 64 KiB; if the peer then turns out to take less, the channel ends
  /// with message_too_large.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_send(std::string text, Token&& token = {}) const {
    return detail::initiate<>(
        [impl = impl_, text = std::move(text)](auto handler) mutable {
          start_send(std::move(impl), Message::Kind::text, std::as_bytes(std::span{text}), std::move(handler));
        },
        token);
  }
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_send(std::vector<std::byte> data, Token&& token = {}) const {
    return detail::initiate<>(
        [impl = impl_, data = std::move(data)](auto handler) mutable {
          start_send(std::move(impl), Message::Kind::binary, data, std::move(handler));
        },
        token);
  }

  /// Completes with the next message. After the last one: Error::closed. One at a time: a second concurrent call gets
  /// already_waiting. It wins over on_message. Cancellation loses no message.
  template <TokenFor<void(error_code, Message)> Token = asio::deferred_t>
  auto async_receive(Token&& token = {}) const {
    return detail::initiate<Message>(
        [impl = impl_](auto handler) mutable { start_receive(std::move(impl), std::move(handler)); }, token);
  }

  /// Completes when the channel is open, at once if it is. Errors: closed if it ends before, or the reason if the
  /// connection fails first (ice_failed, dtls_failed, ...). Any number may wait.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_wait_open(Token&& token = {}) const {
    return detail::initiate<>(
        [impl = impl_](auto handler) mutable { start_wait_open(std::move(impl), std::move(handler)); }, token);
  }

  /// Completes when the channel is closed, at once if it is: with success, or with the reason if it failed; error()
  /// has the details. Any number may wait.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_wait_closed(Token&& token = {}) const {
    return detail::initiate<>(
        [impl = impl_](auto handler) mutable { start_wait_closed(std::move(impl), std::move(handler)); }, token);
  }

  /// Completes when the peer closes the channel, at once if it has. Errors: closed if the channel ends otherwise.
  /// Any number may wait. W3C §6.2.4
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_wait_closing(Token&& token = {}) const {
    return detail::initiate<>(
        [impl = impl_](auto handler) mutable { start_wait_closing(std::move(impl), std::move(handler)); }, token);
  }

  /// Completes when buffered_amount is at or below the threshold, at once if it is. Errors: closed. Any number may
  /// wait.
  template <TokenFor<void(error_code)> Token = asio::deferred_t>
  auto async_wait_buffered_amount_low(Token&& token = {}) const {
    return detail::initiate<>(
        [impl = impl_](auto handler) mutable { start_wait_low(std::move(impl), std::move(handler)); }, token);
  }

  void on_open(Listener<>) const;
  void on_message(Listener<Message>) const;
  void on_closing(Listener<>) const;  ///< The peer closes the channel. W3C §6.2.4
  void on_close(Listener<>) const;    ///< Also after a local close() of channel or connection.
  void on_error(Listener<RtcError>) const;
  void on_buffered_amount_low(Listener<>) const;

  friend bool operator==(const DataChannel&, const DataChannel&) = default;  ///< Whether both name the same channel.

  /// For this library's own use.
  explicit DataChannel(std::shared_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

 private:
  error_code send_message(Message::Kind, std::span<const std::byte>) const;
  static void start_send(std::shared_ptr<Impl>, Message::Kind, std::span<const std::byte>, detail::Handler<>);
  static void start_receive(std::shared_ptr<Impl>, detail::Handler<Message>);
  static void start_wait_open(std::shared_ptr<Impl>, detail::Handler<>);
  static void start_wait_closing(std::shared_ptr<Impl>, detail::Handler<>);
  static void start_wait_closed(std::shared_ptr<Impl>, detail::Handler<>);
  static void start_wait_low(std::shared_ptr<Impl>, detail::Handler<>);

  std::shared_ptr<Impl> impl_{};
};

}  // namespace sluice
