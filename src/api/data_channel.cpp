// The DataChannel handle: from any thread to the channel's strand.
#include "sluice/data_channel.hpp"

#include <boost/asio/dispatch.hpp>

#include "api/channel.hpp"
#include "api/driver.hpp"

namespace sluice {
namespace {

using ImplPtr = std::shared_ptr<DataChannel::Impl>;

// Runs on the strand, at once if the caller is there, while the connection exists.
template <class Function>
void on_strand(const ImplPtr& impl, Function function) {
  auto driver = impl ? impl->driver.lock() : nullptr;
  if (!driver) return;
  asio::dispatch(impl->strand, [driver, impl, function = std::move(function)]() mutable { function(*driver); });
}

// An operation that `start` takes over on the strand; without a connection it ends at once.
template <class... Results, class Start>
void initiate_on_strand(const ImplPtr& impl, detail::Handler<Results...> handler, Start start) {
  if (!impl || impl->driver.expired()) {
    return api::complete_detached<Results...>(std::move(handler), Error::closed);
  }
  on_strand(impl, [operation = api::Operation<Results...>::start(impl->strand, std::move(handler)),
                   start = std::move(start)](api::Driver& driver) mutable { start(driver, std::move(operation)); });
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
  if (!impl) return api::complete_detached<>(std::move(handler), Error::closed);
  auto operation = api::Operation<>::start(impl->strand, std::move(handler));
  const auto error = Impl::send(impl, kind, data, operation);
  if (error) asio::dispatch(impl->strand, [operation, error] { operation->complete(error); });
}

void DataChannel::start_receive(ImplPtr impl, detail::Handler<Message> handler) {
  const auto start = [impl](api::Driver& driver, auto operation) {
    impl->messages.async_next(std::move(operation));
    driver.resume_receiving();
  };
  initiate_on_strand<Message>(impl, std::move(handler), start);
}

void DataChannel::start_wait_open(ImplPtr impl, detail::Handler<> handler) {
  initiate_on_strand<>(impl, std::move(handler),
                       [impl](api::Driver&, auto operation) { impl->wait_open(std::move(operation)); });
}

void DataChannel::start_wait_closed(ImplPtr impl, detail::Handler<> handler) {
  if (impl && impl->driver.expired()) return api::complete_detached<>(std::move(handler), impl->reason);
  initiate_on_strand<>(impl, std::move(handler),
                       [impl](api::Driver&, auto operation) { impl->wait_closed(std::move(operation)); });
}

void DataChannel::on_open(Listener<> listener) const {
  on_strand(impl_, [impl = impl_, listener = std::move(listener)](auto&) { impl->opened.listen(listener); });
}

void DataChannel::on_message(Listener<Message> listener) const {
  on_strand(impl_, [impl = impl_, listener = std::move(listener)](auto&) { impl->messages.listen(listener); });
}

void DataChannel::on_closing(Listener<> listener) const {
  on_strand(impl_, [impl = impl_, listener = std::move(listener)](auto&) { impl->closing.listen(listener); });
}

void DataChannel::on_close(Listener<> listener) const {
  on_strand(impl_, [impl = impl_, listener = std::move(listener)](auto&) { impl->closed.listen(listener); });
}

void DataChannel::on_error(Listener<DataChannelError> listener) const {
  on_strand(impl_, [impl = impl_, listener = std::move(listener)](auto&) { impl->errors.listen(listener); });
}

void DataChannel::on_buffered_amount_low(Listener<> listener) const {
  on_strand(impl_, [impl = impl_, listener = std::move(listener)](auto&) { impl->low.listen(listener); });
}

}  // namespace sluice
