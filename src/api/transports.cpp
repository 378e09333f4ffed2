// The transport handles: what any thread may ask, and registration on the connection's strand.
#include "api/transports.hpp"

#include <boost/asio/dispatch.hpp>

#include "api/driver.hpp"

namespace sluice {
namespace {

template <class Impl, class... Args>
void listen_on_strand(const std::shared_ptr<Impl>& impl, api::EventStream<Args...> Impl::*stream,
                      Listener<Args...> listener) {
  const auto driver = impl->driver.lock();
  if (!driver) return;
  asio::dispatch(driver->executor(),
                 [impl, stream, keep = driver, listener = std::move(listener)] { ((*impl).*stream).listen(listener); });
}

template <class Impl, class... Event>
void next_on_strand(std::shared_ptr<Impl> impl, api::EventStream<Event...> Impl::*stream,
                    detail::Handler<Event...> handler) {
  const auto driver = impl->driver.lock();
  if (!driver) return api::complete_detached<Event...>(std::move(handler), Error::closed);
  auto operation = api::Operation<Event...>::start(driver->executor(), std::move(handler));
  asio::dispatch(driver->executor(), [impl = std::move(impl), stream, keep = driver, operation = std::move(operation)] {
    ((*impl).*stream).async_next(operation);
  });
}

}  // namespace

IceRole IceTransport::role() const noexcept { return impl_->role; }

// One transport: its state is what the connection shows of ICE. W3C §4.3.4
IceTransportState IceTransport::state() const noexcept {
  return static_cast<IceTransportState>(impl_->connection->ice.load());
}

IceGatheringState IceTransport::gathering_state() const noexcept { return impl_->connection->gathering; }

std::vector<IceCandidate> IceTransport::local_candidates() const {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->details.local_candidates;
}

std::vector<IceCandidate> IceTransport::remote_candidates() const {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->details.remote_candidates;
}

std::optional<IceCandidatePair> IceTransport::selected_candidate_pair() const {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->details.pair;
}

std::optional<IceParameters> IceTransport::local_parameters() const {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->details.local_parameters;
}

std::optional<IceParameters> IceTransport::remote_parameters() const {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->details.remote_parameters;
}

void IceTransport::start_next(std::shared_ptr<Impl> impl, detail::Handler<IceTransportState> handler) {
  next_on_strand(std::move(impl), &Impl::states, std::move(handler));
}

void IceTransport::start_next(std::shared_ptr<Impl> impl, detail::Handler<IceGatheringState> handler) {
  next_on_strand(std::move(impl), &Impl::gathering_states, std::move(handler));
}

void IceTransport::start_next(std::shared_ptr<Impl> impl, detail::Handler<std::optional<IceCandidatePair>> handler) {
  next_on_strand(std::move(impl), &Impl::pairs, std::move(handler));
}

void IceTransport::on_state_change(Listener<IceTransportState> listener) const {
  listen_on_strand(impl_, &Impl::states, std::move(listener));
}

void IceTransport::on_gathering_state_change(Listener<IceGatheringState> listener) const {
  listen_on_strand(impl_, &Impl::gathering_states, std::move(listener));
}

void IceTransport::on_selected_candidate_pair_change(Listener<std::optional<IceCandidatePair>> listener) const {
  listen_on_strand(impl_, &Impl::pairs, std::move(listener));
}

IceTransport DtlsTransport::ice_transport() const { return IceTransport{impl_->ice}; }

DtlsTransportState DtlsTransport::state() const noexcept {
  const auto own = impl_->state.load();
  if (own == DtlsTransportState::failed) return own;
  return impl_->connection->closed.load() ? DtlsTransportState::closed : own;
}

std::vector<std::vector<std::byte>> DtlsTransport::remote_certificates() const {
  const std::scoped_lock lock{impl_->mutex};
  return impl_->certificates;
}

void DtlsTransport::start_next(std::shared_ptr<Impl> impl, detail::Handler<DtlsTransportState> handler) {
  next_on_strand(std::move(impl), &Impl::states, std::move(handler));
}

void DtlsTransport::start_next(std::shared_ptr<Impl> impl, detail::Handler<RtcError> handler) {
  next_on_strand(std::move(impl), &Impl::errors, std::move(handler));
}

void DtlsTransport::on_state_change(Listener<DtlsTransportState> listener) const {
  listen_on_strand(impl_, &Impl::states, std::move(listener));
}

void DtlsTransport::on_error(Listener<RtcError> listener) const {
  listen_on_strand(impl_, &Impl::errors, std::move(listener));
}

DtlsTransport SctpTransport::transport() const { return DtlsTransport{impl_->dtls}; }

SctpTransportState SctpTransport::state() const noexcept {
  return impl_->connection->closed.load() ? SctpTransportState::closed : impl_->state.load();
}

std::uint64_t SctpTransport::max_message_size() const noexcept { return impl_->connection->max_message_size; }

std::optional<std::uint16_t> SctpTransport::max_channels() const noexcept {
  const auto channels = impl_->max_channels.load();
  return channels < 0 ? std::nullopt : std::optional{static_cast<std::uint16_t>(channels)};
}

void SctpTransport::start_next(std::shared_ptr<Impl> impl, detail::Handler<SctpTransportState> handler) {
  next_on_strand(std::move(impl), &Impl::states, std::move(handler));
}

void SctpTransport::on_state_change(Listener<SctpTransportState> listener) const {
  listen_on_strand(impl_, &Impl::states, std::move(listener));
}

}  // namespace sluice
