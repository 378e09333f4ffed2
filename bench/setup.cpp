#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <sluice/sluice.hpp>
#include <stdexcept>
#include <vector>

#include "measurements.hpp"

namespace sluice::bench {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

void check(error_code error) {
  if (error) throw boost::system::system_error{error};
}

// Trickles from one connection to the other, both in this process.
void couple(PeerConnection& from, PeerConnection& to) {
  from.on_ice_candidate([&to](std::optional<IceCandidate> candidate) {
    if (candidate) to.async_add_ice_candidate(std::move(*candidate), check);
  });
}

Milliseconds connect_once() {
  asio::io_context io;
  const auto start = std::chrono::steady_clock::now();
  PeerConnection offerer{io};
  PeerConnection answerer{io};
  int open = 0;
  Milliseconds took{};
  const auto opened = [&] {
    if (++open < 2) return;
    took = std::chrono::steady_clock::now() - start;
    offerer.close();
    answerer.close();
  };
  const auto channel = offerer.create_data_channel("bench");
  channel.on_open(opened);
  answerer.on_data_channel([&](DataChannel) { opened(); });
  offerer.async_set_local_description([&](error_code error) {
    check(error);
    answerer.async_set_remote_description(*offerer.local_description(), [&](error_code applied) {
      check(applied);
      couple(offerer, answerer);
      answerer.async_set_local_description([&](error_code answered) {
        check(answered);
        offerer.async_set_remote_description(*answerer.local_description(), [&](error_code done) {
          check(done);
          couple(answerer, offerer);
        });
      });
    });
  });
  io.run_for(std::chrono::seconds{30});
  if (open < 2) throw std::runtime_error{"a connection did not open within 30 s"};
  return took;
}

}  // namespace

nlohmann::json measure_setup(std::size_t connections) {
  std::vector<double> times;
  connect_once();  // warms up: the first one initialises the libraries
  for (std::size_t i = 0; i < connections; ++i) times.push_back(connect_once().count());
  std::ranges::sort(times);
  const auto at = [&](double quantile) {
    return times[static_cast<std::size_t>(quantile * static_cast<double>(times.size() - 1))];
  };
  return {{"measurement", "setup"}, {"connections", connections}, {"p50_ms", at(0.5)},
          {"p90_ms", at(0.9)},      {"p99_ms", at(0.99)},         {"max_ms", times.back()}};
}

}  // namespace sluice::bench
