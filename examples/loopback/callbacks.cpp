// Two connections in one process, with callbacks: alice says hello, bob echoes it.
#include <boost/asio/io_context.hpp>
#include <iostream>
#include <sluice/sluice.hpp>

namespace {

void report(sluice::error_code error) {
  if (error) std::cerr << error.message() << '\n';
}

// Stands in for signaling: what one side makes goes straight to the other.
void signal(sluice::PeerConnection& from, sluice::PeerConnection& to) {
  from.on_ice_candidate([&to](std::optional<sluice::IceCandidate> candidate) {
    if (candidate) to.async_add_ice_candidate(*std::move(candidate), report);
  });
  from.on_signaling_state_change([&from, &to](sluice::SignalingState state) {
    const bool made =
        state == sluice::SignalingState::have_local_offer ||
        (state == sluice::SignalingState::stable && from.local_description()->type == sluice::SdpType::answer);
    if (made) to.async_set_remote_description(*from.local_description(), report);
    if (state == sluice::SignalingState::have_remote_offer) from.async_set_local_description(report);
  });
}

}  // namespace

int main() {
  boost::asio::io_context io;
  sluice::PeerConnection alice{io};
  sluice::PeerConnection bob{io};
  signal(alice, bob);
  signal(bob, alice);
  alice.on_negotiation_needed([&] { alice.async_set_local_description(report); });

  bob.on_data_channel([](sluice::DataChannel channel) {
    channel.on_message([channel](const sluice::Message& message) { report(channel.send(message.text())); });
  });

  const auto chat = alice.create_data_channel("chat");
  chat.on_open([&] { report(chat.send("hello")); });
  chat.on_message([&](const sluice::Message& message) {
    std::cout << chat.label() << ": " << message.text() << '\n';
    alice.close();
    bob.close();
  });
  io.run();
}
