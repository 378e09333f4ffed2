// sluice-peer: one connection driven by JSON lines, to be coupled with the same kind of program of other stacks.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "peer/events.hpp"
#include "peer/peer.hpp"

int main(int argc, char* argv[]) {
  auto options = peer::parse_options(argc, argv);
  boost::asio::io_context io{1};
  auto connection = sluice::PeerConnection::create(io.get_executor(), options.configuration);
  if (!connection) {
    peer::fail("new", connection.error().message());
    return 2;
  }
  const auto strand = connection->get_executor();
  peer::Peer peer{*std::move(connection), std::move(options)};
  boost::asio::co_spawn(strand, peer.run(), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
}
