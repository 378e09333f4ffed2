#include "api/channel.hpp"

#include <boost/asio/dispatch.hpp>

#include "api/driver.hpp"

namespace sluice {
namespace {

// Messages are limited by bytes and number (Limits), and not by dropping.
constexpr auto unlimited = static_cast<std::size_t>(-1);
constexpr std::size_t max_low_events = 16;

dcep::Kind to_core(Message::Kind kind) noexcept {
  return kind == Message::Kind::text ? dcep::Kind::text : dcep::Kind::binary;
}

}  // namespace

DataChannel::Impl::Impl(api::Driver& owner, std::string name, DataChannelInit options)
    : label{std::move(name)},
      init{std::move(options)},
      driver{owner.weak_from_this()},
      connection{owner.snapshot()},
      limits{owner.limits()},
      id{init.id ? std::int32_t{*init.id} : -1},
      messages{owner.dispatcher(), unlimited},
      opened{owner.dispatcher(), 1},
      closing{owner.dispatcher(), 1},
      closed{owner.dispatcher(), 1},
      low{owner.dispatcher(), max_low_events},
      errors{owner.dispatcher(), 1} {}

// Any thread.

DataChannelState DataChannel::Impl::state() const noexcept {
  return connection->closed.load() ? DataChannelState::closed : own_state.load();
}

RtcError DataChannel::Impl::error() const {
  const std::scoped_lock lock{connection->mutex};
  return failure_;
}

// The checks in W3C's order (§6.2.10), then the bytes count as buffered at once. An operation need not wait for open.
error_code DataChannel::Impl::reserve(std::size_t size, bool early) {
  const auto now = state();
  if (now == DataChannelState::closed) return Error::closed;
  const bool possible = now == DataChannelState::open || (early && now == DataChannelState::connecting);
  if (!possible) return Error::not_open;
  const auto largest = connection->max_message_size.load(std::memory_order_relaxed);
  if (size > largest) return Error::message_too_large;
  auto amount = buffered.load(std::memory_order_relaxed);
  do {
    if (amount + size > limits.send_queue) return Error::send_queue_full;
  } while (!buffered.compare_exchange_weak(amount, amount + size));
  return {};
}

error_code DataChannel::Impl::send(const std::shared_ptr<Impl>& self, Message::Kind kind,
                                   std::span<const std::byte> data, std::shared_ptr<api::Operation<>> operation) {
  auto owner = self->driver.lock();
  if (!owner) return Error::closed;
  if (const auto error = self->reserve(data.size(), operation != nullptr)) return error;
  if (owner->on_strand()) {
    const auto error = owner->send(*self, to_core(kind), data);
    if (!error) self->settle_send({}, operation);
    return error;
  }
  const auto strand = owner->executor();
  asio::post(strand, [owner = std::move(owner), self, kind, copy = Bytes{data.begin(), data.end()},
                      operation = std::move(operation)] {
    self->settle_send(owner->send(*self, to_core(kind), copy), operation);
  });
  return {};
}

void DataChannel::Impl::close(const std::shared_ptr<Impl>& self) {
  auto state = self->own_state.load();
  while (state == DataChannelState::connecting || state == DataChannelState::open) {
    if (!self->own_state.compare_exchange_weak(state, DataChannelState::closing)) continue;
    if (auto owner = self->driver.lock()) {
      const auto strand = owner->executor();
      asio::dispatch(strand, [owner = std::move(owner), self] { owner->close_channel(*self); });
    }
    return;
  }
}

// The strand.

void DataChannel::Impl::settle_send(error_code error, const std::shared_ptr<api::Operation<>>& operation) {
  if (!operation) return;
  if (!error && state() == DataChannelState::closed) error = Error::closed;
  if (error) return operation->complete(error);
  if (wants_more()) return operation->complete({});
  send_waiters.add(operation);
}

// Before it is open: when all it has has left, since it would be lost if the channel did not come up.
bool DataChannel::Impl::wants_more() const noexcept {
  return was_open ? buffered.load() <= limits.send_high_water : in_core == 0;
}

void DataChannel::Impl::handle_open() {
  was_open = true;
  auto expected = DataChannelState::connecting;
  if (!own_state.compare_exchange_strong(expected, DataChannelState::open)) return;
  opened.push();
  open_waiters.complete({});
  if (wants_more()) send_waiters.complete({});
}

// The peer closes it; who has closed it himself is not told. W3C §6.2.4
void DataChannel::Impl::handle_closing() {
  auto state = own_state.load();
  while (state == DataChannelState::connecting || state == DataChannelState::open) {
    if (!own_state.compare_exchange_weak(state, DataChannelState::closing)) continue;
    closed_by_peer_ = true;
    closing_waiters.complete({});
    return closing.push();
  }
}

void DataChannel::Impl::handle_message(Message message) {
  if (own_state.load() == DataChannelState::open) messages.push(std::move(message));  // else discarded, W3C §6.2.8
}

void DataChannel::Impl::handle_closed(const RtcError& error) {
  if (own_state.exchange(DataChannelState::closed) == DataChannelState::closed) return;
  core.reset();
  {
    const std::scoped_lock lock{connection->mutex};
    failure_ = error;
  }
  if (error.code) errors.push(error);
  closed.push();
  for_each_stream([](auto& stream) { stream.close(); });
  open_waiters.complete(error.code ? error.code : error_code{Error::closed});
  for (auto* waiters : {&send_waiters, &closing_waiters, &low_waiters}) waiters->complete(Error::closed);
  close_waiters.complete(error.code);
}

void DataChannel::Impl::handle_core_amount(std::size_t amount) {
  if (amount >= in_core) return;
  const auto gone = in_core - amount;
  const auto before = buffered.fetch_sub(gone);
  const auto after = before - gone;
  const auto threshold = low_threshold.load();
  in_core = amount;
  if (before > threshold && after <= threshold && low.listening()) low.push();  // W3C §6.2.9
  if (after <= threshold) low_waiters.complete({});
  if (wants_more()) send_waiters.complete({});
}

bool DataChannel::Impl::has_deliverable_events() const noexcept {
  return messages.deliverable() || opened.deliverable() || closing.deliverable() || closed.deliverable() ||
         low.deliverable() || errors.deliverable();
}

bool DataChannel::Impl::empty() const noexcept {
  return messages.size() + opened.size() + closing.size() + closed.size() + low.size() + errors.size() == 0;
}

void DataChannel::Impl::wait_open(std::shared_ptr<api::Operation<>> operation) {
  switch (state()) {
    case DataChannelState::connecting:
      return open_waiters.add(std::move(operation));
    case DataChannelState::open:
      return operation->complete({});
    case DataChannelState::closing:
    case DataChannelState::closed:
      return operation->complete(error().code ? error().code : error_code{Error::closed});
  }
}

void DataChannel::Impl::wait_closed(std::shared_ptr<api::Operation<>> operation) {
  if (own_state.load() == DataChannelState::closed) return operation->complete(error().code);
  close_waiters.add(std::move(operation));
}

void DataChannel::Impl::wait_closing(std::shared_ptr<api::Operation<>> operation) {
  if (closed_by_peer_) return operation->complete({});
  if (own_state.load() == DataChannelState::closed) return operation->complete(Error::closed);
  closing_waiters.add(std::move(operation));
}

void DataChannel::Impl::wait_low(std::shared_ptr<api::Operation<>> operation) {
  if (state() == DataChannelState::closed) return operation->complete(Error::closed);
  if (buffered.load() <= low_threshold.load()) return operation->complete({});
  low_waiters.add(std::move(operation));
}

void DataChannel::Impl::detach(api::Dispatcher& dispatcher) {
  for_each_stream([&](auto& stream) {
    stream.discard();
    stream.close();
    stream.drop_listener();
    dispatcher.forget(stream);
  });
}

void DataChannel::Impl::abandon() {
  for_each_stream([](auto& stream) { stream.abandon(); });
  for (auto* waiters : {&open_waiters, &closing_waiters, &close_waiters, &send_waiters, &low_waiters})
    waiters->abandon();
}

}  // namespace sluice
