#pragma once
// What is behind IceTransport, DtlsTransport and SctpTransport: what any thread may read, and their event streams.
//
// Atomics and what is behind a mutex is for any thread; the streams are confined to the connection's strand.
#include <atomic>
#include <mutex>

#include "api/event_stream.hpp"
#include "api/snapshot.hpp"
#include "sluice/sctp_transport.hpp"

namespace sluice::api {

class Driver;

// What the three have in common.
struct Transport {
  Transport(const std::weak_ptr<Driver>& owner, std::shared_ptr<const Snapshot> connected)
      : driver{owner}, connection{std::move(connected)} {}

  const std::weak_ptr<Driver> driver;
  const std::shared_ptr<const Snapshot> connection;
  Owners owners{};
};

inline constexpr std::size_t max_transport_events = 64;  // of states the latest count

}  // namespace sluice::api

namespace sluice {

struct IceTransport::Impl : api::Transport {
  Impl(api::Dispatcher& dispatcher, const std::weak_ptr<api::Driver>& owner, std::shared_ptr<const api::Snapshot> pc)
      : Transport{owner, std::move(pc)},
        states{dispatcher, api::max_transport_events},
        gathering_states{dispatcher, api::max_transport_events},
        pairs{dispatcher, api::max_transport_events} {}

  struct Details {
    std::vector<IceCandidate> local_candidates{};
    std::vector<IceCandidate> remote_candidates{};
    std::optional<IceCandidatePair> pair{};
    std::optional<IceParameters> local_parameters{};
    std::optional<IceParameters> remote_parameters{};
  };

  std::atomic<IceRole> role = IceRole::unknown;
  mutable std::mutex mutex{};
  Details details{};

  api::EventStream<IceTransportState> states;
  api::EventStream<IceGatheringState> gathering_states;
  api::EventStream<std::optional<IceCandidatePair>> pairs;

  template <class Function>
  void for_each_stream(Function function) {
    function(states), function(gathering_states), function(pairs);
  }
};

struct DtlsTransport::Impl : api::Transport {
  Impl(api::Dispatcher& dispatcher, std::shared_ptr<IceTransport::Impl> below, std::uint32_t transport_number)
      : Transport{below->driver, below->connection},
        ice{std::move(below)},
        number{transport_number},
        states{dispatcher, api::max_transport_events},
        errors{dispatcher, 1} {}

  const std::shared_ptr<IceTransport::Impl> ice;
  const std::uint32_t number;  // peer::Engine::transport_number()
  std::atomic<DtlsTransportState> state = DtlsTransportState::new_;
  mutable std::mutex mutex{};
  std::vector<std::vector<std::byte>> certificates{};

  api::EventStream<DtlsTransportState> states;
  api::EventStream<RtcError> errors;

  void enter(DtlsTransportState next) {
    if (state.exchange(next) != next) states.push(next);
  }
  bool empty() const noexcept { return states.size() + errors.size() == 0; }  // no event waits
  template <class Function>
  void for_each_stream(Function function) {
    function(states), function(errors);
  }
};

struct SctpTransport::Impl : api::Transport {
  Impl(api::Dispatcher& dispatcher, std::shared_ptr<DtlsTransport::Impl> below, std::uint32_t association_number)
      : Transport{below->driver, below->connection},
        dtls{std::move(below)},
        number{association_number},
        states{dispatcher, api::max_transport_events} {}

  const std::shared_ptr<DtlsTransport::Impl> dtls;
  const std::uint32_t number;  // peer::Engine::association_number()
  std::atomic<SctpTransportState> state = SctpTransportState::connecting;
  std::atomic<std::int32_t> max_channels = -1;  // not known

  api::EventStream<SctpTransportState> states;

  void enter(SctpTransportState next) {
    if (state.exchange(next) != next) states.push(next);
  }
  bool empty() const noexcept { return states.size() == 0; }
  template <class Function>
  void for_each_stream(Function function) {
    function(states);
  }
};

}  // namespace sluice
