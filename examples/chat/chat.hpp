#pragma once
// Chat: what is typed goes to the channel "chat", a description that is pasted to the connection.
#include <boost/asio/awaitable.hpp>
#include <sluice/sluice.hpp>
#include <string>

#include "support/lines.hpp"
#include "support/negotiation.hpp"

namespace chat {

class Chat {
 public:
  Chat(boost::asio::any_io_executor, sluice::Configuration);

  /// Until /quit or the end of the input.
  boost::asio::awaitable<void> run();

 private:
  void handle(const std::string& line);
  void signal(const std::string& line);
  void say(const std::string& text);
  void join(sluice::DataChannel);
  void show_status() const;

  sluice::PeerConnection connection_;
  example::Negotiation negotiation_;
  example::InputLines lines_;
  sluice::DataChannel channel_{};
};

}  // namespace chat
