// Delivers messages of 64 KiB between two connections of this process; for counting instructions.
//
// usage: guard_deliver <how many>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <iostream>
#include <sluice/sluice.hpp>

namespace {

constexpr std::size_t message_size = 64 * 1024;
constexpr int under_way = 4;
constexpr auto patience = std::chrono::minutes{2};  // valgrind makes fifty milliseconds of one

sluice::Configuration loopback() {
  sluice::Configuration configuration;
  configuration.network.addresses = {"127.0.0.1"};
  configuration.network.max_datagram_size = 1200;  // as on the Internet
  return configuration;
}

void require(sluice::error_code error) {
  if (!error) return;
  std::cerr << error.message() << '\n';
  std::exit(1);
}

void trickle(sluice::PeerConnection& from, sluice::PeerConnection& to) {
  from.on_ice_candidate([&to](std::optional<sluice::IceCandidate> candidate) {
    if (candidate) to.async_add_ice_candidate(std::move(*candidate), require);
  });
}

// Offer and answer, then each other's candidates.
void connect(sluice::PeerConnection& a, sluice::PeerConnection& b) {
  a.async_set_local_description([&](sluice::error_code error) {
    require(error);
    b.async_set_remote_description(*a.local_description(), [&](sluice::error_code applied) {
      require(applied);
      trickle(a, b);
      b.async_set_local_description([&](sluice::error_code answered) {
        require(answered);
        a.async_set_remote_description(*b.local_description(), [&](sluice::error_code done) {
          require(done);
          trickle(b, a);
        });
      });
    });
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int wanted = argc == 2 ? std::atoi(argv[1]) : 0;
  if (wanted <= 0) return 2;
  boost::asio::io_context io;
  sluice::PeerConnection a{io, loopback()};
  sluice::PeerConnection b{io, loopback()};
  const std::vector<std::byte> message(message_size, std::byte{0x5a});
  int sent = 0, delivered = 0;
  const auto channel = a.create_data_channel("guard");
  const auto send = [&] {
    for (; sent != wanted && sent - delivered != under_way; ++sent) require(channel.send(message));
  };
  channel.on_open(send);
  b.on_data_channel([&](const sluice::DataChannel& opened) {
    opened.on_message([&](const sluice::Message&) {
      ++delivered;
      send();
    });
  });
  connect(a, b);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (delivered != wanted && std::chrono::steady_clock::now() < deadline) io.run_one_for(patience);
  return delivered == wanted ? 0 : 1;
}
