#pragma once
// What is behind a DataChannel handle: its queues of events, and what any thread may read.
//
// The first block is constant, the second is for any thread, the rest is confined to the connection's strand.
#include <atomic>

#include "api/event_stream.hpp"
#include "api/snapshot.hpp"
#include "dcep/channels.hpp"
#include "sluice/data_channel.hpp"

namespace sluice::api {
class Driver;
}

namespace sluice {

struct DataChannel::Impl {
  Impl(api::Driver&, std::string label, DataChannelInit);

  const std::string label;
  const DataChannelInit init;
  const std::weak_ptr<api::Driver> driver;
  const std::shared_ptr<const api::Snapshot> connection;
  const Limits limits;

  std::atomic<DataChannelState> own_state = DataChannelState::connecting;  // closed connections aside
  std::atomic<std::int32_t> id;                                            // -1: not known
  std::atomic<std::size_t> buffered = 0;
  std::atomic<std::size_t> low_threshold = 0;

  DataChannelState state() const noexcept;
  RtcError error() const;  // of the end; no code: nothing failed
  /// The operation, if there is one, completes when the channel wants more.
  static error_code send(const std::shared_ptr<Impl>&, Message::Kind, std::span<const std::byte>,
                         std::shared_ptr<api::Operation<>>);
  static void close(const std::shared_ptr<Impl>&);

  std::optional<dcep::ChannelId> core{};  // none before the engine has it, and after the end
  std::size_t in_core = 0;                // of `buffered`, bytes that the engine has been given
  bool was_open = false;
  bool draining = false;  // in the driver's list of channels with in_core != 0
  api::Owners owners{};
  api::EventStream<Message> messages;
  api::EventStream<> opened;
  api::EventStream<> closing;
  api::EventStream<> closed;
  api::EventStream<> low;
  api::EventStream<RtcError> errors;
  api::Waiters open_waiters{};
  api::Waiters closing_waiters{};
  api::Waiters close_waiters{};
  api::Waiters low_waiters{};
  api::Waiters send_waiters{};

  void handle_open();
  void handle_closing();
  void handle_message(Message);
  /// The end, once. The reason is empty if nothing failed.
  void handle_closed(const RtcError&);
  /// Compares the engine's queue with what it was given: buffered_amount falls by what has gone to SCTP.
  void handle_core_amount(std::size_t amount);
  bool has_deliverable_events() const noexcept;
  bool empty() const noexcept;  // no event waits
  void wait_open(std::shared_ptr<api::Operation<>>);
  void wait_closing(std::shared_ptr<api::Operation<>>);
  void wait_closed(std::shared_ptr<api::Operation<>>);
  void wait_low(std::shared_ptr<api::Operation<>>);
  /// Nothing is delivered any more.
  void detach(api::Dispatcher&);
  /// The driver is about to go, unfinished, because its context is.
  void abandon();

  template <class Function>
  void for_each_stream(Function function) {
    function(messages), function(opened), function(closing), function(closed), function(low), function(errors);
  }

 private:
  bool closed_by_peer_ = false;
  RtcError failure_{};  // behind the mutex of `connection`

  error_code reserve(std::size_t size, bool early);
  bool wants_more() const noexcept;
  void settle_send(error_code, const std::shared_ptr<api::Operation<>>&);
};

}  // namespace sluice
