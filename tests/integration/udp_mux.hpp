#pragma once
// What tests of UdpMux share: a mux on loopback, and guests who come to it.
#include <atomic>
#include <boost/asio/ip/udp.hpp>

#include "pair.hpp"
#include "support/checks.hpp"

namespace sluice::test {

inline const UdpEndpoint any_loopback_port{"127.0.0.1", 0};

inline Configuration on(const UdpMux& mux) { return {.network = {.udp_mux = mux}}; }
/// With a socket of its own.
inline Configuration alone() { return {.network = {.addresses = {"127.0.0.1"}}}; }

/// A client and its connection at the server. The client opens a channel; the server says everything back.
struct Visit {
  Visit(asio::any_io_executor client_executor, Configuration client_options, asio::any_io_executor server_executor,
        Configuration server_options)
      : client{std::move(client_executor), std::move(client_options)},
        server{std::move(server_executor), std::move(server_options)} {
    signal(client, server);
    signal(server, client);
    server.on_data_channel([](const DataChannel& opened) {
      opened.on_message([opened](const Message& message) { (void)opened.send(message.text()); });
    });
    channel = client.create_data_channel("x");
    channel.on_open([this] { (void)channel.send("first"); });
    channel.on_message([this](const Message&) { ++echoes; });
  }
  void say(std::string_view text) const { REQUIRE_FALSE(channel.send(text)); }
  void close() {
    client.close();
    server.close();
  }

  PeerConnection client;
  PeerConnection server;
  DataChannel channel{};
  std::atomic<int> echoes = 0;
};

inline asio::ip::udp::endpoint to_asio(const UdpEndpoint& endpoint) {
  return {asio::ip::make_address(endpoint.address), endpoint.port};
}

}  // namespace sluice::test
