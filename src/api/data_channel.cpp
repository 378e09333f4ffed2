// The DataChannel handle: from any thread to the channel's strand.
#include "sluice/data_channel.hpp"

#include <boost/asio/dispatch.hpp>

#include "api/channel.hpp"
#include "api/driver.hpp"

namespace sluice {
namespace {

using ImplPtr = std::shared_ptr<DataChannel::Impl>;
using DriverPtr = std::shared_ptr<api::Driver>;

DriverPtr driver_of(const ImplPtr& impl) { return impl ? impl->driver.lock() : nullptr; }

// Runs on the strand, at once if the caller is there.
template <class Function>
void on_strand(const DriverPtr& driver, Function function) {
  const auto strand = driver->executor();
  asio::dispatch(strand, [driver, function = std::move(function)]() mutable { function(*driver); });
}

// Registers a handler, if there is a connection whose events it could get.
template <class... Args>
void listen_on_strand(const ImplPtr& impl, api::EventStream<Args...> DataChannel::Impl::*stream,
                      Listener<Args...> listener) {
  const auto driver = driver_of(impl);
  if (!driver) return;
  on_strand(driver, [impl, stream, listener = std::move(listener)](auto&) { ((*impl).*stream).listen(listener); });
}

// An operation that `start` takes over on the strand; without a connection it ends with the error.
template <class... Results, class Start>
void initiate_on_strand(const ImplPtr& impl, detail::Handler<Results...> handler, error_code otherwise, Start start) {
  const auto driver = driver_of(impl);
  if (!driver) return api::complete_detached<Results...>(std::move(handler), otherwise);
  auto operation = api::Operation<Results...>::start(driver->executor(), std::move(handler));
  on_strand(driver, [impl, operation = std::move(operation), start = std::move(start)](api::Driver& self) mutable {
    start(self, std::move(operation));
  });
}

}  // namespace

std::string_view DataChannel::label() const noexcept { return impl_ ? impl_->label : std::string_view{}; }
std::string_view DataChannel::protocol() const noexcept { return impl_ ? impl_->init.protocol : std::string_view{}; }
bool DataChannel::ordered() const noexcept { return !impl_ || impl_->init.ordered; }
bool DataChannel::negotiated() const noexcept { return impl_ && impl_->init.negotiated; }

std::optional<std::uint16_t> DataChannel::max_retransmits() const noexcept {
  return impl_ ? impl_->init.max_retransmits : std::nullopt;
}

std::optional<std::chrono::milliseconds> DataChannel::max_packet_life_time() const noexcept {
  return impl_ ? impl_->init.max_packet_life_time : std::nullopt;
}

std::optional<std::uint16_t> DataChannel::id() const noexcept {
  const auto id = impl_ ? impl_->id.load() : -1;
  return id < 0 ? std::nullopt : std::optional{static_cast<std::uint16_t>(id)};
}

DataChannelState DataChannel::state() const noexcept { return impl_ ? impl_->state() : DataChannelState::closed; }
RtcError DataChannel::error() const { return impl_ ? impl_->error() : RtcError{}; }
std::size_t DataChannel::buffered_amount() const noexcept { return impl_ ? impl_->buffered.load() : 0; }
std::size_t DataChannel::buffered_amount_low_threshold() const noexcept {
  return impl_ ? impl_->low_threshold.load() : 0;
}
void DataChannel::set_buffered_amount_low_threshold(std::size_t bytes) const noexcept {
  if (impl_) impl_->low_threshold.store(bytes);
}

error_code DataChannel::send_message(Message::Kind kind, std::span<const std::byte> data) const {
  return impl_ ? Impl::send(impl_, kind, data, nullptr) : error_code{Error::closed};
}

void DataChannel::close() const {
  if (impl_) Impl::close(impl_);
}

void DataChannel::start_send(ImplPtr impl, Message::Kind kind, std::span<const std::byte> data,
                             detail::Handler<> handler) {
  const auto driver = driver_of(impl);
  if (!driver) return api::complete_detached<>(std::move(handler), Error::closed);
  auto operation = api::Operation<>::start(driver->executor(), std::move(handler));
  const auto error = Impl::send(impl, kind, data, operation);
  if (error) on_strand(driver, [operation, error](auto&) { operation->complete(error); });
}

void DataChannel::start_receive(ImplPtr impl, detail::Handler<Message> handler) {
  const auto start = [impl](api::Driver& driver, auto operation) {
    impl->messages.async_next(std::move(operation));
    driver.resume_receiving();
  };
  initiate_on_strand<Message>(impl, std::move(handler), Error::closed, start);
}

void DataChannel::start_wait_open(ImplPtr impl, detail::Handler<> handler) {
  const auto start = [impl](auto&, auto operation) { impl->wait_open(std::move(operation)); };
  initiate_on_strand<>(impl, std::move(handler), Error::closed, start);
}

void DataChannel::start_wait_closing(ImplPtr impl, detail::Handler<> handler) {
  const auto start = [impl](auto&, auto operation) { impl->wait_closing(std::move(operation)); };
  initiate_on_strand<>(impl, std::move(handler), Error::closed, start);
}

void DataChannel::start_wait_closed(ImplPtr impl, detail::Handler<> handler) {
  const auto start = [impl](auto&, auto operation) { impl->wait_closed(std::move(operation)); };
  initiate_on_strand<>(impl, std::move(handler), impl ? impl->error().code : error_code{}, start);
}

void DataChannel::start_wait_low(ImplPtr impl, detail::Handler<> handler) {
  const auto start = [impl](auto&, auto operation) { impl->wait_low(std::move(operation)); };
  initiate_on_strand<>(impl, std::move(handler), Error::closed, start);
}

void DataChannel::on_open(Listener<> listener) const { listen_on_strand(impl_, &Impl::opened, std::move(listener)); }

void DataChannel::on_message(Listener<Message> listener) const {
  listen_on_strand(impl_, &Impl::messages, std::move(listener));
}

void DataChannel::on_closing(Listener<> listener) const {
  listen_on_strand(impl_, &Impl::closing, std::move(listener));
}

void DataChannel::on_close(Listener<> listener) const { listen_on_strand(impl_, &Impl::closed, std::move(listener)); }

void DataChannel::on_error(Listener<RtcError> listener) const {
  listen_on_strand(impl_, &Impl::errors, std::move(listener));
}

void DataChannel::on_buffered_amount_low(Listener<> listener) const {
  listen_on_strand(impl_, &Impl::low, std::move(listener));
}

}  // namespace sluice
