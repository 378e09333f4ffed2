// The same conversation with coroutines and futures, on one thread and on four.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "pair.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace boost::asio::experimental::awaitable_operators;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> pass_candidates(PeerConnection& from, PeerConnection& to) {
  while (auto candidate = co_await from.async_next_ice_candidate()) {
    co_await to.async_add_ice_candidate(std::move(*candidate));
  }
}

asio::awaitable<void> negotiate(PeerConnection& a, PeerConnection& b) {
  co_await a.async_set_local_description();
  co_await b.async_set_remote_description(*a.local_description());
  co_await b.async_set_local_description();
  co_await a.async_set_remote_description(*b.local_description());
}

asio::awaitable<void> connect(PeerConnection& a, PeerConnection& b) {
  co_await negotiate(a, b);
  co_await (pass_candidates(a, b) && pass_candidates(b, a));
  co_await (a.async_wait_connected(asio::use_awaitable) && b.async_wait_connected(asio::use_awaitable));
}

asio::awaitable<error_code> drain(DataChannel channel) {
  for (;;) {
    auto [error, message] = co_await channel.async_receive(as_result);
    if (error) co_return error;
  }
}

asio::awaitable<void> destroy(PeerConnection pc) {
  const auto gone = std::move(pc);
  co_return;
}

// One pair of connections through its whole life. Returns the step that failed, or 0.
asio::awaitable<int> life(asio::any_io_executor executor) {
  PeerConnection a{executor}, b{executor};
  auto at_a = a.create_data_channel("x");
  co_await connect(a, b);
  auto at_b = co_await b.async_accept_data_channel();
  co_await at_a.async_wait_open();
  for (int i = 0; i != 50; ++i) co_await at_a.async_send(std::to_string(i));
  for (int i = 0; i != 50; ++i) {
    if ((co_await at_b.async_receive()).text() != std::to_string(i)) co_return 1;
  }

  // A receive that loses against a timer does not lose the next message.
  asio::steady_timer timer{co_await asio::this_coro::executor, 2ms};
  const auto winner = co_await (at_b.async_receive(asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
  if (winner.index() != 1) co_return 2;

  // Any thread may send.
  std::thread foreign{[at_a] {
    for (int i = 0; i != 20; ++i) (void)at_a.send("foreign");
  }};
  foreign.join();
  for (int i = 0; i != 20; ++i) {
    if ((co_await at_b.async_receive()).text() != "foreign") co_return 3;
  }

  // Destruction ends what is pending.
  const auto ended = co_await (drain(at_b) && destroy(std::move(b)));
  if (ended != Error::closed) co_return 4;
  const auto [closed] = co_await at_a.async_wait_closed(as_result);
  if (closed != Error::sctp_failed) co_return 5;
  if (at_a.state() != DataChannelState::closed) co_return 6;
  co_return 0;
}

}  // namespace

TEST_CASE("connections live and die in coroutines on one thread", "[integration]") {
  asio::io_context io;
  auto result = asio::co_spawn(io, life(io.get_executor()), asio::use_future);
  io.run_for(patience);
  REQUIRE(result.wait_for(0s) == std::future_status::ready);
  CHECK(result.get() == 0);
}

TEST_CASE("many connections live and die on four threads", "[integration]") {
  asio::thread_pool pool{4};
  std::vector<std::future<int>> results;
  for (int i = 0; i != 12; ++i) {
    results.push_back(asio::co_spawn(asio::make_strand(pool), life(pool.get_executor()), asio::use_future));
  }
  for (auto& result : results) {
    REQUIRE(result.wait_for(patience) == std::future_status::ready);
    CHECK(result.get() == 0);
  }
  pool.join();
}

TEST_CASE("a message for a channel that is closed before it is open is told to be lost", "[integration]") {
  asio::thread_pool pool{1};
  PeerConnection a{pool.get_executor()};
  auto channel = a.create_data_channel("x");
  asio::post(pool, asio::use_future).get();  // the strand has it
  std::promise<void> called;
  asio::post(pool, [&] { called.get_future().wait(); });  // and learns of a message and of the end together
  auto lost = channel.async_send("1", asio::use_future);
  channel.close();
  called.set_value();
  CHECK_THROWS_AS(lost.get(), boost::system::system_error);
}

TEST_CASE("messages can be sent before the channel is open, and are told when they cannot leave", "[integration]") {
  asio::thread_pool pool{1};
  PeerConnection a{pool.get_executor()}, b{pool.get_executor()};
  auto channel = a.create_data_channel("x");
  auto unlucky = a.create_data_channel("y");
  auto first = channel.async_send("1", asio::use_future);
  auto second = channel.async_send("2", asio::use_future);
  auto never = unlucky.async_send("3", asio::use_future);
  unlucky.close();
  CHECK_THROWS_AS(never.get(), boost::system::system_error);
  CHECK(first.wait_for(0s) == std::future_status::timeout);
  asio::co_spawn(pool, connect(a, b), asio::use_future).get();
  auto accepted = b.async_accept_data_channel(asio::use_future).get();
  CHECK(accepted.async_receive(asio::use_future).get().text() == "1");
  CHECK(accepted.async_receive(asio::use_future).get().text() == "2");
  CHECK_NOTHROW(first.get());
  CHECK_NOTHROW(second.get());
  CHECK(accepted.label() == "x");
  a.close();
  b.close();
  pool.join();
}

TEST_CASE("futures serve threads that are not of the connection", "[integration]") {
  asio::thread_pool pool{2};
  PeerConnection a{pool.get_executor()}, b{pool.get_executor()};
  auto channel = a.create_data_channel("x");
  asio::co_spawn(pool, connect(a, b), asio::use_future).get();
  auto accepted = b.async_accept_data_channel(asio::use_future).get();
  channel.async_wait_open(asio::use_future).get();
  channel.async_send("hello", asio::use_future).get();
  CHECK(accepted.async_receive(asio::use_future).get().text() == "hello");
  a.async_close(asio::use_future).get();
  CHECK(a.connection_state() == ConnectionState::closed);
  CHECK_NOTHROW(accepted.async_wait_closed(asio::use_future).get());  // orderly: no reason
  b.close();
  pool.join();
}

TEST_CASE("a coroutine that awaits each send is held back by a slow reader", "[integration]") {
  asio::io_context io;
  const Configuration small{.limits = {.send_queue = 256 * 1024,
                                       .send_high_water = 64 * 1024,
                                       .receive_queue_bytes = 64 * 1024,
                                       .receive_queue_messages = 1000}};
  PeerConnection a{io, small}, b{io, small};
  auto channel = a.create_data_channel("x");
  constexpr int total = 400;
  const std::vector<std::byte> message(64 * 1024);
  int sent = 0, received = 0, sent_before_reading = 0;
  auto sender = [&]() -> asio::awaitable<void> {
    co_await connect(a, b);
    co_await channel.async_wait_open();
    for (; sent != total; ++sent) co_await channel.async_send(message);
  };
  auto reader = [&]() -> asio::awaitable<void> {
    auto accepted = co_await b.async_accept_data_channel();
    asio::steady_timer pause{co_await asio::this_coro::executor};
    do {  // until the sender stands still
      sent_before_reading = sent;
      pause.expires_after(200ms);
      co_await pause.async_wait(asio::use_awaitable);
    } while (sent == 0 || sent != sent_before_reading);
    for (; received != total; ++received) {
      if ((co_await accepted.async_receive()).size() != message.size()) co_return;
    }
    b.close();
    a.close();
  };
  asio::co_spawn(io, sender(), asio::detached);
  asio::co_spawn(io, reader(), asio::detached);
  io.run_for(patience);
  CHECK(sent_before_reading < total / 4);  // 25 MB are sent, but only the limits and windows were filled
  CHECK(received == total);
}
