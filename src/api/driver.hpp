#pragma once
// Driver: the shell of one connection. Owns the strand's side of everything: sockets, alarm, engine, event streams.
//
// All members run on the strand, except what is marked "any thread". Every input or command ends in drain(): the only
// place that takes packets and events out of the engine. User code is called by the Dispatcher only, never from here.
#include <boost/asio/strand.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "api/channel.hpp"
#include "api/mdns_host.hpp"
#include "api/mux_member.hpp"
#include "api/port.hpp"
#include "api/stats.hpp"
#include "api/tcp_ports.hpp"
#include "api/transports.hpp"
#include "crypto/system_random.hpp"
#include "net/alarm.hpp"
#include "net/interface_watcher.hpp"
#include "net/listener.hpp"
#include "net/resolver.hpp"
#include "peer/engine.hpp"

namespace sluice::net {
class Stream;
struct StreamHandlers;
}  // namespace sluice::net

namespace sluice::api {

class Driver : public std::enable_shared_from_this<Driver> {
 public:
  using ChannelPtr = std::shared_ptr<DataChannel::Impl>;
  using Completion = std::function<void()>;

  // The event streams of a PeerConnection.
  struct Events {
    explicit Events(Dispatcher&);
    Owners owners{};
    EventStream<> negotiation_needed;
    EventStream<std::optional<IceCandidate>> candidate;
    EventStream<IceCandidateError> candidate_error;
    EventStream<SignalingState> signaling;
    EventStream<IceGatheringState> gathering;
    EventStream<IceConnectionState> ice;
    EventStream<ConnectionState> connection;
    EventStream<DataChannel> channel;

    template <class Function>
    void for_each(Function function) {
      function(negotiation_needed), function(candidate), function(candidate_error), function(signaling);
      function(gathering), function(ice), function(connection), function(channel);
    }
  };

  static std::shared_ptr<Driver> create(asio::any_io_executor, peer::EngineOptions, Configuration);
  Driver(asio::any_io_executor, peer::EngineOptions, Configuration);
  ~Driver();

  // Any thread.
  asio::any_io_executor executor() const { return strand_; }
  bool on_strand() const { return strand_.running_in_this_thread(); }
  const Limits& limits() const noexcept { return limits_; }
  const std::shared_ptr<Snapshot>& snapshot() const noexcept { return snapshot_; }
  void close();
  void abandon();  // close(), and no handler starts any more
  ChannelPtr create_channel(std::string label, DataChannelInit, error_code&);
  std::shared_ptr<SctpTransport::Impl> sctp() const;
  error_code set_configuration(Configuration);
  void restart_ice();

  bool closed() const noexcept { return !engine_; }
  Dispatcher& dispatcher() noexcept { return dispatcher_; }
  Events& events() noexcept { return events_; }
  Waiters& connected_waiters() noexcept { return connected_waiters_; }
  Waiters& closed_waiters() noexcept { return closed_waiters_; }

  /// The next link of the operations chain, see driver_chain.cpp: `command(engine, now)` gives an Expected, which
  /// `complete(operation, outcome)` hands to the operation. One that is cancelled before its turn does nothing.
  template <class Command, class OperationPtr, class Complete>
  void chain(Command command, OperationPtr operation, Complete complete) {
    using Outcome = decltype(command(*engine_, Clock::now()));
    Completion abort = [operation, complete] { complete(*operation, Outcome{Failure{Reason::closed, {}}}); };
    if (closed()) return abort();
    auto run = [this, command = std::move(command), operation, complete]() mutable -> Completion {
      if (!operation->pending()) return [] {};
      auto outcome = command(*engine_, Clock::now());
      if (!outcome) note_failure(outcome.error());
      return [operation, complete, outcome = std::move(outcome)] { complete(*operation, outcome); };
    };
    enqueue({std::move(run), std::move(abort)});
  }
  void wait_connected(std::shared_ptr<Operation<>>);
  StatsReport stats();
  void shutdown(std::shared_ptr<Operation<>>);

  /// What send() has counted; taken back if the engine refuses.
  [[nodiscard]] error_code send(DataChannel::Impl&, dcep::Kind, ByteView);
  void close_channel(DataChannel::Impl&);
  /// After a consumer has taken messages.
  void resume_receiving();
  void handle_sctp_wake();

  // driver_mux.cpp: what the UdpMux has for the connection
  void handle_mux_sockets();
  /// Part of what has come; settle_shared() follows. Claims: some of the paths are the connection's, or stay so, if a
  /// check from there is authentic.
  void handle_shared(MuxShard&, std::span<const Datagram>, bool claims);
  void settle_shared();
  void handle_mux_closed();

 private:
  struct Step {
    std::function<Completion()> run;
    Completion abort;
  };
  // Stands in the order of the events where a step of the chain completes.
  struct StepEnd final : EventSource {
    explicit StepEnd(Driver& owner) : driver{owner} {}
    void deliver() override { driver.complete_step(); }
    Driver& driver;
  };

  void start();
  template <class Impl>
  void own_streams(const std::shared_ptr<Impl>& impl) {
    impl->owners = {impl, weak_from_this()};
    impl->for_each_stream([&](auto& stream) { stream.set_owners(impl->owners); });
  }

  // driver_chain.cpp
  void enqueue(Step);
  void schedule_step();
  void run_step();
  void handle_events_of_step();
  void complete_step();
  void end_step();
  void abort_chain();
  void ask_for_negotiation();

  // driver.cpp: the loop
  void run_handlers();
  void end_turn();
  void drain(TimePoint now);
  void transmit(TimePoint now);
  bool handle_events();
  void schedule_drain();
  void set_alarm();
  void handle_alarm();
  void track_association();
  void finish();
  void publish_closed();
  void finish_channels();

  // driver_io.cpp: sockets and names
  void gather();
  std::vector<IpAddress> usable_addresses(const net::Addresses&);
  ice::LocalSocket local_socket(Port&, std::size_t rank);
  void open_ports(const std::vector<IpAddress>& usable);
  error_code open_port(Port&, const IpAddress&);
  error_code open_in_range(const std::function<error_code(std::uint16_t port)>& open);
  ice::LocalSocket shared_socket(SocketId, const Endpoint& local, std::size_t rank);
  SocketId unused_id();
  void read(const std::shared_ptr<Port>&);
  void handle_readable(const std::shared_ptr<Port>&, error_code);
  void wait_writable(const std::shared_ptr<Port>&);
  std::string mdns_name(const IpAddress&);
  void locate(const peer::ResolveNeeded&);
  void resolve_mdns(const ice::MdnsName&, net::Resolver::Handler);
  void leave_mdns();

  /// What handlers of sockets call: function(driver, now) and then drain(), unless the connection is closed.
  auto while_open() {
    return [weak = weak_from_this()](auto function) {
      const auto self = weak.lock();
      if (!self || self->closed()) return;
      const auto now = Clock::now();
      function(*self, now);
      self->drain(now);
    };
  }

  // driver_tcp.cpp: ICE over TCP
  net::StreamHandlers tcp_handlers(const Path&);
  bool uses_tcp() const;
  void open_tcp_ports(const std::vector<IpAddress>& usable, std::size_t rank, std::vector<ice::LocalSocket>& sockets);
  void open_listener(const IpAddress&);
  void handle_accepted(const Path&, asio::ip::tcp::socket);
  void close_unused_tcp_ports();
  void handle(const ice::TcpNeeded&);
  void handle(const ice::TcpReleased&);

  // driver_mux.cpp
  void publish_ufrags();
  void leave_mux();

  // driver_network.cpp: changes
  void watch_network();
  void handle_network_change(const net::Addresses&);
  std::vector<SocketId> close_ports(const net::Addresses&);
  void close_streams(TimePoint now, const net::Addresses&);

  // driver_channels.cpp
  ChannelPtr make_channel(std::string label, DataChannelInit);
  error_code reserve_id(const DataChannelInit&);
  void release_id(const DataChannelInit&);
  DataChannelStats describe(const DataChannel::Impl&) const;
  error_code open_channel(const ChannelPtr&);
  DataChannel::Impl* find(peer::ChannelId);
  bool is_unreachable(const ChannelPtr&) const noexcept;
  bool is_full(const DataChannel::Impl&) const noexcept;
  void publish_amounts();
  void publish_ids();
  void reap_channels();

  // driver_events.cpp
  void handle(const peer::SocketsNeeded&);
  void handle(const peer::ResolveNeeded&);
  void handle(const ice::StreamNeeded&);
  void handle(const ice::StreamReleased&);
  void handle(const peer::NegotiationNeeded&);
  void handle(const peer::SignalingStateChanged&);
  void handle(const peer::IceGatheringStateChanged&);
  void handle(const peer::IceConnectionStateChanged&);
  void handle(const peer::ConnectionStateChanged&);
  void handle(peer::CandidateProposed&);
  void handle(peer::CandidateFound&);
  void handle(peer::CandidateError&);
  void handle(const peer::IceFailed&);
  void handle(peer::TransportFailed&);
  void handle(peer::KeyLogged&);
  void handle(const peer::SelectedPairChanged&);
  void handle(const peer::DtlsStateChanged&);
  void handle(const peer::SctpConnected&);
  void handle(const peer::SctpClosed&);
  void handle(const dcep::Opened&);
  void handle(const dcep::Announced&);
  void handle(dcep::MessageReceived&);
  void handle(const dcep::BufferedAmountLow&) {}  // channels compare for themselves, see handle_core_amount()
  void handle(const dcep::Closing&);
  void handle(dcep::ChannelClosed&);
  void note_failure(const Failure&);
  void publish_signaling();

  // driver_transports.cpp
  void publish_transports();
  void publish_ice();
  void replace_sctp(std::shared_ptr<SctpTransport::Impl>);
  void finish_transports();
  void reap_transports();

  asio::strand<asio::any_io_executor> strand_;
  std::optional<asio::executor_work_guard<asio::any_io_executor>> work_;  // until the end
  const Limits limits_;
  const NetworkOptions network_;
  const std::shared_ptr<Snapshot> snapshot_ = std::make_shared<Snapshot>();
  crypto::SystemRandom random_{};
  std::unique_ptr<MuxLink> mux_;        // until the end; none: sockets of its own
  std::optional<peer::Engine> engine_;  // until the end
  net::Alarm alarm_;
  net::Resolver resolver_;
  std::map<IpAddress, ice::MdnsName> mdns_names_{};
  bool uses_mdns_ = false;
  std::vector<std::shared_ptr<Port>> ports_{};
  std::uint16_t last_socket_ = 0;
  std::optional<net::InterfaceListener> listener_{};  // from the first gathering on
  std::map<SocketId, std::shared_ptr<net::Stream>> streams_{};
  TcpPorts tcp_{};
  Dispatcher dispatcher_;
  Events events_;
  Waiters connected_waiters_{};
  Waiters closed_waiters_{};
  std::shared_ptr<IceTransport::Impl> ice_{};  // these three for any thread, by the snapshot's mutex
  std::shared_ptr<DtlsTransport::Impl> dtls_{};
  std::shared_ptr<SctpTransport::Impl> sctp_{};                     // none: no data section
  std::vector<std::shared_ptr<DtlsTransport::Impl>> ended_dtls_{};  // whose last events are not delivered yet
  std::vector<std::shared_ptr<SctpTransport::Impl>> ended_sctp_{};
  StatsBook stats_{random_};
  std::map<peer::ChannelId, ChannelPtr> channels_{};
  std::vector<ChannelPtr> ended_channels_{};    // whose last events wait for their consumers
  std::vector<DataChannel::Impl*> draining_{};  // channels with bytes in the engine
  Fifo<Step> steps_{};                          // that wait for their turn
  StepEnd step_end_{*this};
  Completion completion_{};   // of the step that has run
  Fifo<peer::Event> held_{};  // its consequences, which come after its completion
  bool chained_ = false;      // a step runs or will
  bool completing_ = false;   // one has run, and its completion handler has not
  bool negotiation_wanted_ = false;
  std::optional<sctp::AssociationId> association_{};
  error_code failure_{};       // why the connection failed
  std::size_t unflushed_ = 0;  // bytes that this turn has sent and not flushed
  bool drain_posted_ = false;
  bool drain_wanted_ = false;  // by a call from a handler, when its turn ends
  bool ids_changed_ = false;
  bool paused_ = false;
  bool ending_ = false;  // the engine has closed itself
};

}  // namespace sluice::api
