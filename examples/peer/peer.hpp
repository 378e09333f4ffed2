#pragma once
// Peer: one connection that does what the lines on standard input say.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sluice/sluice.hpp>

#include "peer/channel.hpp"
#include "peer/peer_options.hpp"
#include "support/negotiation.hpp"

namespace peer {

class Peer {
 public:
  Peer(sluice::PeerConnection, PeerOptions);

  /// Ends with the command "close" or with the input.
  boost::asio::awaitable<void> run();

 private:
  void announce_states();
  void channel_announced(sluice::DataChannel);
  void adopt(sluice::DataChannel, bool remote);
  bool handle(const std::string& line);  // false: "close"
  bool handle(const nlohmann::json& command);
  bool handle_channel_command(const std::string& type, const nlohmann::json& command);
  void open_channel(const std::string& label, sluice::DataChannelInit);
  Channel* find(const nlohmann::json& command) const;
  void emit_selected() const;

  PeerOptions options_;
  sluice::PeerConnection connection_;
  example::Negotiation negotiation_;
  std::map<std::string, std::shared_ptr<Channel>> channels_{};
};

}  // namespace peer
