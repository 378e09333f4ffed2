// From the constructor to `open` at both ends, certificates included.
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <stdexcept>

#include "meter.hpp"
#include "process.hpp"
#include "session.hpp"

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr auto limit = std::chrono::minutes{1};

void check(error_code error) {
  if (error) throw boost::system::system_error{error};
}

// Both ends in this process, as applications with callbacks write it: candidates trickle.
class Pair {
 public:
  Pair(asio::io_context& io, std::function<void(Milliseconds)> done)
      : offerer_{io, loopback_configuration()}, answerer_{io, loopback_configuration()}, done_{std::move(done)} {
    channel_ = offerer_.create_data_channel("bench");
    channel_.on_open([this] { handle_open(); });
    answerer_.on_data_channel([this](const DataChannel&) { handle_open(); });
    offerer_.async_set_local_description([this](error_code error) {
      check(error);
      answerer_.async_set_remote_description(*offerer_.local_description(), [this](error_code applied) {
        check(applied);
        trickle(offerer_, answerer_);
        answer();
      });
    });
  }

 private:
  void answer() {
    answerer_.async_set_local_description([this](error_code error) {
      check(error);
      offerer_.async_set_remote_description(*answerer_.local_description(), [this](error_code applied) {
        check(applied);
        trickle(answerer_, offerer_);
      });
    });
  }

  static void trickle(PeerConnection& from, PeerConnection& to) {
    from.on_ice_candidate([&to](std::optional<IceCandidate> candidate) {
      if (candidate) to.async_add_ice_candidate(std::move(*candidate), check);
    });
  }

  void handle_open() {
    if (++open_ == 2) done_(Clock::now() - start_);
  }

  const Clock::time_point start_ = Clock::now();
  PeerConnection offerer_;
  PeerConnection answerer_;
  std::function<void(Milliseconds)> done_;
  DataChannel channel_{};
  int open_ = 0;
};

nlohmann::json report(std::vector<double>& times, Clock::duration elapsed, double cpu) {
  const auto seconds = std::chrono::duration<double>{elapsed}.count();
  const auto count = static_cast<double>(times.size());
  const auto p50 = percentile(times, 0.5);
  const auto p99 = percentile(times, 0.99);
  return {{"p50_ms", p50},
          {"p99_ms", p99},
          {"max_ms", percentile(times, 1)},
          {"connections_per_second", count / seconds},
          {"cpu_ms_per_connection", cpu * 1e3 / count}};
}

}  // namespace

nlohmann::json measure_setup(const nlohmann::json& parameters) {
  const auto wanted = parameters["connections"].get<std::size_t>();
  const auto at_once = parameters.value("at_once", std::size_t{1});
  asio::io_context io;
  std::vector<double> times;
  std::vector<std::unique_ptr<Pair>> pairs(at_once);
  std::size_t started = 0;
  std::function<void(std::size_t)> start = [&](std::size_t slot) {
    pairs[slot].reset();
    if (started == wanted) return;
    ++started;
    pairs[slot] = std::make_unique<Pair>(io, [&, slot](Milliseconds taken) {
      times.push_back(taken.count());
      asio::post(io, [&, slot] { start(slot); });
    });
  };
  const auto begin = Clock::now();
  const auto cpu = cpu_seconds();
  for (std::size_t slot = 0; slot != at_once; ++slot) start(slot);
  while (times.size() != wanted && Clock::now() < begin + limit) io.run_one_for(limit);
  if (times.size() != wanted) throw std::runtime_error{"a connection did not open within a minute"};
  return report(times, Clock::now() - begin, cpu_seconds() - cpu);
}

// Two processes, one connection after the other: what the signaling between them takes is part of it.

asio::awaitable<nlohmann::json> connect_often(Signaling& signaling, const nlohmann::json& parameters) {
  const auto executor = co_await asio::this_coro::executor;
  std::vector<double> times;
  const auto begin = Clock::now();
  const auto cpu = cpu_seconds();
  for (std::size_t left = parameters["connections"].get<std::size_t>(); left > 0; --left) {
    const auto start = Clock::now();
    PeerConnection connection{executor, loopback_configuration()};
    auto channel = connection.create_data_channel("bench");
    co_await signaling.offer(connection);
    co_await channel.async_wait_open(asio::use_awaitable);
    times.push_back(Milliseconds{Clock::now() - start}.count());
    co_await signaling.receive();  // open there as well
    auto over = nlohmann::json::object();
    co_await signaling.send(std::move(over));
  }
  co_return report(times, Clock::now() - begin, cpu_seconds() - cpu);
}

asio::awaitable<nlohmann::json> accept_often(Signaling& signaling, const nlohmann::json& parameters) {
  const auto executor = co_await asio::this_coro::executor;
  for (std::size_t left = parameters["connections"].get<std::size_t>(); left > 0; --left) {
    PeerConnection connection{executor, loopback_configuration()};
    co_await signaling.answer(connection);
    auto channel = co_await connection.async_accept_data_channel(asio::use_awaitable);
    auto open = nlohmann::json::object();
    co_await signaling.send(std::move(open));
    co_await signaling.receive();
  }
  co_await signaling.receive();
  co_return nlohmann::json{};
}

}  // namespace sluice::bench
