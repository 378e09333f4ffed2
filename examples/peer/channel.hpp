#pragma once
// Channel: one data channel and what its label makes it do with messages.
//
// "sink...": only counts. "echo...": echoes silently. Any other label: echoed and reported. Only channels that the
// other side opened are echoed.
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <sluice/sluice.hpp>

#include "peer/ping.hpp"

namespace peer {

class Channel : public std::enable_shared_from_this<Channel> {
 public:
  Channel(sluice::DataChannel, boost::asio::any_io_executor, bool echoes);
  void start();

  // commands
  void greet(std::string text);  // also before it is open
  void send(const nlohmann::json& command);
  void close() { channel_.close(); }
  void flood(const nlohmann::json& command);
  void ping(const nlohmann::json& command);
  void counters(bool reset);

 private:
  struct Counters {
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
    double first = 0;
    double last = 0;
  };

  boost::asio::awaitable<void> echo();
  bool count(const sluice::Message&);  // false: nothing else is to be done with it
  void report(const sluice::Message&) const;
  void opened();
  void failed(const sluice::RtcError&) const;

  sluice::DataChannel channel_;
  boost::asio::any_io_executor executor_;
  std::string label_;
  bool echoes_;
  bool opened_ = false;
  Counters counters_{};
  std::shared_ptr<Ping> ping_{};
};

}  // namespace peer
