#include "api/driver.hpp"

#include <boost/asio/dispatch.hpp>

#include "api/options.hpp"
#include "api/sctp_clock.hpp"
#include "api/udp_mux.hpp"
#include "net/stream.hpp"

namespace sluice::api {
namespace {

// Events that wait for their consumer. Candidates and channels are few by the limits of the cores; of states the
// latest count.
constexpr std::size_t max_state_events = 64;
constexpr std::size_t max_candidate_events = 1024;

using Strand = asio::strand<asio::any_io_executor>;

// A strand of ours, a UdpMux's or another connection's, is shared as it is: a strand upon it would add nothing.
Strand strand_of(const asio::any_io_executor& executor) {
  const auto* strand = executor.target<Strand>();
  return strand ? *strand : asio::make_strand(executor);
}

// The connection refers to it by its link, and only until it is closed.
NetworkOptions without_mux(NetworkOptions network) {
  network.udp_mux = {};
  return network;
}

std::unique_ptr<MuxLink> link(const UdpMux& mux, const peer::EngineOptions& options, const Strand& strand) {
  if (!mux || !options.transaction_mark) return nullptr;
  return std::make_unique<MuxLink>(mux.impl(), peer::MemberId{options.transaction_mark->owner}, strand);
}

}  // namespace

Driver::Events::Events(Dispatcher& dispatcher)
    : negotiation_needed{dispatcher, 1},
      candidate{dispatcher, max_candidate_events},
      candidate_error{dispatcher, max_state_events},
      signaling{dispatcher, max_state_events},
      gathering{dispatcher, max_state_events},
      ice{dispatcher, max_state_events},
      connection{dispatcher, max_state_events},
      channel{dispatcher, max_candidate_events} {}

std::shared_ptr<Driver> Driver::create(asio::any_io_executor executor, peer::EngineOptions options,
                                       Configuration configuration) {
  auto driver = std::make_shared<Driver>(std::move(executor), std::move(options), std::move(configuration));
  driver->start();
  return driver;
}

Driver::Driver(asio::any_io_executor executor, peer::EngineOptions options, Configuration configuration)
    : strand_{strand_of(executor)},
      work_{asio::any_io_executor{strand_}},
      limits_{configuration.limits},
      network_{without_mux(configuration.network)},
      mux_{link(configuration.network.udp_mux, options, strand_)},
      engine_{std::in_place, std::move(options), sctp::Stack::instance(), random_},
      alarm_{strand_},
      resolver_{strand_, random_},
      dispatcher_{strand_, [this] { asio::post(strand_, [self = shared_from_this()] { self->run_handlers(); }); }},
      events_{dispatcher_} {
  snapshot_->configuration = std::move(configuration);
}

// Only when the context is destroyed before it has run finish(): handles may outlive it, but nothing of the context
// may.
Driver::~Driver() {
  for (auto& [id, channel] : channels_) channel->abandon();
  for (auto& channel : ended_channels_) channel->abandon();
  const auto abandon = [](auto& stream) { stream.abandon(); };
  ice_->for_each_stream(abandon);
  for (auto& transport : ended_dtls_) transport->for_each_stream(abandon);
  for (auto& transport : ended_sctp_) transport->for_each_stream(abandon);
  if (dtls_) dtls_->for_each_stream(abandon);
  if (sctp_) sctp_->for_each_stream(abandon);
  if (association_) leave_sctp_clock(strand_.get_inner_executor(), *association_);
  UdpMux mux;
  snapshot_->write([&](Snapshot& s) { std::swap(s.configuration.network.udp_mux, mux); });
}

void Driver::start() {
  events_.owners.streams = weak_from_this();
  events_.for_each([this](auto& stream) { stream.set_owners(events_.owners); });
  ice_ = std::make_shared<IceTransport::Impl>(dispatcher_, weak_from_this(), snapshot_);
  own_streams(ice_);
  if (snapshot_->configuration.ice_candidate_pool_size == 0) return;
  asio::post(strand_, [self = shared_from_this()] {
    if (self->closed()) return;
    const auto now = Clock::now();
    self->engine_->prefetch(now);
    self->drain(now);
  });
}

void Driver::close() {
  publish_closed();
  asio::dispatch(strand_, [self = shared_from_this()] { self->finish(); });
}

void Driver::publish_closed() {
  snapshot_->closed.store(true);
  snapshot_->signaling.store(SignalingState::closed);
  snapshot_->ice.store(IceConnectionState::closed);
  snapshot_->connection.store(ConnectionState::closed);
}

void Driver::abandon() {
  dispatcher_.silence();
  close();
}

// The checks are done before anything changes. W3C §4.4.1.5
error_code Driver::set_configuration(Configuration next) {
  if (snapshot_->closed.load()) return Error::closed;
  error_code error;
  snapshot_->write([&](Snapshot& s) {
    error = check_change(s.configuration, next, s.local_description_set);
    if (error) return;
    next.certificates = s.configuration.certificates;
    next.network = s.configuration.network;
    next.experiments = s.configuration.experiments;
    next.key_log = s.configuration.key_log;
    s.configuration = std::move(next);
  });
  if (error) return error;
  asio::dispatch(strand_, [self = shared_from_this()] {
    if (self->closed()) return;
    const auto now = Clock::now();
    const auto current = self->snapshot_->read(&Snapshot::configuration);
    const bool relay_only = current.ice_transport_policy == IceTransportPolicy::relay;
    self->engine_->set_ice_servers(ice_servers(current), relay_only);
    self->engine_->set_candidate_pool(now, current.ice_candidate_pool_size);
    self->drain(now);
  });
  return {};
}

void Driver::restart_ice() {
  asio::dispatch(strand_, [self = shared_from_this()] {
    if (self->closed()) return;
    self->engine_->restart_ice();
    self->drain(Clock::now());
  });
}

// The loop.

void Driver::run_handlers() {
  struct Turn {  // ends also when a handler throws
    Driver& driver;
    ~Turn() { driver.end_turn(); }
  };
  const Turn turn{*this};
  dispatcher_.run();
}

void Driver::end_turn() {
  reap_channels();
  reap_transports();
  resume_receiving();
  if (std::exchange(drain_wanted_, false) && !closed()) drain(Clock::now());
}

// Messages that one turn sends share packets: the flush comes when the turn ends.
void Driver::schedule_drain() {
  if (dispatcher_.running()) {
    drain_wanted_ = true;
  } else if (!std::exchange(drain_posted_, true)) {
    asio::post(strand_, [self = shared_from_this()] {
      self->drain_posted_ = false;
      if (self->engine_) self->drain(Clock::now());
    });
  }
}

void Driver::drain(TimePoint now) {
  do transmit(now);
  while (handle_events());
  if (ending_) return finish();
  publish_amounts();
  publish_ids();
  publish_ufrags();
  track_association();
  set_alarm();
}

void Driver::transmit(TimePoint now) {
  thread_local TransmitQueue queue;  // one flush at a time; connections need no arena of their own
  queue.clear();
  unflushed_ = 0;
  engine_->poll_transmit(now, queue);
  if (queue.empty()) return;
  std::uint64_t wanted = 0;
  for (const auto& entry : queue.entries()) wanted |= std::uint64_t{1} << (raw(entry.path.local) % 64);
  for (auto& port : ports_) {
    if (!(wanted >> (raw(port->socket().id()) % 64) & 1) || !port->send(queue)) continue;
    wait_writable(port);
  }
  if (mux_) mux_->member().send(queue);
  if (!tcp_.empty()) tcp_.send(queue);
  for (auto& [id, stream] : streams_) {
    if (wanted >> (raw(id) % 64) & 1) stream->send(queue);
  }
}

bool Driver::handle_events() {
  if (completing_) return false;
  bool any = false;
  for (; !held_.empty(); any = true) {
    auto event = held_.pop();
    std::visit([this](auto& each) { handle(each); }, event);
  }
  if (any) held_ = {};  // only steps fill it
  while (auto event = engine_->poll_event()) {
    std::visit([this](auto& each) { handle(each); }, *event);
    any = true;
  }
  return any;
}

void Driver::set_alarm() {
  const auto deadline = engine_->next_timeout();
  if (deadline == never || alarm_.covers(deadline)) return;
  alarm_.set(deadline, [self = shared_from_this()] { self->handle_alarm(); });
}

void Driver::handle_alarm() {
  if (closed()) return;
  const auto now = Clock::now();
  engine_->handle_timeout(now);
  reap_channels();  // handles may have gone without a word
  resume_receiving();
  if (!closed()) drain(now);
}

void Driver::handle_sctp_wake() {
  if (closed()) return;
  const auto now = Clock::now();
  engine_->handle_sctp_wake(now);
  drain(now);
}

void Driver::track_association() {
  const auto current = engine_ ? engine_->association() : std::nullopt;
  if (current == association_) return;
  if (association_) leave_sctp_clock(strand_.get_inner_executor(), *association_);
  association_ = current;
  if (association_) join_sctp_clock(strand_.get_inner_executor(), *association_, weak_from_this());
}

// Commands that are more than a call of the engine.

void Driver::wait_connected(std::shared_ptr<Operation<>> operation) {
  const auto state = snapshot_->connection.load();
  if (closed()) return operation->complete(Error::closed);
  if (state == ConnectionState::connected) return operation->complete({});
  if (state == ConnectionState::failed) return operation->complete(failure_);
  connected_waiters_.add(std::move(operation));
}

StatsReport Driver::stats() {
  if (closed()) return stats_.last_report();
  std::vector<DataChannelStats> open;
  for (const auto& [id, channel] : channels_) open.push_back(describe(*channel));
  return stats_.report(*engine_, std::move(open));
}

void Driver::shutdown(std::shared_ptr<Operation<>> operation) {
  if (closed()) return operation->complete({});
  closed_waiters_.add(std::move(operation));
  const auto now = Clock::now();
  engine_->shutdown(now);
  drain(now);
}

// The end, once: the peer is told, everything pending completes, every handler is dropped.
void Driver::finish() {
  if (closed()) return;
  stats_.close(stats());
  engine_->close();
  transmit(Clock::now());
  publish_signaling();
  publish_closed();
  engine_.reset();
  track_association();
  alarm_.cancel();
  resolver_.cancel();
  leave_mdns();
  listener_.reset();
  for (auto& port : ports_) port->socket().close();
  for (auto& [id, stream] : std::exchange(streams_, {})) stream->close();
  tcp_.close();
  leave_mux();
  events_.for_each([](auto& stream) {
    stream.discard();
    stream.close();
    stream.drop_listener();
  });
  finish_transports();
  abort_chain();
  connected_waiters_.complete(Error::closed);
  closed_waiters_.complete({});
  finish_channels();
  work_.reset();
}

// Only on_close is left to be called, and not even that if the owner is gone.
void Driver::finish_channels() {
  for (auto& [id, channel] : std::exchange(channels_, {})) {
    if (channel->was_open) stats_.channel_closed();
    channel->messages.discard();
    channel->handle_closed({});
    ended_channels_.push_back(channel);
  }
  draining_.clear();
  for (auto& channel : ended_channels_) {
    channel->messages.discard();
    channel->messages.drop_listener();
    if (dispatcher_.silenced()) channel->detach(dispatcher_);
  }
  if (!dispatcher_.running()) reap_channels();
}

}  // namespace sluice::api
