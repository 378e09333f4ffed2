// The PeerConnection handle: from any thread to the connection's strand.
#include "sluice/peer_connection.hpp"

#include <boost/asio/dispatch.hpp>

#include "api/driver.hpp"
#include "api/error.hpp"
#include "api/options.hpp"
#include "api/states.hpp"

namespace sluice {

struct PeerConnection::Impl {
  std::shared_ptr<api::Driver> driver;
};

namespace {

using DriverPtr = std::shared_ptr<api::Driver>;

template <class... Results, class Start>
void initiate_on_strand(const DriverPtr& driver, detail::Handler<Results...> handler, Start start) {
  auto operation = api::Operation<Results...>::start(driver->executor(), std::move(handler));
  asio::dispatch(driver->executor(), [driver, operation = std::move(operation), start = std::move(start)]() mutable {
    start(*driver, std::move(operation));
  });
}

// An operation of the chain, W3C §4.4.1.2.
template <class Command>
void command_on_strand(const DriverPtr& driver, detail::Handler<> handler, Command command) {
  initiate_on_strand<>(driver, std::move(handler), [command = std::move(command)](auto& self, auto operation) mutable {
    self.chain(std::move(command), std::move(operation), [](auto& waiting, const auto& outcome) {
      waiting.complete(outcome ? error_code{} : api::to_error_code(outcome.error()));
    });
  });
}

// Likewise, one that makes a description.
template <class Command>
void description_on_strand(const DriverPtr& driver, SdpType type, detail::Handler<SessionDescription> handler,
                           Command command) {
  initiate_on_strand<SessionDescription>(
      driver, std::move(handler), [type, command = std::move(command)](auto& self, auto operation) mutable {
        self.chain(std::move(command), std::move(operation), [type](auto& waiting, const auto& outcome) {
          if (!outcome) return waiting.complete(api::to_error_code(outcome.error()), {});
          waiting.complete({}, {type, *outcome});
        });
      });
}

template <class Stream, class Handler>
void listen_on_strand(const DriverPtr& driver, Stream api::Driver::Events::*stream, Handler listener) {
  asio::dispatch(driver->executor(),
                 [driver, stream, listener = std::move(listener)] { (driver->events().*stream).listen(listener); });
}

template <class... Event>
void next_on_strand(const DriverPtr& driver, api::EventStream<Event...> api::Driver::Events::*stream,
                    detail::Handler<Event...> handler) {
  initiate_on_strand<Event...>(driver, std::move(handler), [stream](auto& self, auto operation) {
    (self.events().*stream).async_next(std::move(operation));
  });
}

std::optional<SessionDescription> first_of(std::optional<SessionDescription> pending,
                                           std::optional<SessionDescription> current) {
  return pending ? std::move(pending) : std::move(current);
}

}  // namespace

PeerConnection::PeerConnection(std::shared_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}

PeerConnection::PeerConnection(executor_type executor, Configuration configuration) {
  auto made = create(std::move(executor), std::move(configuration));
  if (!made) throw boost::system::system_error{made.error()};
  impl_ = std::move(made->impl_);
}

Result<PeerConnection> PeerConnection::create(executor_type executor, Configuration configuration) {
  auto options = api::engine_options(configuration);
  if (!options) return options.error();
  auto driver = api::Driver::create(std::move(executor), *std::move(options), std::move(configuration));
  return PeerConnection{std::make_shared<Impl>(Impl{std::move(driver)})};
}

PeerConnection::PeerConnection(PeerConnection&&) noexcept = default;

PeerConnection& PeerConnection::operator=(PeerConnection&& other) noexcept {
  const auto previous = std::exchange(impl_, std::exchange(other.impl_, nullptr));
  if (previous && previous != impl_) previous->driver->abandon();
  return *this;
}

PeerConnection::~PeerConnection() {
  if (impl_) impl_->driver->abandon();
}

PeerConnection::executor_type PeerConnection::get_executor() const noexcept { return impl_->driver->executor(); }

std::optional<SessionDescription> PeerConnection::local_description() const {
  auto now = impl_->driver->snapshot()->read(&api::Snapshot::descriptions);
  return first_of(std::move(now.pending_local), std::move(now.current_local));
}

std::optional<SessionDescription> PeerConnection::current_local_description() const {
  return impl_->driver->snapshot()->read(&api::Snapshot::descriptions).current_local;
}

std::optional<SessionDescription> PeerConnection::pending_local_description() const {
  return impl_->driver->snapshot()->read(&api::Snapshot::descriptions).pending_local;
}

std::optional<SessionDescription> PeerConnection::remote_description() const {
  auto now = impl_->driver->snapshot()->read(&api::Snapshot::descriptions);
  return first_of(std::move(now.pending_remote), std::move(now.current_remote));
}

std::optional<SessionDescription> PeerConnection::current_remote_description() const {
  return impl_->driver->snapshot()->read(&api::Snapshot::descriptions).current_remote;
}

std::optional<SessionDescription> PeerConnection::pending_remote_description() const {
  return impl_->driver->snapshot()->read(&api::Snapshot::descriptions).pending_remote;
}

SignalingState PeerConnection::signaling_state() const noexcept { return impl_->driver->snapshot()->signaling; }
IceGatheringState PeerConnection::ice_gathering_state() const noexcept { return impl_->driver->snapshot()->gathering; }
IceConnectionState PeerConnection::ice_connection_state() const noexcept { return impl_->driver->snapshot()->ice; }
ConnectionState PeerConnection::connection_state() const noexcept { return impl_->driver->snapshot()->connection; }

std::optional<bool> PeerConnection::can_trickle_ice_candidates() const {
  return impl_->driver->snapshot()->read(&api::Snapshot::descriptions).can_trickle;
}

std::optional<SctpTransport> PeerConnection::sctp() const {
  auto impl = impl_->driver->sctp();
  return impl ? std::optional{SctpTransport{std::move(impl)}} : std::nullopt;
}

RtcError PeerConnection::last_error() const { return impl_->driver->snapshot()->read(&api::Snapshot::last_error); }

Configuration PeerConnection::get_configuration() const {
  return impl_->driver->snapshot()->read(&api::Snapshot::configuration);
}

void PeerConnection::set_configuration(Configuration configuration) {
  error_code error;
  set_configuration(std::move(configuration), error);
  if (error) throw boost::system::system_error{error};
}

void PeerConnection::set_configuration(Configuration configuration, error_code& error) {
  error = impl_->driver->set_configuration(std::move(configuration));
}

void PeerConnection::restart_ice() { impl_->driver->restart_ice(); }

DataChannel PeerConnection::create_data_channel(std::string label, DataChannelInit init) {
  error_code error;
  auto channel = create_data_channel(std::move(label), std::move(init), error);
  if (error) throw boost::system::system_error{error};
  return channel;
}

DataChannel PeerConnection::create_data_channel(std::string label, DataChannelInit init, error_code& error) {
  return DataChannel{impl_->driver->create_channel(std::move(label), std::move(init), error)};
}

void PeerConnection::close() { impl_->driver->close(); }

void PeerConnection::start_close(std::shared_ptr<Impl> impl, detail::Handler<> handler) {
  initiate_on_strand<>(impl->driver, std::move(handler),
                       [](auto& driver, auto operation) { driver.shutdown(std::move(operation)); });
}

void PeerConnection::start_offer(std::shared_ptr<Impl> impl, OfferOptions options,
                                 detail::Handler<SessionDescription> handler) {
  description_on_strand(impl->driver, SdpType::offer, std::move(handler),
                        [options](auto& engine, auto) { return engine.create_offer(options.ice_restart); });
}

void PeerConnection::start_answer(std::shared_ptr<Impl> impl, detail::Handler<SessionDescription> handler) {
  description_on_strand(impl->driver, SdpType::answer, std::move(handler),
                        [](auto& engine, auto) { return engine.create_answer(); });
}

void PeerConnection::start_set_local(std::shared_ptr<Impl> impl, std::optional<SessionDescription> description,
                                     detail::Handler<> handler) {
  impl->driver->snapshot()->local_description_set.store(true);
  command_on_strand(
      impl->driver, std::move(handler), [description = std::move(description)](auto& engine, auto now) mutable {
        if (!description) return engine.set_local_description(now, std::nullopt, {});
        return engine.set_local_description(now, api::to_core(description->type), std::move(description->sdp));
      });
}

void PeerConnection::start_set_remote(std::shared_ptr<Impl> impl, SessionDescription description,
                                      detail::Handler<> handler) {
  command_on_strand(
      impl->driver, std::move(handler), [description = std::move(description)](auto& engine, auto now) mutable {
        return engine.set_remote_description(now, api::to_core(description.type), std::move(description.sdp));
      });
}

void PeerConnection::start_add_candidate(std::shared_ptr<Impl> impl, IceCandidate candidate,
                                         detail::Handler<> handler) {
  if (!candidate.candidate.empty() && !candidate.sdp_mid && !candidate.sdp_mline_index) {  // a TypeError does not wait
    return initiate_on_strand<>(impl->driver, std::move(handler),
                                [](auto&, auto operation) { operation->complete(Error::candidate_without_mid); });
  }
  command_on_strand(
      impl->driver, std::move(handler), [candidate = std::move(candidate)](auto& engine, auto now) mutable {
        return engine.add_ice_candidate(now, {std::move(candidate.candidate), std::move(candidate.sdp_mid),
                                              candidate.sdp_mline_index, std::move(candidate.username_fragment)});
      });
}

void PeerConnection::start_next(std::shared_ptr<Impl> impl, detail::Handler<> handler) {
  next_on_strand(impl->driver, &api::Driver::Events::negotiation_needed, std::move(handler));
}

void PeerConnection::start_next(std::shared_ptr<Impl> impl, detail::Handler<std::optional<IceCandidate>> handler) {
  next_on_strand(impl->driver, &api::Driver::Events::candidate, std::move(handler));
}

void PeerConnection::start_next(std::shared_ptr<Impl> impl, detail::Handler<IceCandidateError> handler) {
  next_on_strand(impl->driver, &api::Driver::Events::candidate_error, std::move(handler));
}

void PeerConnection::start_next(std::shared_ptr<Impl> impl, detail::Handler<SignalingState> handler) {
  next_on_strand(impl->driver, &api::Driver::Events::signaling, std::move(handler));
}

void PeerConnection::start_next(std::shared_ptr<Impl> impl, detail::Handler<IceGatheringState> handler) {
  next_on_strand(impl->driver, &api::Driver::Events::gathering, std::move(handler));
}

void PeerConnection::start_next(std::shared_ptr<Impl> impl, detail::Handler<IceConnectionState> handler) {
  next_on_strand(impl->driver, &api::Driver::Events::ice, std::move(handler));
}

void PeerConnection::start_next(std::shared_ptr<Impl> impl, detail::Handler<ConnectionState> handler) {
  next_on_strand(impl->driver, &api::Driver::Events::connection, std::move(handler));
}

void PeerConnection::start_next(std::shared_ptr<Impl> impl, detail::Handler<DataChannel> handler) {
  next_on_strand(impl->driver, &api::Driver::Events::channel, std::move(handler));
}

void PeerConnection::start_get_stats(std::shared_ptr<Impl> impl, detail::Handler<StatsReport> handler) {
  initiate_on_strand<StatsReport>(impl->driver, std::move(handler),
                                  [](auto& driver, auto operation) { operation->complete({}, driver.stats()); });
}

void PeerConnection::start_wait_connected(std::shared_ptr<Impl> impl, detail::Handler<> handler) {
  initiate_on_strand<>(impl->driver, std::move(handler),
                       [](auto& driver, auto operation) { driver.wait_connected(std::move(operation)); });
}

void PeerConnection::on_negotiation_needed(Listener<> listener) {
  listen_on_strand(impl_->driver, &api::Driver::Events::negotiation_needed, std::move(listener));
}

void PeerConnection::on_ice_candidate(Listener<std::optional<IceCandidate>> listener) {
  listen_on_strand(impl_->driver, &api::Driver::Events::candidate, std::move(listener));
}

void PeerConnection::on_ice_candidate_error(Listener<IceCandidateError> listener) {
  listen_on_strand(impl_->driver, &api::Driver::Events::candidate_error, std::move(listener));
}

void PeerConnection::on_signaling_state_change(Listener<SignalingState> listener) {
  listen_on_strand(impl_->driver, &api::Driver::Events::signaling, std::move(listener));
}

void PeerConnection::on_ice_gathering_state_change(Listener<IceGatheringState> listener) {
  listen_on_strand(impl_->driver, &api::Driver::Events::gathering, std::move(listener));
}

void PeerConnection::on_ice_connection_state_change(Listener<IceConnectionState> listener) {
  listen_on_strand(impl_->driver, &api::Driver::Events::ice, std::move(listener));
}

void PeerConnection::on_connection_state_change(Listener<ConnectionState> listener) {
  listen_on_strand(impl_->driver, &api::Driver::Events::connection, std::move(listener));
}

void PeerConnection::on_data_channel(Listener<DataChannel> listener) {
  listen_on_strand(impl_->driver, &api::Driver::Events::channel, std::move(listener));
}

}  // namespace sluice
