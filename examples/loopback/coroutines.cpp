// Two connections in one process, with coroutines: alice says hello, bob echoes it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <sluice/sluice.hpp>

namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

asio::awaitable<void> negotiate(sluice::PeerConnection& alice, sluice::PeerConnection& bob) {
  co_await alice.async_set_local_description();
  co_await bob.async_set_remote_description(*alice.local_description());
  co_await bob.async_set_local_description();
  co_await alice.async_set_remote_description(*bob.local_description());
}

// Candidates may come before the descriptions are exchanged, so they start to flow afterwards.
asio::awaitable<void> trickle(sluice::PeerConnection& from, sluice::PeerConnection& to) {
  while (auto candidate = co_await from.async_next_ice_candidate(asio::use_awaitable)) {
    co_await to.async_add_ice_candidate(*std::move(candidate));
  }
}

asio::awaitable<void> echo(sluice::PeerConnection& bob) {
  const auto channel = co_await bob.async_accept_data_channel();
  const auto message = co_await channel.async_receive();
  co_await channel.async_send(std::string{message.text()});
}

asio::awaitable<void> converse(sluice::DataChannel channel) {
  co_await channel.async_wait_open();
  co_await channel.async_send("hello");
  const auto reply = co_await channel.async_receive();
  std::cout << channel.label() << ": " << reply.text() << '\n';
}

asio::awaitable<void> run() {
  const auto executor = co_await asio::this_coro::executor;
  sluice::PeerConnection alice{executor};
  sluice::PeerConnection bob{executor};
  const auto chat = alice.create_data_channel("chat");
  co_await negotiate(alice, bob);
  co_await (trickle(alice, bob) && trickle(bob, alice) && echo(bob) && converse(chat));
}  // both close here

}  // namespace

int main() {
  asio::io_context io;
  asio::co_spawn(io, run(), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
}
