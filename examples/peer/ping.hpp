#pragma once
// Ping: measures round trips on a channel whose other side echoes.
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sluice/sluice.hpp>
#include <vector>

namespace peer {

class Ping : public std::enable_shared_from_this<Ping> {
 public:
  Ping(sluice::DataChannel, boost::asio::any_io_executor, const nlohmann::json& command);

  void start();
  /// An echo has come. Returns false when that was the last.
  bool echo_received();
  /// Emits "pong" with what was measured.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  void send_next();
  void watch();

  sluice::DataChannel channel_;
  boost::asio::steady_timer watchdog_;
  std::vector<std::byte> payload_;
  std::size_t count_;
  Clock::time_point sent_{};
  std::vector<double> times_{};  // µs
  bool finished_ = false;
};

}  // namespace peer
